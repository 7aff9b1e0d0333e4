//! `chat/record`: its shape, its window, and what it refuses.

use std::{collections::BTreeMap, time::Duration};

use chat_sim::{
    SimVendor,
    jijyun::{JijyunOptions, MediaContent, MessageOrder, NoRecords},
};
use serde_json::{Value, json};

use super::{
    DAY_MS, Fixture, RECORD, is_uuid, messages, record_body, small, start, start_with, truth,
};
use crate::support::NOW_MS;

#[tokio::test]
async fn answers_have_the_shape_of_the_sample() {
    let fixture = start(small()).await;
    let answer = fixture.post(RECORD, &record_body(&fixture.customer())).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("{\"Code\":2000,\"Data\":[{\"chat_id\":\""), "{text}");
    assert!(text.contains("\"messages\":[{\"content\":\""));

    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["Msg"], "成功");
    assert!(is_uuid(json["RequestId"].as_str().unwrap()));
    assert_eq!(json.as_object().unwrap().len(), 4);
    for talk in json["Data"].as_array().unwrap() {
        let (uuid, digits) = talk["chat_id"].as_str().unwrap().rsplit_once('-').unwrap();
        assert!(is_uuid(uuid) && digits.len() == 6 && digits.parse::<u32>().is_ok());
        for message in talk["messages"].as_array().unwrap() {
            let keys: Vec<_> = message.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["content", "message_type", "sender_type"]);
        }
    }
    let next = fixture.record(&fixture.customer()).await;
    assert_ne!(next["RequestId"], json["RequestId"]);
}

#[tokio::test]
async fn all_customers_together_have_all_records() {
    let fixture = start(JijyunOptions::default()).await;
    let jijyun = fixture.jijyun();
    assert_eq!((jijyun.record_count(), jijyun.customers().len()), (2_000, 27));
    let mut expected: Vec<(String, String, String)> = Vec::new();
    for record in jijyun.records() {
        assert!(record.id.is_none() && record.sent_at_ms.is_none());
        assert_eq!(record.ordinal, expected.len() as u64);
        let raw = String::from_utf8(record.raw).unwrap();
        expected.push((record.partition, record.conversation_id.unwrap(), raw));
    }
    let mut found = Vec::new();
    let mut several = 0;
    for customer in jijyun.customers() {
        let answer = fixture.post(RECORD, &record_body(&customer)).await.text().await.unwrap();
        let parsed: Value = serde_json::from_str(&answer).unwrap();
        several += usize::from(parsed["Data"].as_array().unwrap().len() > 1);
        for (chat_id, message) in messages(&parsed) {
            // keys are sorted in a parsed value as they are on the wire
            assert!(answer.contains(&message.to_string()));
            found.push((customer.clone(), chat_id, message.to_string()));
        }
    }
    assert!(several > 10, "{several}");
    found.sort();
    expected.sort();
    assert_eq!(found.len(), 2_000);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn only_what_people_say_is_labeled() {
    let fixture = start(small().with_records(1000)).await;
    let mut seen = BTreeMap::<(String, String, &str), usize>::new();
    for customer in fixture.jijyun().customers() {
        for (_, message) in messages(&fixture.record(&customer).await) {
            let text = |key: &str| message[key].as_str().unwrap().to_owned();
            let content = text("content");
            let labels = ["访客发送: ", "人工回复: ", "客服回复: "];
            let label = labels.into_iter().find(|label| content.starts_with(label));
            let key = (text("message_type"), text("sender_type"), label.unwrap_or_default());
            *seen.entry(key).or_default() += 1;
        }
    }
    let kinds: Vec<_> =
        seen.keys().map(|(kind, sender, label)| (&**kind, &**sender, *label)).collect();
    assert_eq!(
        kinds,
        [
            ("AI对话", "客服", ""),
            ("AI对话", "用户", ""),
            ("人工对话", "客服", "人工回复: "),
            ("人工对话", "客服", "客服回复: "),
            ("人工对话", "用户", "访客发送: "),
        ]
    );
    assert!(seen.values().all(|count| *count > 50), "{seen:?}");

    let fixture = start(small().with_ai_sender("AI \"小助手\"")).await;
    let found = messages(&fixture.record(&fixture.customer()).await);
    assert!(found.iter().any(|(_, message)| message["sender_type"] == "AI \"小助手\""));
}

#[tokio::test]
async fn orders_are_as_chosen() {
    for order in [MessageOrder::AsSampled, MessageOrder::NewestFirst, MessageOrder::OldestFirst] {
        let fixture = start(small().with_order(order)).await;
        for talk in fixture.record(&fixture.customer()).await["Data"].as_array().unwrap() {
            let mut expected = truth(&fixture, talk["chat_id"].as_str().unwrap());
            assert!(expected.len() > 2);
            match order {
                MessageOrder::NewestFirst => expected.reverse(),
                MessageOrder::AsSampled => {
                    let (ai, mut human): (Vec<_>, Vec<_>) = expected
                        .into_iter()
                        .partition(|message| message["message_type"] == "AI对话");
                    human.reverse();
                    expected = [ai, human].concat();
                }
                _ => {}
            }
            assert_eq!(talk["messages"].as_array().unwrap(), &expected, "{order:?}");
        }
    }
}

/// How many messages the customers' conversations have from one time to another one.
fn count_between(fixture: &Fixture, from_ms: i64, until_ms: i64) -> usize {
    let jijyun = fixture.jijyun();
    let chats = jijyun.customers().into_iter().flat_map(|customer| jijyun.chat_ids(&customer));
    let times = chats.flat_map(|chat_id| jijyun.sent_at_ms(&chat_id));
    times.filter(|at| (from_ms..=until_ms).contains(at)).count()
}

async fn count_answered(fixture: &Fixture, changes: &[(&str, &str)]) -> usize {
    let mut count = 0;
    for customer in fixture.jijyun().customers() {
        let mut body = record_body(&customer);
        for (key, value) in changes {
            body[*key] = (*value).into();
        }
        count += messages(&fixture.post(RECORD, &body).await.json().await.unwrap()).len();
    }
    count
}

#[tokio::test]
async fn the_window_slides_with_the_clock() {
    let fixture = start(small()).await;
    let week = count_between(&fixture, NOW_MS - 7 * DAY_MS, i64::MAX);
    assert!(week > 0 && week < 300);
    assert_eq!(count_answered(&fixture, &[("days", "30")]).await, 300);
    assert_eq!(count_answered(&fixture, &[("days", "7")]).await, week);

    fixture.sim.clock().advance(Duration::from_secs(15 * 86_400));
    let left = count_between(&fixture, NOW_MS - 15 * DAY_MS, i64::MAX);
    assert!(left < 300);
    assert_eq!(count_answered(&fixture, &[("days", "30")]).await, left);
    fixture.jijyun().insert_records(5);
    assert_eq!(count_answered(&fixture, &[("days", "30")]).await, left + 5);
    assert_eq!(count_answered(&fixture, &[("days", "1")]).await, 5);
    // nothing is gone for those who ask further back
    assert_eq!(fixture.jijyun().record_count(), 305);
    assert_eq!(count_answered(&fixture, &[("days", "365")]).await, 305);
}

#[tokio::test]
async fn start_and_end_outweigh_the_days() {
    let fixture = start(small()).await;
    // 2025-10-01 and 2025-10-05 in China
    let (start_ms, end_ms) = (1_759_248_000_000, 1_759_593_600_000 + DAY_MS - 1);
    let expected = count_between(&fixture, start_ms, end_ms);
    assert!(expected > 0 && expected < 300);
    for (start, end) in [
        ("2025-10-01", "2025-10-05"),
        ("2025-10-01 00:00:00", "2025-10-05 23:59:59"),
        ("1759248000", "1759679999"),
    ] {
        let changes = [("start_time", start), ("end_time", end), ("days", "1")];
        assert_eq!(count_answered(&fixture, &changes).await, expected, "{start}");
    }
    let entry = fixture.jijyun().requests().log[0].clone();
    assert_eq!(entry.start_time.as_deref(), Some("2025-10-01"));
    assert_eq!(entry.end_time.as_deref(), Some("2025-10-05"));
    assert_eq!(entry.partition, Some(fixture.customer()));
}

#[tokio::test]
async fn all_seven_keys_are_needed_in_their_shapes() {
    let fixture = start(small()).await;
    let body = record_body(&fixture.customer());
    for key in body.as_object().unwrap().keys() {
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove(key);
        assert_eq!(fixture.refused(RECORD, &without).await, format!("缺少参数: {key}"));
    }
    for (key, value) in [
        ("customer_id", json!(1)),
        ("days", json!(30)),
        ("days", json!("")),
        ("days", json!("0")),
        ("days", json!("month")),
        ("start_time", json!(null)),
        ("start_time", json!("2025-10-01")),
        ("end_time", json!("2025-10-01")),
        ("chat_source", json!("")),
        ("chat_robot", json!(["what these are is not documented"])),
        ("seat_member", json!({})),
    ] {
        let mut changed = body.clone();
        changed[key] = value.clone();
        assert!(
            fixture.refused(RECORD, &changed).await.starts_with("参数错误: "),
            "{key}: {value}"
        );
    }
    let mut unknown = body.clone();
    unknown["customer_id"] = "57a286a608894aa7b26a9e589f4d0000".into();
    assert_eq!(fixture.refused(RECORD, &unknown).await, "联系人不存在");
    for wrong in [json!([]), json!("text")] {
        fixture.refused(RECORD, &wrong).await;
    }
    let mut untyped = fixture.request(RECORD, &body).build().unwrap();
    untyped.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    let untyped: Value = fixture.client.execute(untyped).await.unwrap().json().await.unwrap();
    assert_eq!(
        (&untyped["Code"], &untyped["Data"]),
        (&4000.into(), &"参数错误: Content-Type".into())
    );
    assert!(is_uuid(untyped["RequestId"].as_str().unwrap()));
}

#[tokio::test]
async fn answers_can_be_cut_without_a_word() {
    let (whole, cut) = (start(small()).await, start(small().with_cut_after(12)).await);
    for customer in whole.jijyun().customers() {
        let all = messages(&whole.record(&customer).await);
        let latest = cut.record(&customer).await;
        assert_eq!((&latest["Msg"], latest.as_object().unwrap().len()), (&"成功".into(), 4));
        let latest = messages(&latest);
        assert_eq!(latest.len(), all.len().min(12));

        let jijyun = whole.jijyun();
        let chats = jijyun.chat_ids(&customer);
        let mut times: Vec<i64> = chats.iter().flat_map(|chat| jijyun.sent_at_ms(chat)).collect();
        times.sort_unstable();
        let from_ms = times.get(times.len().saturating_sub(12)).copied().unwrap_or(0);
        for chat in &chats {
            let expected = jijyun.sent_at_ms(chat).iter().filter(|at| **at >= from_ms).count();
            assert_eq!(latest.iter().filter(|(found, _)| found == chat).count(), expected);
        }
    }
}

#[tokio::test]
async fn nothing_is_an_empty_list_or_null() {
    for (form, expected) in [(NoRecords::EmptyList, json!([])), (NoRecords::Null, json!(null))] {
        let fixture = start(small().with_no_records(form)).await;
        let silent = fixture.jijyun().customers()[6].clone();
        assert!(fixture.jijyun().chat_ids(&silent).is_empty());
        let answer = fixture.record(&silent).await;
        assert_eq!((&answer["Code"], &answer["Data"]), (&2000.into(), &expected));
        // nor is there any record left of the others after a year
        fixture.sim.clock().advance(Duration::from_secs(366 * 86_400));
        assert_eq!(fixture.record(&fixture.customer()).await["Data"], expected);
    }
}

#[tokio::test]
async fn a_conversation_can_have_two_customers() {
    let fixture = start(small().with_shared_conversation(true)).await;
    let jijyun = fixture.jijyun();
    let customers = jijyun.customers();
    let shared = jijyun.chat_ids(&customers[0])[0].clone();
    assert_eq!(jijyun.chat_ids(&customers[1])[0], shared);
    let first = fixture.record(&customers[0]).await["Data"][0].clone();
    assert_eq!(first["chat_id"], *shared);
    assert_eq!(first, fixture.record(&customers[1]).await["Data"][0]);
    let listed = jijyun
        .records()
        .into_iter()
        .filter(|record| record.conversation_id.as_deref() == Some(&*shared));
    let partitions: Vec<String> = listed.map(|record| record.partition).collect();
    assert_eq!(partitions.len(), first["messages"].as_array().unwrap().len());
    assert!(partitions.iter().all(|partition| *partition == customers[0]));

    let apart = start(small()).await;
    let customers = apart.jijyun().customers();
    assert!(
        !apart
            .jijyun()
            .chat_ids(&customers[1])
            .contains(&apart.jijyun().chat_ids(&customers[0])[0])
    );
}

#[tokio::test]
async fn media_are_labels_links_or_json() {
    let labels = ["[图片]", "[文件]", "[语音]", "[视频]"];
    let contents = async |form: MediaContent| {
        let fixture = start(small().with_records(1000).with_media_content(form)).await;
        let records = fixture.jijyun().records();
        let mut contents = Vec::new();
        for record in &records {
            let message: Value = serde_json::from_slice(&record.raw).unwrap();
            let content = message["content"].as_str().unwrap();
            let content = content.split_once(": ").map_or(content, |(_, rest)| rest).to_owned();
            contents.push((content, fixture.jijyun().files(record)));
        }
        (fixture, contents)
    };
    let (_, labeled) = contents(MediaContent::Label).await;
    let media: Vec<usize> =
        (0..1000).filter(|at| labels.contains(&labeled[*at].0.as_str())).collect();
    assert!(media.len() > 50);
    assert!(labels.iter().all(|label| labeled.iter().any(|(content, _)| content == label)));
    assert!(labeled.iter().all(|(_, files)| files.is_empty()));

    let (linked_fixture, linked) = contents(MediaContent::Link).await;
    let (_, written) = contents(MediaContent::Json).await;
    for at in 0..1000 {
        let (link, files) = &linked[at];
        if !media.contains(&at) {
            assert!(files.is_empty() && *link == labeled[at].0 && written[at].0 == *link);
            continue;
        }
        assert!(link.starts_with(linked_fixture.jijyun().media_url()), "{link}");
        assert_eq!(linked_fixture.jijyun().media_bytes(link).unwrap(), files[0].bytes);
        let json: Value = serde_json::from_str(&written[at].0).unwrap();
        let path = |link: &str| link.rsplit_once('/').unwrap().1.to_owned();
        assert_eq!(path(json["fileUrl"].as_str().unwrap()), path(link));
        assert!(json["name"].is_string() && written[at].1.len() == 1);
    }
    let (link, files) = &linked[media[0]];
    let answer = linked_fixture.client.get(link).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), files[0].bytes);
}

#[tokio::test]
async fn without_the_key_nothing_is_said() {
    let fixture = start(small().with_api_key("K-1+2/3= 4")).await;
    let body = record_body(&fixture.customer());
    for query in ["", "?apiKey=", "?apiKey=K-1", "?apikey=K-1%2B2%2F3%3D%204"] {
        let url = fixture.url(RECORD) + query;
        let answer = fixture.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{query}");
        assert!(serde_json::from_str::<Value>(&answer.text().await.unwrap()).is_err());
    }
    assert_eq!(fixture.record(&fixture.customer()).await["Code"], 2000);
    let log = fixture.jijyun().requests().log;
    assert_eq!((&log[0].outcome, log.len()), (&chat_sim::Outcome::Http(401), 5));
}

#[tokio::test]
async fn calls_can_run_out() {
    let fixture = start(small().with_allowance(2)).await;
    let statuses = async |count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            let answer = fixture.post(RECORD, &record_body(&fixture.customer())).await;
            statuses.push(answer.status().as_u16());
        }
        statuses
    };
    assert_eq!(statuses(4).await, [200, 200, 402, 402]);
    assert_eq!(fixture.get(super::CHECK, &[]).await.status(), 200, "free");
    fixture.jijyun().set_allowance(Some(1));
    assert_eq!(statuses(2).await, [200, 402]);
    fixture.jijyun().set_allowance(None);
    assert_eq!(statuses(3).await, [200, 200, 200]);
}

#[tokio::test]
async fn too_many_in_a_second_are_refused() {
    let options = chat_sim::SimOptions::default().with_jijyun(small()).with_max_per_second(2);
    let fixture = start_with(options).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(fixture.get(super::CHECK, &[]).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
}

#[tokio::test]
async fn other_paths_and_methods_are_not_served() {
    let fixture = start(small()).await;
    for (path, status) in [(RECORD, 405), ("/v1/openapi/chat/record/", 404), ("/", 404)] {
        assert_eq!(fixture.get(path, &[]).await.status(), status, "{path}");
    }
    assert_eq!(fixture.post(super::CHECK, &json!({})).await.status(), 405);
}
