//! What a source's pages brought so far.

use std::sync::atomic::{AtomicU64, Ordering};

use chat_archive::StoredPage;

use crate::report::SourceReport;

/// What a source's pages brought so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    new: AtomicU64,
    changed: AtomicU64,
    seen: AtomicU64,
    pages: AtomicU64,
    skipped: AtomicU64,
}

impl Totals {
    pub(super) fn add(&self, stored: &StoredPage, skipped: u64) {
        self.new.fetch_add(stored.new, Ordering::Relaxed);
        self.changed.fetch_add(stored.changed, Ordering::Relaxed);
        self.seen.fetch_add(stored.seen, Ordering::Relaxed);
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.skipped.fetch_add(skipped, Ordering::Relaxed);
    }

    pub(super) fn fill(&self, report: &mut SourceReport) {
        report.messages_new = self.new.load(Ordering::Relaxed);
        report.messages_changed = self.changed.load(Ordering::Relaxed);
        report.messages_seen = self.seen.load(Ordering::Relaxed);
        report.pages = self.pages.load(Ordering::Relaxed);
        report.skipped = self.skipped.load(Ordering::Relaxed);
    }
}
