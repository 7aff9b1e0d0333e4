//! How many files are fetched at a time.

const FEWEST: usize = 2;
const USUAL: usize = 4;
const MOST: usize = 16;

/// More while many wait and the host keeps up, fewer while it fails.
#[derive(Debug)]
pub(super) struct Lanes {
    open: usize,
    good: usize,
}

impl Lanes {
    pub(super) const fn new() -> Self {
        Self { open: USUAL, good: 0 }
    }

    pub(super) const fn open(&self) -> usize {
        self.open
    }

    /// A file came, and so many wait.
    pub(super) fn good(&mut self, waiting: usize) {
        self.good += 1;
        let wanted = self.open < USUAL || (self.open < MOST && waiting > 4 * self.open);
        if self.good >= self.open && wanted {
            self.open += 1;
            self.good = 0;
        }
    }

    /// The host failed or broke off.
    pub(super) fn bad(&mut self) {
        self.open = (self.open / 2).max(FEWEST);
        self.good = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_fetched_at_a_time_only_while_it_helps() {
        let mut lanes = Lanes::new();
        (0..100).for_each(|_| lanes.good(0));
        assert_eq!(lanes.open(), USUAL, "nothing waits");
        (0..1000).for_each(|_| lanes.good(1000));
        assert_eq!(lanes.open(), MOST);
        (0..9).for_each(|_| lanes.bad());
        assert_eq!(lanes.open(), FEWEST);
        (0..100).for_each(|_| lanes.good(0));
        assert_eq!(lanes.open(), USUAL);
    }
}
