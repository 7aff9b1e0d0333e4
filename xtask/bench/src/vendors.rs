//! The simulated vendors, and where their records lie in a page.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use chat_core::{ReqwestTransport, Source, Transport, Url};
use chat_records::config::{Config, ReadSecrets};
use chat_sim::bes::BesOptions;
use chat_sim::jijyun::JijyunOptions;
use chat_sim::myscrm::MyscrmOptions;
use chat_sim::nxlink::NxlinkOptions;
use chat_sim::{SimOptions, VENDORS};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The vendor whose sync, memory and latency are measured at length.
pub(crate) const MOST: &str = "nxlink";

/// All vendors, that one first.
pub(crate) const ALL: [&str; 4] = VENDORS;

/// One of the vendors with so many records, as they come by default.
pub(crate) fn simulated(vendor: &str, records: u32) -> SimOptions {
    SimOptions::all(records).only(&[vendor])
}

/// One of the vendors with the records of two days, all in one partition.
pub(crate) fn crowded(vendor: &str, records: u32) -> SimOptions {
    const DAYS: u32 = 2;
    let (nxlink, bes) = (NxlinkOptions::default(), BesOptions::default().with_users(1));
    let myscrm = MyscrmOptions::default().with_chats(1);
    let jijyun = JijyunOptions::default().with_customers(1).with_silent_customers(0);
    SimOptions::default()
        .with_nxlink(nxlink.with_records(records).with_span_days(DAYS))
        .with_bes(bes.with_records(records).with_span_days(DAYS))
        .with_myscrm(myscrm.with_records(records).with_span_days(DAYS))
        .with_jijyun(jijyun.with_records(records).with_span_days(DAYS))
        .only(&[vendor])
}

/// The only source of a configuration, with a transport without TLS.
pub(crate) fn source(config: &str) -> anyhow::Result<Arc<dyn Source>> {
    /// The secrets of simulated vendors stand in the configuration.
    struct Nowhere;
    impl ReadSecrets for Nowhere {
        fn env(&self, _: &str) -> Option<String> {
            None
        }

        fn file(&self, _: &Path) -> std::io::Result<String> {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }
    let config = Config::parse("bench", config)?;
    let source = config.sources.first().context("the configuration names no source")?;
    let base = Url::parse("http://127.0.0.1")?;
    let transport: Arc<dyn Transport> = Arc::new(ReqwestTransport::new(&base)?);
    Ok(source.build_with_transport(&Nowhere, &transport)?)
}

/// The records of a page as borrowed bytes, and nothing of what they say: the least that any reader
/// that keeps them must do. How many there are.
pub(crate) fn skim(vendor: &str, body: &[u8]) -> serde_json::Result<usize> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow, alias = "messageList")]
        list: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Conversations<'a> {
        #[serde(borrow, rename = "Data")]
        data: Vec<Conversation<'a>>,
    }
    #[derive(Deserialize)]
    struct Conversation<'a> {
        #[serde(borrow)]
        messages: Vec<&'a RawValue>,
    }
    if vendor == "jijyun" {
        let page: Conversations<'_> = serde_json::from_slice(body)?;
        return Ok(page.data.iter().map(|conversation| conversation.messages.len()).sum());
    }
    serde_json::from_slice(body).map(|page: List<'_>| page.list.len())
}
