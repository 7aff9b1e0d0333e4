//! A running platform, seen from a test or a program.

use std::{
    fmt,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicU64},
};

use jiff::{Timestamp, tz::Offset};

use super::{
    MyscrmOptions,
    api::Gateway,
    data::{Data, TIMES_MS},
    files::MediaHost,
    timeline::{Entry, Route, Window},
    world::World,
};
use crate::{
    Error, Faults, Requests, SecretField, SimVendor, TrueFile, TrueRecord, faults::Tweak,
    media::Signer, server::Ground,
};

/// Its name in a configuration and in fault rules.
const NAME: &str = "myscrm-qw";

/// There are no totals and no tokens here.
const FAULT_KINDS: &[&str] = &[
    "http",
    "api",
    "truncate",
    "html",
    "empty",
    "slow",
    "reset",
    "endless",
    "insert_at_head",
    "insert_in_window",
    "duplicate_rows",
    "short_page",
    "empty_page",
    "unknown_enum",
    "unknown_keys",
    "null_required",
    "bad_record",
    "repeat_page",
    "repeat_cursor",
    "expired_media",
    "media_404",
    "wrong_mime",
];

/// How old the newest message is at the start, unless said otherwise.
const NEWEST_AGE_MS: i64 = 2 * 60 * 1000;

const DAY_MS: i64 = 86_400_000;

/// The page size that a configuration asks for, if pages may be so large.
const PAGE_SIZE: u32 = 100;

/// A running platform: where it is, what opens it, what it holds and what it was asked.
#[derive(Clone)]
pub struct MyscrmHandle {
    world: Arc<World>,
    base_url: String,
    media_url: String,
}

impl MyscrmHandle {
    /// Takes two ports: one for the API, one for the media host.
    pub(crate) async fn start(
        options: MyscrmOptions,
        ground: &mut Ground<'_>,
    ) -> Result<Self, Error> {
        let cipher = options.check()?;
        let until_ms = options.until_ms.unwrap_or_else(|| ground.clock.now_ms() - NEWEST_AGE_MS);
        let from_ms = until_ms.saturating_sub(i64::from(options.span_days) * DAY_MS);
        for (name, time_ms) in [("until_ms", until_ms), ("span_days", from_ms)] {
            if !TIMES_MS.contains(&time_ms) {
                let reason = "records can only be sent from 1970 to 2286".to_owned();
                return Err(Error::Option { name, reason });
            }
        }
        let [api, media] = ground.bind_pair().await?;
        let media_url = format!("http://{}", media.address);
        let data = Data::generate(options.seed, options.records, options.chats, from_ms, until_ms);
        let world = Arc::new(World {
            cipher,
            first_ms: data.all.rows().first().map_or(from_ms, |row| row.time_ms),
            data: RwLock::new(data),
            gate: ground.gate(NAME, FAULT_KINDS),
            signer: Signer::new(media_url.clone(), options.seed),
            sent: options.keep_sent.then(Mutex::default),
            files: Mutex::default(),
            used_cursors: Mutex::default(),
            answered: AtomicU64::new(0),
            options,
        });
        let base_url = format!("http://{}", api.address);
        ground.serve(api, Arc::new(Gateway(Arc::clone(&world))));
        ground.serve(media, Arc::new(MediaHost(Arc::clone(&world))));
        Ok(Self { world, base_url, media_url })
    }

    /// The API's address, such as `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The media host's address; its port differs from the API's.
    pub fn media_url(&self) -> &str {
        &self.media_url
    }

    /// The only application; a secret as far as clients are concerned.
    pub fn app_id(&self) -> &str {
        &self.world.options.app_id
    }

    /// The key of encrypted records.
    pub fn encoding_aes_key(&self) -> &str {
        &self.world.options.encoding_aes_key
    }

    /// The ids of all chats, those without messages included.
    pub fn chat_ids(&self) -> Vec<String> {
        self.world.data().chats.iter().map(|chat| chat.id.clone()).collect()
    }

    /// The ids of the chats that are groups.
    pub fn group_ids(&self) -> Vec<String> {
        let data = self.world.data();
        data.chats.iter().filter(|chat| chat.is_group).map(|chat| chat.id.clone()).collect()
    }

    /// The ids of all employees.
    pub fn employee_ids(&self) -> Vec<String> {
        self.world.data().employees.iter().map(|person| person.id.clone()).collect()
    }

    /// The ids of all customers.
    pub fn customer_ids(&self) -> Vec<String> {
        self.world.data().customers.iter().map(|person| person.id.clone()).collect()
    }

    /// A date such as `2025-01-01` from which a sync misses nothing, in whatever zone it is read.
    pub fn start_date(&self) -> String {
        let before = Timestamp::from_millisecond(self.world.first_ms.saturating_sub(DAY_MS));
        Offset::UTC.to_datetime(before.unwrap_or_default()).date().to_string()
    }

    /// What was asked so far.
    pub fn requests(&self) -> Requests {
        self.world.gate.log.snapshot()
    }

    /// How many records there are now; in raw mode the recalls that happened by now are records as well.
    pub fn record_count(&self) -> usize {
        self.world.data().all.count(self.world.recalls_until_ms())
    }

    /// The platform's ids of all records, inserted ones included, in time order.
    pub fn ids(&self) -> Vec<String> {
        let entries = self.entries(&self.world.data(), None);
        entries.into_iter().map(|entry| self.world.record_id(entry)).collect()
    }

    /// The ids of the messages that were recalled by now, in the order of their recalls.
    pub fn recalled_ids(&self) -> Vec<String> {
        let now_ms = self.world.gate.clock.now_ms();
        let data = self.world.data();
        let recalls = data.all.recalls().iter().filter(|recall| recall.at_ms <= now_ms);
        recalls.map(|recall| self.world.record_id(Entry::message(recall.row))).collect()
    }

    /// A record's JSON as it would be sent now, without any fault; its media link is issued by this call. In raw mode it is
    /// what is encrypted.
    pub fn raw_record(&self, id: &str) -> Option<String> {
        let data = self.world.data();
        let entry = data.find(id)?;
        String::from_utf8(self.raw(&data, entry)).ok()
    }

    /// A record's bytes as they were last sent, by whatever endpoint, before encryption, faults and media link included;
    /// needs [`MyscrmOptions::with_keep_sent`]. Rows spoiled by `bad_record` are not kept.
    pub fn raw_as_sent(&self, id: &str) -> Option<Vec<u8>> {
        let entry = self.world.data().find(id)?;
        let sent = self.world.sent.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(sent.get(&entry)?.to_vec())
    }

    /// The bytes of a record's file, if it has one.
    pub fn media_bytes(&self, id: &str) -> Option<Vec<u8>> {
        let entry = self.world.data().find(id).filter(|entry| !entry.is_recall)?;
        Some(self.world.file_of(entry.row)?.1)
    }

    /// The SHA-256 of a record's file in lower-case hex, if it has one.
    pub fn media_sha256(&self, id: &str) -> Option<String> {
        Some(TrueFile { bytes: self.media_bytes(id)? }.sha256())
    }

    /// Replaces the fault rules of this vendor; all counts begin anew.
    pub fn set_faults(&self, faults: Faults) {
        self.world.gate.faults.set(faults);
    }

    /// Adds `count` messages later than all others, sent now by the virtual clock.
    pub fn insert_records(&self, count: u64) {
        let now_ms = self.world.gate.clock.now_ms();
        self.world.data_mut().insert_at_head(count, now_ms);
    }

    /// The records of a chat or of all chats, oldest first.
    fn entries(&self, data: &Data, chat: Option<u32>) -> Vec<Entry> {
        let route = Route {
            window: Window { from_ms: i64::MIN, until_ms: i64::MAX },
            ascending: true,
            recalls_until_ms: self.world.recalls_until_ms(),
        };
        data.timeline(chat).map_or_else(Vec::new, |timeline| timeline.walk(route, None).collect())
    }

    fn raw(&self, data: &Data, entry: Entry) -> Vec<u8> {
        let mut json = Vec::new();
        let renderer = self.world.renderer(data, self.world.options.raw_mode, None, false);
        renderer.record(entry, Tweak::default(), &mut json);
        json
    }
}

impl SimVendor for MyscrmHandle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &str {
        self.base_url()
    }

    fn requests(&self) -> Requests {
        self.requests()
    }

    fn set_faults(&self, faults: Faults) {
        self.set_faults(faults);
    }

    fn fault_kinds(&self) -> &'static [&'static str] {
        FAULT_KINDS
    }

    fn partitions(&self) -> Vec<String> {
        if self.world.options.raw_mode { vec![String::new()] } else { self.chat_ids() }
    }

    fn record_count(&self) -> usize {
        self.record_count()
    }

    fn insert_records(&self, count: u64) {
        self.insert_records(count);
    }

    fn records(&self) -> Vec<TrueRecord> {
        let data = self.world.data();
        let is_raw = self.world.options.raw_mode;
        let entries: Vec<_> = if is_raw {
            self.entries(&data, None)
        } else {
            let chats = 0..u32::try_from(data.chats.len()).unwrap_or(0);
            chats.flat_map(|chat| self.entries(&data, Some(chat))).collect()
        };
        let record = |(ordinal, entry): (u64, Entry)| {
            let chat = data.chat(entry.row).map_or("", |chat| &chat.id);
            TrueRecord {
                ordinal,
                partition: if is_raw { String::new() } else { chat.to_owned() },
                id: Some(identity(&self.world.record_id(entry), entry)),
                conversation_id: Some(chat.to_owned()),
                sent_at_ms: Some(entry.at_ms),
                raw: self.raw(&data, entry),
            }
        };
        (0..).zip(entries).map(record).collect()
    }

    fn files(&self, record: &TrueRecord) -> Vec<TrueFile> {
        // a recall may have the id of a message with a file, but is never one itself
        let is_message = !record.raw.starts_with(br#"{"action":"recall""#);
        let id = record.id.as_deref().filter(|_| is_message);
        let bytes = id.and_then(|id| self.media_bytes(id));
        bytes.into_iter().map(|bytes| TrueFile { bytes }).collect()
    }

    fn secrets(&self) -> Vec<String> {
        let options = &self.world.options;
        let required = options.required_header.iter().chain(&options.required_query);
        let required = required.map(|(_, value)| value.as_str());
        [self.app_id(), self.encoding_aes_key()]
            .into_iter()
            .chain(required)
            .map(str::to_owned)
            .collect()
    }

    fn config_toml(&self, secret: &mut dyn FnMut(SecretField<'_>) -> String) -> String {
        let options = &self.world.options;
        let mut reference = |key, value| secret(SecretField { source: NAME, key, value });
        let mut toml = format!(
            "[sources.{NAME}]\nvendor = \"{NAME}\"\nbase_url = \"{}\"\napp_id = {}\n",
            self.base_url,
            reference("app_id", self.app_id()),
        );
        // writing to a String cannot fail
        let _ = if options.raw_mode {
            let key = reference("encoding_aes_keys", self.encoding_aes_key());
            writeln!(toml, "mode = \"raw\"\nencoding_aes_keys = [{key}]")
        } else {
            let chats = self.chat_ids();
            writeln!(toml, "chats = [\"{}\"]", chats.join("\", \""))
        };
        for (table, pair) in
            [("extra_headers", &options.required_header), ("extra_query", &options.required_query)]
        {
            if let Some((name, value)) = pair {
                let name = toml::Value::from(name.as_str());
                let _ = writeln!(toml, "{table} = {{ {name} = {} }}", reference(table, value));
            }
        }
        let page_size = PAGE_SIZE.min(options.max_page_size);
        let start = self.start_date();
        let _ = writeln!(toml, "page_size = {page_size}\nstart = \"{start}\"\nmin_interval_ms = 0");
        toml
    }
}

impl fmt::Debug for MyscrmHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MyscrmHandle")
            .field("base_url", &self.base_url)
            .field("media_url", &self.media_url)
            .field("options", &self.world.options)
            .finish_non_exhaustive()
    }
}

/// A message and its recall may have one id, so the platform's records are told apart by id and action: that of a recall
/// gets the action behind it.
fn identity(id: &str, entry: Entry) -> String {
    if entry.is_recall { format!("{id}/recall") } else { id.to_owned() }
}
