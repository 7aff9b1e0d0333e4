//! `vendor = "myscrm-qw"`.

#[cfg(feature = "client")]
use std::sync::Arc;

#[cfg(feature = "client")]
use chat_core::{Secret, SourceError};
use chat_core::{Url, UtcOffset};

use super::{Account, SourceSettings, Vendor};
#[cfg(feature = "client")]
use super::{Built, SourceConfig, With};
use crate::config::{ConfigError, Ids, Keys, SecretRef};

/// The keys of this vendor alone.
pub(super) const KEYS: [&str; 14] = [
    "base_url",
    "app_id",
    "mode",
    "chats",
    "chats_file",
    "employees",
    "employees_file",
    "window_days",
    "encoding_aes_keys",
    "receive_id",
    "extra_headers",
    "extra_query",
    "page_size",
    "utc_offset",
];

/// The least time between the starts of two requests if none is configured. The vendor names no
/// limit.
const DEFAULT_INTERVAL_MS: u32 = 200;

/// The settings of an application on the myscrm enterprise WeChat platform. `Debug` shows no
/// secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MyscrmQwConfig {
    /// Where the API is.
    pub base_url: Url,
    /// The application.
    pub app_id: SecretRef,
    /// Parameters that every request bears: the vendor's page does not show how it authenticates.
    pub extra_query: Vec<(String, SecretRef)>,
    /// Headers that every request bears.
    pub extra_headers: Vec<(String, SecretRef)>,
    /// What is read.
    pub records: MyscrmQwRecords,
    /// How many records a page has at most.
    pub page_size: u32,
}

/// What is read of an application.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum MyscrmQwRecords {
    /// The records of chats, plain (`mode = "chat"`).
    #[non_exhaustive]
    Chats {
        /// Which chats; asked for: the group chats of all external contacts.
        chats: Option<Ids>,
        /// Whose group chats, too.
        employees: Option<Ids>,
        /// The longest span of time that one listing is asked for.
        window_days: u32,
    },
    /// The records of the whole enterprise, encrypted (`mode = "raw"`).
    #[non_exhaustive]
    Raw {
        /// The keys, in the order in which they are tried.
        encoding_aes_keys: Vec<SecretRef>,
        /// Whom decrypted answers must name.
        receive_id: Option<String>,
    },
}

pub(super) fn read(keys: &Keys<'_>, warnings: &mut Vec<String>) -> Account {
    let is_raw = keys.choice("mode", &["chat", "raw"])? == Some("raw");
    let records = if is_raw { raw(keys, warnings)? } else { chats(keys)? };
    let config = MyscrmQwConfig {
        base_url: keys.required_base_url("base_url", "such as \"https://nbd-api.myscrm.cn\"")?,
        app_id: keys.required_secret(
            "app_id",
            "the application's id on the platform, which opens its chats",
            warnings,
        )?,
        extra_query: keys.named_secrets("extra_query", warnings)?,
        extra_headers: keys.named_secrets("extra_headers", warnings)?,
        records,
        page_size: keys.number("page_size", 1, 1000)?.unwrap_or(100),
    };
    let offset = keys.offset("utc_offset")?.unwrap_or(UtcOffset::UTC);
    let settings = SourceSettings::read(keys, offset, DEFAULT_INTERVAL_MS)?;
    Ok((Vendor::MyscrmQw(config), settings))
}

fn chats(keys: &Keys<'_>) -> Result<MyscrmQwRecords, ConfigError> {
    keys.refuse(
        &["encoding_aes_keys", "receive_id"],
        "plain records are not encrypted; write mode = \"raw\" for those that are",
    )?;
    let chats = keys.ids("chats", Some("groups"))?;
    let employees = keys.ids("employees", None)?;
    if chats.is_none() && employees.is_none() {
        return Err(keys.error(
            "chats is missing: which chats to read: a list of ids, or \"groups\" for the group \
             chats of all external contacts; chats_file names a file with one a line",
        ));
    }
    let window_days = keys.number("window_days", 1, 366)?.unwrap_or(3);
    Ok(MyscrmQwRecords::Chats { chats, employees, window_days })
}

fn raw(keys: &Keys<'_>, warnings: &mut Vec<String>) -> Result<MyscrmQwRecords, ConfigError> {
    keys.refuse(
        &["chats", "chats_file", "employees", "employees_file", "window_days"],
        "raw records are those of the whole enterprise; write mode = \"chat\" to choose chats",
    )?;
    let encoding_aes_keys = keys.secrets("encoding_aes_keys", warnings)?;
    if encoding_aes_keys.is_empty() {
        return Err(keys.error(
            "encoding_aes_keys is missing: raw records are encrypted; write encoding_aes_keys = \
             [{ env = \"NAME\" }] with the EncodingAESKey of the chat archive's callback",
        ));
    }
    let receive_id = keys.text("receive_id")?.map(str::to_owned);
    Ok(MyscrmQwRecords::Raw { encoding_aes_keys, receive_id })
}

#[cfg(feature = "client")]
impl MyscrmQwConfig {
    /// The source, ready to be asked.
    pub(super) fn build(&self, source: &SourceConfig, with: &With<'_>) -> Built {
        let refused = |error: myscrm_qw::Error| SourceError::unsent(error).to_string();
        let named = |key: &str, list: &[(String, SecretRef)]| {
            let resolved = list.iter().map(|(name, value)| {
                Ok((name.clone(), value.resolve(&format!("{key}.{name}"), with.secrets)?))
            });
            resolved.collect::<Result<Vec<(String, Secret)>, String>>()
        };
        let credentials = myscrm_qw::Credentials::new(self.app_id.resolve("app_id", with.secrets)?)
            .with_extra_query(named("extra_query", &self.extra_query)?)
            .with_extra_headers(named("extra_headers", &self.extra_headers)?);
        let mut builder = myscrm_qw::Client::builder(&self.base_url, credentials)
            .with_min_interval(source.settings.min_interval);
        if let Some(transport) = with.transport {
            builder = builder.with_transport(Arc::clone(transport));
        }
        let name = source.name.as_str();
        let records = match &self.records {
            MyscrmQwRecords::Chats { chats, employees, window_days } => {
                let client = builder.build().map_err(refused)?;
                let listed = chats.as_ref().map(|ids| ids.resolve("chats", with.secrets));
                let listed = listed.transpose()?;
                let asks = matches!(listed, Some(None));
                let ids = listed.flatten().unwrap_or_default();
                let mut records =
                    myscrm_qw::RecordSource::new(name, client, ids).with_window_days(*window_days);
                if asks {
                    records = records.with_groups();
                }
                if let Some(employees) = employees {
                    let ids = employees.resolve("employees", with.secrets)?.unwrap_or_default();
                    records = records.with_groups_of_employees(ids);
                }
                records
            }
            MyscrmQwRecords::Raw { encoding_aes_keys, receive_id } => {
                let keys = encoding_aes_keys.iter().map(|key| {
                    let text = key.resolve("encoding_aes_keys", with.secrets)?;
                    myscrm_qw::EncodingAesKey::new(text).map_err(refused)
                });
                let mut keys =
                    myscrm_qw::DecryptionKeys::new(keys.collect::<Result<Vec<_>, String>>()?);
                if let Some(receive_id) = receive_id {
                    keys = keys.with_receive_id(receive_id.as_str());
                }
                let client = builder.with_decryption_keys(keys).build().map_err(refused)?;
                myscrm_qw::RecordSource::raw(name, client)
            }
        };
        Ok(Arc::new(records.with_page_size(self.page_size)))
    }
}
