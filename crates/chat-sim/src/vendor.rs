//! What every simulated vendor offers, whatever its API looks like.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{Faults, Requests};

/// The names of the vendors that can be simulated, in the order of [`Sim::vendors`](crate::Sim::vendors).
pub const VENDORS: [&str; 4] = ["nxlink", "bes-ccmessaging", "jijyun", "myscrm-qw"];

/// A running simulated vendor. What only one of them has is on its own handle.
///
/// ```
/// # async fn f() -> Result<(), chat_sim::Error> {
/// use chat_sim::{Sim, SimOptions};
///
/// let sim = Sim::start(SimOptions::all(100)).await?;
/// for vendor in sim.vendors() {
///     println!("{}: {} records at {}", vendor.name(), vendor.record_count(), vendor.base_url());
/// }
/// # Ok(())
/// # }
/// ```
pub trait SimVendor: fmt::Debug + Send + Sync {
    /// Its name in a configuration (`vendor = "…"`) and in fault rules.
    fn name(&self) -> &'static str;

    /// The address of its API, such as `http://127.0.0.1:40123`.
    fn base_url(&self) -> &str;

    /// What was asked so far.
    fn requests(&self) -> Requests;

    /// Replaces its fault rules; all counts begin anew.
    fn set_faults(&self, faults: Faults);

    /// The kinds of faults that make sense here. Rules of other kinds never fire.
    fn fault_kinds(&self) -> &'static [&'static str];

    /// The parts that its records come in, as a configuration lists them; one empty text if it has only one.
    fn partitions(&self) -> Vec<String>;

    /// How many records there are now.
    fn record_count(&self) -> usize;

    /// Adds `count` records later than all others, created now by the virtual clock.
    fn insert_records(&self, count: u64);

    /// Every record that a complete sync must find, inserted ones included, partition by partition, in time order.
    fn records(&self) -> Vec<TrueRecord>;

    /// The files of one of its records that a client can get, in the order in which the record names them.
    fn files(&self, record: &TrueRecord) -> Vec<TrueFile>;

    /// Every secret value that opens it now, the tokens that are in use included: none of them may show up in a client's
    /// errors or logs.
    fn secrets(&self) -> Vec<String>;

    /// Its `[sources.<name>]` section of a `chat-records.toml`. `secret` says how each secret is written there.
    fn config_toml(&self, secret: &mut dyn FnMut(SecretField<'_>) -> String) -> String;
}

/// What a client must have got of one record.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrueRecord {
    /// What [`When::Record`](crate::When::Record) calls it.
    pub ordinal: u64,
    /// The part it belongs to, as in [`SimVendor::partitions`].
    pub partition: String,
    /// The vendor's id of it; `None` if the vendor gives none.
    pub id: Option<String>,
    /// The vendor's id of its conversation, if the record says it.
    pub conversation_id: Option<String>,
    /// When it was sent, Unix milliseconds, if the record says it.
    pub sent_at_ms: Option<i64>,
    /// Its JSON as it would be sent now, without any fault. Media links in it are issued by the call.
    pub raw: Vec<u8>,
}

impl fmt::Debug for TrueRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrueRecord")
            .field("ordinal", &self.ordinal)
            .field("partition", &self.partition)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A file as a client must have got it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrueFile {
    /// All of it.
    pub bytes: Vec<u8>,
}

impl TrueFile {
    /// Its SHA-256 in lower-case hex.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }
}

impl fmt::Debug for TrueFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrueFile").field("bytes", &self.bytes.len()).finish()
    }
}

/// A secret that a configuration needs.
#[non_exhaustive]
pub struct SecretField<'a> {
    /// The name of its source, such as `nxlink`.
    pub source: &'a str,
    /// Its key in the source's section, such as `access_secret`.
    pub key: &'static str,
    /// Its value.
    pub value: &'a str,
}

impl SecretField<'_> {
    /// The value itself, as a TOML string.
    pub fn to_plain(&self) -> String {
        quoted(self.value)
    }

    /// `{ file = "…" }`
    pub fn to_file(&self, path: &str) -> String {
        format!("{{ file = {} }}", quoted(path))
    }

    /// `{ env = "…" }`
    pub fn to_env(&self, name: &str) -> String {
        format!("{{ env = {} }}", quoted(name))
    }
}

impl fmt::Debug for SecretField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretField")
            .field("source", &self.source)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
