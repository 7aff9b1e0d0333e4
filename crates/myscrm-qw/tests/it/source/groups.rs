//! Which chats there are, and what is said where some are missing.

use myscrm_qw::chat_core::{ErrorKind, ReplayTransport, Source};

use super::chats;
use crate::{fixture, query};

fn users(ids: &[&str], next: &str) -> String {
    let ids = serde_json::to_string(ids).unwrap();
    format!(r#"{{"errcode":0,"external_userids":{ids},"next_cursor":"{next}"}}"#)
}

fn groups(ids: &[&str], next: &str) -> String {
    let list: Vec<String> = ids.iter().map(|id| format!(r#"{{"chat_id":"{id}"}}"#)).collect();
    format!(r#"{{"errcode":0,"list":[{}],"next_cursor":"{next}"}}"#, list.join(","))
}

#[tokio::test]
async fn groups_of_employees_and_customers_are_found_once_each() {
    let (source, transport) = chats(
        ReplayTransport::new()
            .answer(200, groups(&["g1", "chat-2"], ""))
            .answer(200, users(&["wmB", "wmA"], "u2"))
            .answer(200, users(&["wmA", "wmC"], ""))
            .answer(200, groups(&["g1", "g2"], ""))
            .answer(200, groups(&[], ""))
            .answer(200, groups(&["g3"], "")),
    );
    let source = source.with_groups().with_groups_of_employees(["e1"]);
    let found = source.partitions().await.unwrap();
    let keys: Vec<&str> = found.iter().map(|partition| partition.key.as_str()).collect();
    assert_eq!(keys, ["chat-1", "chat-2", "g1", "g2", "g3"]);
    let requests = transport.take_requests();
    let members: Vec<_> = requests
        .iter()
        .filter_map(|r| Some((query(r, "member_type")?, query(r, "member_id")?)))
        .collect();
    let member = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
    let expected = [member("1", "e1"), member("2", "wmA"), member("2", "wmB"), member("2", "wmC")];
    assert_eq!(members, expected);
    assert!(source.lacking().is_empty() && source.notices().is_empty());
}

#[tokio::test]
async fn a_list_that_moves_is_read_until_it_brings_nothing_new() {
    let (source, transport) = chats(
        ReplayTransport::new()
            .answer(200, groups(&["a", "b"], "2"))
            // `c` moved to the front between the two pages
            .answer(200, groups(&["b", "d"], ""))
            .answer(200, groups(&["c", "a"], "2"))
            .answer(200, groups(&["b", "d"], ""))
            .answer(200, groups(&["c", "a"], "2"))
            .answer(200, groups(&["b", "d"], "")),
    );
    let found = source.with_groups_of_employees(["e1"]).partitions().await.unwrap();
    let keys: Vec<&str> = found.iter().skip(2).map(|partition| partition.key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "d", "c"]);
    assert_eq!(transport.take_requests().len(), 6);
}

/// The keys of the partitions, without the two that are named.
async fn found(source: &myscrm_qw::RecordSource) -> Vec<String> {
    let found = source.partitions().await.unwrap();
    found.into_iter().skip(2).map(|partition| partition.key).collect()
}

#[tokio::test]
async fn a_member_who_is_refused_costs_their_own_groups_only() {
    let (source, _) = chats(
        ReplayTransport::new()
            .answer(200, groups(&["g1"], ""))
            .answer(200, fixture("error-41053.json"))
            .answer(200, fixture("error-400001.json"))
            .answer(200, fixture("error-400001.json"))
            .answer(200, fixture("error-400001.json"))
            .answer(200, groups(&["g2"], "")),
    );
    let source = source.with_groups_of_employees(["e1", "e2", "e3", "e4", "e5", "e6"]);
    assert_eq!(found(&source).await, ["g1", "g2"]);
    let [words] = &source.lacking()[..] else { panic!("{:?}", source.lacking()) };
    assert!(
        words.starts_with(
            "the group chats of 4 members could not be listed; where it happened first: \
             myscrm-qw refused group-chat/list-by-member with code 41053"
        ),
        "{words}"
    );
    assert!(source.notices().is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_all_members_is_an_error() {
    for (answered, kind) in [
        (fixture("error-60020.json"), ErrorKind::Auth),
        (fixture("error-45009.json"), ErrorKind::RateLimited),
    ] {
        let queue =
            (0..40).fold(ReplayTransport::new(), |queue, _| queue.answer(200, answered.clone()));
        let (source, _) = chats(queue);
        let source = source.with_groups_of_employees(["e1", "e2"]);
        assert_eq!(source.partitions().await.unwrap_err().kind, kind);
    }
    let (source, transport) = chats(ReplayTransport::new());
    let source = source.with_groups_of_employees([""]);
    assert_eq!(source.partitions().await.unwrap_err().kind, ErrorKind::InvalidRequest);
    assert_eq!(transport.take_requests().len(), 0);
    // the platform fails for one after the other
    let queue = (0..3).fold(ReplayTransport::new(), |queue, _| queue.answer(404, "<html>"));
    let (source, transport) = chats(queue);
    let source = source.with_groups_of_employees(["e1", "e2", "e3", "e4"]);
    assert!(source.partitions().await.unwrap_err().message.contains("HTTP status 404"));
    assert_eq!(transport.take_requests().len(), 3);
}

#[tokio::test]
async fn a_list_that_leads_back_or_never_ends_is_said_to_be_lacking() {
    let endless = |list: fn(&str) -> String| {
        let pages = (0..50).map(move |page| list(&format!("c{page}")));
        pages.fold(ReplayTransport::new(), |queue, page| queue.answer(200, page))
    };
    let back = "it leads back to a page that was read already";
    let many = "50 pages in a row were empty, and it promises more";
    for (queue, reason) in [
        (
            ReplayTransport::new().answer(200, groups(&["a"], "2")).answer(200, groups(&[], "2")),
            back,
        ),
        (endless(|cursor| groups(&[], cursor)), many),
    ] {
        let (source, transport) = chats(queue.answer(200, groups(&["b"], "")));
        let source = source.with_groups_of_employees(["e1", "e2"]);
        assert_eq!(found(&source).await.last().unwrap(), "b");
        let [words] = &source.lacking()[..] else { panic!("{:?}", source.lacking()) };
        assert!(words.starts_with("the group chats of 1 member could not be listed"), "{words}");
        assert!(words.contains(reason), "{words}");
        assert!(transport.take_requests().len() <= 51);
    }
    for (queue, reason) in [
        (
            ReplayTransport::new().answer(200, users(&["wmA"], "2")).answer(200, users(&[], "2")),
            back,
        ),
        (
            ReplayTransport::new()
                .answer(200, users(&["wmA"], "2"))
                .answer(200, fixture("error-100.json")),
            "code 100",
        ),
    ] {
        let (source, _) = chats(queue.answer(200, groups(&["a"], "")));
        let source = source.with_groups();
        assert_eq!(found(&source).await, ["a"]);
        let [words] = &source.lacking()[..] else { panic!("{:?}", source.lacking()) };
        assert!(words.contains("chat/external-user-id/list") && words.contains(reason), "{words}");
    }
    let (source, transport) = chats(endless(|cursor| users(&[], cursor)));
    let source = source.with_groups();
    assert!(found(&source).await.is_empty());
    assert!(source.lacking()[0].contains(many), "{:?}", source.lacking());
    assert_eq!(transport.take_requests().len(), 50);
    let (source, _) = chats(ReplayTransport::new().answer(200, fixture("error-60020.json")));
    assert_eq!(source.with_groups().partitions().await.unwrap_err().kind, ErrorKind::Auth);
}

#[tokio::test]
async fn groups_that_cannot_be_read_are_said_to_be_lacking() {
    let list = r#"{"errcode":0,"list":[{"chat_id":"g1"},{"name":"?"},7]}"#;
    let (source, _) =
        chats(ReplayTransport::new().answer(200, list).answer(200, groups(&["g1"], "")));
    let source = source.with_groups_of_employees(["e1"]);
    assert_eq!(found(&source).await, ["g1"]);
    let words = "2 entries of the lists of group chats could not be read: chats are missing";
    assert_eq!(source.lacking(), [words]);
    source.partitions().await.unwrap();
    assert!(source.lacking().is_empty(), "it is about the last list");
}

#[tokio::test]
async fn a_list_that_does_not_settle_is_said_to_be_lacking() {
    let queue = (0..5).fold(ReplayTransport::new(), |queue, pass| {
        let second = format!(
            r#"{{"errcode":0,"list":[{{"chat_id":"new-{pass}"}},{{"name":"?"}}],"next_cursor":""}}"#
        );
        queue.answer(200, groups(&["a"], "2")).answer(200, second)
    });
    let (source, _) = chats(queue);
    let source = source.with_groups_of_employees(["e1"]);
    assert_eq!(found(&source).await.len(), 6);
    assert_eq!(
        source.lacking(),
        [
            "1 entry of the lists of group chats could not be read: chats are missing",
            "the list of the group chats of 1 member brought new ones each of the 5 times it was \
             read: chats may be missing",
        ]
    );
}
