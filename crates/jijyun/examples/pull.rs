//! Reads what the vendor has of a contact and counts what is in it:
//!
//! ```text
//! JIJYUN_API_KEY=… JIJYUN_CUSTOMER=57a286a608894aa7b26a9e589f4d3333 \
//! cargo run -p jijyun --example jijyun-pull
//! ```
//!
//! `JIJYUN_DAYS` (30 by default) and `JIJYUN_BASE_URL` may be set, too. No chat text is printed.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;

use jijyun::chat_core::SourceError;
use jijyun::{BASE_URL, Client, Credentials, Days, RecordsRequest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("JIJYUN_BASE_URL").unwrap_or_else(|_| BASE_URL.to_owned());
    let credentials = Credentials::new(variable("JIJYUN_API_KEY")?);
    let client = Client::builder(base_url, credentials).build()?;

    let mut request = RecordsRequest::new(variable("JIJYUN_CUSTOMER")?);
    if let Ok(days) = env::var("JIJYUN_DAYS") {
        request = request.with_days(Days::from(days.as_str()));
    }

    let mut conversations = BTreeSet::new();
    let mut senders: BTreeMap<String, usize> = BTreeMap::new();
    let (mut count, mut skipped) = (0, 0);
    let mut pager = client.records_pager(request);
    // one line with the cause and what to do about it, instead of the bare error
    while let Some(page) =
        pager.next_page().await.map_err(|error| SourceError::from_vendor(&error, 1))?
    {
        skipped += page.skipped.len();
        count += page.items.len();
        for record in page.items {
            let sender = record.sender_type.map_or_else(String::new, |sender| sender.to_string());
            *senders.entry(sender).or_default() += 1;
            conversations.insert(record.chat_id);
        }
    }
    println!("{count} messages in {} conversations, {skipped} unreadable", conversations.len());
    for (sender, count) in senders {
        println!("{count:>8} {sender}");
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("set {name}"))
}
