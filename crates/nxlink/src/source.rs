//! What a sync engine needs of the vendor: `chat_core::Source`.

use std::borrow::Cow;
use std::future::ready;
use std::io::Write;
use std::sync::Arc;

use chat_core::{
    BoxFuture, CallCount, Capabilities, Cursor, MediaError, MediaInfo, MediaItem, MediaLink, Page,
    PageRequest, Partition, Source, SourceError, SourcePage, UnixMillis, UtcOffset, WallTime,
    Window, Windowing,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::client::{Client, page_number};
use crate::convert::{Conversion, VENDOR};
use crate::error::{ClockOffset, Error};
use crate::records::{Channel, Record, RecordsRequest, read_page};

/// To be raised when `convert.rs` gives other messages for the same records.
const CONVERSION: u32 = 1;

/// The grain of the vendor's times.
const SECOND_MS: i64 = 1000;
/// Windows with more records are better read in parts: 50 pages.
const MAX_ROWS: u64 = 5000;

/// What the vendor's page leaves open, and what is done about it.
const ASSUMPTIONS: [&str; 6] = [
    "start_time and end_time select by created_at, and records are ordered by it",
    "start_time and end_time are inclusive; windows overlap by one second, so that nothing is \
     lost if only the start is",
    "all times are on one clock at the configured offset from UTC, without daylight saving",
    "several filters select what fits all of them",
    "reading a record again gives a fresh link to its file, for another 60 minutes",
    "conversations that only a bot handled may be missing from the listing: the vendor lists those \
     that reached an agent",
];

/// The records of one tenant as a [`Source`].
#[derive(Debug, Clone)]
pub struct RecordSource {
    client: Client,
    conversion: Conversion,
    page_size: u32,
    channel: Option<Channel>,
}

impl RecordSource {
    /// The records that `client` can read, under a name of the caller's. `offset` is the distance
    /// from UTC of the vendor's clock: it must be known, for the vendor does not document it.
    pub fn new(name: impl Into<Arc<str>>, client: Client, offset: UtcOffset) -> Self {
        Self {
            client,
            conversion: Conversion::new(name, offset),
            page_size: RecordsRequest::MAX_PAGE_SIZE,
            channel: Some(Channel::WhatsApp),
        }
    }

    /// Pages of another size, 1 to 100; 100 by default. Another size fails when a page is fetched.
    #[must_use]
    pub const fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    /// Another channel; `None` sends no channel at all. WhatsApp by default.
    #[must_use]
    pub const fn with_channel(mut self, channel: Option<Channel>) -> Self {
        self.channel = channel;
        self
    }

    fn request(&self) -> RecordsRequest {
        let request = RecordsRequest::new().with_page_size(self.page_size);
        match self.channel {
            Some(channel) => request.with_channel(channel),
            None => request.without_channel(),
        }
    }

    /// Both ends of the window are asked for, so a window ends with the second that the next one
    /// begins with: whether the vendor counts its bounds in is not documented.
    fn within(&self, request: RecordsRequest, window: Window) -> RecordsRequest {
        // a window that ends within a second still needs the rest of that second
        let end = window.to().plus_ms(SECOND_MS - 1);
        request.with_start_time(self.wall(window.from())).with_end_time(self.wall(end))
    }

    fn wall(&self, instant: UnixMillis) -> WallTime {
        WallTime::of(instant, self.conversion.offset)
    }

    async fn records(&self, request: &RecordsRequest) -> Result<Page<Record>, SourceError> {
        Ok(self.client.call(request).await?)
    }

    async fn fetch_page(&self, asked: &PageRequest) -> Result<SourcePage, SourceError> {
        let mut request = self.request();
        if let Some(window) = asked.window {
            request = self.within(request, window);
        }
        if let Some(cursor) = &asked.cursor {
            request = request.with_page_number(page_number(cursor).map_err(SourceError::unsent)?);
        }
        self.records(&request).await.map(|page| self.convert(page))
    }

    fn convert(&self, page: Page<Record>) -> SourcePage {
        SourcePage::from_page(page, |record| record.into_message(&self.conversion))
    }

    async fn check_credentials(&self) -> Result<(), SourceError> {
        // the cheapest call: one record of the last second
        let now = self.client.now();
        let window = Window::new(now.plus_ms(-SECOND_MS).get(), now.get());
        let request = self.within(self.request().with_page_size(1), window);
        self.records(&request).await.map(drop)
    }

    async fn fresh_links(
        &self,
        item: &MediaItem,
    ) -> Result<Option<Vec<Option<MediaLink>>>, SourceError> {
        if item.conversation_id.is_none() && item.sent_at.is_none() {
            let reason = "a record is found again by its conversation or its time, and has neither";
            return Err(SourceError::unsent(Error::invalid(reason)));
        }
        let mut request = self.request();
        if let Some(conversation) = &item.conversation_id {
            request = request.with_conversation_id(conversation);
        }
        if let Some(sent_at) = item.sent_at {
            let around = |ms| sent_at.plus_ms(ms).get();
            request = self.within(request, Window::new(around(-SECOND_MS), around(SECOND_MS)));
        }
        loop {
            let page = self.records(&request).await?;
            if let Some(record) = page.items.into_iter().find(|record| record.id == item.record_id)
            {
                let message = record.into_message(&self.conversion);
                let links = message.attachments.into_iter().map(|attachment| attachment.link);
                return Ok(Some(links.collect()));
            }
            let Some(next) = page.next else { return Ok(None) };
            request = request.with_page_number(page_number(&next).map_err(SourceError::unsent)?);
        }
    }
}

impl Source for RecordSource {
    fn name(&self) -> &str {
        &self.conversion.source
    }

    fn vendor(&self) -> &'static str {
        VENDOR
    }

    fn fingerprint(&self) -> String {
        let channel = self.channel.map_or(0, Channel::value);
        let (tenant, offset) = (self.client.tenant_id(), self.conversion.offset);
        format!("tenant {tenant}, channel {channel}, offset {offset}, conversion {CONVERSION}")
    }

    fn capabilities(&self) -> Capabilities {
        let windowing = Windowing::Closed { grain_ms: SECOND_MS, max_ms: None, max_rows: MAX_ROWS };
        let mut capabilities = Capabilities::new(windowing, self.page_size);
        capabilities.has_total = true;
        capabilities.assumptions = ASSUMPTIONS.map(Cow::Borrowed).to_vec();
        capabilities
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(self.check_credentials())
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        Box::pin(ready(Ok(vec![Partition::whole()])))
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(self.fetch_page(request))
    }

    fn read(&self, _: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        read_page(body, self.page_size).map(|page| self.convert(page)).map_err(SourceError::unsent)
    }

    fn cursor_after(&self, failed: Option<&Cursor>) -> Option<Cursor> {
        let failed = failed.map_or(Some(1), |cursor| page_number(cursor).ok())?;
        Cursor::new(failed.checked_add(1)?.to_string())
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        /// Made anew at each reading.
        const LINK: &str = "media_link";
        #[derive(Deserialize)]
        struct Linked<'a> {
            #[serde(borrow)]
            media_link: &'a RawValue,
        }
        /// What stands before the link and after it.
        fn around_link(record: &[u8]) -> Option<(&[u8], &[u8])> {
            let link = serde_json::from_slice::<Linked<'_>>(record).ok()?.media_link.get();
            let start = link.as_ptr().addr().wrapping_sub(record.as_ptr().addr());
            Some((record.get(..start)?, record.get(start + link.len()..)?))
        }
        fn values(record: &[u8]) -> Option<Value> {
            let mut record: Value = serde_json::from_slice(record).ok()?;
            record.as_object_mut()?.remove(LINK);
            Some(record)
        }
        // most records differ in the link alone, and their values need not be made for that
        a == b
            || around_link(a).is_some_and(|a| Some(a) == around_link(b))
            || values(a).is_some_and(|a| Some(a) == values(b))
    }

    fn renew_media<'a>(
        &'a self,
        item: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        Box::pin(self.fresh_links(item))
    }

    fn fetch_media<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        Box::pin(self.client.fetch_media(link, sink, limit_bytes))
    }

    fn calls(&self) -> CallCount {
        self.client.calls()
    }

    fn notices(&self) -> Vec<String> {
        let offset = ClockOffset(self.client.clock_offset_ms()).in_words();
        offset
            .map(|words| format!("{words}; requests are signed with the server's time"))
            .into_iter()
            .collect()
    }
}
