//! Reading a listing page by page.

use std::collections::HashSet;
use std::fmt;

use chat_core::{Checkpoint, DecodeError, Endpoint, Page, PageState};

use super::Client;
use crate::error::Error;
use crate::paging::{Position, Row, rows};
use crate::records::{Record, RecordsRequest};

impl Client {
    /// Reads a listing page by page, from its first record on, whatever `offset` the request has.
    pub fn records_pager(&self, request: RecordsRequest) -> RecordsPager {
        RecordsPager {
            client: self.clone(),
            request,
            state: PageState::start(),
            seen: HashSet::new(),
        }
    }

    /// Goes on where a pager of the same request stopped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the checkpoint is of another request.
    pub fn records_pager_from(
        &self,
        request: RecordsRequest,
        checkpoint: Checkpoint,
    ) -> Result<RecordsPager, Error> {
        if checkpoint.request != request.fingerprint() {
            return Err(Error::invalid("the checkpoint is of another request"));
        }
        let mut pager = self.records_pager(request);
        if let Some(cursor) = checkpoint.cursor {
            Position::read(&cursor)?;
            pager.state = PageState::resume(cursor);
        }
        Ok(pager)
    }
}

/// Reads a listing page by page.
///
/// The vendor gives no total, no cursor and no order, and does not say what `offset` counts. So:
///
/// - The first page ends the listing if it has fewer records than were asked for **and** than any
///   page of this client had so far: the server could have given more. As long as pages are small
///   (see [`ClientBuilder::with_page_floor`]), one or two more calls look behind it. Behind the
///   first page, only an empty page is the end.
/// - What `offset` counts is found out before the second page, with two or three pages of two
///   records (more where rows come twice), and held against the second page with one call more,
///   once for a client. At least two records are asked for on a page.
/// - A page that brings nothing new although the offset grew is an error, never the end. A record
///   that cannot be read is new if its bytes are.
///
/// Its limits: records that are added, removed or put in another order while one reads shift the
/// others, and a server that ignores `offset` cannot be read behind its first page; a first page of
/// fewer than ten records counts as whole there. Read a span of time that has ended, and short ones
/// rather than long ones. It keeps the ids that it has seen, and digests of what it could not read.
/// `RecordSource` cuts time into pieces instead, and needs offsets only where a second has more
/// records than a page.
///
/// Store a page, then save [`checkpoint`](Self::checkpoint): a crash then repeats one page and
/// skips none.
///
/// [`ClientBuilder::with_page_floor`]: crate::ClientBuilder::with_page_floor
pub struct RecordsPager {
    client: Client,
    request: RecordsRequest,
    state: PageState,
    seen: HashSet<Row>,
}

impl RecordsPager {
    /// The next page; `None` after the last one. After an error the same page is tried again.
    ///
    /// # Errors
    ///
    /// As [`Client::records`]; [`Error::Decode`] when the server ignores `offset`, when it cannot
    /// be told what it counts, and when a page brings nothing new.
    pub async fn next_page(&mut self) -> Result<Option<Page<Record>>, Error> {
        if self.state.is_done() {
            return Ok(None);
        }
        let page = self.client.page_at(&self.request, self.state.cursor()).await;
        let page = page.map_err(|failed| failed.error)?;
        let rows = rows(&page);
        let stuck = !rows.is_empty() && rows.is_subset(&self.seen);
        if stuck || self.state.advance(page.next.clone()).is_err() {
            let source = DecodeError::new("it holds only records of earlier pages");
            return Err(Error::unreadable(RecordsRequest::NAME, page.raw.as_bytes(), source));
        }
        self.seen.extend(rows);
        Ok(Some(page))
    }

    /// Where the next page starts, to be saved once the last one is stored. After the end, it is
    /// where the last page started.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.request.fingerprint(), self.state.cursor().cloned())
    }
}

impl fmt::Debug for RecordsPager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordsPager")
            .field("client", &self.client)
            .field("request", &self.request)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
