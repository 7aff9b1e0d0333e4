//! Bare calls: what the network costs anyone.

use reqwest::Client;

use super::Took;
use crate::world;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where pages are served.
    #[arg(long)]
    url: String,
    /// How many to fetch, one after another.
    #[arg(long)]
    calls: usize,
    /// How many there are; after the last one comes the first.
    #[arg(long)]
    pages: usize,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Took> {
    let runtime = world::single()?;
    super::took(|| {
        let client = Client::builder().no_proxy().build()?;
        runtime.block_on(async {
            for number in 0..args.calls {
                fetch(&client, &args.url, number % args.pages.max(1)).await?;
            }
            Ok(())
        })
    })
}

/// The page with this number.
pub(super) async fn fetch(client: &Client, url: &str, number: usize) -> reqwest::Result<Vec<u8>> {
    let answer = client.get(format!("{url}/{number}")).send().await?.error_for_status()?;
    answer.bytes().await.map(Vec::from)
}
