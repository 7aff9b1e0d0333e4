//! A vendor in memory: a list, paged by number, and what may go wrong with it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chat_archive::{Archive, Filter, Reader};
use chat_core::{
    Attachment, BoxFuture, CallCount, Capabilities, Cursor, DecodeError, ErrorKind, Kind,
    MediaError, MediaErrorKind, MediaInfo, MediaItem, MediaLink, Message, MessageId, PageRequest,
    Partition, RawPage, SentAt, SkippedRecord, Source, SourceError, SourcePage, SourceRecord,
    UnixMillis, Window, Windowing,
};
use chat_sync::{Job, RetryReport, Settings, SyncOptions, SyncReport, retry_media, sync};
use tempfile::TempDir;

pub(crate) const DAY: i64 = 24 * 3_600_000;
/// The present of all tests: far enough from the start that windows can be settled.
pub(crate) const NOW: i64 = 100 * DAY;

/// A change of the list between two calls.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Insert(String, i64),
    Delete(String),
    Edit(String),
}

/// What happens to a call.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    Error(ErrorKind),
    SmallerWindow,
    EmptyPage,
    ShortPage,
    TotalOff(i64),
    RepeatCursor,
    BadRecord,
}

/// What a vendor makes of positions of earlier calls.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Cursors {
    #[default]
    Known,
    Refused,
    /// Taken for the end.
    End,
    /// Taken for the beginning.
    Beginning,
}

/// In which order a vendor lists, and what of it stands on the first page.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Order {
    #[default]
    OldestFirst,
    NewestFirst,
    /// The newest are on the first page, each page begins with its oldest.
    NewestPageFirst,
    ById,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) time: i64,
    pub(crate) revision: u32,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault that a test can switch on")]
struct State {
    rows: BTreeMap<String, Row>,
    faults: BTreeMap<u64, Fault>,
    lasting: Option<(u64, Fault)>,
    poison: BTreeSet<String>,
    timeless: bool,
    no_answer: Option<ErrorKind>,
    uncounted: bool,
    miscounted: bool,
    renewals_denied: bool,
    busy: bool,
    renewed_alone: u64,
    cursors: Cursors,
    refused_before: i64,
    log: Vec<(Window, u64)>,
}

/// The vendor.
#[derive(Debug)]
pub(crate) struct Listing {
    state: Mutex<State>,
    calls: AtomicU64,
    page_size: usize,
    /// Spaces at the end of each answer.
    padding: usize,
    order: Order,
    max_rows: u64,
    /// Windows that begin here are answered after so many calls for others.
    slow: Option<(i64, usize)>,
    media: bool,
    counts: bool,
    /// How far back a listing reaches that cannot be narrowed by time.
    reach_ms: Option<i64>,
    users: Mutex<Option<Vec<&'static str>>>,
    /// What the list of users lacks.
    pub(crate) lacking: Mutex<Vec<String>>,
    /// What its records' meaning depends on.
    pub(crate) meaning: Mutex<String>,
    /// Link ids that are dead; a renewed link has another.
    pub(crate) dead: Mutex<BTreeSet<String>>,
}

impl Listing {
    /// `count` records, an hour apart, the newest two hours old.
    pub(crate) fn new(count: usize) -> Self {
        let rows = (0..count).map(|index| {
            let age = i64::try_from(count - index).unwrap() * 3_600_000 + 3_600_000;
            (format!("r{index:05}"), Row { time: NOW - age, revision: 0 })
        });
        Self {
            state: Mutex::new(State { rows: rows.collect(), ..State::default() }),
            calls: AtomicU64::new(0),
            page_size: 10,
            padding: 0,
            order: Order::default(),
            max_rows: 1_000_000,
            slow: None,
            media: false,
            counts: true,
            reach_ms: None,
            users: Mutex::default(),
            lacking: Mutex::default(),
            meaning: Mutex::default(),
            dead: Mutex::default(),
        }
    }

    pub(crate) fn max_rows(mut self, rows: u64) -> Self {
        self.max_rows = rows;
        self
    }

    pub(crate) fn slow_from(mut self, from_ms: i64, calls: usize) -> Self {
        self.slow = Some((from_ms, calls));
        self
    }

    pub(crate) fn with_media(mut self) -> Self {
        self.media = true;
        self
    }

    /// The vendor neither counts nor ends its lists; a full page may be all or the first of many.
    pub(crate) fn uncounted(mut self) -> Self {
        self.counts = false;
        self
    }

    /// Pages of another size.
    pub(crate) fn paged_by(mut self, page_size: usize) -> Self {
        self.page_size = page_size;
        self
    }

    /// Answers that are so many bytes longer.
    pub(crate) fn padded_by(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }

    pub(crate) fn ordered(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The users that the vendor lists now; there may be more.
    pub(crate) fn list_users(&self, users: &[&'static str]) {
        *self.users.lock().unwrap() = Some(users.to_vec());
    }

    /// Positions of earlier calls are not known any more, until a list is read from its beginning.
    pub(crate) fn expire_cursors(&self, cursors: Cursors) {
        self.state.lock().unwrap().cursors = cursors;
    }

    /// The vendor cannot be asked for a span of time, and shows the last days only.
    pub(crate) fn whole(mut self, reach_ms: i64) -> Self {
        self.reach_ms = Some(reach_ms);
        self.counts = false;
        self
    }

    /// The vendor refuses what is older.
    pub(crate) fn refuse_before(&self, ms: i64) {
        self.state.lock().unwrap().refused_before = ms;
    }

    /// What happens to the call with this number, from 1.
    pub(crate) fn fault(self, call: u64, fault: Fault) -> Self {
        self.state.lock().unwrap().faults.insert(call, fault);
        self
    }

    /// What happens to each call for this page number.
    pub(crate) fn lasting_fault(self, page: u64, fault: Fault) -> Self {
        self.state.lock().unwrap().lasting = Some((page, fault));
        self
    }

    /// The vendor lists everything, whatever the window.
    pub(crate) fn timeless(self) -> Self {
        self.state.lock().unwrap().timeless = true;
        self
    }

    /// Any page with this record cannot be had.
    pub(crate) fn poison(self, id: &str) -> Self {
        self.state.lock().unwrap().poison.insert(id.to_owned());
        self
    }

    /// What happens to the next call.
    pub(crate) fn fault_next(&self, fault: Fault) {
        let next = self.calls.load(Ordering::Relaxed) + 1;
        self.state.lock().unwrap().faults.insert(next, fault);
    }

    /// What happens to each call for this page number, from now on.
    pub(crate) fn lasting_fault_now(&self, page: u64, fault: Fault) {
        self.state.lock().unwrap().lasting = Some((page, fault));
    }

    /// Any page with this record cannot be had, from now on.
    pub(crate) fn poison_now(&self, id: &str) {
        self.state.lock().unwrap().poison.insert(id.to_owned());
    }

    pub(crate) fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        state.faults.clear();
        state.lasting = None;
        state.poison.clear();
        (state.no_answer, state.uncounted) = (None, false);
        (state.renewals_denied, state.busy) = (false, false);
    }

    /// Nothing is answered any more.
    pub(crate) fn go_down(&self) {
        self.fail_with(ErrorKind::Transport);
    }

    /// Every call fails from now on.
    pub(crate) fn fail_with(&self, kind: ErrorKind) {
        self.state.lock().unwrap().no_answer = Some(kind);
    }

    /// Answers have neither records nor a count.
    pub(crate) fn stop_counting(&self) {
        self.state.lock().unwrap().uncounted = true;
    }

    /// The count is one too high, always.
    pub(crate) fn miscount(self) -> Self {
        self.state.lock().unwrap().miscounted = true;
        self
    }

    /// No fresh link is given.
    pub(crate) fn deny_renewals(&self) {
        self.state.lock().unwrap().renewals_denied = true;
    }

    /// The media host answers that it is too busy.
    pub(crate) fn be_busy(&self) {
        self.state.lock().unwrap().busy = true;
    }

    /// How many records were asked for by themselves, for a fresh link.
    pub(crate) fn renewed_alone(&self) -> u64 {
        self.state.lock().unwrap().renewed_alone
    }

    pub(crate) fn apply(&self, change: &Change) {
        apply(&mut self.state.lock().unwrap(), change);
    }

    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.state.lock().unwrap().rows.keys().cloned().collect()
    }

    /// The raw form of a record as it is now.
    pub(crate) fn raw(&self, id: &str) -> String {
        let state = self.state.lock().unwrap();
        raw(id, &state.rows[id], self.media)
    }

    /// The calls so far: window and page number.
    pub(crate) fn log(&self) -> Vec<(Window, u64)> {
        self.state.lock().unwrap().log.clone()
    }

    fn answer(&self, request: &PageRequest) -> Result<SourcePage, SourceError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let mut number: u64 =
            request.cursor.as_ref().map_or(1, |cursor| cursor.as_str().parse().unwrap());
        let window = request.window.unwrap_or(Window::new(0, i64::MAX));
        let mut state = self.state.lock().unwrap();
        state.log.push((window, number));
        assert!(state.log.len() < 10_000, "the vendor is asked without end");
        if let Some(kind) = state.no_answer {
            return Err(error(kind, false));
        }
        if state.uncounted {
            return Ok(page(&[], false, false));
        }
        if window.from_ms < state.refused_before {
            return Err(error(ErrorKind::Server, true));
        }
        if state.renewals_denied && window.to_ms < NOW - 100_000 {
            // walks read up to the present; only renewals ask for a span that ends before
            return Err(error(ErrorKind::Auth, false));
        }
        if request.cursor.is_none() {
            state.cursors = Cursors::Known;
        }
        match state.cursors {
            Cursors::Known => {}
            Cursors::Refused => return Err(error(ErrorKind::InvalidRequest, false)),
            Cursors::End => return Ok(page(&[], false, false)),
            Cursors::Beginning => number = 1,
        }
        let lasting = state.lasting.clone().filter(|(page, _)| *page == number);
        let fault = state.faults.remove(&call).or(lasting.map(|(_, fault)| fault));
        match &fault {
            Some(Fault::Error(kind)) => return Err(error(*kind, false)),
            Some(Fault::SmallerWindow) if window.len_ms() > 2 * DAY => {
                return Err(error(ErrorKind::InvalidRequest, true));
            }
            _ => {}
        }
        let mut rows: Vec<(&String, &Row)> = state
            .rows
            .iter()
            .filter(|(_, row)| {
                state.timeless || (window.from_ms..=window.to_ms).contains(&row.time)
            })
            .collect();
        match self.order {
            Order::OldestFirst => rows.sort_by_key(|(id, row)| (row.time, (*id).clone())),
            Order::NewestFirst | Order::NewestPageFirst => {
                rows.sort_by_key(|(id, row)| Reverse((row.time, (*id).clone())));
            }
            Order::ById => {}
        }
        let total = rows.len();
        let skip = usize::try_from(number - 1).unwrap() * self.page_size;
        let mut here: Vec<_> = rows.into_iter().skip(skip).take(self.page_size).collect();
        if self.order == Order::NewestPageFirst {
            here.reverse();
        }
        if here.iter().any(|(id, _)| state.poison.contains(*id)) {
            return Err(error(ErrorKind::Server, false));
        }
        match fault {
            Some(Fault::EmptyPage) => here.clear(),
            Some(Fault::ShortPage) => drop(here.pop()),
            _ => {}
        }
        let mut page = page(&here, self.media, matches!(fault, Some(Fault::BadRecord)));
        if !self.counts {
            let full = here.len() == self.page_size;
            page.may_be_cut = full && number == 1 && self.reach_ms.is_none();
            let more = if number == 1 { full } else { !here.is_empty() };
            page.next = more.then(|| Cursor::new((number + 1).to_string())).flatten();
            return Ok(page);
        }
        let off = match fault {
            Some(Fault::TotalOff(off)) => off,
            _ => i64::from(state.miscounted),
        };
        let total = u64::try_from(i64::try_from(total).unwrap() + off).unwrap();
        page.total = Some(total);
        let more = number * self.page_size as u64 <= total.saturating_sub(1);
        page.next = more.then(|| Cursor::new((number + 1).to_string())).flatten();
        if matches!(fault, Some(Fault::RepeatCursor)) {
            page.next = Cursor::new("1");
        }
        Ok(page)
    }
}

fn apply(state: &mut State, change: &Change) {
    match change {
        Change::Insert(id, time) => {
            state.rows.entry(id.clone()).or_insert(Row { time: *time, revision: 0 });
        }
        Change::Delete(id) => drop(state.rows.remove(id)),
        Change::Edit(id) => {
            if let Some(row) = state.rows.get_mut(id) {
                row.revision += 1;
            }
        }
    }
}

pub(crate) fn raw(id: &str, row: &Row, media: bool) -> String {
    let (time, revision) = (row.time, row.revision);
    format!("{{\"id\": \"{id}\", \"time\": {time}, \"revision\": {revision}, \"media\": {media}}}")
}

pub(crate) fn page(rows: &[(&String, &Row)], media: bool, bad: bool) -> SourcePage {
    let mut body = String::from("[");
    let mut records = Vec::new();
    let mut skipped = Vec::new();
    for (index, (id, row)) in rows.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        let text = raw(id, row, media);
        let span = body.len()..body.len() + text.len();
        body.push_str(&text);
        if bad && index == 0 {
            skipped.push(SkippedRecord::new(index, span, DecodeError::new("it is bad")));
            continue;
        }
        let id = MessageId::new((*id).clone());
        let mut message = Message::new("made-up", Arc::from("src"), id.clone(), Kind::Text);
        message.sent_at = Some(SentAt::stated(UnixMillis::new(row.time)));
        message.updated_at = Some(UnixMillis::new(row.time + i64::from(row.revision)));
        if media {
            let mut attachment = Attachment::new(Kind::Image);
            attachment.link = Some(MediaLink::new(format!("first-{id}"), None));
            message.attachments.push(attachment);
        }
        records.push(SourceRecord::new(message, span));
    }
    body.push(']');
    let mut page = SourcePage::new(RawPage::new(body.into_bytes()));
    page.records = records;
    page.skipped = skipped;
    page
}

pub(crate) fn error(kind: ErrorKind, smaller: bool) -> SourceError {
    let mut error = SourceError::new(kind, "the made-up vendor refused the call");
    error.attempts = 5;
    error.asks_smaller_window = smaller;
    error
}

impl Source for Listing {
    fn name(&self) -> &'static str {
        "src"
    }

    fn vendor(&self) -> &'static str {
        "made-up"
    }

    fn fingerprint(&self) -> String {
        self.meaning.lock().unwrap().clone()
    }

    fn lacking(&self) -> Vec<String> {
        self.lacking.lock().unwrap().clone()
    }

    fn capabilities(&self) -> Capabilities {
        let windowing = match self.reach_ms {
            Some(reach_ms) => Windowing::Whole { reach_ms: Some(reach_ms) },
            None => Windowing::Closed { grain_ms: 1000, max_ms: None, max_rows: self.max_rows },
        };
        let mut capabilities = Capabilities::new(windowing, u32::try_from(self.page_size).unwrap());
        capabilities.has_total = self.counts;
        capabilities.partial_partitions = self.users.lock().unwrap().is_some();
        capabilities
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        let no_answer = self.state.lock().unwrap().no_answer;
        let answer = no_answer.map_or(Ok(()), |kind| Err(error(kind, false)));
        Box::pin(async { answer })
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        let users = self.users.lock().unwrap().clone();
        let users = users.unwrap_or_else(|| vec![""]);
        Box::pin(async { Ok(users.into_iter().map(Partition::new).collect()) })
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(async {
            // other walks get their turn between two calls, as over a network
            tokio::task::yield_now().await;
            let begins = request.window.map(|window| window.from_ms);
            while let Some((from_ms, calls)) = self.slow
                && begins == Some(from_ms)
                && self.log().len() < calls
            {
                tokio::task::yield_now().await;
            }
            let mut page = self.answer(request)?;
            let mut body = std::mem::replace(&mut page.raw, RawPage::new(Vec::new())).into_bytes();
            body.resize(body.len() + self.padding, b' ');
            page.raw = RawPage::new(body);
            Ok(page)
        })
    }

    fn read(&self, _partition: &Partition, _body: Vec<u8>) -> Result<SourcePage, SourceError> {
        Err(error(ErrorKind::Decode, false))
    }

    fn cursor_after(&self, failed: Option<&Cursor>) -> Option<Cursor> {
        let number: u64 = failed.map_or(1, |cursor| cursor.as_str().parse().unwrap());
        Cursor::new((number + 1).to_string())
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        a == b
    }

    fn renew_media<'a>(
        &'a self,
        item: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        Box::pin(async {
            {
                let mut state = self.state.lock().unwrap();
                state.renewed_alone += 1;
                if state.renewals_denied {
                    return Err(error(ErrorKind::Auth, false));
                }
                if state.poison.contains(&item.record_id) {
                    return Err(error(ErrorKind::Server, false));
                }
                if let Some(kind) = state.no_answer {
                    return Err(error(kind, false));
                }
            }
            let known = self.ids().contains(&item.record_id);
            let link = MediaLink::new(format!("renewed-{}", item.record_id), None);
            Ok(known.then(|| vec![Some(link)]))
        })
    }

    fn fetch_media<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        _limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        Box::pin(async {
            if self.dead.lock().unwrap().contains(link.expose()) {
                return Err(MediaError::new(MediaErrorKind::Expired));
            }
            if self.state.lock().unwrap().busy {
                return Err(MediaError::new(MediaErrorKind::Status(503)));
            }
            let (_, id) = link.expose().split_once('-').unwrap();
            sink.write_all(id.as_bytes()).unwrap();
            Ok(MediaInfo::new(id.len() as u64, None))
        })
    }

    fn calls(&self) -> CallCount {
        CallCount::new(self.calls.load(Ordering::Relaxed), 0)
    }
}

/// An archive in a folder of its own, and runs into it.
pub(crate) struct Bench {
    dir: TempDir,
    pub(crate) settings: Settings,
    pub(crate) now: i64,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let settings = Settings::new(UnixMillis::new(0));
        Self { dir: tempfile::tempdir().unwrap(), settings, now: NOW }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    pub(crate) fn options(&self) -> SyncOptions {
        let now = UnixMillis::new(self.now);
        SyncOptions::default().with_clock(Arc::new(move || now))
    }

    pub(crate) fn run(&self, source: &Arc<Listing>) -> SyncReport {
        self.run_with(source, self.options())
    }

    pub(crate) fn run_with(&self, source: &Arc<Listing>, options: SyncOptions) -> SyncReport {
        self.run_source(Arc::clone(source) as Arc<dyn Source>, options)
    }

    pub(crate) fn run_source(&self, source: Arc<dyn Source>, options: SyncOptions) -> SyncReport {
        let archive = Archive::open(&self.path()).unwrap();
        let job = Job { source, settings: self.settings.clone() };
        runtime().block_on(sync(archive, vec![job], options)).unwrap()
    }

    /// Fetches the files again that are lacking.
    pub(crate) fn retry(&self, source: &Arc<Listing>) -> RetryReport {
        let archive = Archive::open(&self.path()).unwrap();
        let source = Arc::clone(source) as Arc<dyn Source>;
        let job = Job { source, settings: self.settings.clone() };
        runtime().block_on(retry_media(archive, vec![job], self.options())).unwrap()
    }

    /// The export: raw text by id. Fails if an id is there twice.
    pub(crate) fn stored(&self) -> BTreeMap<String, String> {
        let mut out = Vec::new();
        let reader = Reader::open(&self.path()).unwrap();
        reader.export_jsonl(&Filter::default(), &mut out, &mut |_| Ok(())).unwrap();
        assert!(reader.verify(&mut |_| {}).unwrap().is_clean());
        let mut stored = BTreeMap::new();
        for line in String::from_utf8(out).unwrap().lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let (_, raw) = line.split_once("\"raw\":").unwrap();
            let raw = raw.strip_suffix('}').unwrap().to_owned();
            assert!(stored.insert(value["id"].as_str().unwrap().to_owned(), raw).is_none());
        }
        stored
    }

    /// Asserts that the archive holds exactly what the vendor has, as it has it now.
    pub(crate) fn assert_complete(&self, source: &Listing) {
        let stored = self.stored();
        assert_eq!(stored.keys().cloned().collect::<BTreeSet<_>>(), source.ids());
        for (id, raw) in stored {
            assert_eq!(raw, source.raw(&id));
        }
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}
