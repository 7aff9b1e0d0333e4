//! Progress on standard error: bars where someone looks at a terminal, else a line now and then.

mod sync;

use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

pub(crate) use self::sync::SyncProgress;
use crate::output::Output;

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How often a bar is drawn anew.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// Progress of one thing of unknown length.
#[derive(Debug)]
pub(crate) struct Ticker<'o> {
    output: &'o Output,
    what: &'static str,
    bar: Option<ProgressBar>,
    last: Instant,
}

impl<'o> Ticker<'o> {
    pub(crate) fn new(output: &'o Output, what: &'static str) -> Self {
        let bar = output.has_terminal().then(|| {
            let bar = ProgressBar::new_spinner().with_style(style("{spinner} {prefix}: {msg}"));
            bar.set_prefix(what);
            bar
        });
        Self { output, what, bar, last: Instant::now() }
    }

    /// Shows how far it has come, not more often than is useful.
    pub(crate) fn tick(&mut self, how_far: impl FnOnce() -> String) {
        let every = if self.bar.is_some() { DRAW_EVERY } else { LINE_EVERY };
        if self.last.elapsed() < every {
            return;
        }
        self.last = Instant::now();
        match &self.bar {
            Some(bar) => {
                bar.set_message(how_far());
                bar.tick();
            }
            None => self.output.note(format!("{}: {}", self.what, how_far())),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How many of how many, how fast, and how long it will still take.
#[derive(Debug)]
pub(crate) struct Amount {
    noun: &'static str,
    total: Option<u64>,
    started: Instant,
}

impl Amount {
    /// Of so many, where that is known. The time runs from now on.
    pub(crate) fn new(noun: &'static str, total: Option<u64>) -> Self {
        Self { noun, total, started: Instant::now() }
    }

    pub(crate) fn at(&self, done: u64) -> String {
        self.after(done, self.started.elapsed())
    }

    fn after(&self, done: u64, elapsed: Duration) -> String {
        let noun = self.noun;
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = done.saturating_mul(1000) / millis;
        let Some(total) = self.total.filter(|total| *total >= done) else {
            return format!("{done} {noun}, {rate}/s");
        };
        let share = done.saturating_mul(100) / total.max(1);
        let left = match rate {
            0 => String::new(),
            rate => format!(", {} left", HumanDuration(Duration::from_secs((total - done) / rate))),
        };
        format!("{done} of {total} {noun} ({share} %), {rate}/s{left}")
    }
}

fn style(template: &str) -> ProgressStyle {
    // the templates are constant and valid; the default style is a fair answer if one were not
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_says_how_fast_and_how_long_still() {
        let two_seconds = Duration::from_secs(2);
        let known = Amount::new("messages", Some(1000));
        assert_eq!(
            known.after(100, two_seconds),
            "100 of 1000 messages (10 %), 50/s, 18 seconds left"
        );
        assert_eq!(known.after(0, Duration::ZERO), "0 of 1000 messages (0 %), 0/s");
        // more than was counted before: someone writes to the archive
        assert_eq!(known.after(1001, two_seconds), "1001 messages, 500/s");
        assert_eq!(Amount::new("pages", None).after(100, two_seconds), "100 pages, 50/s");
    }
}
