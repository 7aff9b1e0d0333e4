//! Every source against its simulated vendor, by the suite that all of them share.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{
    BoxFuture, CallCount, Capabilities, MediaError, MediaInfo, MediaItem, MediaLink, MessageId,
    PageRequest, Partition, RawPage, ReqwestTransport, Source, SourceError, SourcePage, Transport,
    TransportError, Url, http,
};
use chat_records::config::{Config, ReadSecrets};
use chat_sim::SimOptions;
use chat_sim::bes::{BesOptions, Bounds, OffsetUnit, Order};
use chat_sim::jijyun::{JijyunOptions, MessageOrder};
use chat_sim::myscrm::MyscrmOptions;

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
    bes_ccmessaging: "bes-ccmessaging",
    myscrm_qw: "myscrm-qw",
    jijyun: "jijyun",
}

/// What a careless source does.
#[derive(Clone, Copy)]
enum Flaw {
    LosesRecords,
    TakesErrorsForTheEnd,
    NeverEnds,
    ShowsTexts,
    ForgetsFields,
}

/// A good source with a flaw.
struct Careless {
    good: Arc<dyn Source>,
    flaw: Flaw,
}

impl std::fmt::Debug for Careless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Careless({:?})", self.good)
    }
}

impl Careless {
    fn spoil(&self, request: &PageRequest, page: &mut SourcePage) {
        match self.flaw {
            Flaw::LosesRecords => {
                let mut index = 0;
                page.records.retain(|_| {
                    index += 1;
                    index % 50 != 0
                });
            }
            Flaw::NeverEnds => page.next = page.next.take().or_else(|| request.cursor.clone()),
            Flaw::ShowsTexts => {
                for record in &mut page.records {
                    let text = record.message.text.clone().unwrap_or_default();
                    record.message.id = MessageId::new(text);
                }
            }
            Flaw::ForgetsFields => {
                for record in &mut page.records {
                    record.message.text = None;
                }
            }
            Flaw::TakesErrorsForTheEnd => {}
        }
    }
}

impl Source for Careless {
    fn name(&self) -> &str {
        self.good.name()
    }

    fn vendor(&self) -> &'static str {
        self.good.vendor()
    }

    fn fingerprint(&self) -> String {
        self.good.fingerprint()
    }

    fn capabilities(&self) -> Capabilities {
        self.good.capabilities()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        self.good.check()
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        self.good.partitions()
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(async move {
            let hides = matches!(self.flaw, Flaw::TakesErrorsForTheEnd);
            let mut page = match self.good.fetch(request).await {
                Err(_) if hides => SourcePage::new(RawPage::default()),
                fetched => fetched?,
            };
            self.spoil(request, &mut page);
            Ok(page)
        })
    }

    fn read(&self, partition: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        self.good.read(partition, body)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        self.good.same_content(a, b)
    }

    fn renew_media<'a>(
        &'a self,
        item: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        self.good.renew_media(item)
    }

    fn fetch_media<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        self.good.fetch_media(link, sink, limit_bytes)
    }

    fn calls(&self) -> CallCount {
        self.good.calls()
    }
}

/// The checks of what is read, against vendors that behave in another of the ways that their pages
/// leave open.
macro_rules! conformance_of {
    ($($test:ident: $options:expr),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let options: &dyn Fn(u32) -> SimOptions = &$options;
                let findings = chat_sim::conformance::run_some(options, &build, is_on_reading).await;
                let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
                assert!(told.is_empty(), "{}", told.join("\n"));
            }
        )*
    };
}

fn is_on_reading(check: &str) -> bool {
    let checks = ["once", "first_to_last", "goes_on", "second_reading", "stored", "whole", "twice"];
    checks.iter().any(|part| check.contains(part))
}

fn bes(records: u32) -> BesOptions {
    BesOptions::default().with_records(records).with_users(6)
}

fn qw(records: u32) -> MyscrmOptions {
    MyscrmOptions::default().with_records(records)
}

fn yuju(records: u32) -> JijyunOptions {
    JijyunOptions::default().with_records(records)
}

conformance_of! {
    bes_with_small_pages: |n| SimOptions::default().with_bes(bes(n).with_limit_cap(20)),
    bes_with_tiny_pages: |n| SimOptions::default().with_bes(bes(n).with_limit_cap(3)),
    bes_with_pages_for_offsets:
        |n| SimOptions::default().with_bes(bes(n).with_offset_unit(OffsetUnit::Pages)),
    bes_newest_first_without_its_bounds: |n| SimOptions::default()
        .with_bes(bes(n).with_order(Order::Descending).with_bounds(Bounds::Exclusive)),
    qw_raw: |n| SimOptions::default().with_myscrm(qw(n).with_raw_mode(true)),
    qw_with_thin_pages_and_numbers_as_text: |n| SimOptions::default().with_myscrm(
        qw(n).with_thin_pages(true).with_integers_as_text(true).with_zeros_absent(true)
    ),
    qw_with_all_bodies: |n| SimOptions::default().with_myscrm(qw(n).with_all_bodies(true)),
    yuju_newest_first: |n| SimOptions::default()
        .with_jijyun(yuju(n).with_order(MessageOrder::NewestFirst).with_customers_all(true)),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_finds_what_is_wrong() {
    for (flaw, check) in [
        (Flaw::LosesRecords, "every_record_once_with_its_bytes"),
        (Flaw::TakesErrorsForTheEnd, "an_error_inside_a_success_is_an_error"),
        (Flaw::NeverEnds, "every_record_once_with_its_bytes"),
        (Flaw::ShowsTexts, "nothing_personal_in_debug_or_errors"),
        (Flaw::ForgetsFields, "stored_answers_read_as_they_came"),
    ] {
        let careless = |toml: &str| -> Result<Arc<dyn Source>, String> {
            Ok(Arc::new(Careless { good: build(toml)?, flaw }))
        };
        let options = |records| SimOptions::all(records).only(&["nxlink"]);
        let findings =
            chat_sim::conformance::run_some(&options, &careless, |name| name == check).await;
        assert_eq!(findings.len(), 1, "{check}");
    }
}
