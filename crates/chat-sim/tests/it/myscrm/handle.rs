//! What a test learns from the handle, and what it does not show.

use chat_sim::{Error, Sim, SimOptions, myscrm::MyscrmOptions};
use serde_json::Value;

use super::support::{DAY_MS, NOW_MS, PULL, small, start, texts, times};

#[tokio::test]
async fn the_seed_decides() {
    let raw = |fixture: &super::support::Fixture| -> Vec<_> {
        let vendor = fixture.sim.vendor("myscrm-qw").unwrap();
        // links name the port
        let address = fixture.myscrm().media_url();
        let json = |raw: Vec<u8>| String::from_utf8(raw).unwrap().replace(address, "");
        vendor.records().into_iter().map(|record| json(record.raw)).collect()
    };
    let (one, same, other) =
        (start(small()).await, start(small()).await, start(small().with_seed(8)).await);
    assert_eq!(raw(&one), raw(&same));
    assert_ne!(raw(&one), raw(&other));
    assert_eq!(one.myscrm().chat_ids(), same.myscrm().chat_ids());
}

#[tokio::test]
async fn records_lie_within_the_span() {
    let fixture = start(small().with_span_days(2)).await;
    let times = times(&fixture.walk_chats(&[]).await, "send_time");
    let (first, last) = (*times.iter().min().unwrap(), *times.iter().max().unwrap());
    assert!(first >= NOW_MS - 120_000 - 2 * DAY_MS && last <= NOW_MS - 120_000);
    let start_ms = format!("{}T00:00:00Z", fixture.myscrm().start_date())
        .parse::<jiff::Timestamp>()
        .unwrap()
        .as_millisecond();
    // before the first record in any zone, but not long before
    assert!((first - 3 * DAY_MS..=first - 14 * 3_600_000).contains(&start_ms));
}

#[tokio::test]
async fn what_a_sync_must_find() {
    for is_raw in [false, true] {
        let fixture = start(small().with_raw_mode(is_raw)).await;
        let vendor = fixture.sim.vendor("myscrm-qw").unwrap();
        let records = vendor.records();
        assert_eq!(records.len(), vendor.record_count());
        assert!(records.iter().zip(0..).all(|(record, ordinal)| record.ordinal == ordinal));
        let found = if is_raw {
            assert_eq!(vendor.partitions(), [""]);
            fixture.walk_raw(&[]).await
        } else {
            assert_eq!(vendor.partitions(), fixture.myscrm().chat_ids());
            fixture.walk_chats(&[("asc", "true")]).await
        };
        let raw: Vec<Value> =
            records.iter().map(|record| serde_json::from_slice(&record.raw).unwrap()).collect();
        assert_eq!(found, raw);
        let sent = times(&found, if is_raw { "msgtime" } else { "send_time" });
        assert!(records.iter().zip(sent).all(|(record, sent)| record.sent_at_ms == Some(sent)));
        let files: usize = records.iter().map(|record| vendor.files(record).len()).sum();
        let links =
            found.iter().filter(|record| record.to_string().contains("\"oss_url\"")).count();
        assert!(files > 50);
        assert_eq!(files, links);
    }
}

#[tokio::test]
async fn configurations_say_where_and_how() {
    let fixture = start(small().with_required_header("X-Orgcode", "o-1")).await;
    let toml = fixture.sim.config_toml(|secret| match secret.key {
        "app_id" => secret.to_env("APP"),
        _ => secret.to_plain(),
    });
    let config: toml::Table = toml.parse().unwrap();
    let source = config["sources"]["myscrm-qw"].as_table().unwrap();
    let keys: Vec<_> = source.keys().map(String::as_str).collect();
    let expected = [
        "app_id",
        "base_url",
        "chats",
        "extra_headers",
        "min_interval_ms",
        "page_size",
        "start",
        "vendor",
    ];
    assert_eq!(keys, expected);
    assert_eq!(source["vendor"].as_str(), Some("myscrm-qw"));
    assert_eq!(source["base_url"].as_str(), Some(fixture.myscrm().base_url()));
    assert_eq!(source["app_id"]["env"].as_str(), Some("APP"));
    assert_eq!(source["extra_headers"]["X-Orgcode"].as_str(), Some("o-1"));
    assert_eq!(source["start"].as_str(), Some(fixture.myscrm().start_date().as_str()));
    let chats = source["chats"].as_array().unwrap();
    let chats: Vec<_> = chats.iter().map(|chat| chat.as_str().unwrap().to_owned()).collect();
    assert_eq!(chats, fixture.myscrm().chat_ids());

    let options =
        small().with_raw_mode(true).with_required_query("orgcode", "o-2").with_max_page_size(50);
    let fixture = start(options).await;
    let config: toml::Table = fixture.sim.config_toml(|secret| secret.to_plain()).parse().unwrap();
    let source = config["sources"]["myscrm-qw"].as_table().unwrap();
    assert!(!source.contains_key("chats"));
    assert_eq!(source["mode"].as_str(), Some("raw"));
    assert_eq!(source["encoding_aes_keys"][0].as_str(), Some(fixture.myscrm().encoding_aes_key()));
    assert_eq!(source["extra_query"]["orgcode"].as_str(), Some("o-2"));
    assert_eq!(source["page_size"].as_integer(), Some(50));
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let key = "MARKER7ingEncodingAesKey0123456789abcdefghi";
    let options = small()
        .with_app_id("MARKER-1")
        .with_encoding_aes_key(key)
        .with_required_header("x-a", "MARKER-2")
        .with_required_query("b", "MARKER-3");
    let shown = format!("{:?}", SimOptions::default().with_myscrm(options.clone()));
    assert!(!shown.contains("MARKER"), "{shown}");
    let fixture = start(options).await;
    let vendor = fixture.sim.vendor("myscrm-qw").unwrap();
    let records = vendor.records();
    let shown = format!("{:?} {:?} {:?}", fixture.sim, vendor, records[0]);
    assert!(!shown.contains("MARKER"), "{shown}");
    assert_eq!(vendor.secrets(), ["MARKER-1", key, "MARKER-2", "MARKER-3"]);
    let wrong = fixture.json(PULL, &[("chat_id", "x")]).await.to_string();
    assert!(!wrong.contains("MARKER"), "{wrong}");
}

#[tokio::test]
async fn wrong_options_are_named() {
    for (options, name) in [
        (small().with_span_days(0), "span_days"),
        (small().with_span_days(30_000), "span_days"),
        (small().with_until_ms(i64::MAX), "until_ms"),
        (small().with_chats(0), "chats"),
        (small().with_max_page_size(9), "max_page_size"),
        (small().with_media_bytes(0..=1 << 40), "media_bytes"),
        (small().with_media_bytes_per_second(0), "media_bytes_per_second"),
        (small().with_required_header("no header", "x"), "required_header"),
        (small().with_encoding_aes_key("short"), "encoding_aes_key"),
    ] {
        let error = Sim::start(SimOptions::default().with_myscrm(options)).await.unwrap_err();
        assert!(matches!(&error, Error::Option { name: found, .. } if *found == name), "{error}");
    }
}

#[tokio::test]
async fn a_million_records_are_no_trouble() {
    let fixture = start(MyscrmOptions::default().with_records(1_000_000)).await;
    assert_eq!(fixture.myscrm().record_count(), 1_000_000);
    let chat = fixture.myscrm().chat_ids().remove(0);
    let records = fixture.walk_first(&chat).await;
    assert_eq!(texts(&records, "chat_record_id").len(), 1000);
}

#[tokio::test]
async fn no_records_at_all() {
    let fixture = start(small().with_records(0).with_chats(1)).await;
    assert!(fixture.walk_chats(&[]).await.is_empty());
    assert!(fixture.walk_raw(&[]).await.is_empty());
    fixture.myscrm().insert_records(3);
    assert_eq!(fixture.walk_chats(&[]).await.len(), 3);
}

impl super::support::Fixture {
    async fn walk_first(&self, chat: &str) -> Vec<Value> {
        let answer = self.json(PULL, &[("chat_id", chat), ("page_size", "1000")]).await;
        self.records(&answer)
    }
}
