//! The history of hosted accounts: days, pages, positions.

use std::collections::BTreeMap;

use chat_sim::jijyun::NoRecords;
use serde_json::{Value, json};

use super::{DAY_MS, Fixture, small, start};
use crate::support::NOW_MS;

const HISTORY: &str = "/v1/openapi/chat/corpwechat/message/history";

fn body(account: &str, day: &str, seq: &str) -> Value {
    json!({ "imBotId": account, "snapshotDay": day, "pageSize": "10", "seq": seq })
}

async fn page(fixture: &Fixture, account: &str, day: &str, seq: &str) -> Value {
    let answer: Value = fixture.post(HISTORY, &body(account, day, seq)).await.json().await.unwrap();
    assert_eq!((&answer["Code"], answer["RequestId"].is_string()), (&2000.into(), true));
    answer["Data"].clone()
}

/// All messages of an account's day.
async fn walk(fixture: &Fixture, account: &str, day: &str) -> Vec<Value> {
    let (mut found, mut seq) = (Vec::new(), "0".to_owned());
    loop {
        let page = page(fixture, account, day, &seq).await;
        assert_eq!(page["imBotId"], account);
        let next = page["seq"].as_u64().unwrap().to_string();
        let messages = page["messages"].as_array().unwrap();
        assert_eq!(messages.is_empty(), next == seq, "the position moves while there is more");
        assert!(messages.len() <= 10);
        if messages.is_empty() {
            return found;
        }
        found.extend_from_slice(messages);
        seq = next;
    }
}

#[tokio::test]
async fn days_and_accounts_hold_every_second_customer() {
    let fixture = start(small()).await;
    let jijyun = fixture.jijyun();
    let mut found = BTreeMap::<String, Value>::new();
    let accounts = jijyun.hosted_accounts();
    assert_eq!(accounts.len(), 2);
    for account in &accounts {
        for days_ago in 0..=26 {
            let day = super::day(NOW_MS - days_ago * DAY_MS);
            let messages = walk(&fixture, account, &day).await;
            let times: Vec<i64> =
                messages.iter().map(|m| m["timestamp"].as_i64().unwrap()).collect();
            assert!(times.is_sorted() && times.iter().all(|at| super::day(*at) == day));
            for message in messages {
                let id = message["messageId"].as_str().unwrap().to_owned();
                assert!(found.insert(id, message).is_none(), "once only");
            }
        }
    }
    let hosted = jijyun.customers().into_iter().step_by(2);
    let mut expected: Vec<i64> = hosted
        .flat_map(|customer| jijyun.chat_ids(&customer))
        .flat_map(|chat_id| jijyun.sent_at_ms(&chat_id))
        .collect();
    expected.sort_unstable();
    let mut times: Vec<i64> = found.values().map(|m| m["timestamp"].as_i64().unwrap()).collect();
    times.sort_unstable();
    assert!(times.len() > 80);
    assert_eq!(times, expected);

    let keys = "avatar botId chatId contactName contactType coworker customerExternalUserId externalUserId \
                imContactId imRoomId messageId Payload roomTopic source timestamp type wecomChatId";
    let mut keys: Vec<_> = keys.split(' ').collect();
    keys.sort_unstable();
    let (mut texts, mut raws) = (0, 0);
    for message in found.values() {
        assert_eq!(message.as_object().unwrap().keys().collect::<Vec<_>>(), keys);
        let payload = &message["Payload"];
        if message["type"] == 7 {
            texts += 1;
            assert!(payload["TextPayload"]["text"].is_string());
        } else {
            raws += 1;
            let raw: Value =
                serde_json::from_str(payload["RawPayload"]["content"].as_str().unwrap()).unwrap();
            let link = raw
                .as_object()
                .unwrap()
                .values()
                .find_map(|value| value.as_str().filter(|text| text.starts_with("http")));
            assert!(jijyun.media_bytes(link.unwrap()).is_some());
        }
    }
    assert!(texts > 50 && raws > 3, "{texts} {raws}");
}

#[tokio::test]
async fn all_values_are_text() {
    let fixture = start(small()).await;
    let account = fixture.jijyun().hosted_accounts()[0].clone();
    let good = body(&account, "2025-10-16", "0");
    for key in ["imBotId", "snapshotDay", "pageSize", "seq"] {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(key);
        assert_eq!(fixture.refused(HISTORY, &without).await, format!("缺少参数: {key}"));
        let mut number = good.clone();
        number[key] = 10.into();
        assert_eq!(fixture.refused(HISTORY, &number).await, format!("参数错误: {key}"));
    }
    for (key, value) in [
        ("snapshotDay", "2025-13-01"),
        ("snapshotDay", "20251016"),
        ("pageSize", "0"),
        ("pageSize", "501"),
        ("seq", "first"),
    ] {
        let mut wrong = good.clone();
        wrong[key] = value.into();
        assert_eq!(fixture.refused(HISTORY, &wrong).await, format!("参数错误: {key}"));
    }
    assert_eq!(fixture.refused(HISTORY, &body("1", "2025-10-16", "0")).await, "托管账号不存在");
}

#[tokio::test]
async fn what_comes_while_paging_comes_later() {
    let fixture = start(small()).await;
    let account = fixture.jijyun().hosted_accounts()[0].clone();
    let today = super::day(NOW_MS);
    let before = walk(&fixture, &account, &today).await;
    fixture.jijyun().insert_records(40);
    let after = walk(&fixture, &account, &today).await;
    assert!(after.len() > before.len());
    assert_eq!(after[..before.len()], before[..]);
}

#[tokio::test]
async fn quiet_days_and_tenants_without_accounts() {
    let fixture = start(small().with_no_records(NoRecords::Null)).await;
    let account = fixture.jijyun().hosted_accounts()[0].clone();
    let quiet = page(&fixture, &account, "2024-02-29", "77").await;
    assert_eq!((&quiet["messages"], &quiet["seq"]), (&Value::Null, &77.into()));

    let fixture = start(small().with_hosted_accounts(0)).await;
    assert!(fixture.jijyun().hosted_accounts().is_empty());
    let list: Value = fixture.get("/v1/api/ai/marketing/bot/list", &[]).await.json().await.unwrap();
    assert_eq!(list["Data"], json!([]));
}
