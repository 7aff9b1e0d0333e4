//! Reads a span of time and counts what is in it:
//!
//! ```text
//! NXLINK_BASE_URL=https://api-hk.nxlink.ai NXLINK_TENANT_ID=1 NXLINK_APPKEY=… \
//! NXLINK_ACCESS_KEY=… NXLINK_ACCESS_SECRET=… \
//! NXLINK_START='2025-10-13 00:00:00' NXLINK_END='2025-10-13 23:59:59' \
//! cargo run -p nxlink --example nxlink-pull
//! ```
//!
//! The two times are on the vendor's clock and may be left out, as may be `NXLINK_SIGNATURE`
//! (`md5` or `sha256`). No chat text is printed.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;

use nxlink::chat_core::{SourceError, WallTime};
use nxlink::{Client, Credentials, RecordsRequest, SignatureAlgorithm};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::new(
        variable("NXLINK_TENANT_ID")?.parse()?,
        variable("NXLINK_APPKEY")?,
        variable("NXLINK_ACCESS_KEY")?,
        variable("NXLINK_ACCESS_SECRET")?,
    );
    let algorithm = match env::var("NXLINK_SIGNATURE").as_deref() {
        Ok("sha256") => SignatureAlgorithm::Sha256,
        _ => SignatureAlgorithm::Md5,
    };
    let client = Client::builder(variable("NXLINK_BASE_URL")?, credentials)
        .with_signature(algorithm)
        .build()?;

    let mut request = RecordsRequest::new();
    if let Some(start) = time("NXLINK_START")? {
        request = request.with_start_time(start);
    }
    if let Some(end) = time("NXLINK_END")? {
        request = request.with_end_time(end);
    }

    let mut ids = BTreeSet::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut read, mut skipped, mut total) = (0, 0, None);
    let mut pager = client.records_pager(request);
    // one line with the cause and what to do about it, instead of the bare error
    while let Some(page) =
        pager.next_page().await.map_err(|error| SourceError::from_vendor(&error, 1))?
    {
        read += 1;
        skipped += page.skipped.len();
        total = page.total;
        for record in page.items {
            let kind = record.message_type.map_or_else(String::new, |kind| kind.to_string());
            *kinds.entry(kind).or_default() += 1;
            ids.insert(record.id);
        }
    }
    println!("{} distinct records on {read} pages, {skipped} unreadable", ids.len());
    println!("the vendor's own count: {total:?}");
    for (kind, count) in kinds {
        println!("{count:>8} {kind}");
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("set {name}"))
}

fn time(name: &str) -> Result<Option<WallTime>, Box<dyn Error>> {
    Ok(env::var(name).ok().map(|text| text.parse()).transpose()?)
}
