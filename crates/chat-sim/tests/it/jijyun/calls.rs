//! The calls around `chat/record`: key, contacts, assistants, accounts, whole conversations, files.

use std::collections::BTreeSet;

use chat_sim::jijyun::{Details, EmptyFilter};
use serde_json::{Value, json};

use super::{CHECK, CONTACTS, DETAIL, Fixture, small, start, truth};

#[tokio::test]
async fn keys_can_be_checked() {
    let fixture = start(small()).await;
    let answer = fixture.get(CHECK, &[]).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), r#"{"success":true}"#);
    let wrong = fixture.client.get(fixture.url(CHECK) + "?apiKey=wrong").send().await.unwrap();
    assert_eq!(wrong.status(), 401);
}

async fn contacts(fixture: &Fixture, filter: Value) -> Vec<Value> {
    let answer: Value =
        fixture.post(CONTACTS, &json!({ "filter": filter })).await.json().await.unwrap();
    assert_eq!((&answer["Code"], &answer["Msg"]), (&2000.into(), &"成功".into()));
    assert_eq!(answer.as_object().unwrap().len(), 3, "no trace id");
    answer["Data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn contacts_are_listed_and_found() {
    let fixture = start(small()).await;
    let all = contacts(&fixture, json!([])).await;
    let ids: Vec<&str> = all.iter().map(|contact| contact["id"].as_str().unwrap()).collect();
    assert_eq!(ids, fixture.jijyun().customers());
    assert_eq!(ids.len(), 8, "two of them are silent");
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())));
    assert!(all.iter().all(|contact| contact["mobile"].as_str().unwrap().starts_with("999")));
    assert!(all.iter().all(|contact| contact["email"].is_null()));

    let equal = |key: &str, value: &Value| json!({ "filter_key": key, "filter_condition": "equal", "filter_value": value });
    let wanted = &all[3];
    for key in ["id", "name", "mobile"] {
        let found = contacts(&fixture, json!([equal(key, &wanted[key])])).await;
        assert!(found.contains(wanted), "{key}");
    }
    let both = json!([equal("id", &wanted["id"]), equal("id", &all[4]["id"])]);
    assert!(contacts(&fixture, both).await.is_empty(), "each condition counts");

    let mut odd = equal("name", &wanted["name"]);
    odd["filter_condition"] = "like".into();
    for (body, reason) in [
        (json!({}), "缺少参数: filter"),
        (json!({ "filter": "" }), "参数错误: filter"),
        (json!({ "filter": [1] }), "参数错误: filter"),
        (json!({ "filter": [{}] }), "缺少参数: filter_condition"),
        (json!({ "filter": [odd] }), "参数错误: filter_condition"),
        (json!({ "filter": [equal("age", &"7".into())] }), "参数错误: filter_key"),
        (json!({ "filter": [equal("id", &7.into())] }), "参数错误: filter_value"),
    ] {
        assert_eq!(fixture.refused(CONTACTS, &body).await, reason);
    }

    let closed = start(small().with_empty_filter(EmptyFilter::ListsNone)).await;
    assert!(contacts(&closed, json!([])).await.is_empty());
    assert_eq!(contacts(&closed, json!([equal("id", &wanted["id"])])).await.len(), 1);
}

#[tokio::test]
async fn a_contact_has_many_empty_keys() {
    let fixture = start(small()).await;
    let id = fixture.customer();
    let answer: Value = fixture.get(CONTACTS, &[("contact_id", &id)]).await.json().await.unwrap();
    let contact = answer["Data"].as_object().unwrap();
    assert_eq!((&contact["id"], contact.len()), (&json!(id), 22));
    assert!(contact["roomTopic"].is_null() && contact["name"].is_string());
    let first_ms = fixture
        .jijyun()
        .chat_ids(&id)
        .iter()
        .flat_map(|chat| fixture.jijyun().sent_at_ms(chat))
        .min();
    let first = jiff::Timestamp::from_millisecond(first_ms.unwrap() + 8 * 3_600_000).unwrap();
    let first = first.to_string().replace('T', " ");
    assert!(first.starts_with(contact["create_time"].as_str().unwrap()), "{first}");

    for (query, reason) in
        [(&[][..], "缺少参数: contact_id"), (&[("contact_id", "0")][..], "联系人不存在")]
    {
        let answer: Value = fixture.get(CONTACTS, query).await.json().await.unwrap();
        assert_eq!((&answer["Code"], &answer["Data"]), (&4000.into(), &reason.into()));
    }
}

#[tokio::test]
async fn assistants_and_accounts_are_listed() {
    let fixture = start(small().with_hosted_accounts(3)).await;
    let list = async |path| -> Value { fixture.get(path, &[]).await.json().await.unwrap() };
    let assistants = list("/v1/openapi/aibot-list").await;
    assert_eq!(assistants["Data"][0]["id"].as_str().unwrap().len(), 32);
    let accounts = list("/v1/api/ai/marketing/bot/list").await;
    let accounts = accounts["Data"].as_array().unwrap();
    let ids: Vec<&str> = accounts.iter().map(|bot| bot["imBotId"].as_str().unwrap()).collect();
    assert_eq!(ids, fixture.jijyun().hosted_accounts());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
}

async fn detail(fixture: &Fixture, chat_id: &str) -> Vec<Value> {
    let answer = fixture.post(DETAIL, &json!({ "chat_id": chat_id })).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["Code"], 2000);
    answer["Data"]["message"].as_array().unwrap().clone()
}

#[tokio::test]
async fn whole_conversations_have_ids_and_times() {
    let fixture = start(small().with_records(1000)).await;
    // the whole of it, however old
    fixture.sim.clock().advance(std::time::Duration::from_secs(400 * 86_400));
    let jijyun = fixture.jijyun();
    let (mut ids, mut types, mut rounds) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut messages = 0;
    for chat_id in jijyun.customers().iter().flat_map(|customer| jijyun.chat_ids(customer)) {
        let mut found = detail(&fixture, &chat_id).await;
        found.reverse();
        let (shown, times) = (truth(&fixture, &chat_id), jijyun.sent_at_ms(&chat_id));
        assert_eq!(found.len(), shown.len());
        messages += found.len();
        for ((message, shown), sent_ms) in found.iter().zip(&shown).zip(times) {
            assert_eq!(message["message_create_time"], sent_ms);
            let inbound = shown["sender_type"] == "用户";
            let direction = if inbound { "incoming" } else { "outgoing" };
            assert_eq!(message["message_forward_type"], direction);
            let id = message["message_id"].as_str().unwrap();
            assert!(
                id.starts_with("api_") && super::is_uuid(id[4..].trim_end_matches('i')),
                "{id}"
            );
            assert_eq!(id.ends_with('i'), inbound);
            if !inbound && ids.contains(&format!("{id}i")) {
                rounds += 1;
            }
            assert!(ids.insert(id.to_owned()), "{id} is not the only one");
            let user_type = match (inbound, shown["message_type"] == "AI对话") {
                (true, _) => 1,
                (false, false) => 2,
                (false, true) => 3,
            };
            assert_eq!(message["user"]["user_type"], user_type);
            types.insert(message["message_type"].as_i64().unwrap());
            if message["message_type"] == 2 {
                // the label is only in the other form
                let words = message["message_content"]["text"].as_str().unwrap();
                let content = shown["content"].as_str().unwrap();
                assert!(
                    content.ends_with(words) && content.len() - words.len() <= "访客发送: ".len()
                );
            }
        }
    }
    assert_eq!(messages, 1000);
    assert_eq!(types.into_iter().collect::<Vec<_>>(), [2, 3, 6, 8, 9]);
    assert!(rounds > 30, "questions and answers of the AI: {rounds}");
    assert_eq!(fixture.refused(DETAIL, &json!({ "chat_id": "0" })).await, "会话不存在");
    assert_eq!(fixture.refused(DETAIL, &json!({})).await, "缺少参数: chat_id");
}

#[tokio::test]
async fn details_can_be_few() {
    let fixture = start(small().with_details(Details::Seen)).await;
    let chat_id = fixture.jijyun().chat_ids(&fixture.customer())[0].clone();
    for message in detail(&fixture, &chat_id).await {
        let keys: Vec<_> = message.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["message_content", "message_forward_type", "message_id"]);
    }
}

/// All links in the details of all conversations, with the size and name where they are told.
async fn links(fixture: &Fixture) -> Vec<(String, Option<u64>)> {
    let jijyun = fixture.jijyun();
    let mut links = Vec::new();
    for chat_id in jijyun.customers().iter().flat_map(|customer| jijyun.chat_ids(customer)) {
        for message in detail(fixture, &chat_id).await {
            let content = &message["message_content"];
            let link = |key: &str| content[key].as_str().unwrap().to_owned();
            match message["message_type"].as_i64().unwrap() {
                3 => links.push((link("voice_url"), None)),
                6 => links.push((link("video_url"), None)),
                8 => {
                    let file: Value = serde_json::from_str(&link("text")).unwrap();
                    let url = file["fileUrl"].as_str().unwrap().to_owned();
                    let name = file["name"].as_str().unwrap();
                    assert_eq!(name.rsplit_once('.').unwrap().1, "pdf");
                    links.push((url, Some(file["size"].as_u64().unwrap())));
                }
                9 => links.push((link("url"), None)),
                _ => {}
            }
        }
    }
    links
}

#[tokio::test]
async fn links_open_files_for_anyone() {
    let fixture = start(small().with_records(1000)).await;
    let links = links(&fixture).await;
    assert!(links.len() > 50);
    let mut types = BTreeSet::new();
    for (link, size) in &links {
        let answer = fixture.client.get(link).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        types.insert(answer.headers()["content-type"].to_str().unwrap().to_owned());
        let bytes = answer.bytes().await.unwrap();
        assert!(size.is_none_or(|size| size == bytes.len() as u64));
        assert_eq!(fixture.jijyun().media_bytes(link).unwrap(), bytes);
    }
    let expected = ["application/pdf", "audio/ogg", "image/jpeg", "image/png", "video/mp4"];
    assert_eq!(types.into_iter().collect::<Vec<_>>(), expected);

    // links do not end, but the key must stay at the API
    fixture.sim.clock().advance(std::time::Duration::from_secs(1000 * 86_400));
    let link = &links[0].0;
    let status =
        async |url: String| fixture.client.get(url).send().await.unwrap().status().as_u16();
    assert_eq!(status(link.clone()).await, 200);
    assert_eq!(status(format!("{link}?apiKey=k")).await, 400);
    assert_eq!(status(format!("{link}x")).await, 404);
    assert_eq!(status(fixture.jijyun().media_url().to_owned()).await, 404);
    assert_eq!(fixture.client.post(link).send().await.unwrap().status(), 404);
    assert!(fixture.jijyun().media_bytes("https://elsewhere.example/1.jpg").is_none());
}
