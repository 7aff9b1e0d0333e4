//! A listing of which only the conversations count.

use chat_core::{Page, RawPage, SourcePage};

use crate::error::Error;
use crate::records::{Conversations, Record, read_page};

/// Begins such a listing in an archive: without it, nothing in the bytes would say that its
/// messages are read by another call.
const HEAD: &[u8] = br#"{"listing":"#;

/// Takes the ids of the conversations out of a listing.
pub(super) fn overview(page: &Page<Record>) -> Result<(SourcePage, Vec<String>), Error> {
    let found = Conversations::of(page)?;
    let body = [HEAD, page.raw.as_bytes(), b"}"].concat();
    let mut overview = SourcePage::new(RawPage::new(body));
    overview.skipped = found.skipped;
    for skipped in &mut overview.skipped {
        skipped.span = skipped.span.start + HEAD.len()..skipped.span.end + HEAD.len();
    }
    Ok((overview, found.chat_ids))
}

/// Reads one again from stored bytes; `None` if they are another answer.
pub(super) fn read_again(body: &[u8]) -> Option<Result<SourcePage, Error>> {
    let listing = body.strip_prefix(HEAD)?.strip_suffix(b"}")?;
    Some(read_page(listing.to_vec()).and_then(|page| overview(&page)).map(|(page, _)| page))
}
