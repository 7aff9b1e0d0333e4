//! The one place that prints: results on standard output, everything else on standard error.

mod clean;
mod table;

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;

pub(crate) use self::clean::{clean, flat, one_line};
pub(crate) use self::table::{Cell, Table};
use crate::args::Global;
use crate::failure::{Exit, Failure};

/// How something looks where colors are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Heading,
    Good,
    Warn,
    Bad,
    /// What was looked for.
    Found,
    /// What stands around it.
    Faint,
}

impl Tone {
    fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Heading => Style::new().bold(),
            Self::Good => color(AnsiColor::Green),
            Self::Warn => color(AnsiColor::Yellow),
            Self::Bad | Self::Found => color(AnsiColor::Red).bold(),
            Self::Faint => Style::new().dimmed(),
        }
    }

    /// The text in this tone. Colors are taken out again where they are not wanted.
    fn paint(self, text: &str) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// Where and how to print, as the user asked.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) is_json: bool,
    pub(crate) is_quiet: bool,
    pub(crate) is_verbose: bool,
    has_document: AtomicBool,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            is_json: global.json,
            is_quiet: global.quiet,
            is_verbose: global.verbose,
            has_document: AtomicBool::new(false),
        }
    }

    /// True if progress can be drawn: someone looks at a terminal.
    pub(crate) fn has_terminal(&self) -> bool {
        io::stderr().is_terminal() && !self.is_quiet
    }

    /// True if someone looks at the result on a terminal.
    pub(crate) fn is_seen(&self) -> bool {
        io::stdout().is_terminal() && !self.is_json
    }

    /// Prints the one JSON document.
    pub(crate) fn document(&self, document: &impl Serialize) -> anyhow::Result<()> {
        self.has_document.store(true, Ordering::Relaxed);
        let mut text = serde_json::to_string_pretty(document)?;
        text.push('\n');
        write_out(text.as_bytes())
    }

    /// Prints a line of the result for people. With `--json` there is none.
    pub(crate) fn line(&self, text: impl Display) -> anyhow::Result<()> {
        self.tinted(Tone::Plain, text)
    }

    /// Prints a line of the result for people, in a tone.
    pub(crate) fn tinted(&self, tone: Tone, text: impl Display) -> anyhow::Result<()> {
        if self.is_json {
            return Ok(());
        }
        let line = format!("{}\n", tone.paint(&clean(&text.to_string())));
        write_styled(&line)
    }

    /// Prints a line of the result for people, made of pieces in tones of their own.
    pub(crate) fn pieces(&self, pieces: &[(Tone, Cow<'_, str>)]) -> anyhow::Result<()> {
        if self.is_json {
            return Ok(());
        }
        let pieces = pieces.iter().map(|(tone, text)| tone.paint(&flat(text)));
        write_styled(&(pieces.collect::<String>() + "\n"))
    }

    /// Prints a table for people.
    pub(crate) fn table(&self, table: &Table) -> anyhow::Result<()> {
        if self.is_json { Ok(()) } else { write_styled(&table.render()) }
    }

    /// Prints a note on standard error, unless quiet.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.is_quiet {
            print_note(&text.to_string());
        }
    }

    /// Prints a warning on standard error, unless quiet: something works and should be changed.
    pub(crate) fn warn(&self, text: impl Display) {
        if self.is_quiet {
            return;
        }
        let label = Tone::Warn.paint("warning:");
        print_err(&format!("{label} {}", one_line(&text.to_string())));
    }

    /// Prints the error that ends the run, and says with which code.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        if failure.is_closed_pipe() {
            return failure.exit;
        }
        let mut text = chain(&failure.error);
        if let Some(advice) = failure.advice() {
            text = format!("{text}; {advice}");
        }
        let text = one_line(&text).into_owned();
        print_error(&text);
        if self.is_json && !self.has_document.load(Ordering::Relaxed) {
            // an unwritable standard output cannot be told anything more
            let _ = self.document(&json!({ "error": text }));
        }
        failure.exit
    }
}

/// The error and its causes in one line. What another part of the line tells is left out.
fn chain(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if parts.iter().any(|part| part.contains(&cause)) {
            continue;
        }
        parts.retain(|part| !cause.contains(part));
        parts.push(cause);
    }
    parts.join(": ")
}

/// Prints what clap says: help and version are results, the rest are usage errors.
pub(crate) fn usage(error: &clap::Error) -> Exit {
    // nothing is left to tell it to if printing fails
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Good;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let mut document = json!({ "error": first }).to_string();
        document.push('\n');
        let _ = write_out(document.as_bytes());
    }
    Exit::Usage
}

/// Writes bytes to standard output as they are: scripts, pages of the manual.
pub(crate) fn write_out(bytes: &[u8]) -> anyhow::Result<()> {
    write_all(&mut io::stdout().lock(), bytes)
}

/// Prints a line on standard error.
pub(crate) fn print_note(text: &str) {
    print_err(&clean(text));
}

fn write_styled(text: &str) -> anyhow::Result<()> {
    write_all(&mut anstream::stdout().lock(), text.as_bytes())
}

fn write_all(out: &mut dyn Write, bytes: &[u8]) -> anyhow::Result<()> {
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.context("standard output cannot be written")
}

/// Prints an error on standard error.
pub(crate) fn print_error(text: &str) {
    let label = Tone::Bad.paint("error:");
    print_err(&format!("{label} {}", one_line(text)));
}

/// Whoever closed standard error does not want to read it.
fn print_err(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}
