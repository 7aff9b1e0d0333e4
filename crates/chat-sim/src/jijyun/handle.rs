//! A running Yuju AI, seen from a test or a program.

use std::{
    fmt,
    sync::{Arc, Mutex, RwLock, atomic::AtomicU64},
};

use super::{
    JijyunOptions, MediaContent,
    api::Gateway,
    data::{Data, Row, TIMES_MS},
    files::MediaHost,
    people,
    times::DAY_MS,
    world::World,
};
use crate::{
    Error, Faults, Requests, SecretField, SimVendor, TrueFile, TrueRecord, faults::Tweak,
    server::Ground,
};

/// Its name in a configuration and in fault rules.
const NAME: &str = "jijyun";

/// There are no totals, no tokens, no page numbers and no links that end here.
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
    "repeat_cursor",
    "media_404",
    "wrong_mime",
];

/// How old the newest message is at the start, unless said otherwise.
const NEWEST_AGE_MS: i64 = 2 * 60 * 1000;

/// The days that a configuration asks for: what the vendor's sample asks for.
const DAYS: u32 = 30;

/// A running Yuju AI: where it is, what opens it, what it holds and what it was asked.
#[derive(Clone)]
pub struct JijyunHandle {
    world: Arc<World>,
    base_url: String,
}

impl JijyunHandle {
    /// Takes two ports: one for the API, one for the media host.
    pub(crate) async fn start(
        options: JijyunOptions,
        ground: &mut Ground<'_>,
    ) -> Result<Self, Error> {
        options.check()?;
        let until_ms = options.until_ms.unwrap_or_else(|| ground.clock.now_ms() - NEWEST_AGE_MS);
        let from_ms = until_ms.saturating_sub(i64::from(options.span_days) * DAY_MS);
        for (name, time_ms) in [("until_ms", until_ms), ("span_days", from_ms)] {
            if !TIMES_MS.contains(&time_ms) {
                let reason = "messages can only be from 1970 to 2099".to_owned();
                return Err(Error::Option { name, reason });
            }
        }
        let [api, media] = ground.bind_pair().await?;
        let world = Arc::new(World {
            data: RwLock::new(Data::generate(&options, from_ms, until_ms)),
            gate: ground.gate(NAME, FAULT_KINDS),
            media_url: format!("http://{}", media.address),
            answered: AtomicU64::new(0),
            allowance: Mutex::new(options.allowance),
            options,
        });
        let base_url = format!("http://{}", api.address);
        ground.serve(api, Arc::new(Gateway(Arc::clone(&world))));
        ground.serve(media, Arc::new(MediaHost(Arc::clone(&world))));
        Ok(Self { world, base_url })
    }

    /// The API's address, such as `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The media host's address; its port differs from the API's.
    pub fn media_url(&self) -> &str {
        &self.world.media_url
    }

    /// The only key.
    pub fn api_key(&self) -> &str {
        &self.world.options.api_key
    }

    /// The ids of all contacts, those who never said a word last.
    pub fn customers(&self) -> Vec<String> {
        self.world.data().customers.iter().map(|customer| customer.id.clone()).collect()
    }

    /// The ids of a customer's conversations, in the order in which `chat/record` answers them; none for nobody known.
    pub fn chat_ids(&self, customer_id: &str) -> Vec<String> {
        let data = self.world.data();
        let conversations =
            data.customer(customer_id).map(|(_, customer)| customer.conversations.as_slice());
        let talks = conversations.unwrap_or_default().iter();
        talks
            .filter_map(|index| data.conversations.get(*index as usize))
            .map(|talk| talk.chat_id.clone())
            .collect()
    }

    /// All messages of a conversation as `chat/record` shows them, oldest first, whatever their age; none for a conversation
    /// that is not known.
    pub fn conversation(&self, chat_id: &str) -> Vec<String> {
        self.messages(chat_id).into_iter().map(|(_, json)| json).collect()
    }

    /// When the messages of a conversation were sent, Unix milliseconds, in the order of [`JijyunHandle::conversation`].
    /// `chat/record` tells none of them.
    pub fn sent_at_ms(&self, chat_id: &str) -> Vec<i64> {
        self.messages(chat_id).into_iter().map(|(sent_ms, _)| sent_ms).collect()
    }

    /// The ids of the hosted accounts, as `corpwechat/message/history` asks for them.
    pub fn hosted_accounts(&self) -> Vec<String> {
        let JijyunOptions { seed, hosted_accounts, .. } = self.world.options;
        (0..hosted_accounts).map(|account| people::account(seed, account).im_bot_id).collect()
    }

    /// The bytes of the file behind a link to the media host, if there is one.
    pub fn media_bytes(&self, link: &str) -> Option<Vec<u8>> {
        let path = link.strip_prefix(self.media_url())?.strip_prefix('/')?;
        let (_, row, _) = self.world.file_at(path)?;
        self.world.file_of(row)
    }

    /// What was asked so far.
    pub fn requests(&self) -> Requests {
        self.world.gate.log.snapshot()
    }

    /// How many messages there are now.
    pub fn record_count(&self) -> usize {
        self.world.data().rows.len()
    }

    /// Replaces the fault rules of this vendor; all counts begin anew.
    pub fn set_faults(&self, faults: Faults) {
        self.world.gate.faults.set(faults);
    }

    /// How many calls are paid for from now on; `None` is no limit.
    pub fn set_allowance(&self, calls: Option<u64>) {
        self.world.set_allowance(calls);
    }

    /// Adds `count` messages later than all others, sent now by the virtual clock, in conversations old and new.
    pub fn insert_records(&self, count: u64) {
        let now_ms = self.world.gate.clock.now_ms();
        self.world.data_mut().insert_at_head(count, now_ms);
    }

    /// Adds a message of the customer to a conversation, later than all others, sent now by the virtual clock. False for a
    /// conversation that is not known.
    pub fn insert_text(&self, chat_id: &str, words: &str) -> bool {
        let now_ms = self.world.gate.clock.now_ms();
        let mut data = self.world.data_mut();
        let Some(conversation) = data.chat(chat_id) else { return false };
        data.insert_text(conversation, words, now_ms);
        true
    }

    /// Time and JSON of a conversation's messages, oldest first.
    fn messages(&self, chat_id: &str) -> Vec<(i64, String)> {
        let data = self.world.data();
        let Some(conversation) = data.chat(chat_id) else { return Vec::new() };
        let mut renderer = self.world.renderer(&data);
        let ordinals = data.select_conversation(conversation, i64::MIN, i64::MAX);
        let rows = ordinals.into_iter().filter_map(|ordinal| data.rows.get(ordinal));
        let message = |row: &_| {
            let mut json = Vec::new();
            renderer.record(*row, Tweak::default(), &mut json);
            (row.sent_ms(), String::from_utf8_lossy(&json).into_owned())
        };
        rows.map(message).collect()
    }
}

impl SimVendor for JijyunHandle {
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

    /// The ids of all contacts.
    fn partitions(&self) -> Vec<String> {
        self.customers()
    }

    fn record_count(&self) -> usize {
        self.record_count()
    }

    fn insert_records(&self, count: u64) {
        self.insert_records(count);
    }

    /// Messages have neither ids nor times. One of a shared conversation is listed for the customer that it belongs to, once.
    fn records(&self) -> Vec<TrueRecord> {
        let data = self.world.data();
        let mut renderer = self.world.renderer(&data);
        let record = |(ordinal, row): (usize, &Row)| {
            let talk = data.conversation(*row)?;
            let mut raw = Vec::new();
            renderer.record(*row, Tweak::default(), &mut raw);
            Some(TrueRecord {
                ordinal: ordinal as u64,
                partition: data.customers.get(talk.customer as usize)?.id.clone(),
                id: None,
                conversation_id: Some(talk.chat_id.clone()),
                sent_at_ms: None,
                raw,
            })
        };
        data.rows.iter().enumerate().filter_map(record).collect()
    }

    /// Labels name no file: see [`JijyunOptions::with_media_content`].
    fn files(&self, record: &TrueRecord) -> Vec<TrueFile> {
        if self.world.options.media_content == MediaContent::Label {
            return Vec::new();
        }
        let row = usize::try_from(record.ordinal)
            .ok()
            .and_then(|ordinal| self.world.data().rows.get(ordinal).copied());
        let bytes = row.and_then(|row| self.world.file_of(row));
        bytes.into_iter().map(|bytes| TrueFile { bytes }).collect()
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.api_key().to_owned()]
    }

    fn config_toml(&self, secret: &mut dyn FnMut(SecretField<'_>) -> String) -> String {
        let api_key = secret(SecretField { source: NAME, key: "api_key", value: self.api_key() });
        let customers = if self.world.options.customers_all {
            toml::Value::from("all")
        } else {
            toml::Value::from(self.customers())
        };
        format!(
            "[sources.jijyun]\nvendor = \"jijyun\"\nbase_url = \"{}\"\napi_key = {api_key}\ncustomers = {customers}\n\
             days = {DAYS}\nmin_interval_ms = 0\n",
            self.base_url,
        )
    }
}

impl fmt::Debug for JijyunHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JijyunHandle")
            .field("base_url", &self.base_url)
            .field("media_url", &self.world.media_url)
            .field("options", &self.world.options)
            .finish_non_exhaustive()
    }
}
