//! Recalls that are records of their own: they mark the message that they name.

use chat_core::{Kind, PlatformId, SourcePage, UnixMillis};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Fixture, Record, page};

const RECALLED_MS: i64 = 1_760_344_149_000;

/// A message that has the id `p1` beneath the vendor.
fn message(text: &str) -> SourcePage {
    let mut page = page(&[Record::new("1", text)]);
    page.records[0].message.platform_id = Some(PlatformId::new("p1"));
    page
}

/// The record that recalls it.
fn recall() -> SourcePage {
    let mut page = page(&[Record::new("9", "")]);
    let message = &mut page.records[0].message;
    message.kind = Kind::Recall;
    message.platform_id = Some(PlatformId::new("p9"));
    message.recalls = Some(PlatformId::new("p1"));
    page
}

/// What is told of the message: status, time of the recall, text.
fn told(fixture: &Fixture) -> (Value, Value, Value) {
    let line = fixture.lines().into_iter().find(|line| line["id"] == "1").unwrap();
    (line["status"].clone(), line["recalled_at_ms"].clone(), line["text"].clone())
}

#[test]
fn a_recall_marks_its_message_whichever_comes_first() {
    for pages in [[message("kept"), recall()], [recall(), message("kept")]] {
        let mut fixture = Fixture::new();
        for page in &pages {
            fixture.store_page(page);
        }
        let marked = ("recalled".into(), RECALLED_MS.into(), "kept".into());
        assert_eq!(told(&fixture), marked);
        // reading both again changes nothing
        for page in &pages {
            let again = fixture.store_page(page);
            assert_eq!((again.new, again.changed), (0, 0));
        }
        assert_eq!(told(&fixture), marked);
        assert_eq!(fixture.forms().len(), 2);
        let recall = fixture.lines().into_iter().find(|line| line["id"] == "9").unwrap();
        assert_eq!((&recall["status"], &recall["kind"]), (&Value::Null, &"recall".into()));
        assert!(fixture.reader().verify(&mut |_| {}).unwrap().is_clean());
    }
}

#[test]
fn a_recall_and_its_message_may_come_on_one_page() {
    for order in [[0, 1], [1, 0]] {
        let both = [message("kept"), recall()];
        let mut page = page(&[Record::new("1", "kept"), Record::new("9", "")]);
        for (index, record) in page.records.iter_mut().enumerate() {
            record.message = both[index].records[0].message.clone();
        }
        if order == [1, 0] {
            page.records.reverse();
        }
        let mut fixture = Fixture::new();
        fixture.store_page(&page);
        assert_eq!(told(&fixture).0, "recalled");
    }
}

#[test]
fn a_message_stays_recalled_when_it_comes_in_another_form_or_means_something_else() {
    let mut fixture = Fixture::new();
    fixture.store_page(&message("kept"));
    fixture.store_page(&recall());
    fixture.store_page(&message("filled in later"));
    assert_eq!(told(&fixture), ("recalled".into(), RECALLED_MS.into(), "filled in later".into()));
    // a better conversion makes all messages anew
    fixture.source = fixture.archive().source("src", "made-up", "2", &[]).unwrap().0;
    fixture.store_page(&message("filled in later"));
    assert_eq!(told(&fixture).0, "recalled");
    assert_eq!(told(&fixture).1, RECALLED_MS);
}

#[test]
fn what_the_message_says_of_its_recall_itself_comes_first() {
    let mut own = message("kept");
    own.records[0].message.status = Some(chat_core::Status::Recalled);
    own.records[0].message.recalled_at = Some(UnixMillis::new(5));
    for pages in [[own.clone(), recall()], [recall(), own]] {
        let mut fixture = Fixture::new();
        for page in &pages {
            fixture.store_page(page);
        }
        assert_eq!(told(&fixture), ("recalled".into(), 5.into(), "kept".into()));
    }
}

#[test]
fn a_recall_marks_nothing_of_another_conversation() {
    let mut elsewhere = message("kept");
    elsewhere.records[0].message.conversation_id =
        Some(chat_core::ConversationId::new("conversation 2"));
    for pages in [[elsewhere.clone(), recall()], [recall(), elsewhere]] {
        let mut fixture = Fixture::new();
        for page in &pages {
            fixture.store_page(page);
        }
        assert_eq!(told(&fixture).0, Value::Null);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_order_of_forms_and_recalls_ends_recalled(
        order in Just(vec![0, 1, 2, 3]).prop_shuffle(),
        again in proptest::collection::vec(0usize..4, 0..4),
    ) {
        let pages = [message("a"), message("b"), recall(), {
            let mut delivered = message("c");
            delivered.records[0].message.status = Some(chat_core::Status::Delivered);
            delivered
        }];
        let mut fixture = Fixture::new();
        for index in order.into_iter().chain(again) {
            fixture.store_page(&pages[index]);
        }
        let (status, recalled_at_ms, _) = told(&fixture);
        prop_assert_eq!(status, "recalled");
        prop_assert_eq!(recalled_at_ms, RECALLED_MS);
    }
}
