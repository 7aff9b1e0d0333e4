//! One source: its settings, its vendor, and how to build it. The one place that lists vendors.

#[cfg(feature = "bes-ccmessaging")]
mod bes_ccmessaging;
#[cfg(feature = "jijyun")]
mod jijyun;
#[cfg(feature = "myscrm-qw")]
mod myscrm_qw;
#[cfg(feature = "nxlink")]
mod nxlink;
#[cfg(feature = "client")]
mod offline;

#[cfg(feature = "client")]
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "client")]
use chat_core::{Source, Transport};
use chat_core::{UnixMillis, UtcOffset, WallTime};
use toml::Table;

#[cfg(feature = "bes-ccmessaging")]
pub use self::bes_ccmessaging::{BesCcmessagingConfig, CallsConfig};
#[cfg(feature = "jijyun")]
pub use self::jijyun::{JijyunConfig, JijyunRecords};
#[cfg(feature = "myscrm-qw")]
pub use self::myscrm_qw::{MyscrmQwConfig, MyscrmQwRecords};
#[cfg(feature = "nxlink")]
pub use self::nxlink::NxlinkConfig;
#[cfg(feature = "client")]
use crate::config::ReadSecrets;
use crate::config::{ConfigError, Keys, nearest};

/// The vendors of this project, compiled in or not. A vendor's name is also its feature.
const VENDORS: [&str; 4] = ["nxlink", "bes-ccmessaging", "myscrm-qw", "jijyun"];

/// How to read the tables of the vendors that are compiled in.
const READERS: &[Reader] = &[
    #[cfg(feature = "nxlink")]
    Reader { vendor: "nxlink", keys: &nxlink::KEYS, read: nxlink::read },
    #[cfg(feature = "bes-ccmessaging")]
    Reader { vendor: "bes-ccmessaging", keys: &bes_ccmessaging::KEYS, read: bes_ccmessaging::read },
    #[cfg(feature = "myscrm-qw")]
    Reader { vendor: "myscrm-qw", keys: &myscrm_qw::KEYS, read: myscrm_qw::read },
    #[cfg(feature = "jijyun")]
    Reader { vendor: "jijyun", keys: &jijyun::KEYS, read: jijyun::read },
];

/// A vendor's own settings. A vendor is here if its feature is on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Vendor {
    /// NXLink.
    #[cfg(feature = "nxlink")]
    #[cfg_attr(docsrs, doc(cfg(feature = "nxlink")))]
    Nxlink(NxlinkConfig),
    /// Huawei's customer service (CEC, AICC).
    #[cfg(feature = "bes-ccmessaging")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bes-ccmessaging")))]
    BesCcmessaging(BesCcmessagingConfig),
    /// The myscrm enterprise WeChat platform.
    #[cfg(feature = "myscrm-qw")]
    #[cfg_attr(docsrs, doc(cfg(feature = "myscrm-qw")))]
    MyscrmQw(MyscrmQwConfig),
    /// Yuju AI.
    #[cfg(feature = "jijyun")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jijyun")))]
    Jijyun(JijyunConfig),
}

impl Vendor {
    /// The vendor's name, as in the configuration.
    pub fn name(&self) -> &'static str {
        match *self {
            #[cfg(feature = "nxlink")]
            Self::Nxlink(_) => "nxlink",
            #[cfg(feature = "bes-ccmessaging")]
            Self::BesCcmessaging(_) => "bes-ccmessaging",
            #[cfg(feature = "myscrm-qw")]
            Self::MyscrmQw(_) => "myscrm-qw",
            #[cfg(feature = "jijyun")]
            Self::Jijyun(_) => "jijyun",
        }
    }

    /// What the vendor's crate knows of its answers, to compare stored ones with.
    #[doc(hidden)]
    pub fn model(&self) -> chat_core::model::Model {
        match *self {
            #[cfg(feature = "nxlink")]
            Self::Nxlink(_) => ::nxlink::MODEL,
            #[cfg(feature = "bes-ccmessaging")]
            Self::BesCcmessaging(_) => ::bes_ccmessaging::MODEL,
            #[cfg(feature = "myscrm-qw")]
            Self::MyscrmQw(_) => ::myscrm_qw::MODEL,
            #[cfg(feature = "jijyun")]
            Self::Jijyun(_) => ::jijyun::MODEL,
        }
    }

    #[cfg(feature = "client")]
    fn build(&self, source: &SourceConfig, with: &With<'_>) -> Built {
        let _ = (source, with);
        match *self {
            #[cfg(feature = "nxlink")]
            Self::Nxlink(ref nxlink) => nxlink.build(source, with),
            #[cfg(feature = "bes-ccmessaging")]
            Self::BesCcmessaging(ref bes) => bes.build(source, with),
            #[cfg(feature = "myscrm-qw")]
            Self::MyscrmQw(ref myscrm) => myscrm.build(source, with),
            #[cfg(feature = "jijyun")]
            Self::Jijyun(ref jijyun) => jijyun.build(source, with),
        }
    }
}

/// One source as configured. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SourceConfig {
    /// Its name: `hk` in `[sources.hk]`.
    pub name: String,
    /// What a sync needs to know besides the vendor's own settings.
    pub settings: SourceSettings,
    /// The vendor's own settings.
    pub vendor: Vendor,
    #[allow(dead_code, reason = "only building a source can still find something wrong")]
    file: String,
}

/// What a sync needs to know of a source, whoever the vendor is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceSettings {
    /// How far back the first sync goes; `None` where the vendor alone decides.
    pub start: Option<UnixMillis>,
    /// The offset that dates of this source are meant in.
    pub utc_offset: UtcOffset,
    /// How many days are read again for late changes.
    pub lookback_days: u32,
    /// How many days old a message may become while its status is waited for.
    pub late_days: u32,
    /// About how many requests of a run are spent on what is older than the look-back and waited
    /// for.
    pub late_requests: u32,
    /// The least time between the starts of two requests.
    pub min_interval: Duration,
    /// How many requests may be in flight.
    pub concurrency: u32,
    /// The largest file that is fetched, in MiB.
    pub media_limit_mb: u32,
}

impl SourceConfig {
    /// Connects nothing yet: reads the secrets and makes the source, ready to be asked.
    ///
    /// # Errors
    ///
    /// When a secret cannot be read, or the vendor's client refuses a setting. The error names
    /// the file, the table and the key.
    #[cfg(feature = "client")]
    #[cfg_attr(docsrs, doc(cfg(feature = "client")))]
    pub fn build(&self, secrets: &dyn ReadSecrets) -> Result<Arc<dyn Source>, ConfigError> {
        self.build_with(&With { secrets, transport: None })
    }

    /// The same over a transport of the caller's. Needed where no TLS feature is on.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[cfg(feature = "client")]
    #[cfg_attr(docsrs, doc(cfg(feature = "client")))]
    pub fn build_with_transport(
        &self,
        secrets: &dyn ReadSecrets,
        transport: &Arc<dyn Transport>,
    ) -> Result<Arc<dyn Source>, ConfigError> {
        self.build_with(&With { secrets, transport: Some(transport) })
    }

    /// Makes a source that reads stored pages again ([`Source::read`], [`Source::same_content`]), by
    /// this configuration's zone and mode. It reads no secret and no file, so none of them need be
    /// there; and every call that it is asked for is refused.
    ///
    /// # Errors
    ///
    /// When the vendor's client refuses a setting.
    #[cfg(feature = "client")]
    #[cfg_attr(docsrs, doc(cfg(feature = "client")))]
    pub fn build_offline(&self) -> Result<Arc<dyn Source>, ConfigError> {
        let transport: Arc<dyn Transport> = Arc::new(offline::Offline);
        self.build_with(&With { secrets: &offline::NoSecrets, transport: Some(&transport) })
    }

    #[cfg(feature = "client")]
    fn build_with(&self, with: &With<'_>) -> Result<Arc<dyn Source>, ConfigError> {
        self.vendor
            .build(self, with)
            .map_err(|problem| ConfigError::new(&self.file, place(&self.name), problem))
    }

    /// Reads the table of a source.
    pub(crate) fn read(
        file: &str,
        name: &str,
        table: &Table,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let place = place(name);
        let reader =
            reader(READERS, table).map_err(|problem| ConfigError::new(file, &place, problem))?;
        let known: Vec<&str> = COMMON_KEYS.iter().chain(reader.keys).copied().collect();
        let keys = Keys::new(file, &place, table, &known)?;
        let (vendor, settings) = (reader.read)(&keys, warnings)?;
        Ok(Self { name: name.to_owned(), settings, vendor, file: file.to_owned() })
    }
}

/// What a source is built with, beside its configuration.
#[cfg(feature = "client")]
struct With<'w> {
    #[allow(dead_code, reason = "without any vendor, there is no secret to read")]
    secrets: &'w dyn ReadSecrets,
    #[allow(dead_code, reason = "without any vendor, there is nothing to send")]
    transport: Option<&'w Arc<dyn Transport>>,
}

/// A source, or what is wrong with its keys.
#[cfg(feature = "client")]
type Built = Result<Arc<dyn Source>, String>;

/// Keys that a source of any vendor has.
const COMMON_KEYS: [&str; 8] = [
    "vendor",
    "start",
    "lookback_days",
    "late_days",
    "late_requests",
    "min_interval_ms",
    "concurrency",
    "media_limit_mb",
];

/// In MiB; a larger file is most often not what anyone sent in a chat.
const MEDIA_LIMIT_MB: u32 = 512;

struct Reader {
    vendor: &'static str,
    /// The keys beside [`COMMON_KEYS`].
    keys: &'static [&'static str],
    read: fn(&Keys<'_>, &mut Vec<String>) -> Account,
}

/// What the table of a source says.
type Account = Result<(Vendor, SourceSettings), ConfigError>;

impl SourceSettings {
    /// The keys that a source of any vendor has.
    #[allow(dead_code, reason = "without any vendor, there is no source to read")]
    fn read(
        keys: &Keys<'_>,
        utc_offset: UtcOffset,
        default_interval_ms: u32,
    ) -> Result<Self, ConfigError> {
        let start: WallTime = keys.required_date(
            "start",
            "how far back the first sync goes; a guess could leave records out, so give the date \
             of the first record, such as \"2025-01-01\"",
        )?;
        let start = Some(start.at(utc_offset));
        Ok(Self { start, ..Self::read_without_start(keys, utc_offset, default_interval_ms)? })
    }

    /// The same where the vendor cannot be asked for a span of time.
    fn read_without_start(
        keys: &Keys<'_>,
        utc_offset: UtcOffset,
        default_interval_ms: u32,
    ) -> Result<Self, ConfigError> {
        let interval = keys.number("min_interval_ms", 0, 600_000)?.unwrap_or(default_interval_ms);
        Ok(Self {
            start: None,
            utc_offset,
            lookback_days: keys.number("lookback_days", 0, 3650)?.unwrap_or(3),
            late_days: keys.number("late_days", 0, 3650)?.unwrap_or(30),
            late_requests: keys.number("late_requests", 0, 1_000_000)?.unwrap_or(200),
            min_interval: Duration::from_millis(interval.into()),
            concurrency: keys.number("concurrency", 1, 64)?.unwrap_or(1),
            media_limit_mb: keys.number("media_limit_mb", 1, 65_536)?.unwrap_or(MEDIA_LIMIT_MB),
        })
    }
}

fn place(name: &str) -> String {
    format!("[sources.{name}]")
}

/// The reader, of those that this build has, for the vendor that the table names.
fn reader<'r>(readers: &'r [Reader], table: &Table) -> Result<&'r Reader, String> {
    let here = readers.iter().map(|reader| reader.vendor).collect::<Vec<_>>().join(", ");
    let list = if here.is_empty() { "no vendor at all" } else { &here };
    let Some(value) = table.get("vendor") else {
        // a misspelt `vendor` is the likeliest cause, so say which key was taken for it
        let near = table.keys().find(|key| nearest(key, ["vendor"]).is_some());
        let hint = near.map_or(String::new(), |key| format!(" (is {key:?} meant to be it?)"));
        return Err(format!(
            "vendor is missing{hint}: it says whose API this is; this build has {list}"
        ));
    };
    let Some(name) = value.as_str() else {
        return Err(format!("vendor must be a string; this build has {list}"));
    };
    if let Some(reader) = readers.iter().find(|reader| reader.vendor == name) {
        return Ok(reader);
    }
    if VENDORS.contains(&name) {
        return Err(format!(
            "vendor {name:?} is not compiled into this build; build it with the feature {name:?}"
        ));
    }
    let hint = match nearest(name, VENDORS) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("it has {list}"),
    };
    Err(format!("this build has no vendor {name:?}; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_that_is_not_compiled_in_is_told_its_feature() {
        for vendor in VENDORS {
            let table = Table::from_iter([("vendor".to_owned(), vendor.into())]);
            let error = reader(&[], &table).err().unwrap_or_default();
            assert_eq!(
                error,
                format!(
                    "vendor {vendor:?} is not compiled into this build; build it with the feature \
                     {vendor:?}"
                )
            );
        }
    }

    #[test]
    fn every_vendor_has_a_reader_if_its_feature_is_on() {
        let features = [
            ("nxlink", cfg!(feature = "nxlink")),
            ("bes-ccmessaging", cfg!(feature = "bes-ccmessaging")),
            ("myscrm-qw", cfg!(feature = "myscrm-qw")),
            ("jijyun", cfg!(feature = "jijyun")),
        ];
        assert_eq!(features.map(|(vendor, _)| vendor), VENDORS);
        for (vendor, is_on) in features {
            assert_eq!(READERS.iter().any(|reader| reader.vendor == vendor), is_on, "{vendor}");
        }
    }
}
