//! Deterministic choices from a seed.

/// splitmix64: nine lines that give the same sequence on every platform and version, which no `rand` generator
/// promises and which generating records on the fly needs, because each record starts a fresh stream.
#[derive(Debug, Clone)]
pub(crate) struct Mix(u64);

impl Mix {
    /// A stream that depends on all parts and on their order.
    pub(crate) fn of(parts: &[u64]) -> Self {
        let mut mix = Self(0x5851_f42d_4c95_7f2d);
        for part in parts {
            mix.0 ^= part.wrapping_mul(0xff51_afd7_ed55_8ccd);
            mix.0 = mix.next();
        }
        mix
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, or 0 if `limit` is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// An index into something of `len` items.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// One of `items`, or the empty text if there are none.
    pub(crate) fn pick(&mut self, items: &[&'static str]) -> &'static str {
        items.get(self.index(items.len())).copied().unwrap_or_default()
    }

    /// Between `low` and `high`, with each order of magnitude equally likely: how long people take to react.
    pub(crate) fn spread(&mut self, low: u64, high: u64) -> u64 {
        let mut octaves = 0;
        while low.max(1) << (octaves + 1) <= high {
            octaves += 1;
        }
        let floor = low.max(1) << self.below(octaves + 1);
        self.between(floor, (floor * 2 - 1).min(high))
    }
}
