//! The endpoints that list customers and chats.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::{EXTERNAL_USERS, GROUPS, NOW_MS, PULL, SINGLE_CHAT, small, start, texts};

#[tokio::test]
async fn customers_who_wrote_or_were_written_to() {
    let fixture = start(small().with_chats(60).with_records(2000)).await;
    let pages = fixture.pages(EXTERNAL_USERS, &[]).await;
    assert!(pages.len() > 2);
    let listed: Vec<_> = pages
        .iter()
        .flat_map(|page| page["external_userids"].as_array().unwrap())
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    let known = fixture.myscrm().customer_ids();
    let distinct: BTreeSet<_> = listed.iter().collect();
    assert_eq!(distinct.len(), listed.len());
    assert!(listed.iter().all(|id| known.contains(id)));
    for record in fixture.walk_chats(&[("sender_type", "2")]).await {
        assert!(distinct.contains(&record["sender_id"].as_str().unwrap().to_owned()));
    }
    let since = (NOW_MS - 86_400_000).to_string();
    let recent = fixture.pages(EXTERNAL_USERS, &[("last_chat_at", &since)]).await;
    let count: usize =
        recent.iter().map(|page| page["external_userids"].as_array().unwrap().len()).sum();
    assert!(count > 0 && count < listed.len());
    assert_eq!(fixture.code(EXTERNAL_USERS, &[("last_chat_at", "")]).await, 0);
    assert_eq!(fixture.code(EXTERNAL_USERS, &[("last_chat_at", "today")]).await, 40_002);
    assert_eq!(fixture.code(EXTERNAL_USERS, &[("cursor", "x")]).await, 40_003);
}

#[tokio::test]
async fn groups_of_a_member_latest_first() {
    let fixture = start(small()).await;
    let mut found = BTreeSet::new();
    for (ids, kind) in
        [(fixture.myscrm().employee_ids(), "1"), (fixture.myscrm().customer_ids(), "2")]
    {
        for id in ids {
            let query =
                [("member_id", id.as_str()), ("member_type", kind), ("name", ""), ("cursor", "")];
            let answer = fixture.json(GROUPS, &query).await;
            let list = answer["list"].as_array().unwrap();
            let number =
                |group: &Value, key: &str| group[key].as_str().unwrap().parse::<i64>().unwrap();
            assert!(list.iter().map(|group| number(group, "last_chat_at")).rev().is_sorted());
            for group in list {
                // seconds and milliseconds
                assert!(number(group, "created_at") * 1000 < number(group, "last_chat_at"));
                assert!(group["avatar_url"].as_str().unwrap().starts_with("https://"));
            }
            found.extend(texts(list, "chat_id"));
            let other =
                [("member_id", id.as_str()), ("member_type", if kind == "1" { "2" } else { "1" })];
            assert_eq!(fixture.json(GROUPS, &other).await["list"], Value::Array(Vec::new()));
        }
    }
    assert_eq!(found, fixture.myscrm().group_ids().into_iter().collect());
}

#[tokio::test]
async fn groups_by_a_part_of_their_name() {
    let fixture = start(small()).await;
    let mut names = Vec::new();
    for id in fixture.myscrm().customer_ids() {
        let all = fixture.json(GROUPS, &[("member_id", &id), ("member_type", "2")]).await;
        let list = all["list"].as_array().unwrap();
        names = texts(list, "name");
        names.dedup();
        if names.len() > 1 {
            let part: String = names[0].chars().take(2).collect();
            let some = fixture
                .json(GROUPS, &[("member_id", &id), ("member_type", "2"), ("name", &part)])
                .await;
            let some = some["list"].as_array().unwrap();
            assert!(!some.is_empty() && some.len() < list.len());
            assert!(texts(some, "name").iter().all(|name| name.contains(&part)));
            break;
        }
    }
    assert!(names.len() > 1);
    for query in [
        vec![("member_type", "1")],
        vec![("member_id", "x")],
        vec![("member_id", "x"), ("member_type", "3")],
    ] {
        assert_eq!(fixture.code(GROUPS, &query).await, 40_002);
    }
}

#[tokio::test]
async fn single_chats_name_both_sides() {
    let fixture = start(small()).await;
    let groups = fixture.myscrm().group_ids();
    let (employees, customers) = (fixture.myscrm().employee_ids(), fixture.myscrm().customer_ids());
    for chat in fixture.myscrm().chat_ids() {
        let answer = fixture.json(SINGLE_CHAT, &[("chat_id", &chat)]).await;
        if groups.contains(&chat) {
            assert_eq!(answer["errcode"], 40_005);
            continue;
        }
        let (customer, employee) = (&answer["external_user"], &answer["employee"]);
        let people = [&customer["external_userid"], &employee["qw_user_id"]]
            .map(|id| id.as_str().unwrap().to_owned());
        assert!(customers.contains(&people[0]) && employees.contains(&people[1]));
        assert!(answer["has_agreed_msgaudit"].is_boolean());
        assert_eq!(customer["type"] == 2, customer["corp_name"] != "");
        let records = fixture.walk(PULL, &[("chat_id", &chat)]).await;
        let last = records.first().map_or(0, |record| record["send_time"].as_i64().unwrap());
        assert_eq!(answer["last_chat_at"], last.to_string());
        for record in records {
            assert!(people.iter().any(|id| record["sender_id"] == id.as_str()));
        }
    }
    assert_eq!(fixture.code(SINGLE_CHAT, &[]).await, 40_002);
    assert_eq!(fixture.code(SINGLE_CHAT, &[("chat_id", "none")]).await, 40_005);
}
