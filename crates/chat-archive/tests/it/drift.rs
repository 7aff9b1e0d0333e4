//! The shape of answers: what is told, what is never told, and that it does not matter when it is
//! taken.

use chat_archive::{Archive, Drift, PageToStore};
use chat_core::model::{Answer, Count, Documented, Field, Json, Model, Shape};
use chat_core::{
    Kind, Message, MessageId, Partition, RawPage, SourcePage, SourceRecord, UnixMillis,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Fixture, WINDOW};

const ENVELOPE: Shape = Shape {
    keys: || &["list", "total", "number", "size"],
    words: &[],
    inner: &[("list", &RECORD)],
};
const RECORD: Shape = Shape {
    keys: || &["id", "kind", "note", "noteText", "body"],
    words: &[("kind", |value| !matches!(value.as_str(), Some("text" | "文字")))],
    inner: &[("body", &BODY)],
};
const BODY: Shape = Shape { keys: || &["a"], words: &[], inner: &[] };
const PAGE: Documented = Documented {
    page: "a page",
    objects: &[(
        "list[]",
        &[
            Field::mandatory("id", Json::String),
            Field::listed("kind", Json::String),
            Field::mandatory("noteText", Json::String),
            Field::optional("note", Json::String),
            Field::optional("body", Json::Object),
        ],
    )],
    count: Some(Count { total: "total", page_number: "number", page_size: "size", rows: "list" }),
    notes: &[],
};
const MODEL: Model = Model {
    answers: &[Answer { name: "records", shape: &ENVELOPE, documented: &PAGE }],
    answer_of: |_| 0,
};

/// Stores an answer with these records, which may be anything; a record's id is its place.
fn store(fixture: &mut Fixture, envelope: &str, rows: &[String]) {
    let mut body = format!("{{{envelope}\"list\":[");
    let first = fixture.now;
    fixture.now += 10;
    let mut records = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        body.push_str(comma);
        let start = body.len();
        body.push_str(row);
        let id = MessageId::new(format!("m{first}-{index}"));
        let message = Message::new("made-up", "src".into(), id, Kind::Text);
        records.push(SourceRecord::new(message, start..body.len()));
    }
    body.push_str("]}");
    let mut page = SourcePage::new(RawPage::new(body.into_bytes()));
    page.records = records;
    let now = UnixMillis::new(fixture.now);
    let key = Partition::new("");
    let (source, partition) = (fixture.source, fixture.partition);
    let to_store = PageToStore {
        source,
        partition,
        partition_key: &key,
        window: WINDOW,
        state: "",
        fetched_at: now,
        run_started: now,
        reach_ms: None,
        digest: None,
        page: &page,
    };
    fixture.archive().store_page(&to_store, &|a, b| a == b).unwrap();
}

fn rows(rows: &[Value]) -> Vec<String> {
    rows.iter().map(Value::to_string).collect()
}

fn drift(fixture: &Fixture, since: i64) -> Drift {
    fixture.reader().drift("src", &MODEL, Some(since)).unwrap().unwrap()
}

/// What differs: kind, path, detail, times.
fn told(drift: &Drift) -> Vec<String> {
    let findings = drift.findings.iter();
    let line = |finding: &chat_archive::Finding| {
        let (what, path) = (finding.what.as_str(), &finding.path);
        let new = if finding.is_new { "new " } else { "" };
        format!("{new}{what} {path} {} {}/{}", finding.detail, finding.times, finding.of)
    };
    findings.map(line).collect()
}

#[test]
fn answers_as_they_were_expected_are_no_drift() {
    let mut fixture = Fixture::new();
    let plain = json!({ "id": "1", "kind": "text", "noteText": "x", "note": "a" });
    store(&mut fixture, "\"total\":3,\"number\":1,\"size\":10,", &rows(&vec![plain.clone(); 3]));
    let since = fixture.now + 1;
    assert_eq!(told(&drift(&fixture, since)), [""; 0]);
}

#[test]
fn a_first_run_has_nothing_new() {
    let mut fixture = Fixture::new();
    let row = json!({ "id": null, "kind": "odd", "extra": 1 });
    store(&mut fixture, "\"total\":5,\"number\":1,\"size\":10,", &rows(&[row]));
    let found = told(&drift(&fixture, 0));
    assert_eq!(
        found,
        [
            "unknown_key list[].extra number 1/1",
            "unknown_word list[].kind odd 1/1",
            "mandatory_null list[].id  1/1",
            "mandatory_absent list[].noteText  1/1",
            "fewer_rows   1/1",
        ]
    );
}

#[test]
fn what_came_later_is_new_and_has_its_first_record() {
    let mut fixture = Fixture::new();
    let row = |index: usize| json!({ "id": index.to_string(), "kind": "text", "noteText": "x", "note": "abcd" });
    let many: Vec<Value> = (0..30).map(row).collect();
    store(&mut fixture, "", &rows(&many));
    let since = fixture.now + 1;
    let mut changed = row(0);
    changed["kind"] = "film".into();
    changed["mood"] = json!({ "deep": { "er": 1 } });
    changed["noteText"] = Value::Null;
    changed["note"] = format!("https://example.com/{}", "x".repeat(80)).into();
    changed["id"] = 5.into();
    let mut bare = row(1);
    bare.as_object_mut().unwrap().remove("noteText");
    store(&mut fixture, "", &rows(&[row(2), changed, bare]));
    let drift = drift(&fixture, since);
    let new: Vec<String> =
        told(&drift).into_iter().filter(|line| line.starts_with("new ")).collect();
    for expected in [
        "new new_word list[].kind film 1/33",
        "new unknown_word list[].kind film 1/33",
        "new new_key list[].mood object 1/33",
        "new first_null list[].noteText null 1/32",
        "new first_absent list[].noteText  1/33",
        "new mandatory_absent list[].noteText  1/33",
        "new new_form list[].note link 1/33",
        "new other_length list[].note 64-255 characters 1/33",
        "new new_type list[].id number 1/33",
        "new other_type list[].id number, the page says string 1/33",
    ] {
        assert!(new.iter().any(|line| line == expected), "{expected} is not in {new:#?}");
    }
    // what is inside of something new is part of it
    assert!(!new.iter().any(|line| line.contains("mood.deep")), "{new:#?}");
    let mood = drift.findings.iter().find(|finding| finding.path == "list[].mood").unwrap();
    assert_eq!((mood.page, mood.record), (2, Some(1)));
    assert_eq!(mood.record_id.as_deref(), Some("m1010-1"));
    let raw = fixture.reader().answer(mood.page, mood.record).unwrap().unwrap();
    assert!(String::from_utf8(raw).unwrap().contains("\"mood\""));
}

#[test]
fn a_key_is_gone_after_twenty_records_without_it_and_back_when_it_comes_again() {
    let mut fixture = Fixture::new();
    let with = json!({ "id": "1", "kind": "text", "noteText": "x" });
    let without = json!({ "id": "1", "kind": "text" });
    store(&mut fixture, "", &rows(&vec![with.clone(); 25]));
    let since = fixture.now + 1;
    let is_gone = |fixture: &Fixture| {
        told(&drift(fixture, since)).iter().any(|line| line.contains("gone list[].noteText"))
    };
    store(&mut fixture, "", &rows(&vec![without.clone(); 19]));
    assert!(!is_gone(&fixture));
    store(&mut fixture, "", &rows(&[without]));
    assert!(is_gone(&fixture));
    store(&mut fixture, "", &rows(&[with]));
    assert!(!is_gone(&fixture));
}

/// Texts that must never be in the database's shape, in the report, or in what is printed of it.
const MARKERS: [&str; 8] = [
    "MARKER free text of a customer",
    "8613800138000",
    "+8613800138001",
    "王芳",
    "marker@example.com",
    "https://example.com/MARKER?sign=1",
    "wamid.HBgLMARKER",
    "woD2JCDwAAmWSuw2xAxWsV1Nmihz5Kdx",
];

/// A name that looks like a key; where nobody knows the keys, it is none.
const NAME: &str = "alice_smith";

#[test]
fn nothing_that_may_name_a_person_is_kept_or_told() {
    let mut fixture = Fixture::new();
    let marked = MARKERS.map(|marker| {
        json!({
            "id": marker, "kind": marker, "note": marker, "noteText": [marker],
            "body": { marker: marker },
            marker: { marker: marker },
            "extra": { NAME: { NAME: marker }, "list": [{ NAME: 1 }] },
            "text": json!({ marker: marker }).to_string(),
        })
    });
    store(&mut fixture, "", &rows(&marked));
    let since = fixture.now + 1;
    store(&mut fixture, &format!("{:?}:{{{:?}:1}},", MARKERS[1], MARKERS[3]), &rows(&marked));
    fixture.archive().keep_shape("src", &MODEL).unwrap();
    let shapes: String = fixture.sql(
        "SELECT (SELECT group_concat(name || path) FROM shape_path)
                || (SELECT group_concat(what || value) FROM shape_fact)",
    );
    let drift = drift(&fixture, since);
    let mut told = format!("{drift:?}");
    for finding in &drift.findings {
        // the id that the vendor gave is how the record is found, and is told on purpose
        told.push_str(finding.record_id.as_deref().unwrap_or_default());
    }
    assert!(drift.findings.iter().any(|finding| finding.path == "list[].*"), "{told}");
    assert!(drift.findings.iter().any(|finding| finding.path == "list[].body.*"), "{told}");
    assert!(shapes.contains("list[].extra.*.*"), "{shapes}");
    for marker in MARKERS.into_iter().chain([NAME]) {
        assert!(!shapes.contains(marker), "{marker} in {shapes}");
        assert!(!told.contains(marker), "{marker} in {told}");
    }
}

#[test]
fn keys_that_are_ids_make_no_paths_without_end() {
    let mut fixture = Fixture::new();
    // no digits, so that they look like words
    let key = |index: usize| {
        let letter =
            |place: u32| char::from(b'a' + u8::try_from(index / 26usize.pow(place) % 26).unwrap());
        (0..4).map(letter).collect::<String>()
    };
    let row = |from: usize| {
        let members = (from..from + 500).map(|index| (key(index), json!({ "x": index })));
        Value::Object(members.collect())
    };
    store(&mut fixture, "", &rows(&[row(0), row(500), json!({ "deep": row(0) })]));
    fixture.archive().keep_shape("src", &MODEL).unwrap();
    let paths: i64 = fixture.sql("SELECT count(*) FROM shape_path");
    assert!(paths < 150, "{paths}");
}

#[test]
fn hostile_answers_cost_only_themselves() {
    let mut fixture = Fixture::new();
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let good = json!({ "id": "1", "kind": "text", "noteText": "x" }).to_string();
    let hostile = [
        deep,
        "1e999".to_owned(),
        "{\"id\":\"\\ud800\"}".to_owned(),
        format!("{{\"id\":{}}}", "9".repeat(400)),
        "{\"id\":1,\"id\":2,\"id\":null}".to_owned(),
        "\"a text\"".to_owned(),
        "null".to_owned(),
        good.clone(),
    ];
    store(&mut fixture, "", &hostile);
    store(&mut fixture, "\"total\":\"999999999999999999999\",\"number\":-1,\"size\":0,", &[good]);
    let found = told(&drift(&fixture, 0));
    let unreadable = found.iter().find(|line| line.contains("unreadable list[]")).unwrap();
    assert!(unreadable.contains("4/"), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("fewer_rows")), "{found:?}");
}

/// Any JSON, with keys that are known, unknown and not to be shown.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "[a-z0-9 ]{0,20}".prop_map(Value::from),
        prop_oneof![Just("text"), Just("文字"), Just("film"), Just("")].prop_map(Value::from),
        Just(json!("{\"a\":1,\"b\":null}")),
    ];
    let key = prop_oneof![
        Just("id"),
        Just("kind"),
        Just("note"),
        Just("body"),
        Just("a"),
        Just("extra"),
        Just("8613800138000"),
        Just("王芳"),
        Just("*"),
        Just("[]"),
        Just(""),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Kept after any pages, or never: it is the same.
    #[test]
    fn it_does_not_matter_when_the_shape_is_taken(
        pages in prop::collection::vec((prop::collection::vec(any_json(), 1..6), any::<bool>()), 1..8),
        since in 0..8i64,
    ) {
        let mut kept = Fixture::new();
        let mut never = Fixture::new();
        for (records, keep) in &pages {
            let records = rows(records);
            store(&mut kept, "", &records);
            store(&mut never, "", &records);
            if *keep {
                kept.archive().keep_shape("src", &MODEL).unwrap();
                // a new process reads it back
                let path = kept.path();
                drop(kept.archive.take());
                kept.archive = Some(Archive::open(&path).unwrap());
            }
        }
        let since = 1000 + since * 10;
        prop_assert_eq!(drift(&kept, since).findings, drift(&never, since).findings);
    }
}
