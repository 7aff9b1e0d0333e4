//! Every kind of fault on the wire, and the rules that decide when.

use std::{collections::BTreeSet, time::Duration};

use chat_sim::{Action, Fault, Faults, Outcome, SimOptions, When};
use serde_json::Value;

use crate::support::{Fixture, ids, small, start, start_faulty, start_with};

/// The HTTP statuses of `count` requests.
async fn statuses(fixture: &Fixture, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(fixture.send(&[]).await.unwrap().status().as_u16());
    }
    statuses
}

/// A body that cannot be read to its end.
async fn breaks(fixture: &Fixture, changes: &[(&str, &str)]) -> bool {
    match fixture.send(changes).await {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    }
}

#[tokio::test]
async fn rules_fire_when_they_say() {
    for (when, expected) in [
        ("every = 3", [200, 200, 503, 200, 200, 503]),
        ("at = [1, 4]", [503, 200, 200, 503, 200, 200]),
        ("first = 2", [503, 503, 200, 200, 200, 200]),
        ("always = true", [503; 6]),
        ("every = 2\ntimes = 2", [200, 503, 200, 503, 200, 200]),
        ("page = 1\ntimes = 1", [503, 200, 200, 200, 200, 200]),
        ("page = 2", [200; 6]),
        ("record = 299\ntimes = 4", [503, 503, 503, 503, 200, 200]),
        ("record = 0", [200; 6]),
        ("always = true\nvendor = \"nxlink\"", [503; 6]),
        ("always = true\nvendor = \"jijyun\"", [200; 6]),
        ("always = true\npath = \"chat/records\"", [503; 6]),
        ("always = true\npath = \"media\"", [200; 6]),
    ] {
        let fixture =
            start_faulty(&format!("[[fault]]\nkind = \"http\"\nstatus = 503\n{when}")).await;
        assert_eq!(statuses(&fixture, 6).await, expected, "{when}");
    }
}

#[tokio::test]
async fn record_rules_follow_the_record_over_pages_and_filters() {
    let fixture = start_faulty("[[fault]]\nrecord = 20\nkind = \"http\"\nstatus = 500").await;
    let status =
        async |changes: &[(&str, &str)]| fixture.send(changes).await.unwrap().status().as_u16();
    assert_eq!(status(&[("order_by", "asc"), ("page_number", "2")]).await, 200);
    assert_eq!(status(&[("order_by", "asc"), ("page_number", "3")]).await, 500);
    assert_eq!(status(&[("page_number", "28")]).await, 500);
    assert_eq!(status(&[("customer_id", "1")]).await, 200);
}

#[tokio::test]
async fn http_errors() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"http\"\nstatus = 429\nretry_after = 7\n\
         [[fault]]\nat = [2]\nkind = \"http\"\nstatus = 502\nbody = '{\"oops\":true}'",
    )
    .await;
    let first = fixture.send(&[]).await.unwrap();
    assert_eq!(
        (first.status().as_u16(), first.headers()["retry-after"].to_str().unwrap()),
        (429, "7")
    );
    assert!(first.headers().contains_key("date"));
    assert_eq!(first.text().await.unwrap(), "Too Many Requests");
    let second = fixture.send(&[]).await.unwrap();
    assert_eq!(second.status(), 502);
    assert!(!second.headers().contains_key("retry-after"));
    assert_eq!(second.json::<Value>().await.unwrap()["oops"], true);
    assert_eq!(fixture.code(&[]).await, 0);
}

#[tokio::test]
async fn api_errors() {
    let fixture =
        start_faulty("[[fault]]\nfirst = 1\nkind = \"api\"\ncode = -1\nmessage = '请求\"失败\"'")
            .await;
    let answer = fixture.send(&[]).await.unwrap();
    assert_eq!(answer.status(), 200);
    let json: Value = answer.json().await.unwrap();
    assert_eq!((&json["code"], &json["message"]), (&(-1).into(), &"请求\"失败\"".into()));
    assert!(json["traceId"].is_string() && json.get("list").is_none());
    assert_eq!(fixture.code(&[]).await, 0);
}

#[tokio::test]
async fn truncated_bodies() {
    let fixture = start_faulty("[[fault]]\nfirst = 1\nkind = \"truncate\"").await;
    let mut answer = fixture.send(&[]).await.unwrap();
    let announced: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let mut got = Vec::new();
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => got.extend_from_slice(&chunk),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken);
    assert_eq!(got.len(), announced / 2);
    assert!(got.starts_with(b"{\"code\":0,"));
    assert_eq!(fixture.code(&[]).await, 0);
}

#[tokio::test]
async fn html_and_empty_answers() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"html\"\n[[fault]]\nat = [2]\nkind = \"html\"\nstatus = 504\n\
         [[fault]]\nat = [3]\nkind = \"empty\"",
    )
    .await;
    for (status, content_type, part) in [
        (200, "text/html", "502 Bad Gateway"),
        (504, "text/html", "504 Gateway Timeout"),
        (200, "application/json", ""),
    ] {
        let answer = fixture.send(&[]).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (status, content_type)
        );
        let body = answer.text().await.unwrap();
        assert!(body.contains(part) && body.is_empty() == part.is_empty(), "{body}");
    }
}

#[tokio::test]
async fn slow_answers() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"slow\"\ndelay_ms = 60\n[[fault]]\nat = [2]\nkind = \"slow\"\ndrip_ms = 5",
    )
    .await;
    for _ in 0..2 {
        let begun = std::time::Instant::now();
        assert_eq!(fixture.rows(&[]).await.len(), 10);
        assert!(begun.elapsed() >= Duration::from_millis(60));
    }
}

#[tokio::test]
async fn resets() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"reset\"\n[[fault]]\nat = [2]\nkind = \"reset\"\nafter_headers = true",
    )
    .await;
    // the client itself tries again when a kept connection breaks before an answer; this is a new one
    let before = fixture.send(&[]).await.unwrap_err();
    assert!(is_reset(&before), "{before:?}");
    let answer = fixture.send(&[]).await.unwrap();
    assert_eq!(answer.status(), 200);
    let after = answer.bytes().await.unwrap_err();
    assert!(is_reset(&after), "{after:?}");
    assert_eq!(fixture.code(&[]).await, 0);
    let outcomes: Vec<Outcome> =
        fixture.nxlink().requests().log.into_iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes, [Outcome::Broken, Outcome::Broken, Outcome::Ok]);
}

fn is_reset(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset) {
            return true;
        }
        source = error.source();
    }
    false
}

#[tokio::test]
async fn inserted_at_head() {
    let fixture = start_faulty("[[fault]]\nat = [2]\nkind = \"insert_at_head\"\ncount = 4").await;
    let first = fixture.json(&[]).await;
    let second = fixture.json(&[("page_number", "2")]).await;
    assert_eq!((&first["total"], &second["total"]), (&300.into(), &304.into()));
    let first = ids(first["list"].as_array().unwrap());
    let second = ids(second["list"].as_array().unwrap());
    assert_eq!(first[6..], second[..4], "rows were pushed to the next page");
    assert_eq!(fixture.nxlink().record_count(), 304);
}

#[tokio::test]
async fn inserted_in_the_window() {
    let fixture = start_faulty("[[fault]]\nat = [3]\nkind = \"insert_in_window\"\ncount = 2").await;
    let all = fixture.walk(&[("order_by", "asc")]).await;
    let distinct = |ids: &[String]| ids.iter().collect::<BTreeSet<_>>().len();
    // two came onto a page that was already read, and pushed two rows of it onto the next one
    assert_eq!((all.len(), distinct(&ids(&all))), (302, 300));
    let (start, end) =
        (all[50]["created_at"].as_str().unwrap(), all[90]["created_at"].as_str().unwrap());
    let window = [("start_time", start), ("end_time", end)];
    let before = fixture.json(&window).await["total"].as_i64().unwrap();
    fixture.nxlink().set_faults(
        Faults::default().with(Fault::new(When::Always, Action::InsertInWindow { count: 5 })),
    );
    assert_eq!(fixture.json(&window).await["total"], before + 5);
    let ids = fixture.nxlink().ids();
    assert!(ids.is_sorted());
    assert_eq!(distinct(&ids), 307);
}

/// What a rule does to a page of ten, oldest first.
async fn spoiled(rule: &str) -> (Value, Vec<String>) {
    let fixture = start_faulty(&format!("[[fault]]\nfirst = 1\n{rule}")).await;
    let page = fixture.json(&[("order_by", "asc"), ("page_number", "2")]).await;
    let ids = fixture.nxlink().ids();
    (page, ids[10..20].to_vec())
}

#[tokio::test]
async fn rows_and_totals() {
    let rows = |page: &Value| ids(page["list"].as_array().unwrap());

    let (page, expected) = spoiled("kind = \"duplicate_rows\"\ncount = 2").await;
    assert_eq!(
        rows(&page)[..4],
        [&expected[0], &expected[1], &expected[0], &expected[1]].map(String::clone)
    );
    assert_eq!(rows(&page).len(), 12);

    let (page, expected) = spoiled("kind = \"short_page\"\ndrop = 3").await;
    assert_eq!((rows(&page), &page["total"]), (expected[..7].to_vec(), &300.into()));

    let (page, _) = spoiled("kind = \"empty_page\"").await;
    assert_eq!((rows(&page).len(), &page["total"]), (0, &300.into()));

    let (page, expected) = spoiled("kind = \"wrong_total\"\nby = -17").await;
    assert_eq!((rows(&page), &page["total"]), (expected, &283.into()));

    let (page, expected) = spoiled("kind = \"repeat_page\"").await;
    assert_eq!((rows(&page).len(), &page["page_number"]), (10, &2.into()));
    assert!(rows(&page).iter().all(|id| !expected.contains(id)));
}

#[tokio::test]
async fn spoiled_records() {
    let (page, _) = spoiled("kind = \"unknown_enum\"").await;
    assert_eq!(page["list"][0]["message_type"], "hologram");
    assert_eq!(page["list"][0]["template"]["status"], "HIBERNATING");
    assert_ne!(page["list"][1]["message_type"], "hologram");

    let (page, _) = spoiled("kind = \"unknown_keys\"").await;
    assert!(
        page["list"][3]["sentiment"]["score"].is_number()
            && page["list"][4].get("sentiment").is_none()
    );

    let (page, expected) = spoiled("kind = \"null_required\"").await;
    assert!(page["list"][6]["updated_at"].is_null() && page["list"][7]["updated_at"].is_string());
    assert_eq!(ids(page["list"].as_array().unwrap()), expected);

    let (page, _) = spoiled("kind = \"bad_record\"").await;
    assert!(page["list"][5]["id"].is_object() && page["list"][4]["id"].is_string());
    let (page, _) = spoiled("kind = \"bad_record\"\nform = \"text\"").await;
    assert!(page["list"][5].is_string());
}

#[tokio::test]
async fn a_rule_about_a_record_spoils_that_one() {
    let fixture = start_faulty("[[fault]]\nrecord = 13\nkind = \"bad_record\"").await;
    let page = fixture.json(&[("order_by", "asc"), ("page_number", "2")]).await;
    let bad: Vec<usize> = (0..10).filter(|at| page["list"][at]["id"].is_object()).collect();
    assert_eq!(bad, [3]);
    let page = fixture.json(&[("page_size", "1"), ("page_number", "287")]).await;
    assert!(page["list"][0]["id"].is_object());
}

#[tokio::test]
async fn media_faults() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"media_404\"\n[[fault]]\nat = [2]\nkind = \"wrong_mime\"\n\
         [[fault]]\nat = [3]\npath = \"media\"\nkind = \"http\"\nstatus = 503\n\
         [[fault]]\nat = [4]\npath = \"media\"\nkind = \"truncate\"",
    )
    .await;
    let row = fixture.media_row().await;
    let get = || fixture.client.get(row["media_link"].as_str().unwrap()).send();
    let missing = get().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert!(missing.text().await.unwrap().contains("NoSuchKey"));
    let other = get().await.unwrap();
    assert_eq!(other.status(), 200);
    assert_ne!(other.headers()["content-type"], row["mime_type"].as_str().unwrap());
    let expected = fixture.nxlink().media_bytes(row["id"].as_str().unwrap()).unwrap();
    assert_ne!(other.bytes().await.unwrap(), expected);
    assert_eq!(get().await.unwrap().status(), 503);
    assert!(get().await.unwrap().bytes().await.is_err());
    assert_eq!(get().await.unwrap().bytes().await.unwrap(), expected);
}

#[tokio::test]
async fn media_rules_can_name_a_record() {
    let fixture = start(small()).await;
    let row = fixture.media_row().await;
    let ordinal = fixture.nxlink().ids().iter().position(|id| row["id"] == **id).unwrap();
    let rule = |ordinal: usize| {
        Faults::default().with(Fault::new(When::Record(ordinal as u64), Action::Media404))
    };
    let get = async || {
        fixture.client.get(row["media_link"].as_str().unwrap()).send().await.unwrap().status()
    };
    fixture.nxlink().set_faults(rule(ordinal + 1));
    assert_eq!(get().await, 200);
    fixture.nxlink().set_faults(rule(ordinal));
    assert_eq!(get().await, 404);
}

#[tokio::test]
async fn links_that_come_expired() {
    let fixture = start_faulty("[[fault]]\nfirst = 3\nkind = \"expired_media\"").await;
    let expired = fixture.media_row().await;
    let get = async |row: &Value| {
        fixture.client.get(row["media_link"].as_str().unwrap()).send().await.unwrap().status()
    };
    assert_eq!(get(&expired).await, 403);
    assert_eq!(get(&fixture.media_row().await).await, 200);
}

#[tokio::test]
async fn rules_act_together() {
    let fixture = start_faulty(
        "[[fault]]\nalways = true\nkind = \"insert_at_head\"\n[[fault]]\nalways = true\nkind = \"wrong_total\"\nby = 100\n\
         [[fault]]\nevery = 2\nkind = \"truncate\"",
    )
    .await;
    assert_eq!(fixture.json(&[]).await["total"], 401);
    assert!(breaks(&fixture, &[]).await);
    assert_eq!(fixture.json(&[]).await["total"], 403);
    let requests = fixture.nxlink().requests();
    assert_eq!(
        requests.faults_fired.into_iter().collect::<Vec<_>>(),
        [("insert_at_head", 3), ("truncate", 1), ("wrong_total", 3)]
    );
    assert_eq!(requests.log[1].faults, ["insert_at_head", "wrong_total", "truncate"]);
}

#[tokio::test]
async fn the_refused_do_not_change_data() {
    let fixture = start_faulty("[[fault]]\nalways = true\nkind = \"insert_at_head\"").await;
    assert_eq!(fixture.code(&[("appkey", "")]).await, 21059);
    assert_eq!(fixture.nxlink().record_count(), 300);
}

#[test]
fn errors_name_the_rule_and_the_key() {
    let message = |text: &str| Faults::from_toml(text).unwrap_err().to_string();
    for (text, expected) in [
        (
            "[[fault]]\nalways = true\nkind = \"empty\"\nstatus = 1",
            "fault rule 1: unknown key `status` in a rule of kind `empty`",
        ),
        (
            "[[fault]]\nalways = true\nkind = \"empty\"\n[[fault]]\nkind = \"rest\"",
            "fault rule 2: unknown `kind` \"rest\"",
        ),
        ("[[fault]]\nalways = true", "fault rule 1: `kind` is missing"),
        (
            "[[fault]]\nkind = \"empty\"",
            "fault rule 1: needs exactly one of `every`, `at`, `first`, `always`, `record`, `page`",
        ),
        (
            "[[fault]]\nkind = \"empty\"\nfirst = 1\npage = 2",
            "fault rule 1: needs exactly one of `every`, `at`, `first`, `always`, `record`, `page`",
        ),
        ("[[fault]]\nkind = \"empty\"\nevery = 0", "fault rule 1: `every` must be at least 1"),
        ("[[fault]]\nkind = \"empty\"\nalways = false", "fault rule 1: `always` can only be true"),
        ("[[fault]]\nkind = \"empty\"\nfirst = -1", "fault rule 1: `first` must not be negative"),
        (
            "[[fault]]\nkind = \"empty\"\nat = 3",
            "fault rule 1: `at` must be a list of whole numbers",
        ),
        ("[[fault]]\nkind = \"http\"\nfirst = 1", "fault rule 1: `status` is missing"),
        (
            "[[fault]]\nkind = \"http\"\nfirst = 1\nstatus = 42",
            "fault rule 1: `status` must be from 200 to 999",
        ),
        (
            "[[fault]]\nkind = \"slow\"\nfirst = 1",
            "fault rule 1: needs `delay_ms`, `drip_ms` or both",
        ),
        (
            "[[fault]]\nkind = \"bad_record\"\nfirst = 1\nform = \"x\"",
            "fault rule 1: `form` must be \"id\" or \"text\"",
        ),
        (
            "[[faults]]\nkind = \"empty\"",
            "fault rule 0: unknown key `faults`; only `[[fault]]` tables are known",
        ),
        (
            "[[fault]]\nkind = \"empty\"\nfirst = 1\nvendor = \"nxlnk\"",
            "fault rule 1: no vendor is named \"nxlnk\"; there is nxlink, bes-ccmessaging, jijyun, \
             myscrm-qw",
        ),
        ("fault = 1", "fault rule 0: `fault` must be an array of tables: write `[[fault]]`"),
        ("not toml", "the fault rules are not TOML"),
    ] {
        assert_eq!(message(text), expected, "{text}");
    }
    assert_eq!(Faults::from_toml("").unwrap(), Faults::default());
}

#[test]
fn every_kind_has_a_form_in_toml() {
    for (rule, kind) in [
        ("status = 500", "http"),
        ("code = 1", "api"),
        ("", "truncate"),
        ("", "html"),
        ("", "empty"),
        ("delay_ms = 1", "slow"),
        ("", "reset"),
        ("", "insert_at_head"),
        ("", "insert_in_window"),
        ("", "duplicate_rows"),
        ("", "short_page"),
        ("", "empty_page"),
        ("by = 1", "wrong_total"),
        ("", "unknown_enum"),
        ("", "unknown_keys"),
        ("", "null_required"),
        ("", "bad_record"),
        ("", "repeat_page"),
        ("", "repeat_cursor"),
        ("token = \"access\"", "token_expired"),
        ("", "expired_media"),
        ("", "media_404"),
        ("", "wrong_mime"),
    ] {
        let faults =
            Faults::from_toml(&format!("[[fault]]\nalways = true\nkind = \"{kind}\"\n{rule}"))
                .unwrap();
        assert_eq!(faults.rules[0].action.kind(), kind);
    }
}

#[tokio::test]
async fn a_rate_limit_is_no_rule() {
    let faults = Faults::default().with(Fault::new(When::At(vec![3]), Action::Empty));
    let options =
        SimOptions::default().with_nxlink(small()).with_faults(faults).with_max_per_second(2);
    let fixture = start_with(options).await;
    assert_eq!(statuses(&fixture, 2).await, [200, 200]);
    let refused = fixture.send(&[]).await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()),
        (429, "1")
    );
    assert_eq!(fixture.nxlink().requests().faults_fired.len(), 0);
    let silent = SimOptions::default().with_nxlink(small()).with_max_per_second(1);
    let fixture = start_with(silent.with_silent_limit(true)).await;
    assert_eq!(statuses(&fixture, 1).await, [200]);
    let refused = fixture.send(&[]).await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers().get("retry-after")), (429, None));
}
