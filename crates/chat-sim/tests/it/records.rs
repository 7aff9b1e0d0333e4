//! The endpoint's answers: codes, shape, paging, order, filters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{ids, small, start};

/// The keys of the vendor's samples, in an order that agrees with all but the oldest of them.
const KEYS: [&str; 25] = [
    "id",
    "channel",
    "saas_conversation_id",
    "from",
    "to",
    "status",
    "content",
    "context",
    "filename",
    "tenant_id",
    "user_channel_id",
    "customer_id",
    "customer_name",
    "agent_id",
    "agent_name",
    "agent_account",
    "chat_type",
    "message_type",
    "message_id",
    "media_link",
    "mime_type",
    "template",
    "user_emoji",
    "remark",
    "created_at",
];

/// The keys of the oldest sample, and the one that may come to any record.
const OLD_KEYS: [&str; 16] = [
    "id",
    "channel",
    "saas_conversation_id",
    "user_channel_id",
    "from",
    "to",
    "customer_id",
    "customer_name",
    "agent_id",
    "agent_name",
    "chat_type",
    "message_type",
    "content",
    "user_emoji",
    "created_at",
    "updated_at",
];

#[tokio::test]
async fn parameters_are_checked_in_order() {
    let fixture = start(small()).await;
    for (changes, code) in [
        (&[("tenant_id", ""), ("appkey", "")][..], 21058),
        (&[("appkey", ""), ("channel", "")], 21059),
        (&[("appkey", "another"), ("channel", "")], 22016),
        (&[("tenant_id", "2")], 22016),
        (&[("channel", "")], 22072),
        (&[("channel", "1")], 22072),
        (&[("page_number", "")], 22072),
        (&[("page_number", "0")], 22072),
        (&[("page_size", "")], 22072),
        (&[("page_size", "0")], 22072),
        (&[("page_size", "101")], 22072),
        (&[("start_time", "2025-10-01")], 22072),
        (&[("start_time", "2025-10-01T00:00:00")], 22072),
        (&[("end_time", "2025-13-01 00:00:00")], 22072),
        (&[("start_time", "2025-10-02 00:00:00"), ("end_time", "2025-10-01 00:00:00")], 22072),
        (&[("order_by", "created_at")], 22072),
        (&[("page_size", "100")], 0),
        (&[("start_time", "2025-10-01 00:00:00")], 0),
        (&[("end_time", "2025-10-01 00:00:00")], 0),
    ] {
        assert_eq!(fixture.code(changes).await, code, "{changes:?}");
    }
}

#[tokio::test]
async fn envelopes_have_the_keys_and_order_of_the_samples() {
    let fixture = start(small()).await;
    let answer = fixture.send(&[("page_size", "1")]).await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    let text = answer.text().await.unwrap();
    let position = |key: &str| {
        text.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("no {key} in {text}"))
    };
    let positions =
        ["code", "message", "traceId", "total", "page_number", "page_size", "list"].map(position);
    assert!(positions.is_sorted(), "{text}");
    assert!(text.starts_with(r#"{"code":0,"message":null,"traceId":""#), "{text}");

    let error = fixture.send(&[("channel", "")]).await.unwrap().text().await.unwrap();
    let value: BTreeMap<String, Value> = serde_json::from_str(&error).unwrap();
    assert_eq!(value.keys().collect::<Vec<_>>(), ["code", "message", "traceId"]);
    assert!(error.starts_with(r#"{"code":22072,"message":""#), "{error}");
}

#[tokio::test]
async fn records_have_the_keys_and_order_of_the_samples() {
    let fixture = start(small().with_records(1000)).await;
    let mut seen = BTreeSet::new();
    for id in fixture.nxlink().ids() {
        let raw = fixture.nxlink().raw_record(&id).unwrap();
        let row: BTreeMap<String, Value> = serde_json::from_str(&raw).unwrap();
        let is_old = row["message_type"] == "text"
            && row["chat_type"] == 1
            && !row.contains_key("message_id");
        let order: Vec<&str> =
            if is_old { OLD_KEYS.into() } else { KEYS.into_iter().chain(["updated_at"]).collect() };
        let mut last = 0;
        let present: Vec<&str> = order.into_iter().filter(|key| row.contains_key(*key)).collect();
        assert_eq!(present.len(), row.len(), "unexpected keys in {raw}");
        for key in present {
            let at = raw.find(&format!("\"{key}\":")).unwrap();
            assert!(at > last || last == 0, "{key} is out of order in {raw}");
            last = at;
            seen.insert(key.to_owned());
        }
        assert!(!raw.contains(":null"), "absent keys are left out: {raw}");
        assert_eq!(row["id"].as_str().unwrap().len(), 19);
        assert_eq!(row["created_at"].as_str().unwrap().len(), 19);
        assert!(row["created_at"].as_str() <= row["updated_at"].as_str());
    }
    assert_eq!(seen, KEYS.into_iter().chain(["updated_at"]).map(str::to_owned).collect());
}

#[tokio::test]
async fn pages_cover_everything_once_in_both_directions() {
    let fixture = start(small()).await;
    let expected = fixture.nxlink().ids();
    let first = fixture.json(&[("page_size", "100")]).await;
    assert_eq!(
        (&first["total"], &first["page_number"], &first["page_size"]),
        (&300.into(), &1.into(), &100.into())
    );

    let ascending = ids(&fixture.walk(&[("order_by", "asc")]).await);
    assert_eq!(ascending, expected);
    let mut descending = ids(&fixture.walk(&[]).await);
    descending.reverse();
    assert_eq!(descending, expected);
    assert!(expected.is_sorted() && expected.windows(2).all(|pair| pair[0] != pair[1]));

    let last = fixture.json(&[("page_number", "43"), ("page_size", "7")]).await;
    assert_eq!(last["list"].as_array().unwrap().len(), 300 - 42 * 7);
    let beyond = fixture.json(&[("page_number", "99999999999")]).await;
    assert_eq!((&beyond["total"], beyond["list"].as_array().unwrap().len()), (&300.into(), 0));
}

#[tokio::test]
async fn windows_include_both_ends() {
    let fixture = start(small()).await;
    let all = fixture.walk(&[("order_by", "asc")]).await;
    let time = |at: usize| all[at]["created_at"].as_str().unwrap();
    for (from, until) in [(0, 299), (20, 90), (100, 100)] {
        let (start, end) = (time(from), time(until));
        let found = ids(&fixture
            .walk(&[("start_time", start), ("end_time", end), ("order_by", "asc")])
            .await);
        let is_inside = |row: &&Value| (start..=end).contains(&row["created_at"].as_str().unwrap());
        let inside: Vec<Value> = all.iter().filter(is_inside).cloned().collect();
        assert_eq!(found, ids(&inside));
    }
    assert_eq!(fixture.json(&[("start_time", time(299))]).await["total"], 1);
    let until_start = fixture.json(&[("end_time", time(0))]).await;
    assert_eq!(until_start["list"][0]["id"], all[0]["id"]);
    assert_eq!(fixture.json(&[("end_time", "2020-01-01 00:00:00")]).await["total"], 0);
}

#[tokio::test]
async fn several_records_fall_into_one_second() {
    let fixture = start(small()).await;
    let rows = fixture.walk(&[]).await;
    let ties =
        rows.windows(2).filter(|pair| pair[0]["created_at"] == pair[1]["created_at"]).count();
    assert!(ties > 10, "{ties}");
}

#[tokio::test]
async fn filters_select_and_combine() {
    let fixture = start(small()).await;
    let all = fixture.walk(&[]).await;
    let sample =
        all.iter().find(|row| row.get("agent_account").is_some() && row["chat_type"] == 0).unwrap();
    let value = |key: &str| sample[key].as_str().unwrap();
    for (parameter, field) in [
        ("business_channel_id", "user_channel_id"),
        ("customer_id", "customer_id"),
        ("saas_conversation_id", "saas_conversation_id"),
    ] {
        let found = fixture.walk(&[(parameter, value(field))]).await;
        assert!(
            found.len() < all.len()
                && found.iter().all(|row| row.get(field).is_none_or(|v| v == value(field)))
        );
        let visible = all.iter().filter(|row| row[field] == value(field)).count();
        assert!(found.len() >= visible, "{parameter}");
        assert_eq!(fixture.json(&[(parameter, "no-such-thing")]).await["total"], 0);
    }
    let created = value("created_at");
    let narrow = fixture
        .rows(&[
            ("saas_conversation_id", value("saas_conversation_id")),
            ("customer_id", value("customer_id")),
            ("business_channel_id", value("user_channel_id")),
            ("start_time", created),
            ("end_time", created),
        ])
        .await;
    assert!(narrow.iter().any(|row| row["id"] == value("id")));
    let other = all
        .iter()
        .find(|row| row["customer_id"].is_string() && row["customer_id"] != value("customer_id"))
        .unwrap();
    let both = [
        ("saas_conversation_id", value("saas_conversation_id")),
        ("customer_id", other["customer_id"].as_str().unwrap()),
    ];
    assert_eq!(fixture.json(&both).await["total"], 0);
}

#[tokio::test]
async fn the_agent_filter_is_echoed() {
    let fixture = start(small()).await;
    let all = fixture.walk(&[]).await;
    let account = all.iter().find_map(|row| row["agent_account"].as_str()).unwrap();
    assert!(account.contains('@'));
    let found = fixture.walk(&[("agent_account", account)]).await;
    assert!(!found.is_empty() && found.len() < all.len());
    assert!(found.iter().all(|row| row.get("agent_account").is_none_or(|echo| echo == account)));
}

#[tokio::test]
async fn other_paths_and_methods_are_not_served() {
    let fixture = start(small()).await;
    let base = fixture.nxlink().base_url();
    assert_eq!(fixture.client.get(format!("{base}/else")).send().await.unwrap().status(), 404);
    let path = crate::support::PATH;
    assert_eq!(fixture.client.post(format!("{base}{path}")).send().await.unwrap().status(), 405);
}
