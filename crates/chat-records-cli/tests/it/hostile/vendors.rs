//! The four vendors as a hostile server plays them: where records are on a page, and what a small
//! good one looks like.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chat_core::{
    BoxFuture, PageRequest, ReqwestTransport, Source, SourceError, SourcePage, Transport,
    TransportError, UnixMillis, Url, UtcOffset, Window, Windowing, http,
};
use chat_records::config::{Config, ReadSecrets};

use crate::support::bring_cryptography;

pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    /// The source's keys, but for the addresses.
    settings: &'static str,
    /// What is before and behind the records of a page.
    page: (&'static str, &'static str),
    /// What is before the id, between the id and the text, and behind the text of a record.
    record: (&'static str, &'static str, &'static str),
    /// A part of a path, and what is answered there.
    pub(crate) tokens: &'static [(&'static str, &'static str)],
}

pub(crate) const VENDORS: [Vendor; 4] = [
    Vendor {
        name: "nxlink",
        settings: "tenant_id = 1\nappkey = \"k\"\naccess_key = \"k\"\naccess_secret = \"s\"\n\
                   utc_offset = \"+08:00\"\n",
        page: ("{\"code\":0,\"total\":3,\"page_number\":1,\"page_size\":100,\"list\":[", "]}"),
        record: (
            "{\"id\":\"",
            "\",\"chat_type\":1,\"message_type\":\"text\",\"created_at\":\"2025-10-13 16:29:09\",\
             \"content\":\"",
            "\"}",
        ),
        tokens: &[],
    },
    Vendor {
        name: "bes-ccmessaging",
        settings: "app_key = \"k\"\napp_secret = \"s\"\nchannel_id = \"1\"\nchannel = \"WEB\"\n\
                   users = [\"u\"]\n",
        page: ("{\"resultCode\":\"0\",\"messageList\":[", "]}"),
        record: (
            "{\"id\":\"",
            "\",\"sourceType\":\"USER\",\"mediaType\":\"TEXT\",\"sendTime\":1705457000000,\
             \"content\":\"",
            "\"}",
        ),
        tokens: &[
            ("tokenByAkSk", "{\"AccessToken\":\"t\",\"Expires\":3600}"),
            ("applyToken", "{\"resultCode\":\"0\",\"token\":\"t\"}"),
        ],
    },
    Vendor {
        name: "myscrm-qw",
        settings: "app_id = \"k\"\nchats = [\"c\"]\n",
        page: ("{\"errcode\":0,\"errmsg\":\"ok\",\"next_cursor\":\"\",\"list\":[", "]}"),
        record: (
            "{\"chat_record_id\":\"",
            "\",\"action\":\"send\",\"type\":\"text\",\"send_time\":1689651305443,\
             \"text\":{\"content\":\"",
            "\"}}",
        ),
        tokens: &[],
    },
    Vendor {
        name: "jijyun",
        settings: "api_key = \"k\"\ncustomers = [\"c\"]\ndays = 30\n",
        page: ("{\"Code\":2000,\"Data\":[{\"chat_id\":\"c1\",\"messages\":[", "]}]}"),
        record: (
            "{\"no\":\"",
            "\",\"message_type\":\"AI对话\",\"sender_type\":\"用户\",\"content\":\"",
            "\"}",
        ),
        tokens: &[],
    },
];

/// Sends for real, and does not wait before it tries again.
#[derive(Debug)]
struct Hasty(ReqwestTransport);

impl Transport for Hasty {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Transport::send(&self.0, request)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Transport::sleep(&self.0, Duration::ZERO)
    }
}

struct Nowhere;

impl ReadSecrets for Nowhere {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

impl Vendor {
    /// A page of these records.
    pub(crate) fn page(&self, records: &[&[u8]]) -> Vec<u8> {
        [self.page.0.as_bytes(), &records.join(&b","[..]), self.page.1.as_bytes()].concat()
    }

    /// A good record. `text` stands in it as it is.
    pub(crate) fn record(&self, id: &str, text: impl AsRef<[u8]>) -> Vec<u8> {
        let (before, between, behind) = self.record;
        let parts = [before.as_bytes(), id.as_bytes(), between.as_bytes(), text.as_ref()];
        [&parts.concat()[..], behind.as_bytes()].concat()
    }

    /// The same with more keys; `more` begins with a comma.
    pub(crate) fn record_with(&self, id: &str, more: impl AsRef<[u8]>) -> Vec<u8> {
        let mut record = self.record(id, "text");
        record.pop();
        [&record[..], more.as_ref(), b"}"].concat()
    }

    /// A configuration with this vendor at an address.
    pub(crate) fn config(&self, url: &str) -> String {
        let (name, settings) = (self.name, self.settings);
        let start = UnixMillis::new(UnixMillis::now().get() - 86_400_000);
        let start = start.to_rfc3339(UtcOffset::UTC);
        let day = start.get(..10).unwrap();
        let start = if name == "jijyun" { String::new() } else { format!("start = \"{day}\"\n") };
        format!(
            "archive = \"archive\"\n[sources.{name}]\nvendor = \"{name}\"\nbase_url = \"{url}\"\n\
             min_interval_ms = 0\n{settings}{start}"
        )
    }

    /// The first page, as the source reads it.
    pub(crate) async fn fetch(&self, url: &str) -> Result<SourcePage, SourceError> {
        // one for all: setting up TLS takes longer than a call
        static TRANSPORT: OnceLock<Arc<dyn Transport>> = OnceLock::new();
        let config = Config::parse("hostile", &self.config(url)).unwrap();
        let transport = TRANSPORT.get_or_init(|| {
            bring_cryptography();
            Arc::new(Hasty(ReqwestTransport::new(&Url::parse(url).unwrap()).unwrap()))
        });
        let source: Arc<dyn Source> =
            config.sources[0].build_with_transport(&Nowhere, transport).unwrap();
        let partition = source.partitions().await?.remove(0);
        let window = match source.capabilities().windowing {
            Windowing::Closed { .. } => Some(Window::new(1_700_000_000_000, 1_700_003_600_000)),
            _ => None,
        };
        source.fetch(&PageRequest::first(partition, window)).await
    }
}
