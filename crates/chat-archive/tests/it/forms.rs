//! The forms of a record: all kept, in whatever order they come, and exported one by one.

use std::collections::{BTreeMap, BTreeSet};

use chat_archive::MessageCount;
use chat_core::{SourcePage, Status, UnixMillis, Window};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Fixture, Record, page};

const STATUSES: [Option<&str>; 9] = [
    None,
    Some("queued"),
    Some("sent"),
    Some("delivered"),
    Some("read"),
    Some("failed"),
    Some("recalled"),
    Some("deleted"),
    Some("novel"),
];

/// A form: what it says, its place in [`STATUSES`], when the vendor changed it.
type Form = (u8, usize, i64);

fn permutations(forms: &[Form]) -> Vec<Vec<Form>> {
    let Some((first, rest)) = forms.split_first() else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for shorter in permutations(rest) {
        for place in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(place, *first);
            all.push(longer);
        }
    }
    all
}

fn record(id: usize, (text, status, updated): Form) -> Record {
    let mut record = Record::new(&format!("r{id:03}"), &format!("text {text}"));
    record.status = STATUSES[status];
    record.updated = updated;
    record
}

/// A page on which the vendor says when it recalled what is recalled; `dated`: and when it last
/// changed its records.
fn dated_page(records: &[Record], dated: bool) -> SourcePage {
    let mut page = page(records);
    for (found, record) in page.records.iter_mut().zip(records) {
        if record.status == Some("recalled") {
            found.message.recalled_at = Some(UnixMillis::new(77));
        }
        if !dated {
            found.message.updated_at = None;
        }
    }
    page
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_of_arrival_ends_in_the_same_status_and_loses_no_form(
        forms in proptest::collection::btree_set((0u8..3, 0usize..9, 0i64..4), 1..5),
        dated in any::<bool>(),
    ) {
        let forms: Vec<Form> = forms.into_iter().collect();
        let orders = permutations(&forms);
        let mut fixture = Fixture::new();
        for step in 0..forms.len() {
            let records: Vec<_> =
                orders.iter().enumerate().map(|(id, order)| record(id, order[step])).collect();
            fixture.store_page(&dated_page(&records, dated));
        }
        let furthest = forms.iter().filter_map(|form| STATUSES[form.1]).map(Status::from);
        let furthest = furthest.reduce(Status::merge).map_or(Value::Null, |s| s.as_str().into());
        let is_recalled = forms.iter().any(|form| STATUSES[form.1] == Some("recalled"));
        let lines = fixture.lines();
        prop_assert_eq!(lines.len(), orders.len());
        for line in &lines {
            prop_assert_eq!(&line["status"], &furthest, "{}", line);
            prop_assert_eq!(line["recalled_at_ms"].is_null(), !is_recalled, "{}", line);
        }
        // whoever reads the database itself is told the same
        let seen: String = fixture.sql(
            "SELECT json_group_array(json_array(id, status, received_at_ms, read_at_ms, recalled_at_ms))
             FROM (SELECT * FROM messages ORDER BY id)",
        );
        let told = |line: &Value| {
            ["id", "status", "received_at_ms", "read_at_ms", "recalled_at_ms"].map(|key| line[key].clone())
        };
        let mut told: Vec<_> = lines.iter().map(told).collect();
        told.sort_by_key(|row| row[0].to_string());
        prop_assert_eq!(serde_json::from_str::<Value>(&seen).unwrap(), serde_json::json!(told));
        let mut kept: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let all = fixture.forms();
        for form in &all {
            let raw = form["raw"].to_string().replace(form["id"].as_str().unwrap(), "");
            kept.entry(form["id"].to_string()).or_default().insert(raw);
        }
        prop_assert_eq!(all.len(), orders.len() * forms.len());
        for (id, kept) in kept {
            prop_assert_eq!(kept.len(), forms.len(), "{}", id);
        }
        let verified = fixture.reader().verify(&mut |_| {}).unwrap();
        prop_assert!(verified.is_clean());
    }
}

#[test]
fn each_form_is_a_line_of_its_own_in_the_order_of_versions() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "first").status("sent", 1), Record::new("2", "other")]);
    fixture.store(&[Record::new("1", "second").status("read", 5)]);
    // a form that comes late is not the newest, and has the highest number
    fixture.store(&[Record::new("1", "between").status("delivered", 3)]);
    let seen: Vec<_> = fixture
        .forms()
        .iter()
        .map(|form| {
            let word = |key: &str| form[key].as_str().unwrap_or("-").to_owned();
            (word("id"), form["version"].as_i64().unwrap(), word("text"), word("status"))
        })
        .collect();
    let expected = [
        ("1", 1, "first", "sent"),
        ("1", 2, "second", "read"),
        ("1", 3, "between", "delivered"),
        ("2", 1, "other", "-"),
    ];
    let expected = expected.map(|(id, n, text, status)| (id.into(), n, text.into(), status.into()));
    assert_eq!(seen, expected);
    assert_eq!(fixture.lines()[0]["text"], "second");
    // the lines are those of any export, with the bytes of each form
    let mut filter = chat_archive::Filter::default();
    filter.versions = true;
    let (forms, current) = (fixture.export_with(&filter), fixture.export());
    assert_eq!(forms.lines().nth(1), current.lines().next());
    assert_eq!(forms.lines().nth(3), current.lines().nth(1));
    for (form, text) in fixture.forms().iter().zip(["first", "second", "between", "other"]) {
        assert_eq!(form["raw"]["text"], text);
        assert_eq!(form.as_object().unwrap().len(), 25);
    }
}

#[test]
fn each_form_has_its_own_files() {
    let mut fixture = Fixture::new();
    let picture = |status, updated| {
        Record::new("1", "x").status(status, updated).link("https://example.com/a")
    };
    fixture.store(&[picture("sent", 1)]);
    fixture.store(&[picture("read", 5)]);
    fixture.store(&[picture("delivered", 3)]);
    fixture.store(&[Record::new("1", "").status("recalled", 7)]);
    let files: Vec<_> =
        fixture.forms().iter().map(|form| form["attachments"].as_array().unwrap().len()).collect();
    assert_eq!(files, [1, 1, 1, 0]);
    assert_eq!(fixture.sql::<i64>("SELECT count(*) FROM attachment"), 1, "one file, one row");
}

#[test]
fn the_form_before_a_recall_comes_late_with_its_file() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "").status("recalled", 7)]);
    let picture = Record::new("1", "x").status("sent", 1).link("https://example.com/a");
    assert_eq!(fixture.store(std::slice::from_ref(&picture)).media.len(), 1);
    let again = Record::new("1", "x").status("delivered", 3).link("https://example.com/a");
    assert_eq!(fixture.store(&[again]).media.len(), 0, "the same file is fetched once");
    let line = &fixture.lines()[0];
    assert_eq!((&line["status"], &line["text"]), (&"recalled".into(), &"".into()));
    let texts: Vec<_> = fixture.forms().iter().map(|form| form["text"].clone()).collect();
    assert_eq!(texts, ["", "x", "x"]);
}

#[test]
fn an_earlier_form_with_a_new_link_is_no_new_form() {
    let mut fixture = Fixture::new();
    let sent = |link: &str| Record::new("1", "x").status("sent", 1).link(link);
    fixture.store(&[sent("https://example.com/1")]);
    fixture.store(&[Record::new("1", "x").status("read", 5).link("https://example.com/2")]);
    assert_eq!(fixture.store(&[sent("https://example.com/3")]).changed, 0);
    assert_eq!(fixture.forms().len(), 2);
}

#[test]
fn messages_are_counted_by_the_hour_with_those_that_may_still_change() {
    let mut fixture = Fixture::new();
    // all are sent at the same second, see `Record`
    let sent_ms = 1_760_344_149_000;
    let records = [
        Record::new("1", "a").status("sent", 1),
        Record::new("2", "b").status("read", 1),
        Record::new("3", "c").status("a word of the vendor's", 1),
        Record::new("4", "d"),
    ];
    fixture.store(&records);
    let partition = fixture.partition;
    let count = |fixture: &mut Fixture, from, to| {
        fixture.archive().message_counts(partition, Window::new(from, to), 3_600_000).unwrap()
    };
    let from = sent_ms - 5 * 3_600_000;
    let window = Window::new(sent_ms, sent_ms + 1000);
    let counted = count(&mut fixture, from, sent_ms + 1000);
    assert_eq!(counted, [MessageCount { window, messages: 4, open: 2 }]);
    assert_eq!(count(&mut fixture, from, sent_ms), []);
    // stretches begin where the span does
    let from = from - 600_000;
    let window = Window::new(sent_ms - 600_000, sent_ms + 3_000_000);
    let later = fixture.sql::<i64>(
        "UPDATE message SET sent_at_ms = sent_at_ms + 3000000 WHERE record_id = '2' RETURNING 1",
    );
    assert_eq!(later, 1);
    let next = Window::new(sent_ms + 3_000_000, sent_ms + 6_000_000);
    let both = [
        MessageCount { window, messages: 3, open: 2 },
        MessageCount { window: next, messages: 1, open: 0 },
    ];
    assert_eq!(count(&mut fixture, from, next.to_ms), both);
}
