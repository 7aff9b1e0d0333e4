//! The history of hosted WeCom accounts.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use chat_core::{
    BoxFuture, CallCount, Capabilities, Cursor, ErrorKind, MediaError, MediaInfo, MediaItem,
    MediaLink, PageRequest, PageState, Partition, Source, SourceError, SourcePage, UnixMillis,
    UtcOffset, WallTime, Window, Windowing,
};

use super::{
    CONVERSION, DAY_MS, Selection, Words, call, check, lacks, links, lock, partitions_of, same_json,
};
use crate::client::Client;
use crate::convert::{Conversion, VENDOR};
use crate::error::Error;
use crate::records::{HostedAccount, HostedAccountsRequest, HostedHistoryRequest, read_hosted};

/// Windows are cut at whole hours, since the vendor's days begin at another hour than those of
/// UTC.
const HOUR_MS: i64 = 3_600_000;
/// The clock of the vendor's days.
const CHINA: UtcOffset = match UtcOffset::from_minutes(8 * 60) {
    Some(offset) => offset,
    None => UtcOffset::UTC,
};

/// What the vendor's page leaves open, and what is done about it.
const ASSUMPTIONS: [&str; 6] = [
    "a day of the history (snapshotDay) is one at +08:00; a window asks for every day that it \
     touches and keeps all that comes",
    "times are Unix milliseconds, and the numbers of types mean what the hosting service whose \
     interface this one repeats says of its own",
    "of a payload with objects of several kinds, the one that is named after the message's type, as \
     ImagePayload, has its content; else one that has what such a message says",
    "nothing says which way a message went; in a group, the contact beside it is who wrote it",
    "an empty page, or one that names no further place, ends a day; the place 0, where a day \
     starts, is no further one",
    "pages of 100 messages are allowed; the vendor's sample asks for 10 and names no limit",
];
const ALL_ACCOUNTS: &str = "the list of hosted accounts names them by imBotId, botWxid or wxid: \
     the vendor's page does not show it";

const ACCOUNT: Words = ["hosted account", "hosted accounts"];

/// The history of hosted WeCom accounts as a [`Source`]: one partition for each account.
///
/// `Debug` counts the accounts.
#[derive(Clone)]
pub struct HostedSource {
    client: Client,
    conversion: Conversion,
    accounts: Selection,
    page_size: u32,
    lacking: Arc<Mutex<Vec<String>>>,
}

impl HostedSource {
    /// The history of these accounts (`imBotId`), under a name of the caller's.
    pub fn new(name: impl Into<Arc<str>>, client: Client, accounts: Selection) -> Self {
        Self {
            client,
            conversion: Conversion::new(name),
            accounts,
            page_size: HostedHistoryRequest::PAGE_SIZE,
            lacking: Arc::default(),
        }
    }

    /// Pages of another size, at least 1. Zero fails when a page is fetched.
    #[must_use]
    pub const fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    async fn fetch_page(&self, asked: &PageRequest) -> Result<SourcePage, SourceError> {
        let Some(window) = asked.window else {
            return Err(SourceError::unsent(Error::invalid(
                "hosted accounts are read by days: name a window",
            )));
        };
        let Position { day, seq } = match &asked.cursor {
            Some(cursor) => Position::read(cursor).map_err(SourceError::unsent)?,
            None => Position::start_of(Day::of(window.from())),
        };
        let request = self.request(&asked.partition, day).with_seq(seq);
        let page = call(&self.client, &request).await?;
        let further = page.next.clone();
        let mut page =
            SourcePage::from_page(page, |message| message.into_message(&self.conversion));
        page.next = match further {
            Some(seq) => Position { day, seq: seq.as_str().to_owned() }.to_cursor(),
            None if day < last_day(window) => Position::start_of(day.next()).to_cursor(),
            None => None,
        };
        Ok(page)
    }

    fn request(&self, partition: &Partition, day: Day) -> HostedHistoryRequest {
        HostedHistoryRequest::new(partition.key.as_str(), day.to_string())
            .with_page_size(self.page_size)
    }

    async fn list_accounts(&self) -> Result<Vec<Partition>, SourceError> {
        lock(&self.lacking).clear();
        match &self.accounts {
            Selection::These(ids) => Ok(partitions_of(ids.iter().cloned())),
            Selection::All => {
                let page = call(&self.client, &HostedAccountsRequest::new()).await?;
                let (total, count) = (page.total, page.items.len() + page.skipped.len());
                let ids: Vec<String> =
                    page.items.iter().filter_map(HostedAccount::im_bot_id).collect();
                if ids.is_empty() && count > 0 {
                    return Err(unnamed());
                }
                *lock(&self.lacking) = lacks(ACCOUNT, total, count, ids.len());
                Ok(partitions_of(ids))
            }
        }
    }

    async fn fresh_links(
        &self,
        item: &MediaItem,
    ) -> Result<Option<Vec<Option<MediaLink>>>, SourceError> {
        let Some(sent_at) = item.sent_at else {
            let reason = "a record is found again by its time, and has none";
            return Err(SourceError::unsent(Error::invalid(reason)));
        };
        let request = self.request(&item.partition, Day::of(sent_at));
        let mut pages = PageState::start();
        while !pages.is_done() {
            let request = match pages.cursor() {
                None => request.clone(),
                Some(seq) => request.clone().with_seq(seq.as_str()),
            };
            let page = call(&self.client, &request).await?;
            let found = page.items.into_iter().find(|one| one.message_id == item.record_id);
            if let Some(found) = found {
                return Ok(Some(links(found.into_message(&self.conversion))));
            }
            if pages.advance(page.next).is_err() {
                break;
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for HostedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedSource")
            .field("name", &self.conversion.source)
            .field("client", &self.client)
            .field("accounts", &self.accounts)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

impl Source for HostedSource {
    fn name(&self) -> &str {
        &self.conversion.source
    }

    fn vendor(&self) -> &'static str {
        VENDOR
    }

    /// Nothing but the key names the tenant; the accounts are partitions.
    fn fingerprint(&self) -> String {
        format!("hosted accounts, days at {CHINA}, conversion {CONVERSION}")
    }

    fn capabilities(&self) -> Capabilities {
        let windowing =
            Windowing::Closed { grain_ms: HOUR_MS, max_ms: Some(DAY_MS), max_rows: u64::MAX };
        let mut capabilities = Capabilities::new(windowing, self.page_size);
        capabilities.assumptions = ASSUMPTIONS.map(Cow::Borrowed).to_vec();
        if self.accounts == Selection::All {
            capabilities.partial_partitions = true;
            capabilities.assumptions.push(Cow::Borrowed(ALL_ACCOUNTS));
        }
        capabilities
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(check(&self.client))
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        Box::pin(self.list_accounts())
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

    fn read(&self, _: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        let page = read_hosted(body).map_err(SourceError::unsent)?;
        Ok(SourcePage::from_page(page, |message| message.into_message(&self.conversion)))
    }

    /// The picture of a contact or a group is no part of what was said, and its link changes with
    /// it.
    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        same_json(a, b, &["avatar"])
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

fn unnamed() -> SourceError {
    let message = "the list of hosted accounts has none with an id that is known";
    let mut error = SourceError::new(ErrorKind::Decode, message);
    error.advice = Some("name the accounts by their imBotId".to_owned());
    error.attempts = 1;
    error
}

/// A place in the history of an account: our cursors are a day and the vendor's place in it.
struct Position {
    day: Day,
    seq: String,
}

impl Position {
    fn start_of(day: Day) -> Self {
        Self { day, seq: "0".to_owned() }
    }

    fn read(cursor: &Cursor) -> Result<Self, Error> {
        let wrong = || Error::invalid("the cursor is not a day and a place in it");
        let (day, seq) = cursor.as_str().split_once(' ').ok_or_else(wrong)?;
        let day = day.parse::<WallTime>().map_err(|_| wrong())?;
        Ok(Self { day: Day::of(day.at(CHINA)), seq: seq.to_owned() })
    }

    fn to_cursor(&self) -> Option<Cursor> {
        Cursor::new(format!("{} {}", self.day, self.seq))
    }
}

/// A day on the vendor's clock.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Day(UnixMillis);

impl Day {
    fn of(instant: UnixMillis) -> Self {
        let on_the_wall = instant.plus_ms(i64::from(CHINA.minutes()) * 60_000);
        Self(instant.plus_ms(-on_the_wall.get().rem_euclid(DAY_MS)))
    }

    fn next(self) -> Self {
        Self(self.0.plus_ms(DAY_MS))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wall = WallTime::of(self.0, CHINA).to_string();
        f.write_str(wall.split(' ').next().unwrap_or_default())
    }
}

/// The last day that a window touches.
fn last_day(window: Window) -> Day {
    Day::of(window.to().plus_ms(-1))
}
