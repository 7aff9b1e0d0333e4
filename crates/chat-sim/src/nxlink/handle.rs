//! A running NXLink, seen from a test or a program.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicU64},
};

use super::{
    NxlinkOptions,
    api::Gateway,
    data::{Data, Row, TIMES_MS},
    files::MediaHost,
    people, wall,
    world::World,
};
use crate::{
    Error, Faults, Requests, SecretField, SimVendor, TrueFile, TrueRecord, faults::Tweak,
    media::Signer, server::Ground,
};

/// Its name in a configuration and in fault rules.
const NAME: &str = "nxlink";

/// There are no tokens and no cursors here.
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
    "wrong_total",
    "unknown_enum",
    "unknown_keys",
    "null_required",
    "bad_record",
    "repeat_page",
    "expired_media",
    "media_404",
    "wrong_mime",
];

/// How old the newest record is at the start, unless said otherwise.
const NEWEST_AGE_MS: i64 = 2 * 60 * 1000;

const DAY_MS: i64 = 86_400_000;

/// A running NXLink: where it is, what opens it, what it holds and what it was asked.
#[derive(Clone)]
pub struct NxlinkHandle {
    world: Arc<World>,
    base_url: String,
    media_url: String,
}

impl NxlinkHandle {
    /// Takes two ports: one for the API, one for the media host.
    pub(crate) async fn start(
        options: NxlinkOptions,
        ground: &mut Ground<'_>,
    ) -> Result<Self, Error> {
        let offset_s = options.check()?;
        let until_ms = options.until_ms.unwrap_or_else(|| ground.clock.now_ms() - NEWEST_AGE_MS);
        let until_ms = until_ms.saturating_add(offset_s * 1000);
        let from_ms = until_ms.saturating_sub(i64::from(options.span_days) * DAY_MS);
        for (name, time_ms) in [("until_ms", until_ms), ("span_days", from_ms)] {
            if !TIMES_MS.contains(&time_ms) {
                let reason = "record ids can only tell times from 2016-11 to 2086".to_owned();
                return Err(Error::Option { name, reason });
            }
        }
        let [api, media] = ground.bind_pair().await?;
        let media_url = format!("http://{}", media.address);
        let data = Data::generate(options.seed, options.records, from_ms, until_ms);
        let first_ms = data.rows.first().map_or(from_ms, |row| row.created_ms());
        let world = Arc::new(World {
            offset_s,
            start_s: first_ms.div_euclid(1000),
            data: RwLock::new(data),
            gate: ground.gate(NAME, FAULT_KINDS),
            signer: Signer::new(media_url.clone(), options.seed),
            sent: options.keep_sent.then(Mutex::default),
            answered: AtomicU64::new(0),
            options,
        });
        let base_url = format!("http://{}", api.address);
        ground.serve(api, Arc::new(Gateway(Arc::clone(&world))));
        ground.serve(media, Arc::new(MediaHost(Arc::clone(&world))));
        Ok(Self { world, base_url, media_url })
    }

    /// The gateway's address, such as `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The media host's address; its port differs from the gateway's.
    pub fn media_url(&self) -> &str {
        &self.media_url
    }

    /// The only tenant.
    pub fn tenant_id(&self) -> u64 {
        self.world.options.tenant_id
    }

    /// The tenant's application; a secret as far as clients are concerned.
    pub fn appkey(&self) -> &str {
        &self.world.options.appkey
    }

    /// The access key.
    pub fn access_key(&self) -> &str {
        &self.world.options.access_key
    }

    /// The secret that signs.
    pub fn access_secret(&self) -> &str {
        &self.world.options.access_secret
    }

    /// The zone of all wall-clock text, such as `+08:00`.
    pub fn utc_offset(&self) -> &str {
        &self.world.options.utc_offset
    }

    /// The wall-clock date of the first record, such as `2025-01-01`: a sync from there misses nothing.
    pub fn start_date(&self) -> String {
        wall::date(self.world.start_s)
    }

    /// What was asked so far.
    pub fn requests(&self) -> Requests {
        self.world.gate.log.snapshot()
    }

    /// How many records there are now.
    pub fn record_count(&self) -> usize {
        self.world.data().rows.len()
    }

    /// The ids of all records, inserted ones included, in time order.
    pub fn ids(&self) -> Vec<String> {
        self.world.data().rows.iter().map(|row| row.id.to_string()).collect()
    }

    /// A record's JSON as it would be sent now, without any fault; its media link is issued by this call.
    pub fn raw_record(&self, id: &str) -> Option<String> {
        let data = self.world.data();
        let (_, row) = data.find(id.parse().ok()?)?;
        let mut json = Vec::new();
        self.world.renderer(&data, None, false).record(row, Tweak::default(), &mut json);
        String::from_utf8(json).ok()
    }

    /// A record's bytes as they were last sent, faults and media link included; needs [`NxlinkOptions::with_keep_sent`].
    /// Rows spoiled by `bad_record` are not kept.
    pub fn raw_as_sent(&self, id: &str) -> Option<Vec<u8>> {
        let sent = self.world.sent.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(sent.get(&id.parse().ok()?)?.to_vec())
    }

    /// The bytes of a record's file, if it has one.
    pub fn media_bytes(&self, id: &str) -> Option<Vec<u8>> {
        let (_, row) = self.world.data().find(id.parse().ok()?)?;
        Some(self.world.file_of(row)?.1)
    }

    /// The SHA-256 of a record's file in lower-case hex, if it has one.
    pub fn media_sha256(&self, id: &str) -> Option<String> {
        Some(TrueFile { bytes: self.media_bytes(id)? }.sha256())
    }

    /// Replaces the fault rules of this vendor; all counts begin anew.
    pub fn set_faults(&self, faults: Faults) {
        self.world.gate.faults.set(faults);
    }

    /// Adds `count` records later than all others, created now by the virtual clock.
    pub fn insert_records(&self, count: u64) {
        let now_ms = self.world.now_wall_ms();
        self.world.data_mut().insert_at_head(count, now_ms);
    }
}

impl SimVendor for NxlinkHandle {
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
        vec![String::new()]
    }

    fn record_count(&self) -> usize {
        self.record_count()
    }

    fn insert_records(&self, count: u64) {
        self.insert_records(count);
    }

    fn records(&self) -> Vec<TrueRecord> {
        let data = self.world.data();
        let mut renderer = self.world.renderer(&data, None, false);
        let record = |(ordinal, row): (usize, &Row)| {
            let mut raw = Vec::new();
            renderer.record(*row, Tweak::default(), &mut raw);
            TrueRecord {
                ordinal: ordinal as u64,
                partition: String::new(),
                id: Some(row.id.to_string()),
                conversation_id: Some(people::conversation_id(data.seed, row.conversation)),
                // the vendor tells whole seconds
                sent_at_ms: Some(
                    (row.created_ms().div_euclid(1000) - self.world.offset_s).saturating_mul(1000),
                ),
                raw,
            }
        };
        data.rows.iter().enumerate().map(record).collect()
    }

    fn files(&self, record: &TrueRecord) -> Vec<TrueFile> {
        let bytes = record.id.as_deref().and_then(|id| self.media_bytes(id));
        bytes.into_iter().map(|bytes| TrueFile { bytes }).collect()
    }

    fn secrets(&self) -> Vec<String> {
        [self.appkey(), self.access_key(), self.access_secret()].map(str::to_owned).into()
    }

    fn config_toml(&self, secret: &mut dyn FnMut(SecretField<'_>) -> String) -> String {
        let mut reference = |key, value| secret(SecretField { source: NAME, key, value });
        format!(
            "[sources.nxlink]\nvendor = \"nxlink\"\nbase_url = \"{}\"\ntenant_id = {}\nappkey = {}\naccess_key = {}\n\
             access_secret = {}\nutc_offset = \"{}\"\nstart = \"{}\"\nmin_interval_ms = 0\n",
            self.base_url,
            self.tenant_id(),
            reference("appkey", self.appkey()),
            reference("access_key", self.access_key()),
            reference("access_secret", self.access_secret()),
            self.utc_offset(),
            self.start_date(),
        )
    }
}

impl fmt::Debug for NxlinkHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NxlinkHandle")
            .field("base_url", &self.base_url)
            .field("media_url", &self.media_url)
            .field("options", &self.world.options)
            .finish_non_exhaustive()
    }
}
