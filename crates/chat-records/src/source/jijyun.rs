//! `vendor = "jijyun"`.

#[cfg(feature = "client")]
use std::sync::Arc;

#[cfg(feature = "client")]
use chat_core::{Source, SourceError};
use chat_core::{Url, UtcOffset};
use jijyun::Days;

use super::{Account, SourceSettings, Vendor};
#[cfg(feature = "client")]
use super::{Built, SourceConfig, With};
use crate::config::{ConfigError, Ids, Keys, SecretRef};

/// The keys of this vendor alone.
pub(super) const KEYS: [&str; 12] = [
    "base_url",
    "api_key",
    "marketing_key",
    "mode",
    "customers",
    "customers_file",
    "days",
    "history_detail",
    "accounts",
    "accounts_file",
    "page_size",
    "utc_offset",
];

/// The least time between the starts of two requests if none is configured. The vendor refuses
/// too many calls in one second, and names no number.
const DEFAULT_INTERVAL_MS: u32 = 1000;

/// The settings of a Yuju AI account. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JijyunConfig {
    /// Where the API is.
    pub base_url: Url,
    /// The key of the assistant's integration page.
    pub api_key: SecretRef,
    /// The key of the page "API interface", where it is another one.
    pub marketing_key: Option<SecretRef>,
    /// What is read.
    pub records: JijyunRecords,
}

/// What is read of a Yuju AI account.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum JijyunRecords {
    /// The records of customers (`mode = "customers"`).
    #[non_exhaustive]
    Customers {
        /// Whose.
        customers: Ids,
        /// Of how many days, up to now.
        days: Days,
        /// Each conversation by the call that gives ids and times, which is known from use only.
        history_detail: bool,
    },
    /// The history of hosted WeCom accounts (`mode = "hosted"`).
    #[non_exhaustive]
    Hosted {
        /// Which accounts (`imBotId`).
        accounts: Ids,
        /// How many messages a page has at most.
        page_size: Option<u32>,
    },
}

pub(super) fn read(keys: &Keys<'_>, warnings: &mut Vec<String>) -> Account {
    let is_hosted = keys.choice("mode", &["customers", "hosted"])? == Some("hosted");
    let records = if is_hosted { hosted(keys)? } else { customers(keys)? };
    let config = JijyunConfig {
        base_url: keys.required_base_url("base_url", "such as \"https://chat.jijyun.cn\"")?,
        api_key: keys.required_secret(
            "api_key",
            "the key that the integration page of an AI assistant shows",
            warnings,
        )?,
        marketing_key: keys.secret("marketing_key", warnings)?,
        records,
    };
    let offset = keys.offset("utc_offset")?.unwrap_or(UtcOffset::UTC);
    let settings = if is_hosted {
        SourceSettings::read(keys, offset, DEFAULT_INTERVAL_MS)?
    } else {
        if keys.has("start") {
            let unused = "start is of no use here: days says how far back customers' records go";
            warnings.push(keys.error(unused).to_string());
        }
        SourceSettings::read_without_start(keys, offset, DEFAULT_INTERVAL_MS)?
    };
    Ok((Vendor::Jijyun(config), settings))
}

fn customers(keys: &Keys<'_>) -> Result<JijyunRecords, ConfigError> {
    keys.refuse(
        &["accounts", "accounts_file", "page_size"],
        "it is for hosted accounts; write mode = \"hosted\" for those",
    )?;
    let why = "whose records to read: a list of ids, or \"all\" for those that the contacts list \
               has; customers_file names a file with one a line";
    let days = keys.number("days", 1, 3650)?.unwrap_or(30);
    Ok(JijyunRecords::Customers {
        customers: keys.required_ids("customers", Some("all"), why)?,
        days: Days::from(days.to_string().as_str()),
        history_detail: keys.flag("history_detail")?,
    })
}

fn hosted(keys: &Keys<'_>) -> Result<JijyunRecords, ConfigError> {
    keys.refuse(
        &["customers", "customers_file", "days", "history_detail"],
        "it is for the records of customers; write mode = \"customers\" for those",
    )?;
    let why = "which hosted accounts to read: a list of imBotId, or \"all\" for those that the \
               vendor lists; accounts_file names a file with one a line";
    Ok(JijyunRecords::Hosted {
        accounts: keys.required_ids("accounts", Some("all"), why)?,
        page_size: keys.number("page_size", 1, 500)?,
    })
}

#[cfg(feature = "client")]
impl JijyunConfig {
    /// The source, ready to be asked.
    pub(super) fn build(&self, source: &SourceConfig, with: &With<'_>) -> Built {
        let refused = |error: jijyun::Error| SourceError::unsent(error).to_string();
        let mut credentials =
            jijyun::Credentials::new(self.api_key.resolve("api_key", with.secrets)?);
        if let Some(key) = &self.marketing_key {
            credentials =
                credentials.with_marketing_key(key.resolve("marketing_key", with.secrets)?);
        }
        let mut builder = jijyun::Client::builder(&self.base_url, credentials)
            .with_min_interval(source.settings.min_interval);
        if let Some(transport) = with.transport {
            builder = builder.with_transport(Arc::clone(transport));
        }
        let client = builder.build().map_err(refused)?;
        let selection =
            |ids: Option<Vec<String>>| ids.map_or(jijyun::Selection::All, jijyun::Selection::These);
        let name = source.name.as_str();
        let records: Arc<dyn Source> = match &self.records {
            JijyunRecords::Customers { customers, days, history_detail } => {
                let customers = selection(customers.resolve("customers", with.secrets)?);
                let records = jijyun::RecordSource::new(name, client, customers)
                    .with_days(days.clone())
                    .map_err(refused)?
                    .with_history_detail(*history_detail);
                Arc::new(records)
            }
            JijyunRecords::Hosted { accounts, page_size } => {
                let accounts = selection(accounts.resolve("accounts", with.secrets)?);
                let mut records = jijyun::HostedSource::new(name, client, accounts);
                if let Some(page_size) = page_size {
                    records = records.with_page_size(*page_size);
                }
                Arc::new(records)
            }
        };
        Ok(records)
    }
}
