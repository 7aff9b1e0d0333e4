//! Nothing that is formatted shows keys, numbers, names, texts or links.

use std::error::Error as StdError;
use std::fmt::{Debug, Write};

use nxlink::chat_core::{Endpoint, Secret, TransportError, TransportErrorKind};
use nxlink::webhook::{Notification, VerifyError};
use nxlink::{
    Conversion, Credentials, Record, RecordsRequest, SignatureAlgorithm, SignedParts, Signer,
};

use crate::answer;

/// In every value that must not be seen.
const MARKER: &str = "MARKER";

fn marked(name: &str) -> String {
    format!("{MARKER}-{name}")
}

fn assert_silent(what: &str, shown: &str) {
    assert!(!shown.contains(MARKER), "{what} shows {shown}");
}

fn silent(value: &impl Debug) {
    assert_silent("Debug", &format!("{value:?}"));
    assert_silent("Debug", &format!("{value:#?}"));
}

fn silent_error(error: &dyn StdError) {
    let mut text = format!("{error:?} {error:#?} {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, " {error:?} {error}").unwrap();
        cause = error.source();
    }
    assert_silent("an error", &text);
}

fn credentials() -> Credentials {
    Credentials::new(1, marked("appkey"), marked("key"), marked("secret"))
}

/// A record with a marker in every text but ids, kinds and times.
fn record() -> String {
    r#"{"id":"1","channel":2,"saas_conversation_id":"c","user_channel_id":"MARKER","from":"MARKER",
    "to":"MARKER","customer_id":"MARKER","customer_name":"MARKER","agent_id":"MARKER",
    "agent_name":"MARKER","agent_account":"MARKER","chat_type":0,"message_type":"template",
    "content":"MARKER","message_id":"wamid.MARKER","status":"read","tenant_id":"MARKER",
    "filename":"MARKER","media_link":"https://media.example.com/MARKER","mime_type":"image/jpeg",
    "user_emoji":"MARKER","context":"wamid.MARKER","remark":"MARKER","created_at":"MARKER",
    "updated_at":"2025-11-01 09:00:00","template":{"name":"MARKER","rejected_reason":"MARKER",
    "components":[{"type":"BODY","text":"MARKER","example":{"header_handle":"MARKER",
    "custom_header_handle_url":"MARKER","header_text":["MARKER"],"body_text":[["MARKER"]]}},
    {"type":"BUTTONS","buttons":[{"type":"URL","text":"MARKER","url":"MARKER",
    "phone_number":"MARKER","example":["MARKER"],"flow_id":"MARKER","navigate_screen":"MARKER"}]}]}}"#
        .to_owned()
}

#[test]
fn credentials_and_signatures() {
    silent(&credentials());
    silent(&Signer::new(credentials(), SignatureAlgorithm::Sha256));
    silent(&SignedParts::new(MARKER, "1", "2", "mt", MARKER.as_bytes()));
    silent(&Secret::from(MARKER));
}

#[test]
fn requests() {
    silent(
        &RecordsRequest::new()
            .with_agent_account(MARKER)
            .with_business_channel_id(MARKER)
            .with_conversation_id(MARKER)
            .with_customer_id(MARKER),
    );
}

#[test]
fn records_pages_and_messages() {
    let record: Record = serde_json::from_str(&record()).unwrap();
    silent(&record);
    silent(&record.template.as_ref().unwrap().components[0].example);
    let message = record.to_message(&Conversion::new("s", "+08:00".parse().unwrap()));
    silent(&message);
    silent(&message.attachments);
    silent(&message.sender);
    let body = format!(
        r#"{{"code":0,"list":[{}, {{"id":{{}},"content":"MARKER"}}, "MARKER"]}}"#,
        self::record()
    );
    let page = RecordsRequest::new().read_response(answer(200, body)).unwrap();
    assert_eq!((page.items.len(), page.skipped.len()), (1, 2));
    silent(&page);
}

#[test]
fn errors_of_every_variant() {
    let read =
        |status, body: &str| RecordsRequest::new().read_response(answer(status, body)).unwrap_err();
    for (status, body) in [
        (502, "<html>MARKER</html>"),
        (200, "<html>MARKER</html>"),
        (200, r#"{"code":0,"list":"MARKER"}"#),
        (200, r#"{"code":"MARKER","list":[]}"#),
        (200, r#"{"code":1003,"list":["MARKER"],"data":"MARKER"}"#),
        (200, r#"{"code":0,"list":[{"content":"MARKER"#),
    ] {
        silent_error(&read(status, body));
    }
    let cause = TransportError::new(TransportErrorKind::Connect);
    silent_error(&nxlink::Error::from(cause));
    let base = nxlink::chat_core::Url::parse("https://api-hk.nxlink.ai").unwrap();
    let wrong = RecordsRequest::new().with_agent_account(MARKER).with_page_size(0);
    silent_error(&wrong.build_request(&base).unwrap_err());
}

#[test]
fn notifications() {
    let body = r#"{"app_id":"MARKER","business_phone":"MARKER","merchant_phone":"MARKER","wabaId":"MARKER",
        "contacts":[{"wa_id":"MARKER","user_id":"MARKER","profile":{"name":"MARKER","username":"MARKER"}}],
        "metadata":{"display_phone_number":"MARKER","phone_number_id":"MARKER"},
        "statuses":[{"id":"MARKER","status":"read","recipient_id":"MARKER","errors":[{"title":"MARKER"}],
          "costs":[{"message_id":"MARKER"}],"biz_opaque_callback_data":"MARKER"}],
        "messages":[{"id":"MARKER","from":"MARKER","button":{"payload":"MARKER","text":"MARKER"},
          "context":{"from":"MARKER","id":"MARKER"},"tag_name":"MARKER","wa_ext":"MARKER"}]}"#;
    let notification = Notification::read(body.as_bytes()).unwrap();
    silent(&notification);
    silent(&notification.contacts);
    silent(&notification.contacts[0].profile);
    silent(&notification.metadata);
    silent(&notification.messages[0].button);
    silent(&notification.messages[0].context);
    silent_error(&VerifyError::BadSignature);
    silent_error(&Notification::read(br#"{"statuses":"MARKER"}"#).unwrap_err());
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use nxlink::chat_core::{PageRequest, Partition, ReplayTransport, Source};
    use nxlink::{Client, ClientBuilder, GATEWAY_HK, RecordSource, RecordsRequest};

    use super::{MARKER, assert_silent, credentials, record, silent, silent_error};
    use crate::answer;

    fn builder() -> ClientBuilder {
        Client::builder(GATEWAY_HK, credentials()).with_min_interval(std::time::Duration::ZERO)
    }

    fn client(body: &str) -> Client {
        let transport = ReplayTransport::new().answer_with(answer(200, body));
        builder().with_transport(Arc::new(transport)).build().unwrap()
    }

    #[tokio::test]
    async fn clients_pagers_and_sources() {
        silent(&builder());
        silent(&Client::builder("https://MARKER:MARKER@api.example.com/?MARKER", credentials()));
        let client = client(&format!(r#"{{"code":0,"total":9,"list":[{}]}}"#, record()));
        silent(&client);
        let mut pager = client.records_pager(RecordsRequest::new().with_agent_account(MARKER));
        silent(&pager.next_page().await.unwrap());
        silent(&pager);
        silent(&pager.checkpoint());
        silent(&RecordSource::new("s", client, "+08:00".parse().unwrap()));
    }

    #[test]
    fn refused_base_urls() {
        for base in
            ["https://MARKER:MARKER@api.example.com", "https://api.example.com/?MARKER", "MARKER"]
        {
            silent_error(&Client::builder(base, credentials()).build().unwrap_err());
        }
    }

    #[tokio::test]
    async fn keys_that_the_vendor_repeats_in_its_answer() {
        let echo = r#"{"code":1005,"message":"accessKey MARKER-key, appkey MARKER-appkey, MARKER-secret"}"#;
        let error = client(echo).records(&RecordsRequest::new()).await.unwrap_err();
        silent_error(&error);
        assert!(error.to_string().ends_with("accessKey ***, appkey ***, ***"), "{error}");
        let source = RecordSource::new("s", client(echo), "+08:00".parse().unwrap());
        let error = source.fetch(&PageRequest::first(Partition::whole(), None)).await.unwrap_err();
        silent_error(&error);
        assert_silent("the message", &error.message);
    }
}
