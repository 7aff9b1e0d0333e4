//! A running NXLink, seen from a test or a program.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicU64},
};

use axum::Router;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::{
    NxlinkOptions, api,
    data::{Data, TIMES_MS},
    files,
    render::Tweak,
    wall,
    world::World,
};
use crate::{
    Error, Faults, Requests, SecretField,
    media::Signer,
    server::{Bound, Gate, Server},
};

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
    /// Binds the API to `port` and the media host to the port after it, or both to free ports if it is 0.
    pub(crate) async fn start(
        options: NxlinkOptions,
        port: u16,
        gate: Gate,
        stop: &watch::Sender<bool>,
    ) -> Result<(Self, [Server; 2]), Error> {
        let offset_s = options.check()?;
        let until_ms = options.until_ms.unwrap_or_else(|| gate.clock.now_ms() - NEWEST_AGE_MS);
        let until_ms = until_ms.saturating_add(offset_s * 1000);
        let from_ms = until_ms.saturating_sub(i64::from(options.span_days) * DAY_MS);
        for (name, time_ms) in [("until_ms", until_ms), ("span_days", from_ms)] {
            if !TIMES_MS.contains(&time_ms) {
                let reason = "record ids can only tell times from 2016-11 to 2086".to_owned();
                return Err(Error::Option { name, reason });
            }
        }
        let api = Bound::new(port).await?;
        let media = Bound::new(if port == 0 { 0 } else { port.saturating_add(1) }).await?;
        let media_url = format!("http://{}", media.address);
        let data = Data::generate(options.seed, options.records, from_ms, until_ms);
        let first_ms = data.rows.first().map_or(from_ms, |row| row.created_ms());
        let world = Arc::new(World {
            offset_s,
            start_s: first_ms.div_euclid(1000),
            data: RwLock::new(data),
            gate,
            signer: Signer::new(media_url.clone(), options.seed),
            sent: options.keep_sent.then(Mutex::default),
            answered: AtomicU64::new(0),
            options,
        });
        let base_url = format!("http://{}", api.address);
        let servers = [
            api.serve(Router::new().fallback(api::handle).with_state(Arc::clone(&world)), stop),
            media.serve(Router::new().fallback(files::handle).with_state(Arc::clone(&world)), stop),
        ];
        Ok((Self { world, base_url, media_url }, servers))
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
        Some(hex::encode(Sha256::digest(self.media_bytes(id)?)))
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

    /// The `[sources.nxlink]` section of a configuration.
    pub(crate) fn config_toml(&self, secret: &mut dyn FnMut(SecretField<'_>) -> String) -> String {
        let mut reference = |key, value| secret(SecretField { source: "nxlink", key, value });
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
