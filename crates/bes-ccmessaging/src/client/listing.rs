//! Whether a page is whole, and where to go on if it is not.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use chat_core::{Cursor, Endpoint, Page};

use super::{Client, Tried, unsent};
use crate::error::Error;
use crate::paging::{OffsetUnit, Position, Told, unclear_offset, useless_offset};
use crate::records::{Record, RecordsRequest};

impl Client {
    /// Reads the page at a position, the first one without. Its `next` is where to go on if the
    /// page may have been cut; behind the first page only an empty page is the end.
    pub(crate) async fn page_at(
        &self,
        request: &RecordsRequest,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Record>, Tried> {
        // pages of one record do not tell what `offset` counts
        let limit = request.limit().max(OffsetUnit::PROBE);
        let request = request.clone().with_limit(limit).with_offset(0);
        let Some(cursor) = cursor else { return self.first_page(&request).await };
        let position = Position::read(cursor).map_err(unsent)?;
        let unit = self.offset_unit(&request).await?;
        let (offset, limit) = position.asked(unit, limit);
        let request = request.with_offset(offset).with_limit(limit);
        let mut page = self.call_records(&request).await?;
        let different = different(&page);
        self.inner.largest_page.fetch_max(different, Ordering::Relaxed);
        if different > 0 {
            page.next = position.behind(different).cursor();
        }
        Ok(page)
    }

    /// Without a total, a page counts as whole only if it has fewer records than were asked for
    /// and than the server has given before: it could have given more.
    async fn first_page(&self, request: &RecordsRequest) -> Result<Page<Record>, Tried> {
        let mut page = self.call_records(request).await?;
        let (received, different) = (received(&page), different(&page));
        let limit = request.limit();
        let before = self.inner.largest_page.fetch_max(different, Ordering::Relaxed);
        let may_be_cut = if received == 0 || received < before.min(u64::from(limit)) {
            false
        } else if received < self.inner.page_floor.min(u64::from(limit)) {
            self.is_more_behind(request, &page).await?
        } else {
            true
        };
        if may_be_cut {
            page.next = Position::behind_first(different, limit).cursor();
        }
        Ok(page)
    }

    /// Looks for records behind a first page, whatever `offset` counts. The page at offset 1 begins
    /// with its second record, or is the page behind it, or is the same page again, where pages are
    /// counted from 1; then the one at offset 2 tells. Where `offset` is ignored nothing does, and
    /// the page counts as whole.
    async fn is_more_behind(
        &self,
        request: &RecordsRequest,
        first: &Page<Record>,
    ) -> Result<bool, Tried> {
        let known: HashSet<&str> = first.items.iter().map(|record| record.id.as_str()).collect();
        // of the size that came: what a server leaves out may be pages of the size asked for
        let size = u32::try_from(received(first)).unwrap_or(request.limit());
        for offset in [1, 2] {
            let look = request.clone().with_limit(size).with_offset(offset);
            let look = self.call_records(&look).await?;
            if look.items.iter().any(|record| !known.contains(record.id.as_str())) {
                return Ok(true);
            }
            if received(&look) < received(first) {
                break;
            }
        }
        Ok(false)
    }

    /// What `offset` counts on this server: found out once, in a listing that has a full page.
    async fn offset_unit(&self, request: &RecordsRequest) -> Result<OffsetUnit, Tried> {
        let mut known = self.inner.offset_unit.lock().await;
        if known.is_none() {
            let at = |offset| request.clone().with_limit(OffsetUnit::PROBE).with_offset(offset);
            let at_0 = once(self.call_records(&at(0)).await?);
            if at_0.len() < OffsetUnit::PROBE as usize {
                // a single record, and nothing to tell by: behind it, all ways of counting agree
                return Ok(OffsetUnit::Records);
            }
            let at_1 = once(self.call_records(&at(1)).await?);
            *known = match OffsetUnit::by_second(&at_0, &at_1) {
                Told::Unit(unit) => Some(unit),
                Told::SamePage => {
                    OffsetUnit::by_third(&at_0, &once(self.call_records(&at(2)).await?))
                }
                Told::Nothing => None,
            };
        }
        match *known {
            Some(OffsetUnit::Ignored) => Err(unreadable(useless_offset())),
            Some(unit) => Ok(unit),
            None => Err(unreadable(unclear_offset())),
        }
    }
}

/// Records on a page, those that could not be read included.
fn received(page: &Page<Record>) -> u64 {
    (page.items.len() + page.skipped.len()) as u64
}

/// The same, each id once. A row that comes twice says nothing of how many a server gives, and to
/// go on behind both would leave one out.
fn different(page: &Page<Record>) -> u64 {
    let ids: HashSet<&str> = page.items.iter().map(|record| record.id.as_str()).collect();
    (ids.len() + page.skipped.len()) as u64
}

/// The records of a page, each id once.
fn once(page: Page<Record>) -> Vec<Record> {
    let mut seen = HashSet::new();
    page.items.into_iter().filter(|record| seen.insert(record.id.clone())).collect()
}

/// An error of a listing rather than of one answer.
fn unreadable(source: chat_core::DecodeError) -> Tried {
    unsent(Error::unreadable(RecordsRequest::NAME, b"{}", source))
}
