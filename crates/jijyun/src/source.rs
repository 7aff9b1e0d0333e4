//! What a sync engine needs of the vendor: `chat_core::Source`, for the records of customers and
//! for the history of hosted accounts.

mod conversations;
mod hosted;
mod likeness;
mod overview;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat_core::{
    BoxFuture, CallCount, Capabilities, Cursor, DecodeError, Endpoint, ErrorKind, Likeness,
    MediaError, MediaInfo, MediaItem, MediaLink, Message, Page, PageRequest, Partition,
    SkippedRecord, Source, SourceError, SourcePage, Windowing, readable,
};
use serde_json::Value;

use crate::client::Client;
use crate::convert::{Conversion, VENDOR};
use crate::error::Error;
use crate::records::{
    AggregatedMessage, ContactsRequest, Days, HistoryRequest, KeptHistory, Record, RecordsRequest,
    read_page,
};

pub use hosted::HostedSource;

use conversations::{Lists, Place};
use overview::overview;

/// To be raised when `convert.rs` gives other messages for the same records.
const CONVERSION: u32 = 2;

const DAY_MS: i64 = 86_400_000;

/// What the vendor's page leaves open, and what is done about it.
const ASSUMPTIONS: [&str; 5] = [
    "an answer holds all that a customer has within the asked number of days: the vendor has no \
     pages and gives no count, so records that it might withhold cannot be noticed",
    "what is older than the asked number of days cannot be read",
    "messages have neither ids nor times, and their order is not the order of time",
    "in a conversation that is listed for a customer, the sender 用户 is that customer",
    "every conversation has a chat_id: the messages of one without cannot be told from those of \
     another one, so they are kept as bytes and counted as not read",
];
const ALL_CUSTOMERS: &str = "a contacts list without conditions names every contact, and a contact's id is the customer_id \
     that records are asked by";
const HISTORY_DETAIL: [&str; 3] = [
    "the call for whole conversations works as others were seen to use it: its page could not be \
     read",
    "a conversation's chat_id is the same in both calls; it may change for the same group or \
     person, and ids of messages hold it",
    "the user beside a message is who wrote it",
];

/// Which of the parts of an account are read.
///
/// `Debug` counts the ids: they are people's.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// All that the vendor lists, as far as it lists them.
    All,
    /// Those with these ids.
    These(Vec<String>),
}

impl Selection {
    /// Those with these ids.
    pub fn these<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self::These(ids.into_iter().map(Into::into).collect())
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::These(ids) => f.debug_tuple("These").field(&ids.len()).finish(),
        }
    }
}

/// The records of customers as a [`Source`]: one partition each, and always all that the vendor
/// lists of it.
///
/// ```no_run
/// # fn example(client: jijyun::Client) -> Result<(), jijyun::Error> {
/// use jijyun::{Days, RecordSource, Selection};
///
/// let customers = Selection::these(["57a286a608894aa7b26a9e589f4d3333"]);
/// let source = RecordSource::new("yuju", client, customers).with_days(Days::Thirty)?;
/// # Ok(())
/// # }
/// ```
///
/// `Debug` counts the customers.
#[derive(Clone)]
pub struct RecordSource {
    client: Client,
    conversion: Conversion,
    customers: Selection,
    days: Days,
    reach_ms: i64,
    has_history_detail: bool,
    conversations: Lists,
    lacking: Arc<Mutex<Vec<String>>>,
}

impl RecordSource {
    /// The records of the last thirty days of these customers, under a name of the caller's.
    pub fn new(name: impl Into<Arc<str>>, client: Client, customers: Selection) -> Self {
        Self {
            client,
            conversion: Conversion::new(name),
            customers,
            days: Days::Thirty,
            reach_ms: 30 * DAY_MS,
            has_history_detail: false,
            conversations: Lists::default(),
            lacking: Arc::default(),
        }
    }

    /// Another number of days.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when it is no number of at least 1.
    pub fn with_days(mut self, days: Days) -> Result<Self, Error> {
        let count = days.count().ok_or_else(|| Error::invalid("days is not a number from 1"))?;
        self.reach_ms = i64::from(count).saturating_mul(DAY_MS);
        self.days = days;
        Ok(self)
    }

    /// Reads each conversation of the listing whole, by a call of its own that gives ids, times,
    /// directions and files; the listing then only tells which conversations there are. Off by
    /// default: the vendor's page of that call could not be read, so it is known from use only.
    ///
    /// Messages that an archive holds from the one get their ids from the other, and none is stored
    /// twice, whichever comes first.
    #[must_use]
    pub const fn with_history_detail(mut self, on: bool) -> Self {
        self.has_history_detail = on;
        self
    }

    async fn call<E>(&self, endpoint: &E) -> Result<E::Output, SourceError>
    where
        E: Endpoint<Error = Error>,
    {
        call(&self.client, endpoint).await
    }

    async fn fetch_page(&self, asked: &PageRequest) -> Result<SourcePage, SourceError> {
        let partition = &asked.partition;
        let place =
            asked.cursor.as_ref().map(Place::read).transpose().map_err(SourceError::unsent)?;
        let Some(place) = place else { return self.fetch_listing(partition).await };
        let Some(chat_id) = self.conversations.conversation(partition, &place) else {
            return self.fetch_listing_again(partition, &place).await;
        };
        self.fetch_conversation(partition, &place, &chat_id).await
    }

    async fn fetch_listing(&self, partition: &Partition) -> Result<SourcePage, SourceError> {
        let request = RecordsRequest::new(partition.key.as_str()).with_days(self.days.clone());
        let page = self.call(&request).await?;
        if !self.has_history_detail {
            return Ok(self.listed(partition, page));
        }
        let (mut page, chat_ids) = overview(&page).map_err(SourceError::unsent)?;
        page.next = self.conversations.keep(partition, chat_ids).and_then(|at| at.to_cursor());
        Ok(page)
    }

    /// For a place in a list that is not here any more, as after a new start: goes on if the list
    /// is the same as it was, else begins with the new one.
    async fn fetch_listing_again(
        &self,
        partition: &Partition,
        place: &Place,
    ) -> Result<SourcePage, SourceError> {
        let listing = self.fetch_listing(partition).await?;
        match self.conversations.conversation(partition, place) {
            Some(chat_id) => self.fetch_conversation(partition, place, &chat_id).await,
            None => Ok(listing),
        }
    }

    async fn fetch_conversation(
        &self,
        partition: &Partition,
        place: &Place,
        chat_id: &str,
    ) -> Result<SourcePage, SourceError> {
        let page = self.call(&HistoryRequest::new(chat_id)).await?;
        let kept = KeptHistory::keep(chat_id, page.raw.as_bytes());
        let mut page = self.read(partition, kept)?;
        match place.next() {
            Some(next) => page.next = next.to_cursor(),
            None => self.conversations.forget(partition),
        }
        Ok(page)
    }

    /// The answer that lists a customer's records.
    fn listed(&self, partition: &Partition, page: Page<Record>) -> SourcePage {
        let conversion = self.conversion.clone().with_customer_id(partition.key.as_str());
        let likenesses = page.items.iter().map(likeness::of_record).collect();
        let converted = SourcePage::from_page(page, |record| record.into_message(&conversion));
        let mut converted = with_likenesses(converted, likenesses);
        skip_homeless(&mut converted);
        converted
    }

    /// The answer that holds one conversation, as text and as bytes.
    fn detailed(
        &self,
        kept: KeptHistory<'_>,
        text: &str,
        body: &[u8],
    ) -> Result<SourcePage, Error> {
        let chat_id = kept.chat_id();
        let page = KeptHistory::into_page(kept, text, body)?;
        let mut likenesses = Vec::with_capacity(page.items.len());
        let converted = SourcePage::from_page(page, |message: AggregatedMessage| {
            let user = message.user.as_ref();
            let converted =
                crate::convert::pushed(&message, chat_id.as_deref(), user, &self.conversion);
            likenesses.push(likeness::of_message(&message, &converted));
            converted
        });
        Ok(with_likenesses(converted, likenesses))
    }

    fn read_body(&self, partition: &Partition, body: Vec<u8>) -> Result<SourcePage, Error> {
        if let Some(overview) = overview::read_again(&body) {
            return overview;
        }
        let text = if KeptHistory::may_be(&body) { readable(&body).ok() } else { None };
        match text.as_deref().and_then(|text| Some((KeptHistory::find(text)?, text))) {
            Some((kept, text)) => self.detailed(kept, text, &body),
            None => Ok(self.listed(partition, read_page(body)?)),
        }
    }

    async fn list_customers(&self) -> Result<Vec<Partition>, SourceError> {
        lock(&self.lacking).clear();
        match &self.customers {
            Selection::These(ids) => Ok(partitions_of(ids.iter().cloned())),
            Selection::All => {
                let page = self.call(&ContactsRequest::new()).await?;
                let (total, count) = (page.total, page.items.len() + page.skipped.len());
                let ids: Vec<String> = page.items.into_iter().filter_map(|one| one.id).collect();
                *lock(&self.lacking) = lacks(CONTACT, total, count, ids.len());
                Ok(partitions_of(ids))
            }
        }
    }

    async fn fresh_links(
        &self,
        item: &MediaItem,
    ) -> Result<Option<Vec<Option<MediaLink>>>, SourceError> {
        let Some(chat_id) = &item.conversation_id else {
            let reason = "a record is found again by its conversation, and has none";
            return Err(SourceError::unsent(Error::invalid(reason)));
        };
        let page = self.call(&HistoryRequest::new(chat_id)).await?;
        let mut messages =
            page.items.iter().map(|message| message.to_message(chat_id, &self.conversion));
        Ok(messages.find(|message| message.id.as_str() == item.record_id).map(links))
    }
}

impl fmt::Debug for RecordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSource")
            .field("name", &self.conversion.source)
            .field("client", &self.client)
            .field("customers", &self.customers)
            .field("days", &self.days.count())
            .field("has_history_detail", &self.has_history_detail)
            .finish_non_exhaustive()
    }
}

impl Source for RecordSource {
    fn name(&self) -> &str {
        &self.conversion.source
    }

    fn vendor(&self) -> &'static str {
        VENDOR
    }

    /// Nothing but the key names the account. The number of days is no part of it: a listing is
    /// always read whole.
    fn fingerprint(&self) -> String {
        let call =
            if self.has_history_detail { HistoryRequest::NAME } else { RecordsRequest::NAME };
        format!("{call}, conversion {CONVERSION}")
    }

    fn capabilities(&self) -> Capabilities {
        let windowing = Windowing::Whole { reach_ms: Some(self.reach_ms) };
        // a listing is one page, however long
        let mut capabilities = Capabilities::new(windowing, u32::MAX);
        capabilities.assumptions = ASSUMPTIONS.map(Cow::Borrowed).to_vec();
        if self.customers == Selection::All {
            capabilities.partial_partitions = true;
            capabilities.assumptions.push(Cow::Borrowed(ALL_CUSTOMERS));
        }
        if self.has_history_detail {
            capabilities.finite_cursors = true;
            capabilities.assumptions.extend(HISTORY_DETAIL.map(Cow::Borrowed));
        }
        capabilities
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(check(&self.client))
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        Box::pin(self.list_customers())
    }

    fn lacking(&self) -> Vec<String> {
        lock(&self.lacking).clone()
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(self.fetch_page(request))
    }

    fn read(&self, partition: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        self.read_body(partition, body).map_err(SourceError::unsent)
    }

    fn cursor_after(&self, failed: Option<&Cursor>) -> Option<Cursor> {
        Place::read(failed?).ok()?.next()?.to_cursor()
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        same_json(a, b, &[])
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
}

/// Takes out the messages of conversations without `chat_id`. An archive tells messages that have
/// no ids by their place in the conversation, so those of several nameless ones would be taken
/// for one and push each other out.
fn skip_homeless(page: &mut SourcePage) {
    let skipped: BTreeSet<usize> = page.skipped.iter().map(|skipped| skipped.index).collect();
    let mut homeless = Vec::new();
    let places = (0..).filter(|index| !skipped.contains(index));
    let records = std::mem::take(&mut page.records);
    for (index, record) in places.zip(records) {
        if record.message.conversation_id.is_some() {
            page.records.push(record);
        } else {
            let error = DecodeError::new("a message is in a conversation without `chat_id`");
            homeless.push(SkippedRecord::new(index, record.span, error));
        }
    }
    page.skipped.append(&mut homeless);
    page.skipped.sort_by_key(|skipped| skipped.index);
}

fn with_likenesses(mut page: SourcePage, likenesses: Vec<Likeness>) -> SourcePage {
    for (record, likeness) in page.records.iter_mut().zip(likenesses) {
        record.likeness = Some(likeness);
    }
    page
}

async fn call<E>(client: &Client, endpoint: &E) -> Result<E::Output, SourceError>
where
    E: Endpoint<Error = Error>,
{
    Ok(client.call(endpoint).await?)
}

/// The cheapest call, and the only one that is made for it.
async fn check(client: &Client) -> Result<(), SourceError> {
    if call(client, &crate::records::CheckRequest::new()).await? {
        return Ok(());
    }
    let mut error = SourceError::new(ErrorKind::Auth, "the vendor says that the key is not valid");
    error.advice = Some("check the key on the integration page of an AI assistant".to_owned());
    error.attempts = 1;
    Err(error)
}

/// What the vendor lists: in words for one and for more.
type Words = [&'static str; 2];

const CONTACT: Words = ["contact", "contacts"];

/// What a list of so many rows lacks, of which so many have an id that can be read.
fn lacks(words: Words, total: Option<u64>, rows: usize, named: usize) -> Vec<String> {
    let counted = |count: u64| {
        let [one, many] = words;
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let (rows, named) = (rows as u64, named as u64);
    let mut lacks = Vec::new();
    if named < rows {
        let (unnamed, verb) = (rows - named, if rows - named == 1 { "has" } else { "have" });
        let unnamed = counted(unnamed);
        lacks.push(format!("{unnamed} of the vendor's list {verb} no id that can be read"));
    }
    if let Some(total) = total.filter(|total| *total > rows) {
        lacks.push(format!("the vendor says that it has {}, and lists {rows}", counted(total)));
    }
    lacks
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Each id once, in the order given.
fn partitions_of(ids: impl IntoIterator<Item = String>) -> Vec<Partition> {
    let mut seen = BTreeSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).map(Partition::new).collect()
}

fn links(message: Message) -> Vec<Option<MediaLink>> {
    message.attachments.into_iter().map(|attachment| attachment.link).collect()
}

/// White space and the order of keys say nothing, and neither do the members that are `passing`.
fn same_json(a: &[u8], b: &[u8], passing: &[&str]) -> bool {
    let json = |record: &[u8]| {
        let mut value: Value = serde_json::from_slice(record).ok()?;
        if let Some(members) = value.as_object_mut() {
            members.retain(|name, _| !passing.contains(&name.as_str()));
        }
        Some(value)
    };
    a == b || json(a).is_some_and(|a| Some(a) == json(b))
}
