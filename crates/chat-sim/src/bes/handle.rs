//! A running Huawei, seen from a test or a program.

use std::{
    fmt,
    sync::{Arc, Mutex, RwLock},
};

use jiff::{Timestamp, tz::Offset};

use super::{
    BesOptions,
    api::Door,
    data::{Data, Row},
    download::LARGEST_FILE_BYTES,
    facts::{Facts, Kind, Shape},
    files::{self, FileId},
    late::Form,
    library, render,
    sign::Lock,
    tokens::Tokens,
    world::World,
};
use crate::{
    Error, Faults, Requests, SecretField, SimVendor, TrueFile, TrueRecord, faults::Tweak,
    media::Signer, mix::Mix, server::Ground,
};

/// Its name in a configuration and in fault rules.
const NAME: &str = "bes-ccmessaging";

/// There is no total and no cursor here, and records have no links.
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
    "token_expired",
    "media_404",
    "wrong_mime",
];

/// How old the newest record is at the start, unless said otherwise.
const NEWEST_AGE_MS: i64 = 2 * 60 * 1000;

const DAY_MS: i64 = 86_400_000;

/// A running Huawei: where it is, what opens it, what it holds and what it was asked.
#[derive(Clone)]
pub struct BesHandle {
    world: Arc<World>,
    base_url: String,
    second_url: String,
}

impl BesHandle {
    /// Takes two ports: one for the API, one for files and, if wished, for tokens.
    pub(crate) async fn start(options: BesOptions, ground: &mut Ground<'_>) -> Result<Self, Error> {
        options.check()?;
        let until_ms = options.until_ms.unwrap_or_else(|| ground.clock.now_ms() - NEWEST_AGE_MS);
        let from_ms = until_ms.saturating_sub(i64::from(options.span_days) * DAY_MS);
        for (name, time_ms) in [("until_ms", until_ms), ("span_days", from_ms)] {
            // the samples' times have thirteen digits
            if !(1_000_000_000_000..4_000_000_000_000).contains(&time_ms) {
                let reason = "records can only be from 2001 to 2096".to_owned();
                return Err(Error::Option { name, reason });
            }
        }
        let [api, second] = ground.bind_pair().await?;
        let base_url = format!("http://{}", api.address);
        let second_url = format!("http://{}", second.address);
        let data = Data::generate(&options, from_ms.div_euclid(1000), until_ms.div_euclid(1000));
        let world = Arc::new(World {
            data: RwLock::new(data),
            tokens: Mutex::new(Tokens::new(options.seed)),
            lock: Mutex::new(Lock::default()),
            gate: ground.gate(NAME, FAULT_KINDS),
            signer: Signer::new(second_url.clone(), options.seed),
            options,
        });
        for (bound, is_first) in [(api, true), (second, false)] {
            ground.serve(bound, Arc::new(Door { world: Arc::clone(&world), is_first }));
        }
        Ok(Self { world, base_url, second_url })
    }

    /// Where `tokenByAkSk` is: at the API's address, unless [`BesOptions::with_token_listener`] wants it elsewhere.
    pub fn token_url(&self) -> &str {
        if self.world.options.has_token_listener { &self.second_url } else { &self.base_url }
    }

    /// Where temporary links to files point.
    pub fn media_url(&self) -> &str {
        &self.second_url
    }

    /// The only application.
    pub fn app_key(&self) -> &str {
        &self.world.options.app_key
    }

    /// The application's secret.
    pub fn app_secret(&self) -> &str {
        &self.world.options.app_secret
    }

    /// The key that signs requests for calls: its name.
    pub fn access_key(&self) -> &str {
        &self.world.options.access_key
    }

    /// The key that signs requests for calls.
    pub fn secret_key(&self) -> &str {
        &self.world.options.secret_key
    }

    /// The id of the only channel.
    pub fn channel_id(&self) -> &str {
        &self.world.options.channel_id
    }

    /// The type of the only channel.
    pub fn channel(&self) -> &str {
        &self.world.options.channel
    }

    /// The date of the first record in UTC, such as `2025-01-01`: a sync from there misses nothing.
    pub fn start_date(&self) -> String {
        let first_s = self.world.data().first_s();
        let first = first_s.and_then(|first_s| Timestamp::from_second(first_s).ok());
        let now = || Timestamp::from_millisecond(self.world.now_ms()).unwrap_or_default();
        Offset::UTC.to_datetime(first.unwrap_or_else(now)).date().to_string()
    }

    /// Can a client know the type of a record's file?
    fn says_type(&self, data: &Data, user: u32, row: Row, facts: Facts) -> bool {
        let may_be_bare = matches!(facts.kind, Kind::Image | Kind::Audio | Kind::Video);
        let mut key = String::new();
        if let Some(file) = facts.file {
            files::write_key(data.seed, user, row, facts.kind, file, &mut key);
        }
        !self.world.options.has_bare_ids || !may_be_bare || key.contains('.')
    }

    fn record(&self, data: &Data, user: usize, ordinal: usize, row: Row) -> TrueRecord {
        let mut raw = Vec::new();
        self.world.renderer(data).record(user, row, Tweak::default(), &mut raw);
        let number = u32::try_from(user).unwrap_or(u32::MAX);
        TrueRecord {
            ordinal: ordinal as u64,
            partition: data.users.get(user).cloned().unwrap_or_default(),
            id: Some(render::id(data.seed, number, row)),
            conversation_id: conversation_id(data, user, row),
            sent_at_ms: Some(row.sent_ms()),
            raw,
        }
    }
}

impl SimVendor for BesHandle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn requests(&self) -> Requests {
        self.world.gate.log.snapshot()
    }

    fn set_faults(&self, faults: Faults) {
        self.world.gate.faults.set(faults);
    }

    fn fault_kinds(&self) -> &'static [&'static str] {
        FAULT_KINDS
    }

    /// Its users, those who never wrote included.
    fn partitions(&self) -> Vec<String> {
        self.world.data().users.clone()
    }

    fn record_count(&self) -> usize {
        self.world.data().record_count()
    }

    fn insert_records(&self, count: u64) {
        let mut data = self.world.data_mut();
        let mut mix = Mix::of(&[data.seed, 3, data.record_count() as u64]);
        let user = mix.index(data.users.len());
        data.insert_later(user, count, self.world.now_ms().div_euclid(1000));
    }

    fn records(&self) -> Vec<TrueRecord> {
        let data = self.world.data();
        let of_user = |user: usize| {
            let rows = data.timelines.get(user).map(|timeline| timeline.rows.as_slice());
            let (rows, base) = (rows.unwrap_or_default().iter().enumerate(), data.base(user));
            rows.map(|(at, row)| self.record(&data, user, base + at, *row)).collect::<Vec<_>>()
        };
        (0..data.users.len()).flat_map(of_user).collect()
    }

    fn files(&self, record: &TrueRecord) -> Vec<TrueFile> {
        let data = self.world.data();
        let found = data.user(&record.partition).and_then(|user| {
            let at = usize::try_from(record.ordinal).ok()?.checked_sub(data.base(user))?;
            let row = *data.timelines.get(user)?.rows.get(at)?;
            let user = u32::try_from(user).ok()?;
            let facts = Facts::of(data.seed, user, row);
            let form = Form::at(data.seed, user, row, facts, self.world.now_ms());
            let (id, kind) = match facts.kind {
                // its content, which named the file, is gone
                _ if form.is_blank => return None,
                Kind::Library(index) => (FileId::Library(index), library::item(index).file?),
                _ if !self.says_type(&data, user, row, facts) => return None,
                _ => (FileId::Own { user, key: row.key }, facts.file?),
            };
            Some(files::bytes(data.seed, id, kind, self.world.options.media_bytes))
        });
        let file = found.filter(|bytes| bytes.len() <= LARGEST_FILE_BYTES);
        file.into_iter().map(|bytes| TrueFile { bytes }).collect()
    }

    fn secrets(&self) -> Vec<String> {
        let keys = [self.app_key(), self.app_secret(), self.access_key(), self.secret_key()];
        let mut secrets: Vec<String> = keys.map(str::to_owned).into();
        secrets.extend(self.world.tokens().living(self.world.now_ms()));
        secrets
    }

    fn config_toml(&self, secret: &mut dyn FnMut(SecretField<'_>) -> String) -> String {
        let mut reference = |key, value| secret(SecretField { source: NAME, key, value });
        let token_url = if self.world.options.has_token_listener {
            format!("token_url = \"{}\"\n", self.second_url)
        } else {
            String::new()
        };
        let users: Vec<String> =
            self.partitions().iter().map(|user| format!("    \"{user}\",\n")).collect();
        format!(
            "[sources.{NAME}]\nvendor = \"{NAME}\"\nbase_url = \"{}\"\n{token_url}app_key = {}\napp_secret = {}\n\
             channel_id = \"{}\"\nchannel = \"{}\"\nusers = [\n{}]\npage_size = 100\nstart = \"{}\"\nmin_interval_ms = 0\n",
            self.base_url,
            reference("app_key", self.app_key()),
            reference("app_secret", self.app_secret()),
            self.channel_id(),
            self.channel(),
            users.concat(),
            self.start_date(),
        )
    }
}

/// The chat, or the call where the record does not say the chat.
fn conversation_id(data: &Data, user: usize, row: Row) -> Option<String> {
    let number = u32::try_from(user).ok()?;
    let call = data.timelines.get(user)?.calls.get(row.call as usize)?;
    let mut id = String::new();
    match Shape::of(data.seed, number, row.call) {
        Shape::Old | Shape::Sample => {
            render::write_call_id(data.seed, number, row.call, call.start_s, &mut id);
        }
        _ => render::write_chat_id(data.seed, number, row.call, &mut id),
    }
    Some(id)
}

impl fmt::Debug for BesHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BesHandle")
            .field("base_url", &self.base_url)
            .field("token_url", &self.token_url())
            .field("options", &self.world.options)
            .finish_non_exhaustive()
    }
}
