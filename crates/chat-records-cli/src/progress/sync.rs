//! Progress of a sync, source by source.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chat_sync::{Event, Observer};
use indicatif::{MultiProgress, ProgressBar};

use super::{DRAW_EVERY, LINE_EVERY, style};
use crate::output::{Output, one_line, print_note};

/// Watches a sync and shows how far it has come.
#[derive(Debug)]
pub(crate) struct SyncProgress {
    form: Form,
    state: Mutex<BTreeMap<String, Source>>,
}

#[derive(Debug)]
enum Form {
    Bars(MultiProgress),
    Lines,
    Nothing,
}

/// How far a source has come.
#[derive(Debug, Default)]
struct Source {
    windows: u64,
    closed: u64,
    records: u64,
    expected: u64,
    files: u64,
    files_done: u64,
    bar: Option<ProgressBar>,
    last_line: String,
    started: Option<Instant>,
}

impl Source {
    /// How many records came in a second, as long as any are to come.
    fn rate(&self) -> String {
        let seconds = self.started.map_or(0, |started| started.elapsed().as_secs());
        match self.records.checked_div(seconds) {
            Some(rate) if self.closed < self.windows => format!(", {rate}/s"),
            _ => String::new(),
        }
    }

    fn how_far(&self) -> String {
        let files = match self.files {
            0 => String::new(),
            files => format!(", {} of {files} files", self.files_done),
        };
        // re-read records come on top of the expected ones
        format!("{} of {} records{files}", self.records, self.expected.max(self.records))
    }
}

impl SyncProgress {
    pub(crate) fn new(output: &Output) -> Self {
        let form = if output.is_quiet {
            Form::Nothing
        } else if output.has_terminal() {
            Form::Bars(MultiProgress::new())
        } else {
            Form::Lines
        };
        Self { form, state: Mutex::default() }
    }

    /// Shows the progress while `work` is done.
    pub(crate) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        let every = if matches!(self.form, Form::Bars(_)) { DRAW_EVERY } else { LINE_EVERY };
        let mut ticks = tokio::time::interval(every);
        // the first tick comes at once, when there is nothing to show
        ticks.tick().await;
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => break done,
                _ = ticks.tick() => self.draw(),
            }
        }
    }

    /// Takes the bars away.
    pub(crate) fn finish(&self) {
        for source in self.state().values() {
            if let Some(bar) = &source.bar {
                bar.finish_and_clear();
            }
        }
    }

    /// Prints a note without disturbing the bars.
    pub(crate) fn note(&self, text: &str) {
        match &self.form {
            Form::Bars(bars) => bars.suspend(|| print_note(text)),
            Form::Lines => print_note(text),
            Form::Nothing => {}
        }
    }

    fn draw(&self) {
        for (name, source) in self.state().iter_mut() {
            if let Some(bar) = &source.bar {
                bar.set_length(source.windows.max(source.closed));
                bar.set_position(source.closed);
                bar.set_message(format!("{}{}", source.how_far(), source.rate()));
                bar.tick();
            } else if matches!(self.form, Form::Lines) {
                let far = source.how_far();
                let line =
                    format!("{name}: {far}, {} of {} windows", source.closed, source.windows);
                // a source that is done has said so once
                if line != source.last_line {
                    print_note(&format!("{line}{}", source.rate()));
                    source.last_line = line;
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, BTreeMap<String, Source>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut Source)) {
        let mut state = self.state();
        if let Some(source) = state.get_mut(name) {
            return change(source);
        }
        let mut source = Source { started: Some(Instant::now()), ..Source::default() };
        if let Form::Bars(bars) = &self.form {
            let bar = bars.add(ProgressBar::new(0));
            bar.set_style(style("{prefix} {wide_bar} {pos}/{len} windows, {msg}, {eta} left"));
            bar.set_prefix(one_line(name).into_owned());
            source.bar = Some(bar);
        }
        change(&mut source);
        state.insert(name.to_owned(), source);
    }
}

impl Observer for SyncProgress {
    fn event(&self, event: &Event<'_>) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        match event {
            Event::Planned { source, windows } => {
                self.update(source, |state| state.windows += count(*windows));
            }
            Event::Split { source, parts } => self.update(source, |state| {
                state.windows += count(*parts).saturating_sub(1);
            }),
            Event::Expecting { source, records } => {
                self.update(source, |state| state.expected += records);
            }
            Event::Page { source, records, .. } => {
                self.update(source, |state| state.records += records);
            }
            Event::Closed { source, .. } => self.update(source, |state| state.closed += 1),
            Event::MediaFound { source, files } => {
                self.update(source, |state| state.files += files);
            }
            Event::MediaDone { source, .. } => self.update(source, |state| state.files_done += 1),
            Event::Notice { source, text } => self.note(&format!("{source}: {text}")),
            // an event that this version does not know changes no number
            _ => {}
        }
    }
}
