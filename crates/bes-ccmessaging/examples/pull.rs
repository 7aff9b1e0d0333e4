//! Reads the history of one user in a span of time and counts what is in it:
//!
//! ```text
//! BES_BASE_URL=https://service.besclouds.com BES_APP_KEY=… BES_APP_SECRET=… \
//! BES_CHANNEL_ID=202207292843442389 BES_CHANNEL=WEB BES_USER=… \
//! BES_START_MS=1659910093000 BES_END_MS=1659938956000 \
//! cargo run -p bes-ccmessaging --example bes-ccmessaging-pull
//! ```
//!
//! The two times are milliseconds since 1970. `BES_TOKEN_URL` may name another place for access
//! tokens. No chat text is printed.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;

use bes_ccmessaging::chat_core::{SourceError, UnixMillis};
use bes_ccmessaging::{Client, Credentials};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::new(
        variable("BES_APP_KEY")?,
        variable("BES_APP_SECRET")?,
        variable("BES_CHANNEL_ID")?,
        variable("BES_CHANNEL")?,
    );
    let mut builder = Client::builder(variable("BES_BASE_URL")?, credentials);
    if let Ok(url) = env::var("BES_TOKEN_URL") {
        builder = builder.with_token_url(url);
    }
    let client = builder.build()?;
    let request = client
        .records_of(variable("BES_USER")?)
        .with_start(UnixMillis::new(variable("BES_START_MS")?.parse()?))
        .with_end(UnixMillis::new(variable("BES_END_MS")?.parse()?));

    let mut ids = BTreeSet::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut read, mut skipped) = (0, 0);
    let mut pager = client.records_pager(request);
    // one line with the cause and what to do about it, instead of the bare error
    while let Some(page) =
        pager.next_page().await.map_err(|error| SourceError::from_vendor(&error, 1))?
    {
        read += 1;
        skipped += page.skipped.len();
        for record in page.items {
            let kind = record.media_type.map_or_else(String::new, |kind| kind.to_string());
            *kinds.entry(kind).or_default() += 1;
            ids.insert(record.id);
        }
    }
    println!("{} distinct records on {read} pages, {skipped} unreadable", ids.len());
    for (kind, count) in kinds {
        println!("{count:>8} {kind}");
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("set {name}"))
}
