//! What the store does while answers are waited for.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chat_archive::Archive;
use chat_core::{
    BoxFuture, CallCount, Capabilities, MediaError, MediaInfo, MediaItem, MediaLink, PageRequest,
    Partition, Source, SourceError, SourcePage,
};
use rusqlite::Connection;

use crate::listing::{Bench, Listing};

/// A vendor that takes its time, until the search index knows something.
struct Slow {
    source: Listing,
    archive: Mutex<Connection>,
    is_seen: AtomicBool,
}

impl Slow {
    fn look(&self) -> bool {
        // before there is enough for a batch, nothing is waited for
        let sql = "SELECT up_to > 0 OR (SELECT count(*) FROM message) < 1000 FROM indexed";
        let archive = self.archive.lock().unwrap();
        let goes_on: bool = archive.query_row(sql, [], |row| row.get(0)).unwrap();
        let sql = "SELECT up_to > 0 FROM indexed";
        let is_seen: bool = archive.query_row(sql, [], |row| row.get(0)).unwrap();
        self.is_seen.fetch_or(is_seen, Ordering::Relaxed);
        goes_on
    }
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slow")
    }
}

impl Source for Slow {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn vendor(&self) -> &'static str {
        self.source.vendor()
    }

    fn fingerprint(&self) -> String {
        self.source.fingerprint()
    }

    fn capabilities(&self) -> Capabilities {
        self.source.capabilities()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        self.source.check()
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        self.source.partitions()
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(async {
            // the store must find that it waits, however busy the machine is
            for _ in 0..500 {
                if self.look() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            self.source.fetch(request).await
        })
    }

    fn read(&self, partition: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        self.source.read(partition, body)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        self.source.same_content(a, b)
    }

    fn renew_media<'a>(
        &'a self,
        item: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        self.source.renew_media(item)
    }

    fn fetch_media<'a>(
        &'a self,
        link: &'a MediaLink,
        into: &'a mut (dyn Write + Send + 'a),
        most_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        self.source.fetch_media(link, into, most_bytes)
    }

    fn calls(&self) -> CallCount {
        self.source.calls()
    }
}

#[test]
fn what_is_read_is_indexed_while_answers_are_waited_for() {
    let mut bench = Bench::new();
    bench.settings.media = false;
    drop(Archive::open(&bench.path()).unwrap());
    let archive = Connection::open(bench.path().join("archive.db")).unwrap();
    // far fewer records than are indexed at once in any case
    let source = Listing::new(2000).paged_by(50);
    let source = Slow { source, archive: archive.into(), is_seen: AtomicBool::new(false) };
    let source = Arc::new(source);
    assert!(
        bench.run_source(Arc::clone(&source) as Arc<dyn Source>, bench.options()).is_complete()
    );
    bench.assert_complete(&source.source);
    assert!(source.is_seen.load(Ordering::Relaxed), "nothing was indexed before the end");
}
