//! Settings of a simulated NXLink.

use std::{fmt, ops::RangeInclusive, time::Duration};

use super::wall;
use crate::Error;

/// What to simulate. The defaults give 2,000 records over 30 days, the last of them two minutes old.
#[derive(Clone)]
pub struct NxlinkOptions {
    pub(super) records: u32,
    pub(super) seed: u64,
    pub(super) span_days: u32,
    pub(super) until_ms: Option<i64>,
    pub(super) utc_offset: String,
    pub(super) tenant_id: u64,
    pub(super) appkey: String,
    pub(super) access_key: String,
    pub(super) access_secret: String,
    pub(super) media_life: Duration,
    pub(super) media_bytes: (u64, u64),
    pub(super) media_bytes_per_second: Option<u64>,
    pub(super) keep_sent: bool,
}

impl Default for NxlinkOptions {
    fn default() -> Self {
        Self {
            records: 2_000,
            seed: 1,
            span_days: 30,
            until_ms: None,
            utc_offset: "+08:00".to_owned(),
            tenant_id: 1,
            appkey: "sim-appkey".to_owned(),
            access_key: "AK-00000000-0001".to_owned(),
            access_secret: "sim-access-secret".to_owned(),
            media_life: Duration::from_secs(60 * 60),
            media_bytes: (1_000, 60_000),
            media_bytes_per_second: None,
            keep_sent: false,
        }
    }
}

impl NxlinkOptions {
    /// How many records there are at the start. Each takes about twenty bytes of memory.
    #[must_use]
    pub fn with_records(mut self, records: u32) -> Self {
        self.records = records;
        self
    }

    /// What all data is derived from: the same seed, [`NxlinkOptions::with_until_ms`] and other settings give the same records.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Over how many days the records are spread; at least 1.
    #[must_use]
    pub fn with_span_days(mut self, span_days: u32) -> Self {
        self.span_days = span_days;
        self
    }

    /// No record is later than this, in milliseconds since the Unix epoch; default is two minutes before the clock's time
    /// at the start. Records are served whatever the clock says later: one set back does not hide them.
    #[must_use]
    pub fn with_until_ms(mut self, until_ms: i64) -> Self {
        self.until_ms = Some(until_ms);
        self
    }

    /// The zone of the vendor's clocks on the wall, such as `+08:00` (the default).
    #[must_use]
    pub fn with_utc_offset(mut self, utc_offset: impl Into<String>) -> Self {
        self.utc_offset = utc_offset.into();
        self
    }

    /// The only tenant.
    #[must_use]
    pub fn with_tenant_id(mut self, tenant_id: u64) -> Self {
        self.tenant_id = tenant_id;
        self
    }

    /// The tenant's application.
    #[must_use]
    pub fn with_appkey(mut self, appkey: impl Into<String>) -> Self {
        self.appkey = appkey.into();
        self
    }

    /// The only access key.
    #[must_use]
    pub fn with_access_key(mut self, access_key: impl Into<String>) -> Self {
        self.access_key = access_key.into();
        self
    }

    /// The secret that signs.
    #[must_use]
    pub fn with_access_secret(mut self, access_secret: impl Into<String>) -> Self {
        self.access_secret = access_secret.into();
        self
    }

    /// How long media links live, in whole seconds of the virtual clock; default 60 minutes.
    #[must_use]
    pub fn with_media_life(mut self, media_life: Duration) -> Self {
        self.media_life = media_life;
        self
    }

    /// The size of files, 1,000 to 60,000 bytes by default. Pictures are never smaller than about 2,000 bytes.
    #[must_use]
    pub fn with_media_bytes(mut self, media_bytes: RangeInclusive<u64>) -> Self {
        self.media_bytes = media_bytes.into_inner();
        self
    }

    /// How many bytes of a file go over one connection in a second; not limited by default.
    #[must_use]
    pub fn with_media_bytes_per_second(mut self, rate: u64) -> Self {
        self.media_bytes_per_second = Some(rate);
        self
    }

    /// Keeps the bytes that each record was last sent as, for [`super::NxlinkHandle::raw_as_sent`]. Takes memory.
    #[must_use]
    pub fn with_keep_sent(mut self, keep_sent: bool) -> Self {
        self.keep_sent = keep_sent;
        self
    }

    /// Checks all settings; gives the offset in seconds.
    pub(super) fn check(&self) -> Result<i64, Error> {
        let fail = |name, reason: &str| Err(Error::Option { name, reason: reason.to_owned() });
        if self.span_days == 0 {
            return fail("span_days", "must be at least 1");
        }
        let (smallest, largest) = self.media_bytes;
        if smallest > largest || largest > 1 << 30 {
            return fail("media_bytes", "must be a range of at most 1 GiB");
        }
        if self.media_bytes_per_second == Some(0) {
            return fail("media_bytes_per_second", "must be at least 1");
        }
        match wall::offset_seconds(&self.utc_offset) {
            Some(seconds) => Ok(seconds),
            None => fail("utc_offset", "must look like +08:00"),
        }
    }
}

impl fmt::Debug for NxlinkOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NxlinkOptions")
            .field("records", &self.records)
            .field("seed", &self.seed)
            .field("span_days", &self.span_days)
            .field("until_ms", &self.until_ms)
            .field("utc_offset", &self.utc_offset)
            .field("tenant_id", &self.tenant_id)
            .field("media_life", &self.media_life)
            .field("media_bytes", &self.media_bytes)
            .field("media_bytes_per_second", &self.media_bytes_per_second)
            .field("keep_sent", &self.keep_sent)
            .finish_non_exhaustive()
    }
}
