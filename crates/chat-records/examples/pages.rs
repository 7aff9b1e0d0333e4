//! Reads every configured account, whoever the vendor is, without async in the program itself:
//!
//! ```text
//! cargo run -p chat-records --features full --example pages -- chat-records.toml
//! ```
//!
//! Without an argument it reads a few records of each simulated vendor. No chat text is printed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for terminals")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs, io};

use chat_records::chat_core::{PageRequest, Source, SourceError, UnixMillis, Window, Windowing};
use chat_records::config::{Config, ReadSecrets};
use chat_sim::{Sim, SimOptions};
use tokio::runtime::Builder;

/// Libraries read neither the environment nor files; this program does.
struct Here;

impl ReadSecrets for Here {
    fn env(&self, name: &str) -> Option<String> {
        env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        fs::read_to_string(path)
    }
}

/// How many messages there are of each kind.
type Kinds = BTreeMap<String, usize>;

/// All pages of a source since an instant, each part by itself.
async fn kinds(source: &dyn Source, since: UnixMillis) -> Result<Kinds, SourceError> {
    let mut kinds = Kinds::new();
    let window = match source.capabilities().windowing {
        Windowing::Closed { .. } => Some(Window::new(since.get(), UnixMillis::now().get())),
        _ => None,
    };
    for partition in source.partitions().await? {
        let first = PageRequest::first(partition, window);
        let mut cursor = None;
        loop {
            let page = source.fetch(&first.clone().at(cursor)).await?;
            for record in &page.records {
                *kinds.entry(record.message.kind.to_string()).or_default() += 1;
            }
            // `chat-sync` also counts, reads again and keeps; here a page that is left out is told
            if !page.skipped.is_empty() {
                eprintln!("{}: {} records could not be read", source.name(), page.skipped.len());
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(kinds)
}

fn main() -> Result<(), Box<dyn Error>> {
    // futures need a runtime; one thread does for a program that asks one thing after the other
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (name, text, _sim) = if let Some(name) = env::args().nth(1) {
        let text = fs::read_to_string(&name)?;
        (name, text, None)
    } else {
        let sim = runtime.block_on(Sim::start(SimOptions::all(60)))?;
        let text = sim.config_toml(|secret| secret.to_plain());
        ("simulated".to_owned(), text, Some(sim))
    };
    for account in Config::parse(&name, &text)?.sources {
        let source = account.build(&Here)?;
        let since = account.settings.start.unwrap_or(UnixMillis::new(0));
        let kinds = runtime.block_on(kinds(&*source, since))?;
        let messages: usize = kinds.values().sum();
        println!("{} ({}): {messages} messages, {kinds:?}", source.name(), source.vendor());
    }
    Ok(())
}
