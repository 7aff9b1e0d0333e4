//! The history: what is checked, what is found, in which order, and how much of it.

use std::collections::BTreeSet;

use chat_sim::{
    SimVendor,
    bes::{Bounds, EmptyList, OffsetUnit, Order},
};
use serde_json::{Value, json};

use super::{DAY_MS, Fixture, HISTORY, ids, small, start, true_ids};
use crate::support::NOW_MS;

#[tokio::test]
async fn bodies_are_checked() {
    let fixture = start(small()).await;
    let user = fixture.bes().partitions()[0].clone();
    for (changes, status) in [
        (&[("channelId", "")][..], 400),
        (&[("limit", "")], 400),
        (&[("offset", "")], 400),
        (&[("channel", "")], 400),
        (&[("limit", "0")], 500),
        (&[("limit", "ten")], 500),
        (&[("offset", "-1")], 500),
        (&[("startTime", "2025-01-01")], 500),
        (&[("startTime", "1800000000000"), ("endTime", "1700000000000")], 500),
        (&[("startTime", ""), ("endTime", "")], 200),
    ] {
        assert_eq!(fixture.history(&user, changes).await.status(), status, "{changes:?}");
    }
    let keys = fixture.keys(&user).await;
    for body in [json!([]), json!({ "limit": 10 })] {
        let answer = fixture.with_keys(HISTORY, &keys, &body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
    }
    // every value is a text, numbers as well
    let mut body = fixture.body(&user, &[]);
    body["limit"] = json!(10);
    let answer = fixture.with_keys(HISTORY, &keys, &body).send().await.unwrap();
    assert_eq!(answer.status(), 400);

    let other = fixture.history(&user, &[("channel", "WECHAT")]).await;
    assert_eq!(other.json::<Value>().await.unwrap()["messageList"], json!([]));
}

#[tokio::test]
async fn users_are_as_long_as_the_page_allows() {
    let fixture = start(small()).await;
    for (user, status) in
        [("u".repeat(24).as_str(), 200), ("u".repeat(25).as_str(), 400), ("u", 200)]
    {
        assert_eq!(fixture.history(user, &[]).await.status(), status, "{user}");
    }
    assert!(fixture.bes().partitions().iter().all(|user| user.len() <= 24));
}

#[tokio::test]
async fn envelopes_are_as_in_the_sample() {
    let fixture = start(small()).await;
    let (user, _) = fixture.busiest();
    let text = fixture.history(&user, &[("limit", "1")]).await.text().await.unwrap();
    assert!(text.starts_with(r#"{"messageList":[{"id":""#), "{text}");
    assert!(text.ends_with(r#"}],"resultCode":"0","resultDesc":"success"}"#), "{text}");
}

/// Pages by record offsets until one is empty.
async fn walk(fixture: &Fixture, user: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let offset = rows.len().to_string();
        let found = fixture.rows(user, &[("limit", "7"), ("offset", &offset)]).await;
        if found.is_empty() {
            return rows;
        }
        rows.extend(found);
    }
}

#[tokio::test]
async fn pages_cover_everything_once_in_both_directions() {
    for order in [Order::Descending, Order::Ascending] {
        let fixture = start(small().with_order(order)).await;
        let (user, records) = fixture.busiest();
        let mut found = ids(&walk(&fixture, &user).await);
        if order == Order::Descending {
            found.reverse();
        }
        assert_eq!(found, true_ids(&records));
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
    }
}

#[tokio::test]
async fn offsets_count_what_they_are_told_to() {
    let first_ids = async |unit| {
        let fixture = start(small().with_offset_unit(unit).with_order(Order::Ascending)).await;
        let (user, records) = fixture.busiest();
        let all = true_ids(&records);
        let mut starts = Vec::new();
        for offset in ["0", "1", "2"] {
            let rows = fixture.rows(&user, &[("limit", "5"), ("offset", offset)]).await;
            starts.push(all.iter().position(|id| *id == ids(&rows)[0]).unwrap());
        }
        starts
    };
    assert_eq!(first_ids(OffsetUnit::Records).await, [0, 1, 2]);
    assert_eq!(first_ids(OffsetUnit::Pages).await, [0, 5, 10]);
    assert_eq!(first_ids(OffsetUnit::PagesFromOne).await, [0, 0, 5]);
    assert_eq!(first_ids(OffsetUnit::Ignored).await, [0, 0, 0]);
}

#[tokio::test]
async fn large_limits_are_cut_without_a_word() {
    let fixture = start(small()).await;
    let (user, records) = fixture.busiest();
    assert!(records.len() > 100);
    assert_eq!(fixture.rows(&user, &[("limit", "5000")]).await.len(), 100);
    let fixture = start(small().with_limit_cap(20)).await;
    assert_eq!(fixture.rows(&user, &[("limit", "100")]).await.len(), 20);
}

#[tokio::test]
async fn windows_end_as_they_are_told_to() {
    for bounds in [Bounds::Inclusive, Bounds::Exclusive] {
        let fixture = start(small().with_bounds(bounds)).await;
        let (user, records) = fixture.busiest();
        let (from, until) = (records[20].sent_at_ms.unwrap(), records[60].sent_at_ms.unwrap());
        let is_in = |at: i64| {
            if bounds == Bounds::Inclusive {
                (from..=until).contains(&at)
            } else {
                from < at && at < until
            }
        };
        let expected: Vec<_> =
            records.iter().filter(|record| is_in(record.sent_at_ms.unwrap())).cloned().collect();
        let (from, until) = (from.to_string(), until.to_string());
        let changes = [("limit", "100"), ("startTime", from.as_str()), ("endTime", until.as_str())];
        let mut found = ids(&fixture.rows(&user, &changes).await);
        found.reverse();
        assert_eq!(found, true_ids(&expected));
    }
}

#[tokio::test]
async fn times_can_be_ignored() {
    let fixture = start(small().with_ignored_times(true)).await;
    let (user, _) = fixture.busiest();
    let long_ago = [("limit", "100"), ("startTime", "1000000000000"), ("endTime", "1000000000001")];
    assert_eq!(fixture.rows(&user, &long_ago).await.len(), 100);
}

#[tokio::test]
async fn old_windows_can_be_refused() {
    let oldest = NOW_MS - 10 * DAY_MS;
    let fixture = start(small().with_refused_before_ms(oldest)).await;
    let (user, _) = fixture.busiest();
    for (from, status) in [(oldest - 1, 500), (oldest, 200)] {
        let answer = fixture.history(&user, &[("startTime", &from.to_string())]).await;
        assert_eq!(answer.status(), status);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["resultCode"], if status == 200 { "0" } else { "1" });
    }
    assert_eq!(fixture.history(&user, &[("startTime", "")]).await.status(), 500);
}

#[tokio::test]
async fn nothing_is_said_in_three_ways() {
    for (form, expected) in [
        (EmptyList::Array, Some(json!([]))),
        (EmptyList::Null, Some(Value::Null)),
        (EmptyList::Absent, None),
    ] {
        let fixture = start(small().with_empty_list(form)).await;
        for user in [fixture.busiest().0.as_str(), "someone-else"] {
            let answer: Value =
                fixture.history(user, &[("offset", "100000")]).await.json().await.unwrap();
            assert_eq!(answer.get("messageList"), expected.as_ref());
            assert_eq!(answer["resultCode"], "0");
        }
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_not_served() {
    let fixture = start(small()).await;
    let base = fixture.bes().base_url();
    let get = async |url: String| fixture.client.get(url).send().await.unwrap().status();
    assert_eq!(get(format!("{base}/else")).await, 404);
    assert_eq!(get(format!("{base}{HISTORY}")).await, 405);
    assert_eq!(get(format!("{}{HISTORY}", fixture.bes().media_url())).await, 404);
}

#[tokio::test]
async fn requests_are_logged_with_their_user_and_page() {
    let fixture = start(small()).await;
    let (user, _) = fixture.busiest();
    fixture.rows(&user, &[("limit", "10"), ("offset", "20")]).await;
    let requests = fixture.bes().requests();
    assert_eq!((requests.total, requests.answered_ok, requests.by_path[HISTORY]), (3, 3, 1));
    let last = requests.log.back().unwrap();
    assert_eq!(last.partition.as_deref(), Some(user.as_str()));
    assert_eq!((last.page_number, last.start_time.as_deref()), (Some(3), Some("1700000000000")));
}
