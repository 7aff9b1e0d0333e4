//! Storing a page: raw bytes, messages and their versions, checkpoint, evidence, all or nothing.

mod again;
mod align;
mod attachments;
pub(crate) mod columns;
pub(crate) mod found;
pub(crate) mod history;
pub(crate) mod ids;
mod insert;
mod join;
mod lists;
mod matching;
pub(crate) mod named;
mod plainer;
mod recall;
mod recognize;
pub(crate) mod seen;
mod sequence;

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use chat_core::{Message, Partition, SourcePage, Status, UnixMillis, Window};
use rusqlite::{CachedStatement, ToSql, Transaction, params, params_from_iter};

use self::again::{Ahead, FIND, Known};
use self::columns::Columns;
use self::insert::Insert;
use crate::archive::{Archive, PartitionId, SourceId};
use crate::coverage::{self, CoveredWindow};
use crate::error::ArchiveError;
use crate::ledger::{self, Hash};
use crate::media::MediaTask;
use crate::raw::{self, PAGES_KEPT, PageCache, PageDigest};

/// A page on its way into the archive.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the engine must say all of it, each time")]
pub struct PageToStore<'a> {
    /// Whose page it is.
    pub source: SourceId,
    /// Of which partition.
    pub partition: PartitionId,
    /// The same, by its key.
    pub partition_key: &'a Partition,
    /// The window being walked.
    pub window: Window,
    /// The engine's state after this page: the checkpoint.
    pub state: &'a str,
    /// When the answer came.
    pub fetched_at: UnixMillis,
    /// When the run began: a record counts as seen once in it.
    pub run_started: UnixMillis,
    /// How far back the vendor shows records, in milliseconds, if not all of them.
    pub reach_ms: Option<i64>,
    /// The digests of this very page, if they were made beside the one writer; else it makes them.
    pub digest: Option<&'a PageDigest>,
    /// The page.
    pub page: &'a SourcePage,
}

/// What a page brought.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct StoredPage {
    /// Records that were not known.
    pub new: u64,
    /// Records that came in a new form.
    pub changed: u64,
    /// Records that this run had not met yet.
    pub seen: u64,
    /// Files to fetch.
    pub media: Vec<MediaTask>,
}

/// Tells whether two raw forms of a record say the same.
pub type SameContent<'a> = &'a dyn Fn(&[u8], &[u8]) -> bool;

/// Something that is stored together with what comes before and after it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ToStore<'a> {
    /// A page with its checkpoint.
    Page(&'a PageToStore<'a>, SameContent<'a>),
    /// A window that was walked to its end, and when: see [`Archive::close_window`].
    Closed(PartitionId, &'a CoveredWindow, UnixMillis),
    /// A window whose walk is given up: see [`Archive::abandon_window`].
    Abandoned(PartitionId, Window),
    /// All that the vendor shows of a partition was read, so that its broken windows are forgotten.
    ReadWhole(PartitionId),
}

impl fmt::Debug for ToStore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Page(..) => "Page",
            Self::Closed(..) => "Closed",
            Self::Abandoned(..) => "Abandoned",
            Self::ReadWhole(_) => "ReadWhole",
        })
    }
}

impl Archive {
    /// Stores a page and its checkpoint in one transaction.
    ///
    /// # Errors
    ///
    /// When the disk is full or the database fails; then nothing of the page is stored.
    pub fn store_page(
        &mut self,
        page: &PageToStore<'_>,
        same_content: SameContent<'_>,
    ) -> Result<StoredPage, ArchiveError> {
        let stored = self.store_together(&[ToStore::Page(page, same_content)])?;
        Ok(stored.into_iter().next().unwrap_or_default())
    }

    /// Stores pages and what became of windows, one after the other, in one transaction: what
    /// several of them change of the database is written once. Returns what the pages brought, in
    /// their order.
    ///
    /// # Errors
    ///
    /// When the disk is full or the database fails; then nothing of any of them is stored.
    pub fn store_together(&mut self, all: &[ToStore<'_>]) -> Result<Vec<StoredPage>, ArchiveError> {
        // the cache leaves `self` for the while, so that the transaction can borrow the database;
        // if that fails, pages are forgotten whose numbers others will have
        let mut cache = std::mem::replace(&mut self.pages, PageCache::new(PAGES_KEPT));
        let stored = self.write(|tx| {
            let mut stored = Vec::new();
            for one in all {
                match *one {
                    ToStore::Page(page, same_content) => {
                        stored.push(write_page(
                            tx,
                            page,
                            &mut cache,
                            same_content,
                            &mut |_, _| {},
                        )?);
                    }
                    ToStore::Closed(partition, closed, now) => {
                        coverage::close(tx, partition, closed, now)?;
                    }
                    ToStore::Abandoned(partition, window) => {
                        coverage::abandon(tx, partition, window)?;
                    }
                    ToStore::ReadWhole(partition) => coverage::forget_broken(tx, partition)?,
                }
            }
            Ok(stored)
        })?;
        self.pages = cache;
        self.index_some(stored.iter().map(|page: &StoredPage| page.new + page.changed).sum());
        Ok(stored)
    }
}

/// What became of a record of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was not known.
    New,
    /// It came in a form that was not known.
    Changed,
    /// All of it was known.
    Known,
}

/// Writes a page, its messages and its checkpoint; `told` gets the row of each record, in the
/// page's order, and what became of it.
pub(crate) fn write_page(
    tx: &Transaction<'_>,
    page: &PageToStore<'_>,
    cache: &mut PageCache,
    same_content: &dyn Fn(&[u8], &[u8]) -> bool,
    told: &mut dyn FnMut(i64, Outcome),
) -> rusqlite::Result<StoredPage> {
    let digest = page
        .digest
        .filter(|digest| digest.fits(page.page))
        .map_or_else(|| Cow::Owned(PageDigest::of(page.page)), Cow::Borrowed);
    let hash_of = |start: usize| digest.hash_of(start);
    let id: i64 = tx
        .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM page")?
        .query_row([], |row| row.get(0))?;
    let mut writer = PageWriter::new(tx, page, id, cache, same_content)?;
    let mut sequences = sequence::identify(tx, page, &hash_of)?;
    for (index, record) in page.page.records.iter().enumerate() {
        let span = &record.span;
        let sha256 = hash_of(span.start);
        let place = Place { page: id, start: span.start, bytes: span.len(), sha256: &sha256 };
        let message = &record.message;
        let derived = sequences.identity(index);
        let identity =
            derived.unwrap_or(Identity { part: page.partition.0, record_id: message.id.as_str() });
        let before = (writer.stored.new, writer.stored.changed);
        let row = writer.record(message, identity, place)?;
        sequences.stored(index, row);
        told(
            row,
            match (writer.stored.new > before.0, writer.stored.changed > before.1) {
                (true, _) => Outcome::New,
                (false, true) => Outcome::Changed,
                (false, false) => Outcome::Known,
            },
        );
    }
    sequences.save(tx, page.source)?;
    let mut kept = writer.stored.new + writer.stored.changed > 0;
    for skipped in &page.page.skipped {
        let reason = skipped.error.to_string();
        kept |= writer.skipped(&skipped.span, &hash_of(skipped.span.start), &reason)?;
    }
    writer.finish(&digest, kept)
}

struct PageWriter<'a> {
    tx: &'a Transaction<'a>,
    page: i64,
    context: &'a PageToStore<'a>,
    cache: &'a mut PageCache,
    same_content: &'a dyn Fn(&[u8], &[u8]) -> bool,
    insert: Insert<'a>,
    find: CachedStatement<'a>,
    ahead: Ahead,
    /// The record before was known, so the next one most likely is.
    was_known: bool,
    /// Records of the partition recall others.
    has_recalls: bool,
    /// What they name can be found without a look at each message.
    finds_named: bool,
    /// Messages that came again, and whose time of that is yet to be written.
    met: Option<RangeInclusive<i64>>,
    members: Vec<u8>,
    stored: StoredPage,
}

/// What a record is known by.
#[derive(Clone, Copy)]
struct Identity<'a> {
    part: i64,
    record_id: &'a str,
}

/// Where the bytes of a form lie, and their digest.
#[derive(Clone, Copy)]
struct Place<'a> {
    page: i64,
    start: usize,
    bytes: usize,
    sha256: &'a Hash,
}

/// How a form is numbered.
struct Numbering {
    id: i64,
    version: i64,
    versions: i64,
    first_seen_ms: i64,
}

macro_rules! write_form {
    ($head:literal, $tail:literal) => {
        concat!(
            $head,
            " (id, source, record_id, part, id_origin, platform_id, conversation_id, direction,
               sender_id, sender_name, sender_kind, recipients, sent_at_ms, sent_offset,
               sent_at_origin, updated_at_ms, received_at_ms, read_at_ms, recalled_at_ms, kind,
               text, reply_to, reactions, status, version, versions, first_seen_ms, last_seen_ms,
               page, raw_start, raw_bytes, raw_sha256, generation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
               ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33) ",
            $tail
        )
    };
}

/// A record that is known leaves no row, so that the first sync needs one statement a record.
const INSERT_NEW: &str =
    write_form!("INSERT INTO message", "ON CONFLICT (part, record_id) DO NOTHING");
const REPLACE_CURRENT: &str = write_form!("INSERT OR REPLACE INTO message", "");
const INSERT_VERSION: &str = write_form!("INSERT INTO message_version", "");

impl<'a> PageWriter<'a> {
    fn new(
        tx: &'a Transaction<'a>,
        context: &'a PageToStore<'a>,
        page: i64,
        cache: &'a mut PageCache,
        same_content: &'a dyn Fn(&[u8], &[u8]) -> bool,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            tx,
            page,
            context,
            cache,
            same_content,
            insert: Insert::new(tx, context, page)?,
            find: tx.prepare_cached(FIND)?,
            ahead: Ahead::default(),
            was_known: false,
            has_recalls: recall::are_there(tx, context.partition)?,
            finds_named: false,
            met: None,
            members: Vec::with_capacity(context.page.records.len() * 8),
            stored: StoredPage::default(),
        })
    }

    /// Stores a record; returns its row.
    fn record(
        &mut self,
        message: &Message,
        identity: Identity<'_>,
        place: Place<'_>,
    ) -> rusqlite::Result<i64> {
        let known = if self.was_known { self.known(identity)? } else { None };
        let new = match known {
            None => self.insert.record(message, identity, place)?,
            Some(_) => None,
        };
        self.was_known = new.is_none();
        let id = match (new, known) {
            (Some(id), _) => {
                self.stored.new += 1;
                self.stored.seen += 1;
                for (ordinal, attachment) in message.attachments.iter().enumerate() {
                    self.attachment(id, ordinal, 1, message, attachment)?;
                }
                id
            }
            (None, Some(known)) => self.again(&known, message, identity, place)?,
            (None, None) => {
                let known = self.known(identity)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
                self.again(&known, message, identity, place)?
            }
        };
        self.apply_recalls(id, message, identity.part, new.is_some())?;
        // those without ids are counted, not told apart
        if !message.is_without_id() {
            self.members.extend_from_slice(&id.to_le_bytes());
        }
        Ok(id)
    }

    /// Writes one form of a record that is known.
    fn form(
        &self,
        sql: &'static str,
        numbering: &Numbering,
        identity: Identity<'_>,
        message: &Message,
        status: Option<&Status>,
        place: Place<'_>,
    ) -> rusqlite::Result<()> {
        let status = status.map(Status::as_str);
        let columns = Columns::of(message);
        let head: [&dyn ToSql; 4] =
            [&numbering.id, &self.context.source.row, &identity.record_id, &identity.part];
        let fetched_ms = self.context.fetched_at.get();
        let tail: [&dyn ToSql; 10] = [
            &status,
            &numbering.version,
            &numbering.versions,
            &numbering.first_seen_ms,
            &fetched_ms,
            &place.page,
            &place.start,
            &place.bytes,
            place.sha256,
            &self.context.source.generation,
        ];
        let values = head.into_iter().chain(columns.values()).chain(tail);
        self.tx.prepare_cached(sql)?.execute(params_from_iter(values)).map(drop)
    }

    /// Notes a record that could not be read; `true` if its bytes were not known.
    fn skipped(
        &self,
        span: &std::ops::Range<usize>,
        sha256: &Hash,
        reason: &str,
    ) -> rusqlite::Result<bool> {
        let now = self.context.fetched_at.get();
        let source = self.context.source.row;
        let known = self
            .tx
            .prepare_cached(
                "UPDATE skipped SET last_seen_ms = ?3 WHERE source = ?1 AND sha256 = ?2",
            )?
            .execute(params![source, sha256, now])?;
        if known > 0 {
            return Ok(false);
        }
        self.tx
            .prepare_cached(
                "INSERT INTO skipped (source, sha256, page, raw_start, raw_bytes, reason,
                     first_seen_ms, last_seen_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
            )?
            .execute(params![source, sha256, self.page, span.start, span.len(), reason, now])?;
        Ok(true)
    }

    /// Stores the answer itself (`kept`: something in it is new), the checkpoint and the evidence.
    fn finish(mut self, digest: &PageDigest, kept: bool) -> rusqlite::Result<StoredPage> {
        self.write_met()?;
        let body = self.context.page.raw.as_bytes();
        let window = self.context.window;
        let fetched_ms = self.context.fetched_at.get();
        let packed = if kept { Some(self.cache.pack(body).map_err(out_of_memory)?) } else { None };
        self.tx
            .prepare_cached(
                "INSERT INTO page VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                self.page,
                self.context.partition.0,
                window.from_ms,
                window.to_ms,
                fetched_ms,
                digest.root,
                packed,
                body.len(),
                self.stored.new,
                self.stored.changed,
                kept.then(|| raw::encode_spans(digest.spans.iter())),
            ])?;
        let entry = ledger::PageEntry {
            page: self.page,
            fetched_ms,
            root: &digest.root,
            kept,
            new: self.stored.new,
            changed: self.stored.changed,
        };
        ledger::append(self.tx, &entry.to_string())?;
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO open_window (part, from_ms, to_ms, state)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                self.context.partition.0,
                window.from_ms,
                window.to_ms,
                self.context.state
            ])?;
        self.tx.prepare_cached("INSERT INTO open_member VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![
                self.context.partition.0,
                window.from_ms,
                window.to_ms,
                self.page,
                self.members
            ],
        )?;
        Ok(self.stored)
    }
}

/// zstd fails on memory it can hold only when there is none.
fn out_of_memory(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}
