//! Walks over pages: cursors, thin pages, records that come in between.

use std::time::Duration;

use super::support::{NOW_MS, PULL, RAW_PULL, small, start, texts};

#[tokio::test]
async fn cursors_have_characters_that_break_if_sent_as_they_are() {
    let fixture = start(small()).await;
    let chat = fixture.busy_chat(true).await;
    let query = [("chat_id", chat.as_str()), ("page_size", "2")];
    for page in fixture.pages(PULL, &query).await {
        let cursor = page["next_cursor"].as_str().unwrap();
        if cursor.is_empty() {
            continue;
        }
        assert!(["+", "/", "="].iter().all(|part| cursor.contains(part)), "{cursor}");
        let url = format!(
            "{}{PULL}?app_id={}&chat_id={chat}&page_size=2&cursor={cursor}",
            fixture.myscrm().base_url(),
            fixture.myscrm().app_id()
        );
        let answer = fixture.client.get(url).send().await.unwrap();
        let json: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(json["errcode"], 40_003);
    }
}

#[tokio::test]
async fn cursors_are_good_for_the_same_request_only() {
    let fixture = start(small()).await;
    let chat = fixture.busy_chat(true).await;
    let first = fixture.json(PULL, &[("chat_id", &chat), ("page_size", "5")]).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let code = async |path: &str, query: &[(&str, &str)]| {
        let mut all = vec![("cursor", cursor)];
        all.extend_from_slice(query);
        fixture.code(path, &all).await
    };
    let same = [("chat_id", chat.as_str()), ("page_size", "5")];
    assert_eq!(code(PULL, &same).await, 0);
    // a retry, and a resumption much later
    fixture.sim.clock().advance(Duration::from_secs(86_400));
    assert_eq!(code(PULL, &same).await, 0);
    let other = fixture.myscrm().chat_ids().into_iter().find(|id| *id != chat).unwrap();
    for query in [
        [("chat_id", chat.as_str()), ("page_size", "6")],
        [("chat_id", other.as_str()), ("page_size", "5")],
        [("chat_id", chat.as_str()), ("asc", "true")],
    ] {
        assert_eq!(code(PULL, &query).await, 40_003, "{query:?}");
    }
    assert_eq!(code(RAW_PULL, &same).await, 40_003);
    let elsewhere = start(small().with_seed(8)).await;
    let chats = elsewhere.myscrm().chat_ids();
    let foreign = [("chat_id", chats[0].as_str()), ("page_size", "5"), ("cursor", cursor)];
    assert_eq!(elsewhere.code(PULL, &foreign).await, 40_003);
}

#[tokio::test]
async fn cursors_can_end_and_can_be_good_once() {
    let fixture = start(small().with_cursor_life(Duration::from_secs(60))).await;
    let chat = fixture.busy_chat(true).await;
    let first = fixture.json(PULL, &[("chat_id", &chat)]).await;
    let second = [("chat_id", chat.as_str()), ("cursor", first["next_cursor"].as_str().unwrap())];
    fixture.sim.clock().advance(Duration::from_secs(60));
    assert_eq!(fixture.code(PULL, &second).await, 0);
    fixture.sim.clock().advance(Duration::from_secs(1));
    assert_eq!(fixture.code(PULL, &second).await, 40_003);

    let fixture = start(small().with_single_use_cursors(true)).await;
    let chat = fixture.busy_chat(true).await;
    // the walks to find the chat would have failed, had they asked twice
    let first = fixture.json(PULL, &[("chat_id", &chat), ("page_size", "4")]).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = [("chat_id", chat.as_str()), ("page_size", "4"), ("cursor", cursor)];
    assert_eq!(fixture.code(PULL, &second).await, 0);
    assert_eq!(fixture.code(PULL, &second).await, 40_003);
}

#[tokio::test]
async fn thin_pages_hold_fewer_records_and_lose_none() {
    let fixture = start(small().with_thin_pages(true)).await;
    let plain = start(small()).await;
    let chat = plain.busy_chat(true).await;
    for query in [
        vec![("chat_id", chat.as_str()), ("page_size", "5")],
        vec![("chat_id", chat.as_str()), ("page_size", "5"), ("type", "image"), ("asc", "true")],
    ] {
        let pages = fixture.pages(PULL, &query).await;
        let counts: Vec<_> = pages.iter().map(|page| fixture.records(page).len()).collect();
        let (last, others) = counts.split_last().unwrap();
        assert!(others.iter().skip(2).step_by(3).all(|count| *count == 0), "{counts:?}");
        assert!(*last <= 5 && others.len() > 3, "{counts:?}");
        let thin: Vec<_> = pages.iter().flat_map(|page| fixture.records(page)).collect();
        let whole = plain.walk(PULL, &query).await;
        assert_eq!(texts(&thin, "chat_record_id"), texts(&whole, "chat_record_id"));
    }
}

#[tokio::test]
async fn records_that_come_in_between_move_no_cursor() {
    let fixture = start(small()).await;
    let chat = fixture.busy_chat(true).await;
    let before = fixture.walk(PULL, &[("chat_id", &chat), ("asc", "true")]).await;
    let first = fixture.json(PULL, &[("chat_id", &chat), ("page_size", "10")]).await;
    fixture.myscrm().insert_records(200);
    assert_eq!(fixture.myscrm().record_count(), 800);
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let mut found = fixture.records(&first);
    let second =
        fixture.json(PULL, &[("chat_id", &chat), ("page_size", "10"), ("cursor", &cursor)]).await;
    found.extend(fixture.records(&second));
    let expected: Vec<_> = before.iter().rev().take(20).cloned().collect();
    assert_eq!(texts(&found, "chat_record_id"), texts(&expected, "chat_record_id"));

    let after = fixture.walk(PULL, &[("chat_id", &chat), ("asc", "true")]).await;
    assert!(after.len() > before.len());
    assert_eq!(texts(&after[..before.len()], "chat_record_id"), texts(&before, "chat_record_id"));
    let added = &after[before.len()..];
    assert!(added.iter().all(|record| record["send_time"].as_i64().unwrap() >= NOW_MS));
}
