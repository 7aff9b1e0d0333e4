//! `vendor = "bes-ccmessaging"`.

#[cfg(feature = "client")]
use std::sync::Arc;

use bes_ccmessaging::TimestampForm;
#[cfg(feature = "client")]
use chat_core::SourceError;
use chat_core::{Url, UtcOffset};

use super::{Account, SourceSettings, Vendor};
#[cfg(feature = "client")]
use super::{Built, SourceConfig, With};
use crate::config::{ConfigError, Ids, Keys, SecretRef};

/// The keys of this vendor alone.
pub(super) const KEYS: [&str; 19] = [
    "base_url",
    "token_url",
    "app_key",
    "app_secret",
    "channel_id",
    "channel",
    "users",
    "users_file",
    "locale",
    "page_size",
    "page_floor",
    "utc_offset",
    "calls_url",
    "calls_access_key",
    "calls_secret_key",
    "calls_timestamp",
    "cc_id",
    "vdn",
    "token_lifetime_s",
];

/// Those of the list of calls.
const CALLS_KEYS: [&str; 6] =
    ["calls_url", "calls_access_key", "calls_secret_key", "calls_timestamp", "cc_id", "vdn"];

/// The least time between the starts of two requests if none is configured. The vendor names no
/// limit.
const DEFAULT_INTERVAL_MS: u32 = 1000;

/// The settings of a channel of Huawei's customer service. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BesCcmessagingConfig {
    /// Where the API is.
    pub base_url: Url,
    /// Where access tokens are given, if elsewhere.
    pub token_url: Option<Url>,
    /// The application's key.
    pub app_key: SecretRef,
    /// The application's secret.
    pub app_secret: SecretRef,
    /// The configuration id of the channel.
    pub channel_id: String,
    /// The type of the channel's messages, such as `WEB`.
    pub channel: String,
    /// Whose history is read; asked for: those in the list of calls.
    pub users: Ids,
    /// The list of calls, where users come from it.
    pub calls: Option<Box<CallsConfig>>,
    /// The language of users' tokens.
    pub locale: Option<String>,
    /// The lifetime to ask for with access tokens, in seconds.
    pub token_lifetime_s: Option<u32>,
    /// How many records a page has at most.
    pub page_size: u32,
    /// How many records a server that has more gives at least.
    pub page_floor: Option<u32>,
}

/// The list of calls of CC-CMS, which names the users of the last day. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallsConfig {
    /// Where CC-CMS is.
    pub base_url: Url,
    /// The access key.
    pub access_key: SecretRef,
    /// What requests are signed with.
    pub secret_key: SecretRef,
    /// The number of the call center.
    pub cc_id: u32,
    /// The number of the virtual call center.
    pub vdn: u32,
    /// How signatures write the time.
    pub timestamp: TimestampForm,
}

pub(super) fn read(keys: &Keys<'_>, warnings: &mut Vec<String>) -> Account {
    let users = keys.required_ids(
        "users",
        Some("calls"),
        "whose history to read: a list of ids, for no documented call lists them all; \"calls\" \
         for those of the last day's list of calls; users_file names a file with one a line",
    )?;
    let calls = if users == Ids::Asked {
        Some(Box::new(calls(keys, warnings)?))
    } else {
        keys.refuse(&CALLS_KEYS, "it is for users = \"calls\"")?;
        None
    };
    let config = BesCcmessagingConfig {
        base_url: keys.required_base_url(
            "base_url",
            "the domain of your deployment, such as \"https://service.besclouds.com\"",
        )?,
        token_url: keys.base_url("token_url")?,
        app_key: keys.required_secret("app_key", "the application's key", warnings)?,
        app_secret: keys.required_secret("app_secret", "the application's secret", warnings)?,
        channel_id: keys
            .required_text("channel_id", "the configuration id that the console shows")?
            .to_owned(),
        channel: keys
            .required_text("channel", "the type of the channel's messages, such as \"WEB\"")?
            .to_owned(),
        users,
        calls,
        locale: keys.text("locale")?.map(str::to_owned),
        token_lifetime_s: keys.number("token_lifetime_s", 1, 3600)?,
        page_size: keys.number("page_size", 2, 10_000)?.unwrap_or(100),
        page_floor: keys.number("page_floor", 1, 10_000)?,
    };
    let offset = keys.offset("utc_offset")?.unwrap_or(UtcOffset::UTC);
    let settings = SourceSettings::read(keys, offset, DEFAULT_INTERVAL_MS)?;
    Ok((Vendor::BesCcmessaging(config), settings))
}

fn calls(keys: &Keys<'_>, warnings: &mut Vec<String>) -> Result<CallsConfig, ConfigError> {
    let why = "the list of calls is asked with it, since users = \"calls\"";
    Ok(CallsConfig {
        base_url: keys.required_base_url("calls_url", "where CC-CMS is: host and port")?,
        access_key: keys.required_secret("calls_access_key", why, warnings)?,
        secret_key: keys.required_secret("calls_secret_key", why, warnings)?,
        cc_id: keys.required_number("cc_id", 1, 65_535, why)?,
        vdn: keys.required_number("vdn", 1, 5000, why)?,
        timestamp: match keys.choice("calls_timestamp", &["seconds", "milliseconds"])? {
            Some("milliseconds") => TimestampForm::Milliseconds,
            _ => TimestampForm::Seconds,
        },
    })
}

#[cfg(feature = "client")]
impl BesCcmessagingConfig {
    /// The source, ready to be asked.
    pub(super) fn build(&self, source: &SourceConfig, with: &With<'_>) -> Built {
        let secret = |key, secret: &SecretRef| secret.resolve(key, with.secrets);
        let credentials = bes_ccmessaging::Credentials::new(
            secret("app_key", &self.app_key)?,
            secret("app_secret", &self.app_secret)?,
            self.channel_id.as_str(),
            self.channel.as_str(),
        );
        let mut builder = bes_ccmessaging::Client::builder(&self.base_url, credentials)
            .with_min_interval(source.settings.min_interval);
        if let Some(url) = &self.token_url {
            builder = builder.with_token_url(url.as_str());
        }
        if let Some(locale) = &self.locale {
            builder = builder.with_locale(locale.as_str());
        }
        if let Some(lifetime_s) = self.token_lifetime_s {
            builder = builder.with_token_lifetime_s(lifetime_s);
        }
        if let Some(records) = self.page_floor {
            builder = builder.with_page_floor(records);
        }
        if let Some(transport) = with.transport {
            builder = builder.with_transport(Arc::clone(transport));
        }
        let client = builder.build().map_err(refused)?;
        let users: bes_ccmessaging::Users = if let Some(calls) = &self.calls {
            calls.build(source, with)?.into()
        } else {
            let named = self.users.resolve_named("users", with.secrets)?.unwrap_or_default();
            let users = named.into_iter().map(|(id, name)| {
                let user = bes_ccmessaging::User::new(id);
                match name.filter(|name| !name.is_empty()) {
                    Some(name) => user.with_name(name),
                    None => user,
                }
            });
            users.collect::<Vec<_>>().into()
        };
        let records = bes_ccmessaging::RecordSource::new(source.name.as_str(), client, users)
            .with_page_size(self.page_size);
        Ok(Arc::new(records))
    }
}

#[cfg(feature = "client")]
impl CallsConfig {
    fn build(
        &self,
        source: &SourceConfig,
        with: &With<'_>,
    ) -> Result<bes_ccmessaging::CallsClient, String> {
        let key = bes_ccmessaging::AccessKey::new(
            self.access_key.resolve("calls_access_key", with.secrets)?,
            self.secret_key.resolve("calls_secret_key", with.secrets)?,
        );
        let mut builder =
            bes_ccmessaging::CallsClient::builder(&self.base_url, key, self.cc_id, self.vdn)
                .with_timestamp_form(self.timestamp)
                .with_min_interval(source.settings.min_interval);
        if let Some(transport) = with.transport {
            builder = builder.with_transport(Arc::clone(transport));
        }
        builder.build().map_err(refused)
    }
}

#[cfg(feature = "client")]
fn refused(error: bes_ccmessaging::Error) -> String {
    SourceError::unsent(error).to_string()
}
