//! How code that reads chat records is tested without an account: here with the client `nxlink`,
//! and in the same way with any other.
//!
//! - Against the simulated vendor: real HTTP, signatures, paging, and faults on request. It shows
//!   that the code gets everything and survives what happens.
//! - Over a `ReplayTransport`: answers from a queue, no socket. It shows what the code makes of one
//!   certain answer. It needs `chat-records-core` with the feature `test-util` among the
//!   dev-dependencies.
//!
//! `cargo test -p chat-sim --example mocking` runs the tests below,
//! `cargo run -p chat-sim --example mocking` the code itself against the simulated vendor.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::collections::BTreeMap;
use std::error::Error;

use chat_sim::nxlink::{NxlinkHandle, NxlinkOptions};
use chat_sim::{Sim, SimOptions};
use nxlink::{ChatType, Client, ClientBuilder, Credentials, RecordsRequest};

/// The code to be tested: the ids of the conversations that wait for an answer.
async fn unanswered(client: &Client) -> Result<Vec<String>, nxlink::Error> {
    let mut last = BTreeMap::new();
    // oldest first, so the last one wins
    let mut pager = client.records_pager(RecordsRequest::new());
    while let Some(page) = pager.next_page().await? {
        for record in page.items {
            last.insert(record.conversation_id, record.chat_type);
        }
    }
    let waits = |(id, last): (Option<String>, _)| id.filter(|_| last == Some(ChatType::Inbound));
    Ok(last.into_iter().filter_map(waits).collect())
}

/// A client of the simulated account.
fn builder(nxlink: &NxlinkHandle) -> Result<ClientBuilder, Box<dyn Error>> {
    let credentials = Credentials::new(
        nxlink.tenant_id().try_into()?,
        nxlink.appkey(),
        nxlink.access_key(),
        nxlink.access_secret(),
    );
    Ok(Client::builder(nxlink.base_url(), credentials))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = Sim::start(SimOptions::default().with_nxlink(NxlinkOptions::default())).await?;
    let nxlink = sim.nxlink().ok_or("not simulated")?;
    let waiting = unanswered(&builder(nxlink)?.build()?).await?;
    println!(
        "{} of {} records, {} conversations wait",
        nxlink.requests().answered_ok * 100,
        nxlink.record_count(),
        waiting.len()
    );
    sim.shutdown().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use chat_sim::{Action, Fault, Faults, When};
    use nxlink::GATEWAY_HK;
    use nxlink::chat_core::ReplayTransport;

    use super::*;

    #[tokio::test]
    async fn errors_inside_of_http_200_lose_nothing() {
        let options = SimOptions::default().with_nxlink(NxlinkOptions::default().with_records(300));
        let sim = Sim::start(options).await.unwrap();
        let nxlink = sim.nxlink().unwrap();
        let client = builder(nxlink).unwrap().with_min_interval(Duration::ZERO).build().unwrap();
        let undisturbed = unanswered(&client).await.unwrap();
        assert!(!undisturbed.is_empty());

        let failed = Action::Api { code: -1, message: "busy".to_owned() };
        nxlink.set_faults(Faults::default().with(Fault::new(When::At(vec![2]), failed)));
        assert_eq!(unanswered(&client).await.unwrap(), undisturbed);
        assert_eq!(client.calls().retries, 1);
    }

    #[tokio::test]
    async fn the_last_record_of_a_conversation_decides() {
        let page = r#"{"code": 0, "total": 3, "list": [
            {"id": "1", "saas_conversation_id": "a", "chat_type": 1},
            {"id": "2", "saas_conversation_id": "b", "chat_type": 1},
            {"id": "3", "saas_conversation_id": "a", "chat_type": 0}
        ]}"#;
        let transport = Arc::new(ReplayTransport::new().answer(503, "").answer(200, page));
        let credentials = Credentials::new(1, "appkey", "access-key", "access-secret");
        let client = Client::builder(GATEWAY_HK, credentials).with_transport(transport.clone());
        assert_eq!(unanswered(&client.build().unwrap()).await.unwrap(), ["b"]);
        // what was asked, and that nothing really waited
        let requests = transport.take_requests();
        assert_eq!((requests.len(), requests[1].uri().path()), (2, "/saas/openapi/chat/records"));
        assert!(!transport.waits().is_empty());
    }
}
