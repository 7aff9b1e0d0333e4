//! Reads an archive beside whoever writes it: what it holds, a search, a conversation, an export.
//!
//! ```text
//! cargo run -p chat-archive --example read -- ARCHIVE WORDS
//! ```
//!
//! `cargo run --release -p chat-records-cli -- demo` makes an archive in `chat-records-demo/archive`.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::error::Error;
use std::path::PathBuf;

use chat_archive::{CsvOptions, Filter, Reader, SearchQuery, ThreadPlace};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let dir: PathBuf = arguments.next().ok_or("give the folder of an archive")?.into();
    let typed = arguments.next().and_then(|words| words.into_string().ok());
    let typed = typed.ok_or("give the words to search for")?;
    let reader = Reader::open(&dir)?;

    for source in reader.status()? {
        let windows = source.windows;
        println!(
            "{}: {} messages in {} conversations; windows: {} proven, {} provisional, {} broken",
            source.source,
            source.messages,
            source.conversations,
            windows.proven,
            windows.provisional,
            windows.broken
        );
    }

    // what someone typed is a query or one clear sentence
    let query = SearchQuery::parse(&typed)?;
    let hits = reader.search(&query, None, 3)?;
    println!("{} messages have {typed:?}", reader.count_hits(&query)?.hits);
    for hit in &hits.hits {
        let text = hit.message.text.as_deref().unwrap_or_default();
        println!("  {}: {}", hit.message.id, query.snippet(text, 60).text);
        // what was said before it in its conversation
        let Some(number) = hit.conversation else { continue };
        if let Some(thread) = reader.thread(number, ThreadPlace::Before(hit.message.number), 5)? {
            println!("    behind {} others", thread.messages.len());
        }
    }

    let mut table = Vec::new();
    let filter = Filter::default();
    let written = reader.export_csv(&filter, CsvOptions::default(), &mut table, &mut |_| Ok(()))?;
    println!("{} messages as {} bytes of CSV", written.messages, table.len());
    Ok(())
}
