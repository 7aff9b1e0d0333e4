//! Lists read in one pass: the same records at the same places as one by one, or nothing at all.

use chat_core::{RawList, ReadRecords, Span, WholeList, de, read_object, read_whole};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Record {
    #[serde(deserialize_with = "de::text")]
    id: String,
    #[serde(default, deserialize_with = "de::text_list")]
    parts: Vec<String>,
}

#[derive(Deserialize)]
struct Whole {
    list: WholeList<Record>,
}

#[derive(Deserialize)]
struct Each<'a> {
    #[serde(borrow)]
    list: RawList<'a>,
}

type Found = (Vec<Record>, Vec<Span>);

fn whole(text: &str) -> Option<Found> {
    let records = read_whole::<Whole>(text)?.list.into_records(text)?;
    assert_eq!((records.seen(), records.skipped.len()), (records.items.len(), 0));
    Some((records.items, records.spans))
}

/// `None` where anything is wrong with the answer.
fn each(text: &str) -> Option<Found> {
    let envelope: Each<'_> = read_object(text).ok()?;
    let mut records = ReadRecords::default();
    records.read(text.as_bytes(), &envelope.list, "list").ok()?;
    records.skipped.is_empty().then_some((records.items, records.spans))
}

#[test]
fn records_are_found_where_they_lie() {
    let text = "{\"a\":[{\"x\":1}],\"list\" : [ {\"id\":\"{[\\\"\"} ,\n\t{ \"parts\":[\"},{\"],\r\n\"id\":2 }\n],\"b\":{}}";
    let (items, spans) = whole(text).unwrap();
    assert_eq!(items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["{[\"", "2"]);
    let bytes: Vec<&str> = spans.iter().map(|span| &text[span.clone()]).collect();
    assert_eq!(bytes, ["{\"id\":\"{[\\\"\"}", "{ \"parts\":[\"},{\"],\r\n\"id\":2 }"]);
    assert_eq!(whole("{\"list\":[]}"), Some((Vec::new(), Vec::new())));
}

#[test]
fn an_answer_with_anything_wrong_is_left_to_the_other_way() {
    let long = format!("{{\"list\":[{{\"id\":1,\"x\":[{}0]}}]}}", "0,".repeat(100_000));
    let padded = format!("{{\"list\":[{{\"id\":1}}]}}{}", " ".repeat(1 << 20));
    let answers = [
        // records that cannot be read
        "{\"list\":[{\"id\":1},{\"id\":{}}]}",
        "{\"list\":[{\"id\":1},{}]}",
        "{\"list\":[{\"id\":1},[1,[]]]}",
        "{\"list\":[{\"id\":1},null]}",
        "{\"list\":[{\"id\":\"\\ud800\"}]}",
        // one that was made readable
        "{\"list\":[{\"id\":\"a\u{7f}\"}]}",
        // a key that does not lie in the answer as it is
        "{\"list\":[{\"\\u0069d\":1}]}",
        // no list, no object, no JSON
        "{\"list\":null}",
        "[[{\"id\":1}]]",
        "{\"list\":[{\"id\":1}]",
        "{\"list\":[{\"id\":1}]}}",
        // more values than a record can have, and more than is looked through in one pass
        &long,
        &padded,
    ];
    for answer in answers {
        assert_eq!(whole(answer), None, "{}", &answer[..answer.len().min(80)]);
    }
    let many = format!("{{\"list\":[{}{{}}]}}", "{},".repeat(100_000));
    assert_eq!(whole(&many.replace("{}", "{\"id\":1}")), None);
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just("\r\n  ")]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,3}",
        Just("null".to_owned()),
        "[a-z{}\\[\\],:\"\\\\你]{0,6}".prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("[\"a\",2]".to_owned()),
        Just("{\"id\":[{}]}".to_owned()),
    ]
}

fn record() -> impl Strategy<Value = String> {
    let key = prop_oneof![3 => Just("\"id\""), 1 => Just("\"parts\""), 1 => Just("\"x\"")];
    let member = (space(), key, space(), space(), value(), space())
        .prop_map(|(a, key, b, c, value, d)| format!("{a}{key}{b}:{c}{value}{d}"));
    prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(",")))
}

fn answer() -> impl Strategy<Value = String> {
    let row = (space(), record(), space()).prop_map(|(a, record, b)| format!("{a}{record}{b}"));
    (space(), prop::collection::vec(row, 0..5), space())
        .prop_map(|(a, rows, b)| format!("{a}{{\"n\":1,\"list\":{b}[{}],\"m\":2}}", rows.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_in_one_pass_is_what_is_read_one_by_one(text in answer(), cut in 0_usize..400) {
        if let Some(found) = whole(&text) {
            prop_assert_eq!(Some(found), each(&text));
        }
        // the same answer with a character missing
        let spoiled: String = text.chars().enumerate().filter(|(at, _)| *at != cut).map(|(_, c)| c).collect();
        if let Some(found) = whole(&spoiled) {
            prop_assert_eq!(Some(found), each(&spoiled));
        }
    }

    #[test]
    fn answers_with_nothing_wrong_are_read_in_one_pass(text in answer()) {
        // or the slower way would always do the work, and nobody would notice
        if let Some(found) = each(&text) {
            prop_assert_eq!(Some(found), whole(&text));
        }
    }
}
