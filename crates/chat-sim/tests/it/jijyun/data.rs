//! What there is: the same again, in natural shares; what comes in; settings.

use std::{collections::BTreeMap, time::Duration};

use chat_sim::{
    Error, Sim, SimOptions, SimVendor,
    jijyun::{JijyunOptions, MessageOrder},
};
use serde_json::Value;

use super::{DAY_MS, Fixture, messages, small, start, truth};
use crate::support::NOW_MS;

fn raws(fixture: &Fixture) -> Vec<(String, Vec<u8>)> {
    fixture.jijyun().records().into_iter().map(|record| (record.partition, record.raw)).collect()
}

fn chats(fixture: &Fixture) -> Vec<String> {
    let jijyun = fixture.jijyun();
    jijyun.customers().iter().flat_map(|customer| jijyun.chat_ids(customer)).collect()
}

#[tokio::test]
async fn the_seed_decides() {
    let (one, same, other) =
        (start(small()).await, start(small()).await, start(small().with_seed(8)).await);
    assert_eq!(raws(&one), raws(&same));
    assert_eq!(chats(&one), chats(&same));
    assert_ne!(raws(&one), raws(&other));
    // what is listed differently is still the same
    let reversed = start(small().with_order(MessageOrder::NewestFirst)).await;
    assert_eq!(raws(&one), raws(&reversed));
}

#[tokio::test]
async fn messages_lie_within_the_span() {
    let times = |fixture: &Fixture| -> Vec<i64> {
        chats(fixture).iter().flat_map(|chat_id| fixture.jijyun().sent_at_ms(chat_id)).collect()
    };
    let newest_ms = NOW_MS - 120_000;
    let fixture = start(JijyunOptions::default()).await;
    let all = times(&fixture);
    assert_eq!(all.len(), 2000);
    assert!(all.iter().all(|at| (newest_ms - 25 * DAY_MS..=newest_ms).contains(at)));
    let week = start(small().with_span_days(7).with_until_ms(NOW_MS - 100 * DAY_MS)).await;
    let until_ms = NOW_MS - 100 * DAY_MS;
    assert!(times(&week).iter().all(|at| (until_ms - 7 * DAY_MS..=until_ms).contains(at)));
    for chat_id in chats(&fixture) {
        let times = fixture.jijyun().sent_at_ms(&chat_id);
        assert!(times.is_sorted_by(|one, next| one <= next), "oldest first");
    }
}

#[tokio::test]
async fn people_repeat_themselves() {
    let fixture = start(JijyunOptions::default()).await;
    let (mut adjacent, mut apart, mut joined) = (0, 0, String::new());
    let mut short = BTreeMap::<&str, usize>::new();
    for chat_id in chats(&fixture) {
        let talk = truth(&fixture, &chat_id);
        for (at, message) in talk.iter().enumerate() {
            let content = message["content"].as_str().unwrap();
            adjacent += usize::from(at > 0 && talk[at - 1] == *message);
            apart += usize::from(at > 1 && talk[..at - 1].contains(message));
            for word in ["ok", "好的"] {
                *short.entry(word).or_default() += usize::from(content.ends_with(word));
            }
            joined.push_str(content);
        }
    }
    assert!(adjacent > 80 && apart > 40, "{adjacent} {apart}");
    assert!(short.values().all(|count| *count > 20), "{short:?}");
    for word in ["发票", "退款", "refund", "😊", "\n", "\"", "[图片]"] {
        assert!(joined.contains(word), "{word}");
    }
    assert!(!joined.contains(['{', '}']), "no slot is left unfilled");
}

#[tokio::test]
async fn new_messages_come_last() {
    let fixture = start(small().with_order(MessageOrder::OldestFirst)).await;
    let jijyun = fixture.jijyun();
    let before: BTreeMap<String, Vec<Value>> = chats(&fixture)
        .into_iter()
        .map(|chat_id| (chat_id.clone(), truth(&fixture, &chat_id)))
        .collect();
    fixture.sim.clock().advance(Duration::from_secs(60));
    jijyun.insert_records(200);
    assert_eq!((jijyun.record_count(), jijyun.records().len()), (500, 500));
    let (mut added, mut opened) = (0, 0);
    for chat_id in chats(&fixture) {
        let talk = truth(&fixture, &chat_id);
        let old = before.get(&chat_id).map(Vec::as_slice).unwrap_or_default();
        opened += usize::from(!before.contains_key(&chat_id));
        assert_eq!(talk[..old.len()], *old);
        added += talk.len() - old.len();
        let times = jijyun.sent_at_ms(&chat_id);
        assert!(times[old.len()..].iter().all(|at| *at >= NOW_MS + 60_000));
    }
    assert_eq!(added, 200);
    assert!(opened > 0, "some are about something new");
    for (ordinal, record) in jijyun.records().iter().enumerate() {
        assert_eq!(record.ordinal, ordinal as u64);
    }

    let chat_id = chats(&fixture)[0].clone();
    for words in ["ok", "ok", "好的 \"引号\"\n👍"] {
        assert!(jijyun.insert_text(&chat_id, words));
    }
    let talk = truth(&fixture, &chat_id);
    let last: Vec<&str> =
        talk[talk.len() - 3..].iter().map(|m| m["content"].as_str().unwrap()).collect();
    assert_eq!(last, ["访客发送: ok", "访客发送: ok", "访客发送: 好的 \"引号\"\n👍"]);
    let answered = messages(&fixture.record(&fixture.customer()).await);
    let answered: Vec<Value> =
        answered.into_iter().filter(|(id, _)| *id == chat_id).map(|(_, message)| message).collect();
    assert_eq!(answered, talk);
    assert!(!jijyun.insert_text("nowhere", "ok"));
}

#[tokio::test]
async fn configurations_have_these_keys() {
    let fixture = start(small()).await;
    let jijyun = fixture.jijyun();
    let toml = fixture.sim.config_toml(|secret| secret.to_env("KEY"));
    let config: toml::Table = toml.parse().unwrap();
    let source = config["sources"]["jijyun"].as_table().unwrap();
    let keys: Vec<_> = source.keys().map(String::as_str).collect();
    let mut expected = ["vendor", "base_url", "api_key", "customers", "days", "min_interval_ms"];
    expected.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!(source["vendor"].as_str(), Some("jijyun"));
    assert_eq!(source["base_url"].as_str(), Some(jijyun.base_url()));
    assert_eq!(source["api_key"]["env"].as_str(), Some("KEY"));
    let customers = source["customers"].as_array().unwrap();
    let customers: Vec<&str> = customers.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(customers, jijyun.partitions());
    assert_eq!(
        (source["days"].as_integer(), source["min_interval_ms"].as_integer()),
        (Some(30), Some(0))
    );

    let all = start(small().with_customers_all(true)).await;
    let toml = all.sim.config_toml(|secret| secret.to_plain());
    assert!(toml.contains("customers = \"all\"\n"), "{toml}");
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let options = small().with_api_key("MARKER-1");
    let shown = format!("{options:?}");
    assert!(!shown.contains("MARKER"), "{shown}");
    let fixture = start(options).await;
    assert_eq!(fixture.jijyun().secrets(), ["MARKER-1"]);
    let record = fixture.jijyun().records().remove(0);
    let shown = format!("{:?} {:?} {record:?}", fixture.sim, fixture.jijyun());
    assert!(!shown.contains("MARKER"), "{shown}");
    let raw = String::from_utf8(record.raw).unwrap();
    assert!(!shown.contains(&raw));
}

#[tokio::test]
async fn wrong_options_are_named() {
    for (options, name) in [
        (small().with_customers(0), "customers"),
        (small().with_silent_customers(u32::MAX), "silent_customers"),
        (small().with_span_days(0), "span_days"),
        (small().with_span_days(30_000), "span_days"),
        (small().with_until_ms(i64::MAX), "until_ms"),
        (small().with_api_key(""), "api_key"),
        (small().with_cut_after(0), "cut_after"),
        (small().with_media_bytes(0..=1 << 40), "media_bytes"),
    ] {
        let error = Sim::start(SimOptions::default().with_jijyun(options)).await.unwrap_err();
        assert!(matches!(&error, Error::Option { name: found, .. } if *found == name), "{error}");
    }
}

#[tokio::test]
async fn few_and_many_are_no_trouble() {
    let none = start(small().with_records(0)).await;
    assert_eq!(none.jijyun().records().len(), 0);
    assert!(messages(&none.record(&none.customer()).await).is_empty());
    none.jijyun().insert_records(1);
    assert_eq!(none.jijyun().record_count(), 1);

    let many = JijyunOptions::default().with_records(300_000).with_customers(3_000);
    let fixture = start(many).await;
    assert_eq!(fixture.jijyun().record_count(), 300_000);
    let customer = fixture.jijyun().customers()[1_234].clone();
    let found = messages(&fixture.record(&customer).await);
    let chats = fixture.jijyun().chat_ids(&customer);
    let expected: usize =
        chats.iter().map(|chat_id| fixture.jijyun().sent_at_ms(chat_id).len()).sum();
    assert_eq!(found.len(), expected);
    assert!(expected > 0);
    fixture.jijyun().insert_records(10_000);
    assert_eq!(fixture.jijyun().record_count(), 310_000);
}
