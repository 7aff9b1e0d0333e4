//! One source, from its first call to its report.

use std::path::PathBuf;
use std::sync::Arc;

use chat_archive::SourceId;
use chat_core::Source;
use tokio::sync::mpsc;

use super::pull::Pull;
use super::totals::Totals;
use super::{Job, SyncOptions};
use crate::media::{Fetched, Fetcher, Pace};
use crate::observer::Event;
use crate::report::{MediaRetry, RunVerdict, SourceReport};
use crate::store::Store;
use crate::writer::{StoreFailed, Writer};

const NO_SPACE: &str = "no space is left for files; free some and sync again";

pub(super) struct SourceRun<S: Store> {
    pub(super) job: Job,
    pub(super) writer: Writer<S>,
    pub(super) options: SyncOptions,
    pub(super) media_dir: PathBuf,
}

impl<S: Store> SourceRun<S> {
    pub(super) async fn run(self) -> Result<SourceReport, StoreFailed> {
        let Self { job: Job { source, settings }, writer, options, media_dir } = self;
        let clock = &options.clock;
        let started = clock();
        let calls_before = source.calls();
        let id = find(&source, &writer, &options).await?;
        let run = writer.run(move |store| store.begin_run(id, started)).await?;

        let totals = Arc::new(Totals::default());
        let pace = Arc::new(Pace::new());
        let (found, incoming) = mpsc::unbounded_channel();
        let pull = Pull {
            source: Arc::clone(&source),
            id,
            settings: settings.clone(),
            writer: writer.clone(),
            observer: Arc::clone(&options.observer),
            stop: options.stop.clone(),
            clock: Arc::clone(clock),
            started,
            totals: Arc::clone(&totals),
            pace: Arc::clone(&pace),
            found: settings.media.then_some(found),
        };
        let fetch = async {
            if !settings.media {
                return Ok(Fetched::default());
            }
            let fetcher = Fetcher {
                source: Arc::clone(&source),
                id,
                writer: writer.clone(),
                observer: Arc::clone(&options.observer),
                stop: options.stop.clone(),
                clock: Arc::clone(clock),
                dir: media_dir,
                limit_bytes: settings.media_limit_bytes,
                pace,
            };
            fetcher.run(incoming).await
        };
        // if one of the two finds the store failed, the other must not wait for it
        let (pulled, fetched) = tokio::try_join!(pull.run(), fetch)?;

        let mut report = SourceReport::new(source.name(), source.vendor());
        let counts = writer.run(move |store| store.lacking_counts(id)).await?;
        totals.fill(&mut report);
        report.media.saved = fetched.saved;
        report.media.renewed = fetched.renewed;
        report.media.lacking(counts);
        report.media.not_asked = !settings.media;
        report.retries = source.calls().retries - calls_before.retries;
        report.windows = pulled.windows;
        report.windows.sort_by(|a, b| (&a.partition, a.from_ms).cmp(&(&b.partition, b.from_ms)));
        report.error = pulled.error.map(|error| error.to_string());
        if fetched.is_full {
            report.error.get_or_insert_with(|| NO_SPACE.to_owned());
        }
        let worst = report.windows.iter().map(|window| RunVerdict::from(window.verdict)).max();
        report.verdict = match (&report.error, options.stop.is_requested()) {
            (Some(_), _) => RunVerdict::Broken,
            (None, true) => RunVerdict::Interrupted.max(worst.unwrap_or(RunVerdict::Proven)),
            (None, false) => worst.unwrap_or(RunVerdict::Proven),
        };
        for text in source.notices() {
            options.observer.event(&Event::Notice { source: source.name(), text: &text });
        }
        let ended = clock();
        let (verdict, error) = (report.verdict, report.error.clone());
        writer
            .run(move |store| store.end_run(run, ended, verdict.as_str(), error.as_deref()))
            .await?;
        // the records are there whatever comes of this, and the next run makes it good
        let stop = options.stop.clone();
        let indexed = writer.run(move |store| Ok(store.index(&|| stop.is_requested()))).await?;
        if let Err(error) = indexed {
            let text = format!("the search index does not know all messages yet: {error}");
            options.observer.event(&Event::Notice { source: source.name(), text: &text });
        }
        Ok(report)
    }

    /// Fetches files only, all that are lacking.
    pub(super) async fn retry_media(self) -> Result<MediaRetry, StoreFailed> {
        let Self { job: Job { source, settings }, writer, options, media_dir } = self;
        let id = find(&source, &writer, &options).await?;
        writer.run(move |store| store.retry_media(id)).await?;
        let (found, incoming) = mpsc::unbounded_channel();
        // no page will bring any
        drop(found);
        let fetcher = Fetcher {
            source: Arc::clone(&source),
            id,
            writer: writer.clone(),
            observer: Arc::clone(&options.observer),
            stop: options.stop.clone(),
            clock: Arc::clone(&options.clock),
            dir: media_dir,
            limit_bytes: settings.media_limit_bytes,
            pace: Arc::new(Pace::new()),
        };
        let done = fetcher.run(incoming).await?;
        let counts = writer.run(move |store| store.lacking_counts(id)).await?;
        let mut report = MediaRetry::new(source.name(), source.vendor());
        report.media.saved = done.saved;
        report.media.renewed = done.renewed;
        report.media.lacking(counts);
        report.error = done.is_full.then(|| NO_SPACE.to_owned());
        for text in source.notices() {
            options.observer.event(&Event::Notice { source: source.name(), text: &text });
        }
        Ok(report)
    }
}

/// The source's number in the store.
async fn find<S: Store>(
    source: &Arc<dyn Source>,
    writer: &Writer<S>,
    options: &SyncOptions,
) -> Result<SourceId, StoreFailed> {
    let (name, vendor) = (source.name().to_owned(), source.vendor());
    let (fingerprint, assumptions) = (source.fingerprint(), source.capabilities().assumptions);
    let found = writer.run(move |store| store.source(&name, vendor, &fingerprint, &assumptions));
    let (id, is_changed) = found.await?;
    if is_changed {
        let text = "settings that the meaning of its records depends on have changed, so what was \
                    read before counts as not read";
        options.observer.event(&Event::Notice { source: source.name(), text });
    }
    Ok(id)
}
