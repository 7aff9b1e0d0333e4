//! The calls beside the records: the check of the key, contacts, assistants, hosted accounts.

use jijyun::chat_core::{Endpoint, ErrorKind, VendorError};
use jijyun::{
    AssistantsRequest, CheckRequest, Contact, ContactRequest, ContactsRequest, Error,
    HostedAccount, HostedAccountsRequest,
};

use crate::answer;

#[test]
fn a_key_is_valid_only_if_the_vendor_says_so() {
    let read = |body: &str| CheckRequest::new().read_response(answer(200, body));
    for (body, valid) in [
        (r#"{"success":true}"#, true),
        (r#"{"success":"true"}"#, true),
        (r#"{"success":false}"#, false),
        (r#"{"success":null}"#, false),
        (r#"{"success":1}"#, false),
        (r#"{"success":{}}"#, false),
        ("{}", false),
    ] {
        assert_eq!(read(body).unwrap(), valid, "{body}");
    }
    assert!(matches!(read("<html>"), Err(Error::Decode { is_garbled: true, .. })));
    assert!(matches!(read("true"), Err(Error::Decode { is_garbled: false, .. })));
    // an envelope is only expected where there is no success to tell
    let error = read(r#"{"Code":4000,"Msg":"words"}"#).unwrap_err();
    assert_eq!(error.to_string(), "jijyun refused check with code 4000: words");
}

#[test]
fn a_refused_key_is_an_error_with_advice() {
    for body in ["", "<html>", r#"{"success":true}"#, r#"{"Code":4010,"Msg":"无权限"}"#] {
        let error = CheckRequest::new().read_response(answer(401, body)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{body}");
        assert!(error.advice().unwrap().contains("check the key"), "{body}");
    }
}

#[test]
fn contacts_are_listed_with_what_is_known_of_them() {
    let body = r#"{"Code":2000,"Msg":"成功","Data":[
        {"id":"c1","name":"客户甲","mobile":"10000000002","email":null},
        7,
        {"id":2,"name":"","extra":{"a":1}},
        {"name":"没有编号"}]}"#;
    let page = ContactsRequest::new().read_response(answer(200, body)).unwrap();
    let ids: Vec<Option<&str>> = page.items.iter().map(|contact| contact.id.as_deref()).collect();
    assert_eq!(ids, [Some("c1"), Some("2"), None]);
    assert_eq!(page.items[0].name.as_deref(), Some("客户甲"));
    assert_eq!(page.items[0].email, None);
    assert_eq!(page.items[1].name, None);
    assert_eq!(page.skipped.len(), 1);
    assert_eq!(page.raw.record(&page.skipped[0].span), b"7");
    assert_eq!((page.next, page.trace_id), (None, None));
    for none in [r#"{"Code":2000}"#, r#"{"Code":2000,"Data":null}"#, r#"{"Code":2000,"Data":[]}"#] {
        let page = ContactsRequest::new().read_response(answer(200, none)).unwrap();
        assert!(page.items.is_empty(), "{none}");
    }
}

#[test]
fn a_contact_has_every_field_of_the_page() {
    let names = [
        "id",
        "name",
        "mobile",
        "email",
        "avatar",
        "device_id",
        "open_id",
        "userid",
        "contact_id",
        "contact_name",
        "chatid",
        "conversation_id",
        "message_id",
        "room_id",
        "roomTopic",
        "company",
        "companyid",
        "company_address",
        "company_website",
        "product_name",
        "create_time",
        "update_time",
    ];
    let sent: serde_json::Value =
        names.iter().map(|name| ((*name).to_owned(), serde_json::json!(name))).collect();
    let body = serde_json::json!({"Code": 2000, "Data": sent}).to_string();
    let contact = ContactRequest::new("c1").read_response(answer(200, body)).unwrap();
    assert_eq!(contact.room_topic.as_deref(), Some("roomTopic"));
    assert_eq!(serde_json::to_value(&contact).unwrap(), sent);

    let nulls: serde_json::Value =
        names.iter().map(|name| ((*name).to_owned(), serde_json::Value::Null)).collect();
    let body = serde_json::json!({"Code": 2000, "Data": nulls}).to_string();
    let contact = ContactRequest::new("c1").read_response(answer(200, body)).unwrap();
    assert_eq!(contact, Contact::default());
    let error = ContactRequest::new("c1").read_response(answer(200, r#"{"Code":2000,"Data":[1]}"#));
    assert!(matches!(error, Err(Error::Decode { .. })));
}

#[test]
fn assistants_are_kept_as_sent() {
    for body in [
        r#"{"Code":2000,"Data":[{"id":"a1","n":7,"inner":{"x":1}}]}"#,
        r#"{"Code":2000,"Data":{"data":[{"id":"a1","n":7,"inner":{"x":1}}],"page":{"total":1}}}"#,
    ] {
        let page = AssistantsRequest::new().read_response(answer(200, body)).unwrap();
        assert_eq!(page.items[0].field("id").as_deref(), Some("a1"));
        assert_eq!(page.items[0].field("n").as_deref(), Some("7"));
        assert_eq!(page.items[0].field("inner"), None);
        assert_eq!(page.items[0].field("absent"), None);
        assert_eq!(page.raw_record(0).unwrap(), br#"{"id":"a1","n":7,"inner":{"x":1}}"#);
    }
    let other = r#"{"Code":2000,"Data":{"rows":[]}}"#;
    let error = AssistantsRequest::new().read_response(answer(200, other)).unwrap_err();
    assert!(matches!(error, Error::Decode { .. }));
}

#[test]
fn hosted_accounts_are_named_by_any_known_name() {
    let body = r#"{"Code":2000,"Data":[{"imBotId":"1","wxid":"x"},{"botWxid":2},{"bot_wxid":"3"},
        {"wxid":"4"},{"im_bot_id":"5"},{"imBotId":"","wxid":"6"},{"imBotId":null},{"name":"n"}]}"#;
    let page = HostedAccountsRequest::new().read_response(answer(200, body)).unwrap();
    let ids: Vec<Option<String>> = page.items.iter().map(HostedAccount::im_bot_id).collect();
    let expected = [Some("1"), Some("2"), Some("3"), Some("4"), Some("5"), Some("6"), None, None];
    assert_eq!(ids, expected.map(|id| id.map(str::to_owned)));
    assert_eq!(page.items[7].field("name").as_deref(), Some("n"));
}

#[cfg(feature = "client")]
mod client {
    use jijyun::ContactsRequest;
    use jijyun::chat_core::ReplayTransport;

    use crate::client;

    #[tokio::test]
    async fn each_has_a_method() {
        let list = r#"{"Code":2000,"Data":[{"id":"1"}]}"#;
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(200, r#"{"success":true}"#)
                .answer(200, list)
                .answer(200, r#"{"Code":2000,"Data":{"id":"1"}}"#)
                .answer(200, list)
                .answer(200, r#"{"Code":2000,"Data":{"message":[{"message_id":"1"}]}}"#)
                .answer(200, list),
        );
        assert!(client.check_key().await.unwrap());
        assert_eq!(client.contacts(&ContactsRequest::new()).await.unwrap().items.len(), 1);
        assert_eq!(client.contact("1").await.unwrap().id.as_deref(), Some("1"));
        assert_eq!(client.assistants().await.unwrap().items.len(), 1);
        assert_eq!(client.history("1").await.unwrap().items.len(), 1);
        assert_eq!(client.hosted_accounts().await.unwrap().items.len(), 1);
        let shown: Vec<String> = transport
            .take_requests()
            .iter()
            .map(|request| format!("{} {}", request.method(), request.uri().path()))
            .collect();
        assert_eq!(
            shown,
            [
                "GET /v1/openapi/check",
                "POST /v1/openapi/contacts",
                "GET /v1/openapi/contacts",
                "GET /v1/openapi/aibot-list",
                "POST /v1/openapi/chat/history/detail",
                "GET /v1/api/ai/marketing/bot/list",
            ]
        );
    }
}
