//! What a check found. All findings are printed, not only the first.

use std::fmt::Display;

/// Collected findings, each one `file: what, and what to do`.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    pub(crate) fn add(&mut self, file: impl Display, what: impl Display) {
        self.0.push(format!("{file}: {what}"));
    }

    /// The same for a line of a file; `index` counts from 0, the output from 1.
    pub(crate) fn add_line(&mut self, file: impl Display, index: usize, what: impl Display) {
        self.0.push(format!("{file}:{}: {what}", index + 1));
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Prints all findings.
    ///
    /// # Errors
    ///
    /// When there is at least one.
    pub(crate) fn finish(mut self, check: &str) -> anyhow::Result<()> {
        self.0.sort();
        self.0.dedup();
        for finding in &self.0 {
            eprintln!("{finding}");
        }
        match self.0.len() {
            0 => Ok(()),
            1 => anyhow::bail!("{check}: 1 problem"),
            count => anyhow::bail!("{check}: {count} problems"),
        }
    }

    /// The findings that contain `text`, for tests.
    #[cfg(test)]
    pub(crate) fn matching(&self, text: &str) -> Vec<&str> {
        self.0.iter().map(String::as_str).filter(|finding| finding.contains(text)).collect()
    }
}
