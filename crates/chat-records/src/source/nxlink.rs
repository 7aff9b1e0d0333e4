//! `vendor = "nxlink"`.

#[cfg(feature = "client")]
use std::sync::Arc;

#[cfg(feature = "client")]
use chat_core::SourceError;
use chat_core::Url;
use nxlink::{Channel, SignatureAlgorithm};

use super::{Account, SourceSettings, Vendor};
#[cfg(feature = "client")]
use super::{Built, SourceConfig, With};
use crate::config::{ConfigError, Keys, SecretRef};

/// The keys of this vendor alone.
pub(super) const KEYS: [&str; 9] = [
    "base_url",
    "tenant_id",
    "appkey",
    "access_key",
    "access_secret",
    "utc_offset",
    "signature",
    "channel",
    "page_size",
];

/// The least time between the starts of two requests if none is configured. The vendor names no
/// limit.
const DEFAULT_INTERVAL_MS: u32 = 500;

/// The settings of an NXLink account. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NxlinkConfig {
    /// The gateway of the account's region.
    pub base_url: Url,
    /// The team's number.
    pub tenant_id: i64,
    /// The key of the WhatsApp application.
    pub appkey: SecretRef,
    /// The access key.
    pub access_key: SecretRef,
    /// What requests are signed with.
    pub access_secret: SecretRef,
    /// The digest of the signatures.
    pub signature: SignatureAlgorithm,
    /// The channel to read; `None` asks for all of them.
    pub channel: Option<Channel>,
    /// How many records a page has at most.
    pub page_size: u32,
}

pub(super) fn read(keys: &Keys<'_>, warnings: &mut Vec<String>) -> Account {
    let config = NxlinkConfig {
        base_url: keys.required_base_url(
            "base_url",
            "the gateway of your region, such as \"https://api-hk.nxlink.ai\"",
        )?,
        tenant_id: keys
            .required_id("tenant_id", "the number of your team; the console calls it team id")?,
        appkey: keys.required_secret("appkey", "the key of the WhatsApp application", warnings)?,
        access_key: keys.required_secret("access_key", "it signs the requests", warnings)?,
        access_secret: keys.required_secret("access_secret", "it signs the requests", warnings)?,
        signature: match keys.choice("signature", &["md5", "sha256"])? {
            Some("sha256") => SignatureAlgorithm::Sha256,
            _ => SignatureAlgorithm::Md5,
        },
        channel: channel(keys)?,
        page_size: keys.number("page_size", 1, 100)?.unwrap_or(100),
    };
    let offset = keys.required_offset(
        "utc_offset",
        "NXLink's times carry no zone and none is ever guessed; give the offset of your account, \
         such as \"+08:00\"",
    )?;
    let settings = SourceSettings::read(keys, offset, DEFAULT_INTERVAL_MS)?;
    Ok((Vendor::Nxlink(config), settings))
}

/// A number, or `"all"`: the vendor's page names 2 only, but some accounts have others.
fn channel(keys: &Keys<'_>) -> Result<Option<Channel>, ConfigError> {
    if keys.has_text("channel") {
        return match keys.text("channel")? {
            Some("all") => Ok(None),
            _ => Err(keys.error("channel must be a number or \"all\"")),
        };
    }
    let number = keys.number("channel", 0, u32::MAX)?;
    Ok(Some(number.map_or(Channel::WhatsApp, |number| Channel::from(i64::from(number)))))
}

#[cfg(feature = "client")]
impl NxlinkConfig {
    /// The source, ready to be asked.
    pub(super) fn build(&self, source: &SourceConfig, with: &With<'_>) -> Built {
        let secret = |key, secret: &SecretRef| secret.resolve(key, with.secrets);
        let credentials = nxlink::Credentials::new(
            self.tenant_id,
            secret("appkey", &self.appkey)?,
            secret("access_key", &self.access_key)?,
            secret("access_secret", &self.access_secret)?,
        );
        let mut builder = nxlink::Client::builder(&self.base_url, credentials)
            .with_signature(self.signature)
            .with_min_interval(source.settings.min_interval);
        if let Some(transport) = with.transport {
            builder = builder.with_transport(Arc::clone(transport));
        }
        let client = builder.build().map_err(|error| SourceError::unsent(error).to_string())?;
        let records =
            nxlink::RecordSource::new(source.name.as_str(), client, source.settings.utc_offset)
                .with_page_size(self.page_size)
                .with_channel(self.channel);
        Ok(Arc::new(records))
    }
}
