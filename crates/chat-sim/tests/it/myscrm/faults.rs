//! Faults in the platform's words.

use std::collections::BTreeSet;

use chat_sim::{Outcome, SimOptions};
use serde_json::{Value, json};

use super::support::{PULL, RAW_GET, RAW_PULL, small, start_faulty, start_with, texts};

#[tokio::test]
async fn errors_in_the_envelope_are_ok_in_words() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"api\"\ncode = 100\n\
         [[fault]]\nat = [2]\nkind = \"api\"\ncode = -1\nmessage = \"系统繁忙\"",
    )
    .await;
    let chat = fixture.myscrm().chat_ids().remove(0);
    let first = fixture.request(PULL, &[("chat_id", &chat)]).send().await.unwrap();
    assert_eq!(first.status(), 200);
    assert_eq!(first.json::<Value>().await.unwrap(), json!({"errcode": 100, "errmsg": "ok"}));
    let second = fixture.json(PULL, &[("chat_id", &chat)]).await;
    assert_eq!(second, json!({"errcode": -1, "errmsg": "系统繁忙"}));
    assert_eq!(fixture.code(PULL, &[("chat_id", &chat)]).await, 0);
    let requests = fixture.myscrm().requests();
    assert_eq!(requests.log[0].outcome, Outcome::Api(100));
    assert_eq!(requests.log[0].faults, ["api"]);
    assert_eq!(requests.log[0].partition.as_deref(), Some(chat.as_str()));
}

#[tokio::test]
async fn a_page_that_repeats_brings_its_cursor_again() {
    let fixture = start_faulty("[[fault]]\nat = [3]\nkind = \"repeat_page\"").await;
    let chat = fixture.myscrm().chat_ids().remove(2);
    let ask = async |cursor: &str| {
        fixture.json(PULL, &[("chat_id", &chat), ("page_size", "3"), ("cursor", cursor)]).await
    };
    let first = ask("").await;
    let second = ask(first["next_cursor"].as_str().unwrap()).await;
    let cursor = second["next_cursor"].as_str().unwrap();
    let third = ask(cursor).await;
    assert_eq!(third["list"], second["list"]);
    assert_eq!(third["next_cursor"], cursor);
    assert_ne!(ask(cursor).await["list"], second["list"]);
}

#[tokio::test]
async fn a_cursor_that_repeats() {
    let fixture = start_faulty("[[fault]]\nalways = true\nkind = \"repeat_cursor\"").await;
    for path in [PULL, RAW_PULL] {
        let chat = if path == PULL { fixture.myscrm().chat_ids().remove(2) } else { String::new() };
        let ask = async |cursor: &str| {
            fixture.json(path, &[("chat_id", &chat), ("page_size", "1"), ("cursor", cursor)]).await
        };
        let first = ask("").await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = ask(cursor).await;
        assert_eq!(second["next_cursor"], cursor);
        assert_ne!(fixture.records(&second), fixture.records(&first));
    }
}

#[tokio::test]
async fn rows_are_lost_doubled_or_spoiled() {
    let chat = |fixture: &super::support::Fixture| fixture.myscrm().chat_ids().remove(0);
    let rows = async |rules: &str| {
        let fixture = start_faulty(&format!("[[fault]]\nfirst = 1\n{rules}")).await;
        let query = [("chat_id", &*chat(&fixture)), ("page_size", "6"), ("asc", "true")];
        let spoiled = fixture.json(PULL, &query).await;
        let good = fixture.json(PULL, &query).await;
        assert_eq!(spoiled["next_cursor"], good["next_cursor"]);
        (fixture.records(&spoiled), fixture.records(&good))
    };
    let (spoiled, good) = rows("kind = \"short_page\"\ndrop = 2").await;
    assert_eq!(spoiled, good[..4]);
    let (spoiled, _) = rows("kind = \"empty_page\"").await;
    assert!(spoiled.is_empty());
    let (spoiled, good) = rows("kind = \"duplicate_rows\"\ncount = 2").await;
    assert_eq!((&spoiled[2..4], &spoiled[..2], spoiled.len()), (&good[..2], &good[..2], 8));
    let (spoiled, good) = rows("kind = \"bad_record\"").await;
    assert_eq!((&spoiled[3]["chat_record_id"], &spoiled[4]), (&json!({}), &good[4]));
    let (spoiled, _) = rows("kind = \"bad_record\"\nform = \"text\"").await;
    assert!(spoiled[3].is_string());
    let (spoiled, good) = rows("kind = \"unknown_enum\"").await;
    assert_eq!((&spoiled[0]["type"], &spoiled[1]), (&"hologram".into(), &good[1]));
    let (spoiled, _) = rows("kind = \"unknown_keys\"").await;
    assert!(spoiled[3]["sentiment"].is_object() && spoiled[3]["edit_count"] == 3);
    let (spoiled, good) = rows("kind = \"null_required\"").await;
    assert!(spoiled[0]["hit_keyword_rules"].is_null() && spoiled[0]["recall_time"].is_null());
    assert_eq!(spoiled[1], good[1]);
}

#[tokio::test]
async fn raw_rows_are_spoiled_before_encryption() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"bad_record\"\n[[fault]]\nat = [2]\nkind = \"null_required\"\n\
         [[fault]]\nat = [3]\nkind = \"unknown_enum\"\n[[fault]]\nat = [4]\nkind = \"duplicate_rows\"",
    )
    .await;
    let ask = async || fixture.records(&fixture.json(RAW_PULL, &[("page_size", "6")]).await);
    assert_eq!(ask().await[3]["chat_record_id"], json!({}));
    assert!(ask().await[0]["roomid"].is_null());
    let unknown = ask().await;
    assert_eq!(
        (&unknown[0]["msgtype"], &unknown[0]["sender_type"]),
        (&"hologram".into(), &9.into())
    );
    assert_eq!(ask().await.len(), 7);
}

#[tokio::test]
async fn record_rules_follow_the_record() {
    let options = SimOptions::default().with_myscrm(small());
    let fixture = start_with(options).await;
    let records: Vec<_> = fixture.sim.vendor("myscrm-qw").unwrap().records();
    let record = &records[records.len() / 2];
    let rules = format!("[[fault]]\nrecord = {}\nkind = \"bad_record\"", record.ordinal);
    fixture.myscrm().set_faults(chat_sim::Faults::from_toml(&rules).unwrap());
    let id = record.id.clone().unwrap();
    let mut missing = Vec::new();
    for chat in fixture.myscrm().chat_ids() {
        let rows = fixture.walk(PULL, &[("chat_id", &chat), ("page_size", "9")]).await;
        if rows.iter().any(|row| row["chat_record_id"].is_object()) {
            missing.push(chat);
        }
        assert!(!rows.iter().any(|row| row["chat_record_id"] == id.as_str()));
    }
    assert_eq!(missing, std::slice::from_ref(&record.partition));
    let answer = fixture.json(RAW_GET, &[("chat_record_id", &id)]).await;
    let raw = fixture.decrypted(answer["encrypted"].as_str().unwrap());
    assert!(raw.starts_with(b"{\"chat_record_id\":{}"));
}

#[tokio::test]
async fn page_rules_count_the_pages_of_a_walk() {
    let fixture = start_faulty("[[fault]]\npage = 3\nkind = \"empty_page\"").await;
    let chat = fixture.myscrm().chat_ids().remove(2);
    let query = [("chat_id", chat.as_str()), ("page_size", "4")];
    let pages = fixture.pages(PULL, &query).await;
    let counts: Vec<_> = pages.iter().map(|page| fixture.records(page).len()).collect();
    assert!(pages.len() > 3);
    assert_eq!(counts[..4], [4, 4, 0, 4]);
    let logged: Vec<_> =
        fixture.myscrm().requests().log.iter().map(|entry| entry.page_number).collect();
    assert_eq!(logged[..3], [Some(1), Some(2), Some(3)]);
}

#[tokio::test]
async fn records_that_are_inserted_while_paging_cost_none() {
    for path in [PULL, RAW_PULL] {
        let fixture = start_faulty(
            "[[fault]]\nevery = 2\nkind = \"insert_in_window\"\n[[fault]]\nevery = 3\nkind = \"insert_at_head\"\ncount = 2",
        )
        .await;
        let before: BTreeSet<_> = fixture.myscrm().ids().into_iter().collect();
        let found: BTreeSet<_> = if path == PULL {
            texts(
                &fixture.walk_chats(&[("page_size", "20"), ("asc", "true")]).await,
                "chat_record_id",
            )
        } else {
            texts(&fixture.walk_raw(&[("page_size", "20")]).await, "chat_record_id")
        }
        .into_iter()
        .collect();
        assert!(found.is_superset(&before));
        assert!(fixture.myscrm().ids().len() > before.len() + 10);
    }
}

#[tokio::test]
async fn media_faults() {
    let fixture = start_faulty("[[fault]]\nfirst = 1\nkind = \"expired_media\"").await;
    let chat = fixture.busy_chat(true).await;
    let ask = async || {
        let answer = fixture.json(PULL, &[("chat_id", &chat), ("type", "image")]).await;
        fixture.records(&answer)[0]["image"]["oss_url"].as_str().unwrap().to_owned()
    };
    let get = async |link: &str| fixture.client.get(link).send().await.unwrap();
    let good = ask().await;
    assert_eq!(get(&good).await.status(), 200);
    let rules = "[[fault]]\nfirst = 1\nkind = \"expired_media\"\n[[fault]]\nfirst = 1\nkind = \"media_404\"\n\
                 [[fault]]\nat = [2]\nkind = \"wrong_mime\"";
    fixture.myscrm().set_faults(chat_sim::Faults::from_toml(rules).unwrap());
    let expired = ask().await;
    assert_eq!(get(&expired).await.status(), 404);
    assert_eq!(get(&good).await.headers()["content-type"], "application/pdf");
    assert_eq!(get(&expired).await.status(), 403);
}
