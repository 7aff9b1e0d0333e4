//! Progress on standard error: bars where someone looks at a terminal, else a line now and then.

mod sync;

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

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

fn style(template: &str) -> ProgressStyle {
    // the templates are constant and valid; the default style is a fair answer if one were not
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
