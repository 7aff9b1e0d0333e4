//! Rebuild: all messages made anew from the stored pages, offline, in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use chat_core::{Source, UnixMillis};
use rusqlite::{Connection, TransactionBehavior};
use serde::Serialize;

use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::ledger::{self, RebuildEntry};
use crate::remake::{Change, Done, LeftOut, Remade, Remake};

/// What a rebuild did, or would do.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct RebuildReport {
    /// Stored pages that were read.
    pub pages: u64,
    /// Message forms that were made anew.
    pub forms: u64,
    /// Those of them that came out otherwise.
    pub changed: u64,
    /// In how many forms each column came out otherwise.
    pub columns: BTreeMap<&'static str, u64>,
    /// Records that became messages.
    pub added: u64,
    /// Records that became a further form of a message.
    pub added_versions: u64,
    /// Records that still cannot be read.
    pub unreadable: u64,
    /// Sources whose messages were left as they are.
    pub left_out: Vec<LeftOut>,
    /// What could not be put right.
    pub problems: Vec<Remade>,
}

impl RebuildReport {
    fn count(&mut self, remade: &Remade) {
        match &remade.change {
            Change::Columns { columns } => {
                self.changed += 1;
                for column in columns {
                    *self.columns.entry(column).or_default() += 1;
                }
            }
            Change::Added => self.added += 1,
            Change::AddedVersion => self.added_versions += 1,
            change if change.is_mended() => {}
            _ => self.problems.push(remade.clone()),
        }
    }

    /// True if the messages are what their stored bytes say, now or as they were.
    pub const fn is_complete(&self) -> bool {
        self.problems.is_empty() && self.unreadable == 0
    }
}

/// Whether a rebuild keeps what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum RebuildMode {
    /// It does.
    Keep,
    /// It only tells what it would do.
    DryRun,
}

impl Archive {
    /// Makes all messages of these sources anew from their stored pages: columns, files, states,
    /// and records that could not be read and can be now. All or nothing; the sources are asked
    /// nothing. `tell` gets each message that came out otherwise.
    ///
    /// Ids that were derived, when records were seen, files and their states, and coverage stay. A
    /// rebuild that changed something is noted in the ledger.
    ///
    /// # Errors
    ///
    /// When the disk is full or the database fails; then nothing is changed, or all of it is and
    /// only the search index could not follow, which the next [`Archive::index`] makes good.
    pub fn rebuild(
        &mut self,
        sources: &[Arc<dyn Source>],
        now: UnixMillis,
        mode: RebuildMode,
        tell: &mut dyn FnMut(&Remade),
        progress: &mut dyn FnMut(u64),
    ) -> Result<RebuildReport, ArchiveError> {
        let mut run = |db: &mut Connection| {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut report = RebuildReport::default();
            let mut noted = 0_u64;
            let mut count = |remade: Remade| {
                tell(&remade);
                noted += u64::from(remade.change.is_mended());
                report.count(&remade);
            };
            let outcome = Remake::apply(&tx, &mut count)
                .run(sources, &mut |Done { pages, .. }| progress(pages))?;
            report.pages = outcome.done.pages;
            report.forms = outcome.done.forms;
            report.unreadable = outcome.unreadable;
            report.left_out = outcome.left_out;
            if noted > 0 {
                let entry = RebuildEntry {
                    at_ms: now.get(),
                    messages: report.added,
                    versions: report.added_versions,
                    changed: report.changed,
                };
                ledger::append(&tx, &entry.to_string())?;
            }
            match mode {
                RebuildMode::Keep => tx.commit()?,
                RebuildMode::DryRun => tx.rollback()?,
            }
            Ok(report)
        };
        let report = run(&mut self.db).map_err(|error| self.layout.sql(error))?;
        if mode == RebuildMode::Keep {
            self.index(&|| false)?;
        }
        Ok(report)
    }
}
