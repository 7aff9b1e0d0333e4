//! Drift: where the stored answers differ from what the types know, from what the vendor's page
//! says, and from what came in earlier runs.

mod earlier;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use chat_core::model::Model;
use rusqlite::{OptionalExtension as _, params};
use serde::{Serialize, Serializer};

use crate::error::ArchiveError;
use crate::raw::{decode_spans, decompress};
use crate::reader::Reader;
use crate::shape::{Fact, Node, Shapes, Sighting};

/// Where the answers of a source differ from what was expected of them. It holds paths, types,
/// counts and words of enums, and nothing that people wrote.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// The source's name.
    pub source: String,
    /// Its vendor.
    pub vendor: String,
    /// Stored pages that were looked at. A page that brought nothing new is not stored.
    pub pages: u64,
    /// Records on them; one that was on two pages counts twice.
    pub records: u64,
    /// What was first seen from here on is new, in Unix milliseconds; `None`: there was no run.
    pub since_ms: Option<i64>,
    /// The differences: what is new first, then in the order of the answer.
    pub findings: Vec<Finding>,
    /// Where the vendor's page contradicts itself.
    pub notes: Vec<PageNote>,
}

impl Drift {
    /// How many findings are new.
    pub fn new_count(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_new).count()
    }
}

/// A sentence on the vendor's own page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PageNote {
    /// The page.
    pub page: &'static str,
    /// The path that it is about.
    pub path: &'static str,
    /// What is not right.
    pub note: &'static str,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What differs.
    pub what: DriftKind,
    /// What it differs from: `types`, `page` or `earlier`.
    pub against: &'static str,
    /// Where, as a JSON path in the answer: `list[].status`. Empty: the answer itself.
    pub path: String,
    /// Which type, form or word; or what the page says instead.
    pub detail: String,
    /// How often.
    pub times: u64,
    /// Out of how many.
    pub of: u64,
    /// True if it was not there in earlier runs.
    pub is_new: bool,
    /// When it was first seen, in Unix milliseconds.
    pub first_ms: i64,
    /// When it was last seen, in Unix milliseconds.
    pub last_ms: i64,
    /// The page with the first of it.
    pub page: i64,
    /// The place of the first record with it among the records of that page, from 0; `None`: it is
    /// in what is around them.
    pub record: Option<u32>,
    /// That record's id, if the record came new or changed on that page and could be read.
    pub record_id: Option<String>,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DriftKind {
    /// A key that no field reads.
    UnknownKey,
    /// A word that no enum names.
    UnknownWord,
    /// What is there is no JSON that can be read.
    Unreadable,
    /// The page calls it mandatory, and it was null.
    MandatoryNull,
    /// The page calls it mandatory, and it was not there.
    MandatoryAbsent,
    /// The page lists it and does not say that it may be missing, and it was not there.
    ListedAbsent,
    /// It is of another type than the page says.
    OtherType,
    /// A word that the page does not name.
    WordNotNamed,
    /// A key that the page does not name.
    KeyNotNamed,
    /// The page spells the key otherwise.
    OtherSpelling,
    /// A page holds fewer rows than it says itself.
    FewerRows,
    /// A key that was never there.
    NewKey,
    /// Null where it never was.
    FirstNull,
    /// Not there where it always was.
    FirstAbsent,
    /// A type that it never had.
    NewType,
    /// It always looked alike, and looks otherwise now.
    NewForm,
    /// A word that never came.
    NewWord,
    /// A length far from all before.
    OtherLength,
    /// A key that was nearly always there and does not come any more.
    Gone,
}

impl DriftKind {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown_key",
            Self::UnknownWord => "unknown_word",
            Self::Unreadable => "unreadable",
            Self::MandatoryNull => "mandatory_null",
            Self::MandatoryAbsent => "mandatory_absent",
            Self::ListedAbsent => "listed_absent",
            Self::OtherType => "other_type",
            Self::WordNotNamed => "word_not_named",
            Self::KeyNotNamed => "key_not_named",
            Self::OtherSpelling => "other_spelling",
            Self::FewerRows => "fewer_rows",
            Self::NewKey => "new_key",
            Self::FirstNull => "first_null",
            Self::FirstAbsent => "first_absent",
            Self::NewType => "new_type",
            Self::NewForm => "new_form",
            Self::NewWord => "new_word",
            Self::OtherLength => "other_length",
            Self::Gone => "gone",
        }
    }

    /// What it differs from: `types`, `page` or `earlier`.
    pub const fn against(self) -> &'static str {
        match self {
            Self::UnknownKey | Self::UnknownWord | Self::Unreadable => "types",
            Self::MandatoryNull
            | Self::MandatoryAbsent
            | Self::ListedAbsent
            | Self::OtherType
            | Self::WordNotNamed
            | Self::KeyNotNamed
            | Self::OtherSpelling
            | Self::FewerRows => "page",
            Self::NewKey
            | Self::FirstNull
            | Self::FirstAbsent
            | Self::NewType
            | Self::NewForm
            | Self::NewWord
            | Self::OtherLength
            | Self::Gone => "earlier",
        }
    }
}

impl Serialize for DriftKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Findings as they are made.
struct Findings {
    /// From when on something is new.
    since: i64,
    list: Vec<Finding>,
}

impl Findings {
    fn add(
        &mut self,
        what: DriftKind,
        path: &str,
        detail: impl Into<String>,
        (times, of): (u64, u64),
        (first, last_ms): (Sighting, i64),
    ) {
        self.list.push(Finding {
            what,
            against: what.against(),
            path: path.to_owned(),
            detail: detail.into(),
            times,
            of,
            is_new: first.ms >= self.since,
            first_ms: first.ms,
            last_ms,
            page: first.page,
            record: first.record,
            record_id: None,
        });
    }

    /// A finding on a property of the values of a path.
    fn of_fact(&mut self, what: DriftKind, node: &Node, detail: impl Into<String>, fact: &Fact) {
        let seen = (fact.first, fact.last_ms);
        self.add(what, &node.path, detail, (fact.seen, node.seen), seen);
    }
}

impl Reader {
    /// Compares the stored answers of a source with what its vendor's crate knows (`model`, which
    /// the crate `chat-records` has for each vendor), and with those of earlier runs: what came
    /// from `since_ms` on is new, or what the last run brought. `None`: there is no such source.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn drift(
        &self,
        source: &str,
        model: &Model,
        since_ms: Option<i64>,
    ) -> Result<Option<Drift>, ArchiveError> {
        let run = || -> rusqlite::Result<Option<Drift>> {
            // one state of the database, whatever is stored meanwhile
            let _snapshot = self.db.unchecked_transaction()?;
            let known = self
                .db
                .query_row(
                    "SELECT s.id, s.vendor, (SELECT max(started_ms) FROM run WHERE source = s.id)
                     FROM source s WHERE s.name = ?1",
                    [source],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?)),
                )
                .optional()?;
            let Some((id, vendor, last_run_ms)) = known else { return Ok(None) };
            let shapes = self.shapes(id, model)?;
            let since_ms = since_ms.or(last_run_ms);
            let mut findings = find(&shapes, since_ms.unwrap_or(i64::MAX));
            self.name_records(&mut findings)?;
            Ok(Some(Drift {
                source: source.to_owned(),
                vendor,
                pages: shapes.taken.pages,
                records: shapes.taken.records,
                since_ms,
                findings,
                notes: notes(&shapes),
            }))
        };
        run().map_err(|error| self.layout.sql(error))
    }

    /// A stored answer, or one of its records, as the vendor sent it. `None`: it is not stored.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn answer(&self, page: i64, record: Option<u32>) -> Result<Option<Vec<u8>>, ArchiveError> {
        let read = || -> rusqlite::Result<Option<Vec<u8>>> {
            let stored = self
                .db
                .query_row(
                    "SELECT body, body_bytes, spans FROM page WHERE id = ?1 AND body IS NOT NULL",
                    [page],
                    |row| {
                        let spans: Option<Vec<u8>> = row.get(2)?;
                        Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?, spans.unwrap_or_default()))
                    },
                )
                .optional()?;
            let Some((packed, body_bytes, spans)) = stored else { return Ok(None) };
            let Ok(body) = decompress(&packed, body_bytes) else { return Ok(None) };
            let Some(record) = record else { return Ok(Some(body)) };
            let span = usize::try_from(record)
                .ok()
                .and_then(|record| decode_spans(&spans).get(record).cloned());
            Ok(span.and_then(|span| body.get(span)).map(<[u8]>::to_vec))
        };
        read().map_err(|error| self.layout.sql(error))
    }

    /// Finds the ids of the records that were first, all in one go: the messages of a page have no
    /// index of their own.
    fn name_records(&self, findings: &mut [Finding]) -> rusqlite::Result<()> {
        let pages: BTreeSet<i64> = findings
            .iter()
            .filter(|finding| finding.record.is_some())
            .map(|finding| finding.page)
            .collect();
        if pages.is_empty() {
            return Ok(());
        }
        let pages = serde_json::to_string(&pages).unwrap_or_default();
        let mut starts: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let mut query = self
            .db
            .prepare("SELECT id, spans FROM page WHERE id IN (SELECT value FROM json_each(?1))")?;
        let mut rows = query.query([&pages])?;
        while let Some(row) = rows.next()? {
            let spans = decode_spans(&row.get::<_, Option<Vec<u8>>>(1)?.unwrap_or_default());
            let of = spans.iter().filter_map(|span| i64::try_from(span.start).ok()).collect();
            starts.insert(row.get(0)?, of);
        }
        let mut ids: BTreeMap<(i64, i64), String> = BTreeMap::new();
        let mut query = self.db.prepare(
            "SELECT page, raw_start, record_id FROM message
             WHERE page IN (SELECT value FROM json_each(?1))
             UNION ALL
             SELECT page, raw_start, record_id FROM message_version
             WHERE page IN (SELECT value FROM json_each(?1))",
        )?;
        let mut rows = query.query(params![pages])?;
        while let Some(row) = rows.next()? {
            ids.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        }
        for finding in findings {
            let record = finding.record.and_then(|record| usize::try_from(record).ok());
            let start = record.and_then(|record| starts.get(&finding.page)?.get(record));
            finding.record_id = start.and_then(|start| ids.get(&(finding.page, *start)).cloned());
        }
        Ok(())
    }
}

/// All that differs.
fn find(shapes: &Shapes, since: i64) -> Vec<Finding> {
    let tree = &shapes.tree;
    let mut all = Vec::new();
    for (index, root) in tree.nodes.iter().enumerate().filter(|(_, node)| node.parent.is_none()) {
        // in the first run everything is new, so nothing is
        let has_earlier = root.first.ms < since;
        let since = if has_earlier { since } else { i64::MAX };
        let mut findings = Findings { since, list: Vec::new() };
        told::types(tree, index, &mut findings);
        told::page(tree, index, &mut findings);
        if has_earlier {
            earlier::find(tree, index, &mut findings);
        }
        all.append(&mut findings.list);
    }
    all.sort_by_key(|finding| !finding.is_new);
    all
}

fn notes(shapes: &Shapes) -> Vec<PageNote> {
    let seen = |name: &str| {
        shapes.tree.nodes.iter().any(|node| node.parent.is_none() && node.name == name)
    };
    let answers = shapes.tree.model.answers.iter().filter(|answer| seen(answer.name));
    answers
        .flat_map(|answer| {
            let page = answer.documented.page;
            let notes = answer.documented.notes.iter();
            notes.map(move |&(path, note)| PageNote { page, path, note })
        })
        .collect()
}
