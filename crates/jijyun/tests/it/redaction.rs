//! Nothing that is formatted shows the key, names, texts or links.

use std::error::Error as StdError;
use std::fmt::{Debug, Write};

use jijyun::chat_core::{Endpoint, Secret, TransportError, TransportErrorKind};
use jijyun::webhook::{Event, Notification};
use jijyun::{
    AggregatedMessage, AssistantsRequest, Contact, ContactRequest, ContactsRequest, Conversion,
    Credentials, Days, FilterValue, HistoryRequest, HostedAccountsRequest, HostedHistoryRequest,
    HostedMessage, Record, RecordsRequest,
};

use crate::answer;

/// In every value that must not be seen.
const MARKER: &str = "MARKER";

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
    Credentials::new("MARKER+key").with_marketing_key("MARKER/marketing")
}

const RECORD: &str = r#"{"chat_id":"c","content":"访客发送: MARKER","message_type":"人工对话","sender_type":"用户"}"#;

const AGGREGATED: &str = r#"{"message_id":"m","message_type":8,"message_forward_type":"incoming",
    "message_trigger_name":"MARKER","message_create_time":1,
    "message_content":{"text":"{\"fileUrl\":\"https://media.example.com/MARKER\",\"name\":\"MARKER\"}","message_id":"MARKER"},
    "user":{"user_id":"MARKER","user_name":"MARKER","user_type":1,"user_addition":{
      "external_contact_id":"MARKER","external_chat_id":"MARKER"}}}"#;

const HOSTED: &str = r#"{"messageId":"m","chatId":"c","timestamp":1,"type":6,"source":0,"contactType":1,
    "contactName":"MARKER","avatar":"MARKER","imContactId":"MARKER","imRoomId":"MARKER",
    "roomTopic":"MARKER","wecomChatId":"MARKER","externalUserId":"MARKER",
    "customerExternalUserId":"MARKER","botId":"MARKER",
    "Payload":{"ImagePayload":{"imageUrl":"MARKER","text":"MARKER","quoteMessage":{"messageId":"MARKER"}}}}"#;

#[test]
fn credentials_are_silent() {
    silent(&credentials());
    silent(&Secret::from(MARKER));
}

#[test]
fn requests() {
    silent(
        &RecordsRequest::new(MARKER)
            .with_days(Days::from(MARKER))
            .with_start_time(MARKER)
            .with_end_time(MARKER)
            .with_chat_source([MARKER])
            .with_chat_robot([FilterValue::from(MARKER)])
            .with_seat_member([MARKER]),
    );
    silent(&ContactsRequest::new().with_condition(MARKER, MARKER, MARKER));
    silent(&ContactRequest::new(MARKER));
    silent(&HostedHistoryRequest::new(MARKER, "2025-08-06"));
    silent(&HistoryRequest::new("c"));
    silent(&Conversion::new("s").with_customer_id(MARKER));
}

#[test]
fn records_pages_and_messages() {
    let record: Record = serde_json::from_str(RECORD).unwrap();
    silent(&record);
    let message = record.to_message(&Conversion::new("s").with_customer_id(MARKER));
    silent(&message);
    silent(&message.sender);
    let body = format!(
        r#"{{"Code":2000,"Data":[{{"chat_id":"c","messages":[{RECORD},"MARKER",{{"content":"MARKER","sender_type":["MARKER"]}}]}},"MARKER"]}}"#
    );
    let page = RecordsRequest::new("1").read_response(answer(200, body)).unwrap();
    assert_eq!((page.items.len(), page.skipped.len()), (1, 3));
    silent(&page);
}

#[test]
fn messages_of_the_other_calls() {
    let message: AggregatedMessage = serde_json::from_str(AGGREGATED).unwrap();
    silent(&message);
    silent(&message.message_content);
    silent(&message.user);
    silent(&message.user.as_ref().unwrap().user_addition);
    let converted = message.to_message("c", &Conversion::new("s"));
    assert_eq!(converted.attachments.len(), 1);
    silent(&converted);
    silent(&converted.attachments);

    let message: HostedMessage = serde_json::from_str(HOSTED).unwrap();
    silent(&message);
    silent(&message.payload);
    let converted = message.to_message(&Conversion::new("s"));
    assert_eq!(converted.attachments.len(), 1);
    silent(&converted);

    let contact: Contact =
        serde_json::from_str(r#"{"id":"1","name":"MARKER","mobile":"MARKER","email":"MARKER"}"#)
            .unwrap();
    silent(&contact);
    let list = r#"{"Code":2000,"Data":[{"wxid":"1","name":"MARKER"}]}"#;
    silent(&AssistantsRequest::new().read_response(answer(200, list)).unwrap());
    silent(&HostedAccountsRequest::new().read_response(answer(200, list)).unwrap());
}

#[test]
fn notifications() {
    let push = format!(
        r#"{{"event_type":"ai_assistant_receives_msg","event_id":"e","company_id":"MARKER","data":{{
            "chat":{{"chat_id":"c","chat_type":"MARKER","chat_title":"MARKER"}},"message":{AGGREGATED},
            "user":{{"user_name":"MARKER"}},"source":{{"source_name":"MARKER","source_account_id":"MARKER",
            "rule_id":"MARKER","source_addition":{{"room_id":"MARKER","bot_wxid":"MARKER","bot_name":"MARKER"}}}},
            "channel_num":"1"}}}}"#
    );
    let notification = Notification::read(push.as_bytes()).unwrap();
    silent(&notification);
    let Event::Aggregated(push) = notification.event else { panic!() };
    silent(&push.source.as_ref().unwrap().source_addition);
    let push = r#"{"data":{"messageId":"m","chatId":"c","avatar":"MARKER","roomTopic":"MARKER",
        "roomId":"MARKER","contactName":"MARKER","contactId":"MARKER","payload":{"text":"MARKER"},
        "token":"MARKER","botId":"MARKER","botWxid":"MARKER","botWeixin":"MARKER","sendBy":"MARKER",
        "externalUserId":"MARKER","roomWecomChatId":"MARKER"}}"#;
    let notification = Notification::read(push.as_bytes()).unwrap();
    assert!(matches!(notification.event, Event::Hosted(_)));
    silent(&notification);
    let wrong = r#"{"data":{"messageId":"m","timestamp":"MARKER"}}"#;
    silent_error(&Notification::read(wrong.as_bytes()).unwrap_err());
}

#[test]
fn errors_of_every_variant() {
    let read = |status, body: &str| {
        RecordsRequest::new("1").read_response(answer(status, body)).unwrap_err()
    };
    for (status, body) in [
        (502, "<html>MARKER</html>"),
        (200, "<html>MARKER</html>"),
        (200, r#"{"Code":2000,"Data":"MARKER"}"#),
        (200, r#"{"Code":"MARKER","Data":[]}"#),
        (200, r#"{"Code":4000,"Data":["MARKER"],"data":"MARKER"}"#),
        (200, r#"{"Code":2000,"Data":[{"content":"MARKER"#),
    ] {
        silent_error(&read(status, body));
    }
    let cause = TransportError::new(TransportErrorKind::Connect);
    silent_error(&jijyun::Error::from(cause));
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use jijyun::chat_core::{PageRequest, Partition, ReplayTransport, Source};
    use jijyun::{
        BASE_URL, Client, ClientBuilder, Error, HostedHistoryRequest, HostedSource, RecordSource,
        RecordsRequest, Selection,
    };

    use super::{MARKER, RECORD, assert_silent, credentials, silent, silent_error};
    use crate::answer;

    fn builder() -> ClientBuilder {
        Client::builder(BASE_URL, credentials()).with_min_interval(std::time::Duration::ZERO)
    }

    fn client(status: u16, body: &str) -> Client {
        let transport = ReplayTransport::new().answer_with(answer(status, body));
        builder().with_transport(Arc::new(transport)).build().unwrap()
    }

    #[tokio::test]
    async fn clients_pagers_and_sources() {
        silent(&builder());
        silent(&Client::builder("https://MARKER:MARKER@api.example.com/?MARKER", credentials()));
        let body = format!(r#"{{"Code":2000,"Data":[{{"chat_id":"c","messages":[{RECORD}]}}]}}"#);
        let client = client(200, &body);
        silent(&client);
        let mut pager = client.records_pager(RecordsRequest::new(MARKER));
        silent(&pager.next_page().await.unwrap());
        silent(&pager);
        silent(&pager.checkpoint());
        silent(&client.hosted_history_pager(HostedHistoryRequest::new(MARKER, "2025-08-06")));
        silent(&RecordSource::new("s", client.clone(), Selection::All));
        let these = Selection::these([MARKER, MARKER]);
        silent(&these);
        silent(&RecordSource::new("s", client.clone(), these.clone()));
        silent(&HostedSource::new("s", client.clone(), these.clone()));
        assert_eq!(format!("{these:?}"), "These(2)");
        silent(&HostedSource::new("s", client, Selection::All));
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
        let words = "MARKER+key, MARKER%2Bkey, MARKER/marketing, MARKER%2Fmarketing";
        let echo = format!(r#"{{"Code":4000,"Msg":"{words}"}}"#);
        let error = client(200, &echo).records(&RecordsRequest::new("1")).await.unwrap_err();
        silent_error(&error);
        assert!(error.to_string().ends_with(": ***, ***, ***, ***"), "{error}");

        let echo = format!(r#"{{"Msg":"{words}"}}"#);
        let error = client(401, &echo).records(&RecordsRequest::new("1")).await.unwrap_err();
        silent_error(&error);
        let Error::Status { body, .. } = error else { panic!() };
        assert_silent("an excerpt", body.expose());

        let page = format!("<html>{words}</html>");
        let error = client(400, &page).records(&RecordsRequest::new("1")).await.unwrap_err();
        let Error::Status { body, .. } = error else { panic!() };
        assert_eq!(body.expose(), "<html>***, ***, ***, ***</html>");

        let shape = format!(r#"{{"Code":2000,"Data":"{words}"}}"#);
        let error = client(200, &shape).records(&RecordsRequest::new("1")).await.unwrap_err();
        let Error::Decode { body, .. } = error else { panic!() };
        assert_silent("an excerpt", body.expose());

        let nested = jijyun::Credentials::new("MARKER").with_marketing_key("MARKER-marketing");
        let transport = ReplayTransport::new()
            .answer_with(answer(200, r#"{"Code":4000,"Msg":"MARKER-marketing, MARKER"}"#));
        let client_of_two =
            Client::builder(BASE_URL, nested).with_transport(Arc::new(transport)).build().unwrap();
        let error = client_of_two.assistants().await.unwrap_err();
        assert!(error.to_string().ends_with(": ***, ***"), "{error}");

        let source = RecordSource::new("s", client(401, &echo), Selection::All);
        let asked = PageRequest::first(Partition::new("1"), None);
        let error = source.fetch(&asked).await.unwrap_err();
        silent_error(&error);
        assert_silent("the message", &error.message);
    }

    #[tokio::test]
    async fn keys_that_are_cut_where_the_vendor_s_words_are() {
        for shown in ["MARKER+key", "MARKER%2Bkey", "MARKER/marketing", "MARKER%2Fmarketing"] {
            for seen in 1..shown.len() {
                let words = format!("{}{shown} and more", "字".repeat(200 - seen));
                let body = format!(r#"{{"Code":4000,"Msg":"{words}"}}"#);
                let error =
                    client(200, &body).records(&RecordsRequest::new("1")).await.unwrap_err();
                silent_error(&error);
                assert!(error.to_string().ends_with("字***"), "{shown} {seen}: {error}");

                let body = format!("{}{shown} and more", " ".repeat(2048 - seen));
                let error =
                    client(400, &body).records(&RecordsRequest::new("1")).await.unwrap_err();
                let Error::Status { body, .. } = error else { panic!() };
                let left = body.expose().trim_start();
                assert!(!left.is_empty() && left.chars().all(|c| c == '*'), "{shown} {seen}");
            }
        }
        // whole words are left as they are
        let body = r#"{"Code":4000,"Msg":"LAM"}"#;
        let error = client(200, body).records(&RecordsRequest::new("1")).await.unwrap_err();
        assert!(error.to_string().ends_with(": LAM"), "{error}");
    }
}
