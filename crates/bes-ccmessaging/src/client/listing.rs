//! Whether a page is whole, and where to go on if it is not.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use chat_core::{Cursor, Endpoint, Failed, Page};

use super::{Client, unsent};
use crate::error::Error;
use crate::paging::{OffsetUnit, Position, Row, Told, rows, unclear_offset, useless_offset};
use crate::records::{Record, RecordsRequest};

impl Client {
    /// Reads the page at a position, the first one without. Its `next` is where to go on if the
    /// page may have been cut; behind the first page only an empty page is the end.
    pub(crate) async fn page_at(
        &self,
        request: &RecordsRequest,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Record>, Failed<Error>> {
        // pages of one record do not tell what `offset` counts
        let limit = request.limit().max(2);
        let request = request.clone().with_limit(limit).with_offset(0);
        let Some(cursor) = cursor else { return self.first_page(&request).await };
        let position = Position::read(cursor).map_err(unsent)?;
        let unit = self.offset_unit(&request, position).await?;
        let (offset, limit) = position.asked(unit.unwrap_or(OffsetUnit::Records), limit);
        let request = request.with_limit(limit);
        let mut page = self.call_records(&request.clone().with_offset(offset)).await?;
        let rows = rows(&page);
        if let Some(unit) = unit {
            let before = request.with_offset(offset.saturating_sub(1));
            self.confirm_unit(unit, &before, &rows).await?;
        }
        let different = rows.len() as u64;
        self.inner.largest_page.fetch_max(different, Ordering::Relaxed);
        if different > 0 {
            page.next = position.behind(different).cursor();
        }
        Ok(page)
    }

    /// Without a total, a page counts as whole only if it has fewer records than were asked for
    /// and than the server has given before: it could have given more.
    async fn first_page(&self, request: &RecordsRequest) -> Result<Page<Record>, Failed<Error>> {
        let mut page = self.call_records(request).await?;
        let (received, different) = (received(&page), rows(&page).len() as u64);
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
    ) -> Result<bool, Failed<Error>> {
        let known = rows(first);
        // of the size that came: what a server leaves out may be pages of the size asked for
        let size = u32::try_from(received(first)).unwrap_or(request.limit());
        for offset in [1, 2] {
            let look = request.clone().with_limit(size).with_offset(offset);
            let look = self.call_records(&look).await?;
            if !rows(&look).is_subset(&known) {
                return Ok(true);
            }
            if received(&look) < received(first) {
                break;
            }
        }
        Ok(false)
    }

    /// What `offset` counts on this server: found out once, in a listing that has a full page.
    /// `None` where there is nothing to tell by, and no difference yet.
    async fn offset_unit(
        &self,
        request: &RecordsRequest,
        position: Position,
    ) -> Result<Option<OffsetUnit>, Failed<Error>> {
        let mut known = self.inner.offset_unit.lock().await;
        if known.is_none() {
            for size in OffsetUnit::PROBES {
                let at = |offset| request.clone().with_limit(size).with_offset(offset);
                let first = self.call_records(&at(0)).await?;
                if received(&first) < 2 && position.is_one_by_one() {
                    return Ok(None);
                }
                let at_0 = rows(&first);
                if at_0.len() < 2 {
                    continue;
                }
                let at_1 = rows(&self.call_records(&at(1)).await?);
                *known = match OffsetUnit::by_second(&at_0, &at_1) {
                    Told::Unit(unit) => Some(unit),
                    Told::SamePage => {
                        OffsetUnit::by_third(&at_0, &rows(&self.call_records(&at(2)).await?))
                    }
                };
                break;
            }
        }
        match *known {
            Some(OffsetUnit::Ignored) => Err(unreadable(useless_offset())),
            unit @ Some(_) => Ok(unit),
            None => Err(unreadable(unclear_offset())),
        }
    }

    /// Holds what was found out by small pages against the first page that was asked for by it: a
    /// record that came meanwhile, or a row that is there twice, may have misled. One call for a
    /// client.
    async fn confirm_unit(
        &self,
        unit: OffsetUnit,
        before: &RecordsRequest,
        page: &HashSet<Row>,
    ) -> Result<(), Failed<Error>> {
        let is_confirmed = &self.inner.is_unit_confirmed;
        if is_confirmed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let before = rows(&self.call_records(before).await?);
        if unit.fits(&before, page) {
            is_confirmed.store(true, Ordering::Relaxed);
            return Ok(());
        }
        *self.inner.offset_unit.lock().await = None;
        Err(unreadable(unclear_offset()))
    }
}

/// Records on a page, those that could not be read included.
fn received(page: &Page<Record>) -> u64 {
    (page.items.len() + page.skipped.len()) as u64
}

/// An error of a listing rather than of one answer.
fn unreadable(source: chat_core::DecodeError) -> Failed<Error> {
    unsent(Error::unreadable(RecordsRequest::NAME, b"{}", source))
}
