//! Reads a span of time and counts what is in it:
//!
//! ```text
//! MYSCRM_APP_ID=… MYSCRM_CHAT_ID=… MYSCRM_START=1689732852000 MYSCRM_END=1689819252000 \
//! cargo run -p myscrm-qw --example myscrm-qw-pull
//! ```
//!
//! The two times are in Unix milliseconds. With `MYSCRM_AES_KEY` instead of `MYSCRM_CHAT_ID` it reads
//! the raw records of the whole enterprise, of at most 3 days. `MYSCRM_BASE_URL` may name another
//! host. No chat text is printed.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;

use myscrm_qw::chat_core::{SourceError, UnixMillis};
use myscrm_qw::{
    Client, Credentials, DecryptionKeys, EncodingAesKey, HOST, MessageType, RawRecordsRequest,
    RecordsRequest,
};

/// What was found: ids, and how many records there are of each type.
#[derive(Default)]
struct Count {
    ids: BTreeSet<String>,
    kinds: BTreeMap<String, usize>,
    pages: usize,
    skipped: usize,
}

impl Count {
    fn record(&mut self, id: String, message_type: Option<MessageType>) {
        let kind = message_type.map_or_else(String::new, |kind| kind.to_string());
        *self.kinds.entry(kind).or_default() += 1;
        self.ids.insert(id);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let base = env::var("MYSCRM_BASE_URL").unwrap_or_else(|_| HOST.to_owned());
    let mut builder = Client::builder(base, Credentials::new(variable("MYSCRM_APP_ID")?));
    let key = env::var("MYSCRM_AES_KEY").ok();
    if let Some(key) = &key {
        let key = EncodingAesKey::new(key.as_str())?;
        builder = builder.with_decryption_keys(DecryptionKeys::new([key]));
    }
    let client = builder.build()?;
    let (start, end) = (instant("MYSCRM_START")?, instant("MYSCRM_END")?);

    let mut count = Count::default();
    // one line with the cause and what to do about it, instead of the bare error
    let told = |error| SourceError::from_vendor(&error, 1);
    if key.is_some() {
        let mut pager = client.raw_records_pager(RawRecordsRequest::new(start, end));
        while let Some(page) = pager.next_page().await.map_err(told)? {
            count.pages += 1;
            count.skipped += page.skipped.len();
            for record in page.items {
                count.record(record.id, record.message_type);
            }
        }
    } else {
        let request = RecordsRequest::new(variable("MYSCRM_CHAT_ID")?, start, end);
        let mut pager = client.records_pager(request);
        while let Some(page) = pager.next_page().await.map_err(told)? {
            count.pages += 1;
            count.skipped += page.skipped.len();
            for record in page.items {
                count.record(record.id, record.message_type);
            }
        }
    }
    let Count { ids, kinds, pages, skipped } = count;
    println!("{} distinct records on {pages} pages, {skipped} unreadable", ids.len());
    for (kind, count) in kinds {
        println!("{count:>8} {kind}");
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("set {name}"))
}

fn instant(name: &str) -> Result<UnixMillis, Box<dyn Error>> {
    Ok(UnixMillis::new(variable(name)?.parse()?))
}
