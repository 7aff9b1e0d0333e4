//! The records themselves: members, times, contents, late changes, and what a complete sync has to find.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chat_sim::{SimOptions, SimVendor, TrueRecord, bes::BesOptions};
use serde_json::Value;

use super::{Fixture, small, start, true_ids};
use crate::support::NOW_MS;

/// The members of the older sample.
const OLD: [&str; 18] = [
    "id",
    "channel",
    "senderNickname",
    "senderAvatar",
    "sendTime",
    "controlType",
    "sourceType",
    "mediaType",
    "content",
    "callId",
    "messageCode",
    "associationContentId",
    "sendStatus",
    "errorMsg",
    "receiveTime",
    "isForwarded",
    "forwardTime",
    "contentDealType",
];

/// The members of the newer sample, in its order.
const NEW: [&str; 30] = [
    "id",
    "channel",
    "channelConfigId",
    "userId",
    "senderNickname",
    "senderAvatar",
    "sendTime",
    "controlType",
    "sourceType",
    "mediaType",
    "content",
    "callId",
    "tenantId",
    "partdbId",
    "messageCode",
    "associationContentId",
    "sendStatus",
    "recallTime",
    "modifiedTime",
    "errorMsg",
    "dayOfYear",
    "receiveTime",
    "isForwarded",
    "forwardTime",
    "contentDealType",
    "contentKey",
    "multiMediaLibraryInfo",
    "chatId",
    "readTime",
    "email",
];

fn parsed(record: &TrueRecord) -> BTreeMap<String, Value> {
    serde_json::from_slice(&record.raw).unwrap()
}

/// Members in the order in which they are written.
fn order(record: &TrueRecord) -> Vec<String> {
    let text = String::from_utf8(record.raw.clone()).unwrap();
    let mut keys: Vec<String> = parsed(record).into_keys().collect();
    keys.sort_by_key(|key| text.find(&format!("\"{key}\":")).unwrap());
    keys
}

async fn many() -> Fixture {
    start(BesOptions::default().with_records(5_000).with_seed(7)).await
}

#[tokio::test]
async fn records_have_the_members_of_the_samples_and_of_the_table() {
    let fixture = many().await;
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for record in fixture.bes().records() {
        let members = order(&record);
        let table: Vec<_> = NEW
            .into_iter()
            .filter(|key| !matches!(*key, "contentKey" | "email"))
            .map(|key| match key {
                "tenantId" => "tenant_id",
                "chatId" => "chat_id",
                key => key,
            })
            .collect();
        let form = match members.len() {
            18 if members == OLD => "old",
            30 if members == NEW && parsed(&record)["chatId"].is_null() => "sample",
            30 if members == NEW => "filled",
            28 if members == table => "table",
            32 if parsed(&record)["tenantId"].is_null() => {
                assert!(parsed(&record)["tenant_id"].is_string());
                "both"
            }
            _ => panic!("{members:?}"),
        };
        *seen.entry(form).or_default() += 1;
        if form == "sample" {
            for key in ["channelConfigId", "userId", "partdbId", "modifiedTime", "dayOfYear"] {
                assert!(parsed(&record)[key].is_null(), "{key}");
            }
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[tokio::test]
async fn times_are_whole_seconds_with_several_in_one() {
    let fixture = many().await;
    let mut per_second: BTreeMap<(String, i64), u32> = BTreeMap::new();
    for record in fixture.bes().records() {
        let row = parsed(&record);
        let sent = row["sendTime"].as_i64().unwrap();
        assert_eq!((sent % 1000, Some(sent)), (0, record.sent_at_ms));
        assert!(sent < NOW_MS);
        *per_second.entry((record.partition, sent)).or_default() += 1;
    }
    assert!(per_second.values().any(|count| *count >= 3));
}

#[tokio::test]
async fn ids_have_thirty_digits_or_seventeen_and_none_comes_twice() {
    let fixture = many().await;
    let records = fixture.bes().records();
    let ids = true_ids(&records);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 5_000);
    let lengths: BTreeSet<usize> = ids.iter().map(String::len).collect();
    assert_eq!(lengths, BTreeSet::from([17, 30]));
    assert!(ids.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_digit())));
    for (record, id) in records.iter().zip(&ids) {
        assert_eq!(parsed(record)["id"].as_str(), Some(id.as_str()));
    }
}

#[tokio::test]
async fn what_the_page_names_is_there() {
    let fixture = many().await;
    let rows: Vec<_> = fixture.bes().records().iter().map(parsed).collect();
    let values = |key: &str| -> BTreeSet<String> {
        rows.iter().filter_map(|row| row[key].as_str()).map(str::to_owned).collect()
    };
    for (key, expected) in [
        ("sourceType", &["USER", "CUSTOMER", "AGENT", "ROBOT", "SYSTEM"][..]),
        (
            "mediaType",
            &[
                "TEXT",
                "IMAGE",
                "AUDIO",
                "VIDEO",
                "FILE",
                "FILE_IMAGE",
                "FILE_VIDEO",
                "WEBCARD",
                "LOCATE",
            ],
        ),
        ("controlType", &["CHAT", "CONNECT", "TRANS2AGENT", "DISCONNECT", "READ", "INPUT"]),
    ] {
        let found = values(key);
        let expected: BTreeSet<String> = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(found, expected, "{key}");
    }
    let contents = values("content");
    let any = |test: &dyn Fn(&str) -> bool| contents.iter().any(|content| test(content));
    assert!(any(&|text| text.starts_with("<p>") && text.ends_with("</p>")));
    assert!(any(&|text| !text.starts_with("<p>") && text.contains('请')));
    assert!(any(&|text| text.contains('😊')));
    assert!(any(&|text| text.contains("&quot;") || text.contains("&amp;")));
    assert!(rows.iter().any(|row| row["contentDealType"] == "1"));
    assert!(rows.iter().any(|row| row.get("multiMediaLibraryInfo").is_some_and(Value::is_object)));
}

#[tokio::test]
async fn files_are_described_in_every_known_form() {
    let fixture = many().await;
    let mut seen = BTreeSet::new();
    for record in fixture.bes().records() {
        let row = parsed(&record);
        let Some(content) = row["content"].as_str() else { continue };
        let commas = content.matches(',').count();
        match row["mediaType"].as_str().unwrap() {
            "FILE" if row["contentDealType"].is_null() => {
                let parts: Vec<&str> = content.rsplitn(4, ',').collect();
                let [ext, _, size, name] = parts.as_slice() else { panic!("{content}") };
                let file = &fixture.bes().files(&record)[0];
                assert_eq!(size.parse(), Ok(file.bytes.len()), "{content}");
                assert!(name.is_empty() || name.ends_with(ext), "{content}");
                seen.insert(match *name {
                    "" => "file without a name",
                    name if name.contains(',') => "file with commas",
                    _ => "file",
                });
            }
            "IMAGE" if row["contentDealType"].is_null() && commas == 0 => {
                seen.insert("bare");
            }
            "IMAGE" if commas == 1 => {
                seen.insert("with extension");
            }
            "WEBCARD" => {
                let card: Value = serde_json::from_str(content).unwrap();
                let has = |key: &str| !card[key].as_str().unwrap().is_empty();
                assert!(has("redirectUrl") || has("mediaFileId"), "{content}");
                seen.insert(if has("mediaFileId") { "card with a picture" } else { "card" });
            }
            "LOCATE" if content.matches('/').count() == 2 => {
                seen.insert("place");
            }
            "LOCATE" if content.ends_with(",txt") => {
                seen.insert("place in a file");
            }
            _ => {}
        }
    }
    assert_eq!(seen.len(), 9, "{seen:?}");
}

#[tokio::test]
async fn records_change_late() {
    let fixture = many().await;
    let before = fixture.bes().records();
    fixture.sim.clock().advance(Duration::from_secs(3 * 86_400));
    let after = fixture.bes().records();
    let changed: Vec<_> =
        before.iter().zip(&after).filter(|(before, after)| before.raw != after.raw).collect();
    assert!(!changed.is_empty());
    for (before, after) in &changed {
        assert_eq!((before.ordinal, &before.id), (after.ordinal, &after.id));
    }
    let count = |records: &[TrueRecord], test: &dyn Fn(&BTreeMap<String, Value>) -> bool| {
        records.iter().filter(|record| test(&parsed(record))).count()
    };
    let is_read = |row: &BTreeMap<String, Value>| {
        row.get("readTime").and_then(Value::as_i64).is_some_and(|at| at > 0)
    };
    let is_recalled =
        |row: &BTreeMap<String, Value>| row.get("recallTime").is_some_and(Value::is_number);
    assert!(count(&after, &is_read) > count(&before, &is_read));
    assert!(count(&before, &is_recalled) > 0);
    let blank = |row: &BTreeMap<String, Value>| is_recalled(row) && row["content"].is_null();
    let kept = |row: &BTreeMap<String, Value>| is_recalled(row) && !row["content"].is_null();
    assert!(count(&after, &blank) > 0 && count(&after, &kept) > 0);
    let is_modified_last = |row: &BTreeMap<String, Value>| {
        let modified = row["modifiedTime"].as_i64();
        modified.is_none_or(|modified| {
            Some(modified) >= row["recallTime"].as_i64()
                && Some(modified) >= row["readTime"].as_i64()
        })
    };
    let has_modified = |row: &BTreeMap<String, Value>| row.contains_key("modifiedTime");
    let wrong = |row: &BTreeMap<String, Value>| has_modified(row) && !is_modified_last(row);
    assert_eq!(count(&after, &wrong), 0);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_records() {
    let raw = async |seed: u64| {
        let options = small().with_seed(seed).with_until_ms(NOW_MS);
        let records = start(options).await.bes().records();
        records.into_iter().map(|record| record.raw).collect::<Vec<_>>()
    };
    let first = raw(1).await;
    assert_eq!(first, raw(1).await);
    assert_ne!(first, raw(2).await);
}

#[tokio::test]
async fn records_are_told_apart_by_user_and_are_found_by_asking() {
    let fixture = start(small()).await;
    let bes = fixture.bes();
    let users = bes.partitions();
    let records = bes.records();
    assert_eq!((users.len(), records.len(), bes.record_count()), (4, 400, 400));
    assert!(records.iter().map(|record| record.ordinal).eq(0..400));
    for user in &users {
        let rows = fixture.rows(user, &[("limit", "100")]).await;
        let expected: Vec<Value> = records
            .iter()
            .filter(|record| record.partition == *user)
            .rev()
            .take(100)
            .map(|record| serde_json::from_slice(&record.raw).unwrap())
            .collect();
        assert_eq!(rows, expected);
    }
    for record in &records {
        let row = parsed(record);
        let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        let said = text("chatId").or(text("chat_id")).or(text("callId"));
        assert_eq!(record.conversation_id, said);
    }
}

#[tokio::test]
async fn inserted_records_are_later_than_all_others() {
    let fixture = start(small()).await;
    let bes = fixture.bes();
    let latest = bes.records().iter().filter_map(|record| record.sent_at_ms).max().unwrap();
    bes.insert_records(3);
    let records = bes.records();
    assert_eq!((records.len(), bes.record_count()), (403, 403));
    let later: Vec<_> =
        records.iter().filter(|record| record.sent_at_ms.unwrap() > latest).collect();
    assert_eq!(later.len(), 3);
    let rows = fixture.rows(&later[0].partition, &[("limit", "3")]).await;
    assert_eq!(rows[2]["id"].as_str(), later[0].id.as_deref());
}

#[tokio::test]
async fn configurations_say_where_and_how() {
    let fixture = start(small()).await;
    let bes = fixture.bes();
    let toml = fixture.sim.config_toml(|secret| match secret.key {
        "app_key" => secret.to_plain(),
        _ => secret.to_env("SECRET"),
    });
    let config: toml::Table = toml.parse().unwrap();
    let source = config["sources"]["bes-ccmessaging"].as_table().unwrap();
    let keys: BTreeSet<&str> = source.keys().map(String::as_str).collect();
    let expected = [
        "vendor",
        "base_url",
        "app_key",
        "app_secret",
        "channel_id",
        "channel",
        "users",
        "page_size",
        "start",
        "min_interval_ms",
    ];
    assert_eq!(keys, BTreeSet::from(expected));
    assert_eq!(source["vendor"].as_str(), Some(bes.name()));
    assert_eq!(source["base_url"].as_str(), Some(bes.base_url()));
    assert_eq!(source["app_key"].as_str(), Some(bes.app_key()));
    assert_eq!(source["app_secret"]["env"].as_str(), Some("SECRET"));
    let users: Vec<_> =
        source["users"].as_array().unwrap().iter().map(|user| user.as_str()).collect();
    assert_eq!(users, bes.partitions().iter().map(|user| Some(user.as_str())).collect::<Vec<_>>());
    let first = bes.records().iter().filter_map(|record| record.sent_at_ms).min().unwrap();
    let start: jiff::civil::Date = source["start"].as_str().unwrap().parse().unwrap();
    let start_ms = start.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond();
    assert!(start_ms <= first && first - start_ms < super::DAY_MS);
}

#[tokio::test]
async fn wrong_options_are_named() {
    for (options, name) in [
        (small().with_users(0), "users"),
        (small().with_span_days(0), "span_days"),
        (small().with_limit_cap(0), "limit_cap"),
        (small().with_until_ms(0), "until_ms"),
        (small().with_span_days(40_000), "span_days"),
        (small().with_media_bytes(0..=1 << 40), "media_bytes"),
        (small().with_channel_id("a b"), "channel_id"),
        (small().with_channel(""), "channel"),
    ] {
        let started = chat_sim::Sim::start(SimOptions::default().with_bes(options)).await;
        let error = started.unwrap_err();
        assert!(
            matches!(&error, chat_sim::Error::Option { name: found, .. } if *found == name),
            "{error}"
        );
    }
}
