//! What is generated: the same again, in natural shares, and changing late.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::support::{Fixture, NOW_MS, ids, small, start};

fn raw(fixture: &Fixture) -> Vec<String> {
    let nxlink = fixture.nxlink();
    let cut = |json: String| match json.find("\"media_link\"") {
        // links name the port and the moment
        Some(at) => json[..at].to_owned(),
        None => json,
    };
    nxlink.ids().iter().map(|id| cut(nxlink.raw_record(id).unwrap())).collect()
}

#[tokio::test]
async fn the_seed_decides() {
    let (one, same, other) =
        (start(small()).await, start(small()).await, start(small().with_seed(8)).await);
    assert_eq!(raw(&one), raw(&same));
    assert_ne!(raw(&one), raw(&other));
    let id = one.media_row().await["id"].as_str().unwrap().to_owned();
    assert_eq!(one.nxlink().media_bytes(&id), same.nxlink().media_bytes(&id));
}

#[tokio::test]
async fn records_lie_within_the_span() {
    let fixture = start(small().with_span_days(2)).await;
    let rows = fixture.walk(&[("order_by", "asc")]).await;
    // two minutes before the clock, in +08:00
    assert!(rows.last().unwrap()["created_at"].as_str().unwrap() <= "2025-10-16 13:58:00");
    assert!(rows[0]["created_at"].as_str().unwrap() >= "2025-10-14 13:58:00");
    assert!(rows[0]["created_at"].as_str().unwrap().starts_with(&fixture.nxlink().start_date()));

    let earlier = start(small().with_until_ms(NOW_MS - 86_400_000).with_utc_offset("-05:00")).await;
    let rows = earlier.walk(&[]).await;
    assert!(rows[0]["created_at"].as_str().unwrap() <= "2025-10-15 01:00:00");
}

#[tokio::test]
async fn ids_tell_the_time() {
    let fixture = start(small()).await;
    for row in fixture.walk(&[]).await {
        let id: u64 = row["id"].as_str().unwrap().parse().unwrap();
        // 2016-11-01 00:00:00 on the wall, as the vendor's own ids count
        let wall_s = i64::try_from(id >> 22).unwrap() / 1000 + 1_477_958_400;
        let in_utc = jiff::Timestamp::from_second(wall_s).unwrap().to_string();
        assert_eq!(in_utc.replace('T', " ").trim_end_matches('Z'), row["created_at"]);
    }
}

#[tokio::test]
async fn kinds_come_in_natural_shares() {
    let fixture = start(small().with_records(5000)).await;
    let mut kinds = BTreeMap::<String, usize>::new();
    let mut conversations = BTreeMap::<String, usize>::new();
    let mut joined = String::new();
    let rows = fixture.walk(&[]).await;
    for row in &rows {
        let kind =
            if row["chat_type"] == 2 { "system" } else { row["message_type"].as_str().unwrap() };
        *kinds.entry(kind.to_owned()).or_default() += 1;
        *conversations
            .entry(row["saas_conversation_id"].as_str().unwrap().to_owned())
            .or_default() += 1;
        let content = row["content"].as_str().unwrap_or_default();
        if ["location", "sticker", "button", "contacts"].contains(&kind) {
            serde_json::from_str::<Value>(content).unwrap();
        }
        joined.push_str(content);
    }
    for (kind, least, most) in [
        ("text", 3600, 4000),
        ("image", 400, 600),
        ("document", 60, 140),
        ("video", 25, 80),
        ("audio", 10, 45),
        ("voice", 10, 45),
        ("template", 230, 370),
        ("system", 60, 140),
        ("location", 10, 60),
        ("sticker", 15, 70),
        ("button", 5, 40),
        ("contacts", 1, 25),
    ] {
        let count = kinds.remove(kind).unwrap_or(0);
        assert!((least..=most).contains(&count), "{kind}: {count}");
    }
    assert_eq!(kinds, BTreeMap::new());
    assert!((200..=320).contains(&conversations.len()), "{}", conversations.len());
    for word in ["发票", "退款", "订单", "快递", "优惠", "保修", "refund", "\n", "\"", "😊"]
    {
        assert!(joined.contains(word), "{word}");
    }
    assert!(
        !joined.contains(['{', '}']) || joined.contains("latitude"),
        "no slot is left unfilled"
    );
    let quotes: Vec<_> = rows.iter().filter_map(|row| row["context"].as_str()).collect();
    let known = quotes
        .iter()
        .filter(|quoted| rows.iter().any(|row| row["message_id"] == ***quoted))
        .count();
    assert!(quotes.len() > 50 && known * 10 > quotes.len() * 7, "{known} of {}", quotes.len());
    let templates = rows
        .iter()
        .filter(|row| row["message_type"] == "template")
        .map(|row| row["template"].to_string());
    let templates: String = templates.collect();
    for word in [
        "HEADER",
        "BODY",
        "FOOTER",
        "BUTTONS",
        "QUICK_REPLY",
        "PHONE_NUMBER",
        "COPY_CODE",
        "FLOW",
        "quality_score",
        "body_text",
        "header_handle",
    ] {
        assert!(templates.contains(word), "{word}");
    }
    let system = rows.iter().find(|row| row["chat_type"] == 2).unwrap();
    assert!(
        system.get("from").is_none()
            && system.get("to").is_none()
            && system.get("message_id").is_none()
    );
}

#[tokio::test]
async fn telephone_numbers_belong_to_nobody() {
    let fixture = start(small()).await;
    for row in fixture.walk(&[]).await {
        for key in ["from", "to", "user_channel_id"] {
            assert!(row.get(key).is_none_or(|number| number.as_str().unwrap().starts_with("999")));
        }
    }
}

#[tokio::test]
async fn records_change_late() {
    let options = small().with_records(1000).with_until_ms(NOW_MS).with_span_days(1);
    let fixture = start(options).await;
    let outbound = |rows: &[Value]| -> BTreeMap<String, (String, String)> {
        let sent = rows.iter().filter(|row| row["chat_type"] == 0);
        let form = |row: &Value| {
            (
                row["status"].as_str().unwrap().to_owned(),
                row["updated_at"].as_str().unwrap().to_owned(),
            )
        };
        sent.map(|row| (row["id"].as_str().unwrap().to_owned(), form(row))).collect()
    };
    fixture.sim.clock().freeze_at(NOW_MS - 86_400_000);
    let before = outbound(&fixture.walk(&[]).await);
    assert!(before.values().all(|(status, _)| status == "sent"), "nothing has happened yet");

    let rank =
        |status: &str| ["sent", "delivered", "read"].iter().position(|known| *known == status);
    let mut last = before;
    for hours in [24, 1, 5, 20, 60, 1000] {
        fixture.sim.clock().advance(Duration::from_secs(hours * 3600));
        let now = outbound(&fixture.walk(&[]).await);
        for (id, (status, updated)) in &now {
            let (status_before, updated_before) = &last[id];
            assert!(updated >= updated_before, "{id}");
            if status != status_before {
                assert!(updated > updated_before, "a new status is an update: {id}");
                assert!(
                    status == "failed" && status_before == "sent"
                        || rank(status) > rank(status_before),
                    "{id}"
                );
            }
        }
        last = now;
    }
    let share = |wanted: &str| {
        last.values().filter(|(status, _)| status == wanted).count() * 100 / last.len()
    };
    assert_eq!(share("sent"), 0);
    assert!(
        (15..=35).contains(&share("delivered")) && (60..=80).contains(&share("read")),
        "{}",
        share("read")
    );
    assert!((1..=6).contains(&share("failed")), "{}", share("failed"));

    let rows = fixture.walk(&[]).await;
    let emoji = rows.iter().filter(|row| row.get("user_emoji").is_some()).count();
    assert!((15..=50).contains(&emoji), "{emoji}");
    assert!(rows.iter().all(|row| row.get("remark").is_some() == (row["status"] == "failed")));
    // the same moment gives the same form
    fixture.sim.clock().freeze_at(NOW_MS);
    let again = fixture.walk(&[]).await;
    assert_eq!(again, fixture.walk(&[]).await);
}

#[tokio::test]
async fn new_records_come_last() {
    let fixture = start(small()).await;
    let before = fixture.nxlink().ids();
    fixture.nxlink().insert_records(3);
    let after = fixture.nxlink().ids();
    assert_eq!(&after[..300], &before[..]);
    assert_eq!(after.len(), 303);
    let newest = fixture.rows(&[("page_size", "3")]).await;
    let mut shown = ids(&newest);
    shown.reverse();
    assert_eq!(&after[300..], &shown[..]);
    assert_eq!(newest[0]["created_at"], "2025-10-16 14:00:00");
}

#[tokio::test]
async fn a_tenant_can_be_empty() {
    let fixture = start(small().with_records(0)).await;
    assert_eq!(fixture.json(&[]).await["total"], 0);
    assert_eq!(fixture.nxlink().start_date(), "2025-09-16");
    fixture.nxlink().insert_records(1);
    assert_eq!(fixture.json(&[]).await["total"], 1);
}

#[tokio::test]
async fn what_was_sent_is_what_is_known() {
    let fixture = start(small()).await;
    let body = fixture.send(&[("page_size", "100")]).await.unwrap().text().await.unwrap();
    let rows: Value = serde_json::from_str(&body).unwrap();
    for id in ids(rows["list"].as_array().unwrap()) {
        let sent = String::from_utf8(fixture.nxlink().raw_as_sent(&id).unwrap()).unwrap();
        assert!(body.contains(&sent));
        // the clock stands still, so the link is the same as well
        assert_eq!(fixture.nxlink().raw_record(&id).unwrap(), sent);
    }
    assert_eq!(fixture.nxlink().raw_as_sent(&fixture.nxlink().ids()[0]), None);
    assert_eq!(fixture.nxlink().raw_record("1"), None);
    assert_eq!(fixture.nxlink().raw_record("x"), None);
}
