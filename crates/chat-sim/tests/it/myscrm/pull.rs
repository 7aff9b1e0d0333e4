//! The plain pull: who may ask, what may be asked, and what records look like.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chat_sim::{Outcome, myscrm::Bounds};
use serde_json::{Value, json};

use super::support::{DAY_MS, Fixture, NOW_MS, PULL, SINGLE_CHAT, small, start, texts, times};

#[tokio::test]
async fn only_the_application_is_answered() {
    let fixture = start(small()).await;
    let url = format!("{}{PULL}", fixture.myscrm().base_url());
    let chat = fixture.myscrm().chat_ids().remove(0);
    for query in [vec![("chat_id", chat.as_str())], vec![("chat_id", &chat), ("app_id", "other")]] {
        let answer = fixture.client.get(&url).query(&query).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let json: Value = answer.json().await.unwrap();
        assert_eq!(json["errcode"], 40_001);
        assert!(json.get("list").is_none());
    }
    assert_eq!(fixture.code(PULL, &[("chat_id", &chat)]).await, 0);
    assert_eq!(fixture.myscrm().requests().log[0].outcome, Outcome::Api(40_001));
}

#[tokio::test]
async fn a_header_and_a_pair_can_be_required() {
    let options =
        small().with_required_header("X-Orgcode", "o-1").with_required_query("sig", "s=1");
    let fixture = start(options).await;
    let chat = fixture.myscrm().chat_ids().remove(0);
    let code = async |header: &str, pair: &str| {
        let request = fixture.request(PULL, &[("chat_id", &chat), ("sig", pair)]);
        let answer = request.header("x-orgcode", header).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["errcode"].as_i64().unwrap()
    };
    assert_eq!(code("o-1", "s=1").await, 0);
    assert_eq!(code("o-2", "s=1").await, 40_001);
    assert_eq!(code("o-1", "").await, 40_001);
    assert_eq!(fixture.code(SINGLE_CHAT, &[("chat_id", &chat)]).await, 40_001);
}

#[tokio::test]
async fn parameters_are_read_strictly() {
    let fixture = start(small()).await;
    let chat = fixture.myscrm().chat_ids().remove(0);
    for (name, value) in [
        ("asc", "1"),
        ("asc", "True"),
        ("asc", ""),
        ("page_size", ""),
        ("page_size", "-1"),
        ("page_size", "+5"),
        ("page_size", "5.0"),
        ("page_size", "1001"),
        ("start_time", ""),
        ("start_time", "2025-10-01"),
        ("start_time", "99999999999999999999"),
        ("end_time", " 1"),
        ("sender_type", "3"),
        ("sender_type", "all"),
        ("thumb_option", "w_106"),
    ] {
        assert_eq!(
            fixture.code(PULL, &[("chat_id", &chat), (name, value)]).await,
            40_002,
            "{name}={value}"
        );
    }
    for (query, code) in [
        (vec![], 40_002),
        (vec![("chat_id", "")], 40_002),
        (vec![("chat_id", "no-chat")], 40_005),
        (vec![("chat_id", &*chat), ("chat_id", &*chat)], 40_002),
        (vec![("chat_id", &*chat), ("start_time", "2"), ("end_time", "1")], 40_002),
        (vec![("chat_id", &*chat), ("cursor", "abc")], 40_003),
        // texts may be empty, zero is no page size, and unknown names are ignored
        (
            vec![
                ("chat_id", &*chat),
                ("type", ""),
                ("keyword", ""),
                ("cursor", ""),
                ("thumb_option", ""),
            ],
            0,
        ),
        (
            vec![
                ("chat_id", &*chat),
                ("page_size", "0"),
                ("asc", "false"),
                ("sender_type", "0"),
                ("x", "1"),
            ],
            0,
        ),
    ] {
        assert_eq!(fixture.code(PULL, &query).await, code, "{query:?}");
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_by_status() {
    let fixture = start(small()).await;
    let base = fixture.myscrm().base_url();
    assert_eq!(fixture.client.get(format!("{base}/v1/none")).send().await.unwrap().status(), 404);
    assert_eq!(fixture.client.post(format!("{base}{PULL}")).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn records_have_the_keys_of_the_page() {
    let fixture = start(small().with_records(3000)).await;
    let mut bodies = BTreeMap::<String, BTreeSet<String>>::new();
    for record in fixture.walk_chats(&[("thumb_option", "image/resize,w_106")]).await {
        let kind = record["type"].as_str().unwrap();
        let keys: Vec<_> = record.as_object().unwrap().keys().cloned().collect();
        let mut expected: Vec<_> = [
            "chat_record_id",
            "qw_chat_record_id",
            "action",
            "sender_id",
            "receiver_ids",
            "send_time",
            "type",
            "hit_keyword_rules",
            "is_recall",
            "recall_time",
            kind,
        ]
        .into();
        expected.sort_unstable();
        assert_eq!(
            keys.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            expected.into_iter().collect()
        );
        assert!(record["is_recall"].is_boolean() && record["recall_time"].is_u64());
        assert!(!record["receiver_ids"].as_array().unwrap().is_empty());
        let body = record[kind].as_object().unwrap();
        bodies.entry(kind.to_owned()).or_default().extend(body.keys().cloned());
    }
    let shown: Vec<_> = bodies
        .iter()
        .map(|(kind, keys)| {
            format!("{kind}: {}", keys.iter().cloned().collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "agree: agree_time user_id",
            "card: corp_name user_id",
            "disagree: disagree_time user_id",
            "docmsg: doc_creator link_url title",
            "emotion: height oss_url size thumb_url type width",
            "file: filename oss_url size",
            "image: oss_url thumb_url",
            "link: description image_url title url",
            "location: address latitude longitude title zoom",
            "miniprogram: description miniprogram_name title username",
            "redpacket: count total_amount type wish",
            "text: content",
            "video: length oss_url",
            "voice: length oss_url",
        ]
    );
}

#[tokio::test]
async fn every_record_of_every_chat_is_there_once() {
    let fixture = start(small()).await;
    let records = fixture.walk_chats(&[("page_size", "7")]).await;
    let mut found = texts(&records, "chat_record_id");
    let mut wanted = fixture.myscrm().ids();
    assert_eq!(wanted.len(), 600);
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(
        texts(&records, "qw_chat_record_id").into_iter().collect::<BTreeSet<_>>().len(),
        600
    );
    for record in &records {
        let sent =
            fixture.myscrm().raw_as_sent(record["chat_record_id"].as_str().unwrap()).unwrap();
        assert_eq!(&serde_json::from_slice::<Value>(&sent).unwrap(), record);
        let msgid = record["qw_chat_record_id"].as_str().unwrap();
        assert!(
            msgid.split('_').next().unwrap().parse::<u64>().is_err()
                && msgid.ends_with("_external")
        );
    }
}

#[tokio::test]
async fn several_records_share_a_second_and_some_a_millisecond() {
    let fixture = start(small().with_records(3000)).await;
    let times = times(&fixture.walk_chats(&[("asc", "true")]).await, "send_time");
    let same = |unit: i64| times.windows(2).filter(|two| two[0] / unit == two[1] / unit).count();
    assert!(same(1000) > 200, "{}", same(1000));
    assert!(same(1) > 20, "{}", same(1));
}

#[tokio::test]
async fn newest_first_unless_asked_otherwise() {
    let fixture = start(small()).await;
    let chat = fixture.busy_chat(true).await;
    let newest = fixture.walk(PULL, &[("chat_id", &chat), ("page_size", "3")]).await;
    let mut oldest =
        fixture.walk(PULL, &[("chat_id", &chat), ("page_size", "3"), ("asc", "true")]).await;
    assert!(newest.len() > 20);
    assert!(times(&oldest, "send_time").is_sorted());
    oldest.reverse();
    assert_eq!(texts(&newest, "chat_record_id"), texts(&oldest, "chat_record_id"));
    assert_eq!(fixture.records(&fixture.json(PULL, &[("chat_id", &chat)]).await).len(), 10);
}

/// How many records of a chat there are in windows around one of them.
async fn around(fixture: &Fixture, chat: &str, at_ms: i64) -> [usize; 4] {
    let mut counts = [0; 4];
    for (count, (from, until)) in counts.iter_mut().zip([(0, 0), (-1, 0), (0, 1), (-1, 1)]) {
        let (from, until) = ((at_ms + from).to_string(), (at_ms + until).to_string());
        let query = [("chat_id", chat), ("start_time", &from), ("end_time", &until)];
        *count = fixture.walk(PULL, &query).await.len();
    }
    counts
}

#[tokio::test]
async fn the_ends_of_windows_belong_to_them_as_the_option_says() {
    for (bounds, expected) in [
        (Bounds::Inclusive, [1, 1, 1, 1]),
        (Bounds::EndExclusive, [0, 0, 1, 1]),
        (Bounds::Exclusive, [0, 0, 0, 1]),
    ] {
        let fixture = start(small().with_bounds(bounds)).await;
        let chat = fixture.busy_chat(false).await;
        let all = times(&fixture.walk(PULL, &[("chat_id", &chat)]).await, "send_time");
        let alone = all.windows(3).find(|three| {
            three[0] - three[2] > 4 && three[0] > three[1] + 1 && three[1] > three[2] + 1
        });
        assert_eq!(around(&fixture, &chat, alone.unwrap()[1]).await, expected, "{bounds:?}");
    }
}

#[tokio::test]
async fn windows_can_have_a_limit() {
    let fixture = start(small().with_max_window(Duration::from_secs(86_400))).await;
    let chat = fixture.myscrm().chat_ids().remove(0);
    let code = async |from_ms: i64, until_ms: i64| {
        let (from, until) = (from_ms.to_string(), until_ms.to_string());
        fixture.code(PULL, &[("chat_id", &chat), ("start_time", &from), ("end_time", &until)]).await
    };
    assert_eq!(code(NOW_MS - DAY_MS, NOW_MS).await, 0);
    assert_eq!(code(NOW_MS - DAY_MS - 1, NOW_MS).await, 40_004);
    assert_eq!(fixture.code(PULL, &[("chat_id", &chat)]).await, 0);
    assert_eq!(fixture.code(PULL, &[("chat_id", &chat), ("start_time", "0")]).await, 40_004);
}

#[tokio::test]
async fn filters_keep_what_they_say() {
    let fixture = start(small()).await;
    let chat = fixture.busy_chat(true).await;
    let all = fixture.walk(PULL, &[("chat_id", &chat)]).await;
    let asked = async |name: &str, value: &str| {
        fixture.walk(PULL, &[("chat_id", &chat), (name, value), ("page_size", "4")]).await
    };
    let texts_only = asked("type", "text").await;
    let expected: Vec<_> = all.iter().filter(|record| record["type"] == "text").cloned().collect();
    assert_eq!(texts(&texts_only, "chat_record_id"), texts(&expected, "chat_record_id"));
    assert!(texts_only.len() < all.len());
    assert!(asked("type", "teleport").await.is_empty());

    let word = "好";
    let with_word = asked("keyword", word).await;
    let expected = all.iter().filter(|record| record["text"]["content"].to_string().contains(word));
    assert_eq!(with_word.len(), expected.count());
    assert!(!with_word.is_empty());

    let employees = fixture.myscrm().employee_ids();
    let (inside, outside) = (asked("sender_type", "1").await, asked("sender_type", "2").await);
    assert!(inside.len() > 5 && outside.len() > 5);
    assert_eq!(inside.len() + outside.len(), all.len());
    for (records, is_employee) in [(inside, true), (outside, false)] {
        assert!(
            texts(&records, "sender_id").iter().all(|id| employees.contains(id) == is_employee)
        );
    }
}

#[tokio::test]
async fn all_bodies_can_come_at_once() {
    let fixture = start(small().with_all_bodies(true)).await;
    let chat = fixture.busy_chat(false).await;
    for record in fixture.walk(PULL, &[("chat_id", &chat)]).await {
        assert_eq!(record.as_object().unwrap().len(), 10 + 14);
        if record["type"] != "location" {
            let nothing =
                json!({"longitude": 0, "latitude": 0, "address": "", "title": "", "zoom": 0});
            assert_eq!(record["location"], nothing);
        }
        if record["type"] != "text" {
            assert_eq!(record["text"], json!({"content": ""}));
        }
    }
}

#[tokio::test]
async fn protobuf_habits() {
    let fixture = start(small().with_integers_as_text(true).with_zeros_absent(true)).await;
    let records = fixture.walk_chats_with_absent_lists().await;
    assert_eq!(records.len(), 600);
    for record in &records {
        assert!(record["send_time"].as_str().unwrap().parse::<i64>().is_ok());
        match record.get("is_recall") {
            None => assert!(record.get("recall_time").is_none()),
            Some(recalled) => assert!(recalled == true && record["recall_time"].is_string()),
        }
        assert!(record["hit_keyword_rules"].as_array().is_none_or(|rules| !rules.is_empty()));
        assert!(record["image"].get("thumb_url").is_none());
        assert!(record["file"]["size"].is_null() || record["file"]["size"].is_string());
        assert!(record["voice"]["length"].is_null() || record["voice"]["length"].is_u64());
    }
    let chat = fixture.myscrm().chat_ids().remove(0);
    let nothing = fixture.json(PULL, &[("chat_id", &chat), ("end_time", "1")]).await;
    assert_eq!(nothing, json!({"errcode": 0, "errmsg": "ok"}));
}

impl Fixture {
    /// All records, where absent lists and cursors are empty ones.
    async fn walk_chats_with_absent_lists(&self) -> Vec<Value> {
        let mut records = Vec::new();
        for chat in self.myscrm().chat_ids() {
            let mut cursor = String::new();
            loop {
                let page = self.json(PULL, &[("chat_id", &chat), ("cursor", &cursor)]).await;
                records.extend(page["list"].as_array().cloned().unwrap_or_default());
                match page.get("next_cursor") {
                    Some(next) => next.as_str().unwrap().clone_into(&mut cursor),
                    None => break,
                }
            }
        }
        records
    }
}

#[tokio::test]
async fn undocumented_types_have_no_plain_body() {
    let fixture = start(small().with_undocumented_types(true).with_records(2000)).await;
    let records = fixture.walk_chats(&[]).await;
    let bare: BTreeSet<_> = records
        .iter()
        .filter(|record| record.get(record["type"].as_str().unwrap()).is_none())
        .map(|record| record["type"].as_str().unwrap())
        .collect();
    assert!(bare.len() >= 5 && bare.contains("mixed"), "{bare:?}");
}

#[tokio::test]
async fn recalls_appear_later_on_records_that_stay() {
    let fixture = start(small()).await;
    let recalled = async || {
        let records = fixture.walk_chats(&[]).await;
        let recalled = records.into_iter().filter(|record| record["is_recall"] == true);
        recalled.collect::<Vec<_>>()
    };
    // nobody recalls so early
    fixture.sim.clock().freeze_at(NOW_MS - 30 * DAY_MS);
    assert!(recalled().await.is_empty());
    fixture.sim.clock().freeze_at(NOW_MS + DAY_MS);
    let all = recalled().await;
    assert!((8..40).contains(&all.len()), "{}", all.len());
    let mut ids = texts(&all, "chat_record_id");
    let mut wanted = fixture.myscrm().recalled_ids();
    ids.sort();
    wanted.sort();
    assert_eq!(ids, wanted);
    for record in &all {
        let (sent, at) =
            (record["send_time"].as_i64().unwrap(), record["recall_time"].as_i64().unwrap());
        assert!((5_000..=20 * 3_600_000 + 1_000).contains(&(at - sent)));
        assert!(record[record["type"].as_str().unwrap()].is_object(), "what was said stays");
    }
    let some = all[0]["recall_time"].as_i64().unwrap();
    let id = all[0]["chat_record_id"].as_str().unwrap();
    let seen = |at_ms: i64| {
        fixture.sim.clock().freeze_at(at_ms);
        let raw = fixture.myscrm().raw_record(id).unwrap();
        serde_json::from_str::<Value>(&raw).unwrap()["is_recall"] == true
    };
    assert!(!seen(some - 1) && seen(some));
}

#[tokio::test]
async fn keyword_rules_change_between_readings() {
    let fixture = start(small()).await;
    let chat = fixture.busy_chat(true).await;
    let read = async || fixture.walk(PULL, &[("chat_id", &chat), ("type", "text")]).await;
    let first = read().await;
    let hits: Vec<_> =
        first.iter().filter(|record| record["hit_keyword_rules"] != json!([])).collect();
    assert!(!hits.is_empty() && hits.len() < first.len());
    for record in hits {
        let content = record["text"]["content"].as_str().unwrap();
        for rule in record["hit_keyword_rules"].as_array().unwrap() {
            assert!(rule["rule_id"].is_string() && rule["rule_name"].is_string());
            let keywords = rule["keywords"].as_array().unwrap();
            assert!(!keywords.is_empty());
            assert!(keywords.iter().all(|word| content.contains(word.as_str().unwrap())));
        }
    }
    assert_eq!(read().await, first);
    fixture.sim.clock().advance(Duration::from_secs(600));
    let second = read().await;
    assert_ne!(second, first);
    assert_eq!(texts(&second, "chat_record_id"), texts(&first, "chat_record_id"));

    let restless = start(small().with_rules_life(Duration::ZERO)).await;
    let chat = restless.busy_chat(true).await;
    let read = async || restless.walk(PULL, &[("chat_id", &chat), ("type", "text")]).await;
    assert_ne!(read().await, read().await);
}

#[tokio::test]
async fn errors_can_say_ok() {
    let fixture = start(small().with_errors_say_ok(true)).await;
    let answer = fixture.json(PULL, &[]).await;
    assert_eq!(answer, json!({"errcode": 40_002, "errmsg": "ok"}));
}
