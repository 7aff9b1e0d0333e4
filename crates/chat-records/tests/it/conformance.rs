//! Every source against its simulated vendor, by the suite that all of them share.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{
    BoxFuture, MediaError, MediaInfo, MediaLink, ReqwestTransport, Source, Transport,
    TransportError, Url, http,
};
use chat_records::config::{Config, ReadSecrets};

/// Sends for real, and never waits.
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

    fn download<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        Transport::download(&self.0, link, sink, limit_bytes)
    }
}

/// The secrets stand in the text.
struct Nowhere;

impl ReadSecrets for Nowhere {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

fn build(toml: &str) -> Result<Arc<dyn Source>, String> {
    let config = Config::parse("conformance", toml).map_err(|error| error.to_string())?;
    let base = Url::parse("http://127.0.0.1").map_err(|error| error.to_string())?;
    let transport = ReqwestTransport::new(&base).map_err(|error| error.to_string())?;
    let transport: Arc<dyn Transport> = Arc::new(Hasty(transport));
    let source = config.sources.first().ok_or("no source")?;
    source.build_with_transport(&Nowhere, &transport).map_err(|error| error.to_string())
}

macro_rules! conformance {
    ($($test:ident: $vendor:literal),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let findings = chat_sim::conformance::run($vendor, &build).await;
                let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
                assert!(told.is_empty(), "{}", told.join("\n"));
            }
        )*
    };
}

conformance! {
    nxlink: "nxlink",
}
