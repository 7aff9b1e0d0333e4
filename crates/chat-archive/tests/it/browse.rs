//! Reading a page at a time: the same messages in the same order as an export, and sums that are
//! those of the messages, whatever came in whichever order.

use std::collections::{BTreeMap, BTreeSet};

use chat_archive::{
    Archive, Behind, ConversationFilter, ConversationSummary, ListPlace, Reader, RebuildMode,
    SearchQuery, ThreadPlace,
};
use chat_core::{
    ConversationId, Direction, Participant, ParticipantId, PlatformId, SenderKind, SentAt,
    SourcePage, Status, UnixMillis, UtcOffset,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::calls::{self, Call, said};
use crate::made_up::{reading, today};
use crate::support::{Fixture, Record, page, unnamed};

/// What happens to an archive.
#[derive(Debug, Clone)]
enum Step {
    Page(Vec<Shown>),
    Unnamed(Vec<&'static str>),
    Index,
    /// The program ends between a page and the index.
    Crash,
}

/// A record as a page shows it.
#[derive(Debug, Clone)]
struct Shown {
    id: u8,
    text: &'static str,
    conversation: Option<&'static str>,
    second: Option<u8>,
    from_customer: bool,
    sender: SenderKind,
    status: Option<&'static str>,
    recalls: Option<u8>,
}

fn shown() -> impl Strategy<Value = Shown> {
    (
        0_u8..12,
        prop::sample::select(vec!["你好", "ok", ""]),
        prop::sample::select(vec![Some("a"), Some("b"), None]),
        prop::option::weighted(0.9, 0_u8..4),
        any::<bool>(),
        prop::sample::select(vec![
            SenderKind::Customer,
            SenderKind::Agent,
            SenderKind::Bot,
            SenderKind::System,
        ]),
        prop::option::of(prop::sample::select(vec!["sent", "read", "deleted"])),
        prop::option::weighted(0.1, 0_u8..12),
    )
        .prop_map(
            |(id, text, conversation, second, from_customer, sender, status, recalls)| Shown {
                id,
                text,
                conversation,
                second,
                from_customer,
                sender,
                status,
                recalls,
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(shown(), 1..5).prop_map(Step::Page),
        2 => prop::collection::vec(
            prop::sample::select(vec!["u:ok", "u:hello", "a:ok", ":alone"]), 1..4
        ).prop_map(Step::Unnamed),
        2 => Just(Step::Index),
        1 => Just(Step::Crash),
    ]
}

/// The page that shows these, each of them in a form of its own.
fn page_of(shown: &[Shown], updated: i64) -> SourcePage {
    let records: Vec<Record> = shown
        .iter()
        .map(|one| {
            let mut record = Record::new(&one.id.to_string(), one.text);
            record.status = one.status;
            record.updated = updated;
            record
        })
        .collect();
    let mut page = page(&records);
    for (record, one) in page.records.iter_mut().zip(shown) {
        let message = &mut record.message;
        message.conversation_id = one.conversation.map(ConversationId::new);
        message.direction =
            Some(if one.from_customer { Direction::Inbound } else { Direction::Outbound });
        message.sender = Some(
            Participant::new(Some(one.sender.clone()))
                .with_id(Some(ParticipantId::new(format!("p{}", one.id % 3)))),
        );
        message.platform_id = Some(PlatformId::new(one.id.to_string()));
        message.recalls = one.recalls.map(|id| PlatformId::new(id.to_string()));
        message.status = one.status.map(Status::from);
        message.sent_at = one.second.map(|second| {
            let wall = format!("2025-10-13 16:29:0{second}").parse().unwrap();
            SentAt::zoned(wall, "+08:00".parse::<UtcOffset>().unwrap())
        });
    }
    page
}

fn apply(fixture: &mut Fixture, steps: &[Step]) {
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Page(shown) => {
                fixture.store_page(&page_of(shown, i64::try_from(at).unwrap()));
            }
            Step::Unnamed(records) => {
                fixture.store_page(&unnamed(records));
            }
            Step::Index => {
                fixture.archive().index(&|| false).unwrap();
            }
            Step::Crash => {
                drop(fixture.archive.take());
                fixture.archive = Some(Archive::open(&fixture.path()).unwrap());
            }
        }
    }
    fixture.archive().index(&|| false).unwrap();
    assert_eq!(fixture.reader().behind().unwrap(), Behind::default());
}

/// The export's lines of each conversation, in its order.
fn by_conversation(fixture: &Fixture) -> BTreeMap<Option<String>, Vec<Value>> {
    let mut found: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for line in fixture.lines() {
        let conversation = line["conversation_id"].as_str().map(str::to_owned);
        found.entry(conversation).or_default().push(line);
    }
    found
}

/// The whole list, from page to page.
fn listed(reader: &Reader) -> Vec<ConversationSummary> {
    let mut listed: Vec<ConversationSummary> = Vec::new();
    loop {
        let place = listed.last().map_or(ListPlace::First, |last| ListPlace::Older(last.key()));
        let page = reader.conversations(&ConversationFilter::default(), place, 2).unwrap();
        assert_eq!(page.has_newer, !listed.is_empty());
        listed.extend(page.conversations);
        if !page.has_older {
            return listed;
        }
    }
}

/// The ids of a conversation, from page to page in one direction.
fn walked(reader: &Reader, number: i64, forward: bool) -> Vec<String> {
    let mut place = if forward { ThreadPlace::First } else { ThreadPlace::Last };
    let mut ids = Vec::new();
    loop {
        let thread = reader.thread(number, place, 3).unwrap().unwrap();
        let found: Vec<String> = thread.messages.iter().map(|one| one.id.clone()).collect();
        let (more, before) = if forward {
            (thread.has_later, thread.has_earlier)
        } else {
            (thread.has_earlier, thread.has_later)
        };
        assert_eq!(before, !ids.is_empty(), "what was read lies behind");
        let next = if forward { thread.messages.last() } else { thread.messages.first() };
        let next = next.unwrap().number;
        if forward {
            ids.extend(found);
            place = ThreadPlace::After(next);
        } else {
            ids.splice(0..0, found);
            place = ThreadPlace::Before(next);
        }
        if !more {
            return ids;
        }
    }
}

fn counted(lines: &[Value], key: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for word in lines.iter().filter_map(|line| line[key].as_str()) {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

/// Neither a bot nor the platform, nor the customer.
fn is_person(sender: &Value) -> bool {
    !["bot", "system", "customer"].iter().any(|kind| sender["kind"] == *kind)
}

/// From the first question to the first answer that a person gave.
fn first_response(lines: &[Value]) -> Option<i64> {
    let asked = lines
        .iter()
        .filter(|line| line["direction"] == "inbound")
        .find_map(|line| line["sent_at_ms"].as_i64());
    let first = lines.iter().position(|line| {
        line["direction"] == "inbound" && line["sent_at_ms"].as_i64() == asked && asked.is_some()
    })?;
    let mut answers = lines[first..]
        .iter()
        .filter(|line| line["direction"] == "outbound" && is_person(&line["sender"]));
    let answered = answers.find_map(|line| line["sent_at_ms"].as_i64())?;
    Some(answered - asked?)
}

fn same_sums(summary: &ConversationSummary, lines: &[Value]) {
    let of =
        |direction: &str| lines.iter().filter(|line| line["direction"] == direction).count() as u64;
    assert_eq!(summary.messages, lines.len() as u64);
    assert_eq!((summary.inbound, summary.outbound), (of("inbound"), of("outbound")));
    assert_eq!(summary.kinds, counted(lines, "kind"));
    assert_eq!(summary.statuses, counted(lines, "status"));
    let sent = || lines.iter().filter_map(|line| line["sent_at_ms"].as_i64());
    assert_eq!(summary.first_sent_ms, sent().min());
    assert_eq!(summary.last_sent_ms, sent().max());
    let response = summary.conversation_id.as_ref().and_then(|_| first_response(lines));
    assert_eq!(summary.first_response_ms, response);
    let wrote: u64 =
        summary.customers.iter().chain(&summary.agents).map(|party| party.messages).sum();
    // the platform is a party to nothing
    let is_signed = |line: &&Value| !line["sender"].is_null() && line["sender"]["kind"] != "system";
    let signed = lines.iter().filter(is_signed).count() as u64;
    assert_eq!(wrote, signed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn conversations_read_as_they_are_exported(steps in prop::collection::vec(step(), 1..12)) {
        let mut fixture = Fixture::new();
        apply(&mut fixture, &steps);
        let reader = fixture.reader();
        let mut lines = by_conversation(&fixture);
        let summaries = listed(&reader);
        let newest: Vec<_> = summaries.iter().map(|one| one.last_ms).collect();
        prop_assert!(newest.is_sorted_by(|a, b| a >= b), "{newest:?}");
        for summary in &summaries {
            let lines = lines.remove(&summary.conversation_id).unwrap_or_default();
            same_sums(summary, &lines);
            let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
            prop_assert_eq!(walked(&reader, summary.number, true), ids.clone());
            prop_assert_eq!(walked(&reader, summary.number, false), ids.clone());
            for id in ids {
                let number = reader.find_message("src", id, None).unwrap().unwrap();
                prop_assert_eq!(reader.conversation_of(number).unwrap(), Some(summary.number));
                let around = ThreadPlace::Around(number);
                let thread = reader.thread(summary.number, around, 3).unwrap().unwrap();
                prop_assert!(thread.messages.iter().any(|one| one.number == number));
            }
        }
        prop_assert!(lines.is_empty(), "not listed: {:?}", lines.keys().collect::<Vec<_>>());
    }
}

#[test]
fn a_message_that_moves_leaves_its_old_conversation() {
    let mut fixture = Fixture::new();
    let mut shown = Shown {
        id: 1,
        text: "你好",
        conversation: Some("a"),
        second: Some(1),
        from_customer: true,
        sender: SenderKind::Customer,
        status: None,
        recalls: None,
    };
    apply(&mut fixture, &[Step::Page(vec![shown.clone()])]);
    shown.conversation = Some("b");
    shown.text = "ok";
    fixture.store_page(&page_of(&[shown], 7));
    fixture.archive().index(&|| false).unwrap();
    let ids: BTreeSet<_> =
        listed(&fixture.reader()).into_iter().map(|one| one.conversation_id).collect();
    assert_eq!(ids, BTreeSet::from([Some("b".to_owned())]));
}

#[test]
fn a_day_is_found_and_a_stranger_is_not() {
    let mut fixture = Fixture::new();
    let records: Vec<Record> = (0..9).map(|id| Record::new(&id.to_string(), "hi")).collect();
    let mut page = page(&records);
    for (day, record) in (1..).zip(&mut page.records) {
        let wall = format!("2025-10-{day:02} 12:00:00").parse().unwrap();
        record.message.sent_at = Some(SentAt::zoned(wall, UtcOffset::UTC));
    }
    fixture.store_page(&page);
    fixture.archive().index(&|| false).unwrap();
    let reader = fixture.reader();
    let number = listed(&reader)[0].number;
    let day = |text: &str| {
        let wall = format!("{text} 00:00:00").parse().unwrap();
        SentAt::zoned(wall, UtcOffset::UTC).instant.get()
    };
    let first = |place| {
        let thread = reader.thread(number, place, 2).unwrap().unwrap();
        (thread.messages[0].id.clone(), thread.has_earlier, thread.has_later)
    };
    assert_eq!(first(ThreadPlace::From(day("2025-10-05"))), ("4".to_owned(), true, true));
    assert_eq!(first(ThreadPlace::From(day("2025-01-01"))), ("0".to_owned(), false, true));
    assert_eq!(first(ThreadPlace::From(day("2026-01-01"))), ("7".to_owned(), true, false));
    assert!(reader.thread(number, ThreadPlace::Around(999), 2).unwrap().is_none());
    assert!(reader.thread(999, ThreadPlace::First, 2).unwrap().is_none());
}

#[test]
fn what_was_said_in_one_second_stands_as_in_an_export() {
    let mut fixture = Fixture::new();
    let mut talk = said("1:a 2:b 3:c 4:d");
    for one in &mut talk {
        one.sent_ms = 100_000_000_000;
    }
    let newest_first: Vec<_> = talk.iter().rev().cloned().collect();
    calls::read(&mut fixture, Call::Named, &newest_first);
    calls::read(&mut fixture, Call::Plain, &talk);
    fixture.archive().index(&|| false).unwrap();
    let lines = fixture.lines();
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["c/1", "c/2", "c/3", "c/4"]);
    let reader = fixture.reader();
    let number = listed(&reader)[0].number;
    assert_eq!(walked(&reader, number, true), ids);
    assert_eq!(walked(&reader, number, false), ids);
}

/// The ids of the messages that a word finds.
fn found(reader: &Reader, word: &str) -> Vec<String> {
    let query = SearchQuery::parse(word).unwrap();
    let hits = reader.search(&query, None, 10).unwrap().hits;
    hits.into_iter().map(|hit| hit.message.id).collect()
}

#[test]
fn what_a_rebuild_changes_is_found_and_listed_anew() {
    let mut fixture = Fixture::new();
    let misread = reading(|message| {
        message.text = Some("stale".to_owned());
        message.conversation_id = Some(ConversationId::new("wrong"));
        Ok(())
    });
    fixture.store_read(&*misread, &[Record::new("1", "needle")]);
    fixture.archive().index(&|| false).unwrap();
    assert_eq!(found(&fixture.reader(), "stale"), ["1"]);

    let now = UnixMillis::new(5000);
    let mode = RebuildMode::Keep;
    fixture.archive().rebuild(&[today()], now, mode, &mut |_| {}, &mut |_| {}).unwrap();
    let reader = fixture.reader();
    assert_eq!(found(&reader, "needle"), ["1"]);
    assert!(found(&reader, "stale").is_empty());
    let ids: Vec<_> = listed(&reader).into_iter().map(|one| one.conversation_id).collect();
    assert_eq!(ids, [fixture.lines()[0]["conversation_id"].as_str().map(str::to_owned)]);
}

#[test]
fn files_are_found_by_the_names_of_the_newest_form() {
    let mut fixture = Fixture::new();
    let mut store = |name: &str, updated: i64| {
        let mut record = Record::new("1", name).link("https://media.example.com/1");
        record.updated = updated;
        let mut page = page(&[record]);
        let message = &mut page.records[0].message;
        message.text = None;
        message.attachments[0].file_name = Some(format!("{name}.pdf"));
        fixture.store_page(&page);
        fixture.archive().index(&|| false).unwrap();
        let reader = fixture.reader();
        ["first", "late", "second"].map(|name| !found(&reader, name).is_empty())
    };
    assert_eq!(store("first", 2), [true, false, false]);
    assert_eq!(store("late", 1), [true, false, false]);
    assert_eq!(store("second", 3), [false, false, true]);
}

#[test]
fn times_from_the_ends_of_the_world_stop_nothing() {
    let mut fixture = Fixture::new();
    let mut page = page(&[Record::new("1", "asked"), Record::new("2", "answered")]);
    for (record, ms) in page.records.iter_mut().zip([i64::MIN + 1, i64::MAX]) {
        record.message.sent_at = Some(SentAt::stated(UnixMillis::new(ms)));
    }
    page.records[1].message.direction = Some(Direction::Outbound);
    fixture.store_page(&page);
    fixture.archive().index(&|| false).unwrap();
    assert_eq!(listed(&fixture.reader())[0].first_response_ms, None);
}
