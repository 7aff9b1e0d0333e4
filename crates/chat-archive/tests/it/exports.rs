//! Exports: every form says what the JSON lines say, whatever people wrote.

mod csv_files;
mod databases;
#[cfg(feature = "parquet")]
mod parquet_files;

use std::collections::BTreeMap;
use std::io;

use chat_archive::{ArchiveErrorKind, ConversationFilter, CsvOptions, Filter, Reader};
use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Participant, ParticipantId, PlatformId,
    SenderKind, SentAt, UnixMillis, UtcOffset,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::{Fixture, Record, page, unnamed};

/// What someone may have written.
fn hostile() -> Vec<String> {
    let plain = [
        "",
        "plain",
        "=1+1",
        "=HYPERLINK(\"http://example.invalid\",\"a\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "   =1",
        "＝1",
        "　＋1",
        "'quoted",
        "''",
        "\u{feff}=1",
        "a,b;c\td",
        "say \"hi\"",
        "\"",
        "two\r\nlines",
        "lone\rreturn",
        "lone\nfeed",
        "nul\0inside",
        "\0=1",
        " leading and trailing ",
        "\u{202e}txet\u{202c} מימין",
        "退款 👩‍👩‍👧 😀",
        "NULL",
        "1e5",
        "007",
        "</script><!--",
    ];
    let mut all: Vec<String> = plain.into_iter().map(str::to_owned).collect();
    all.push("长".repeat(350_000));
    all
}

/// An archive with all of it in texts, names, ids and files, in several conversations that share
/// pages, with earlier forms, a recall, messages without a time and one from before 1970.
fn archive() -> Fixture {
    let mut fixture = Fixture::new();
    let texts = hostile();
    let records: Vec<Record> = (0..texts.len() * 3)
        .map(|index| Record::new(&format!("{index:03}"), "in raw").status("sent", 1))
        .collect();
    for (start, records) in records.chunks(7).enumerate().map(|(at, chunk)| (at * 7, chunk)) {
        let mut page = page(records);
        for (offset, record) in page.records.iter_mut().enumerate() {
            let index = start + offset;
            // the long one is there once
            let text = &texts[index % (texts.len() - usize::from(index >= texts.len()))];
            let short: String = text.chars().take(40).collect();
            let message = &mut record.message;
            message.text = (index % 11 != 3).then(|| text.clone());
            message.conversation_id = match index % 5 {
                0 => None,
                1 => Some(ConversationId::new("=cmd|'/c calc'!A1")),
                other => Some(ConversationId::new(format!("c{other}"))),
            };
            message.direction = match index % 3 {
                0 => Some(Direction::Inbound),
                1 => Some(Direction::Outbound),
                _ => None,
            };
            let kind = if index % 3 == 0 { SenderKind::Customer } else { SenderKind::Agent };
            let person = Participant::new(Some(kind))
                .with_id(Some(ParticipantId::new(format!("-{}", index % 4))))
                .with_name(Some(short.clone()));
            message.recipients = vec![person.clone(); index % 3];
            message.sender = (index % 13 != 5).then_some(person);
            let second = i64::try_from(index).unwrap();
            message.sent_at = match index % 7 {
                2 => None,
                6 => Some(SentAt::stated(UnixMillis::new(second - 7_000))),
                _ => {
                    let offset = if index % 2 == 0 { "+08:00" } else { "-03:30" };
                    let wall = format!("2025-10-13 16:29:{:02}", index % 60).parse().unwrap();
                    Some(SentAt::zoned(wall, offset.parse::<UtcOffset>().unwrap()))
                }
            };
            message.reactions = vec!["👍".to_owned(), short.clone()];
            message.reactions.truncate(index % 3);
            message.reply_to = (index % 4 == 1).then(|| PlatformId::new(short.clone()));
            if index % 6 == 0 {
                let mut file = Attachment::new(Kind::Image);
                file.file_name = Some(short.clone());
                file.size_bytes = Some(77);
                file.link = Some(MediaLink::new("https://example.invalid/1".to_owned(), None));
                let voice = Attachment::new(Kind::Voice);
                message.attachments = vec![file, voice];
            }
        }
        fixture.store_page(&page);
    }
    // later forms, one of them older by the vendor's time
    for (id, text, updated) in [("001", "changed", 9), ("001", "between", 5), ("004", "other", 9)] {
        let mut later = page(&[Record::new(id, text).status("read", updated)]);
        later.records[0].message.recalled_at = Some(UnixMillis::new(12));
        later.records[0].message.reactions = vec!["=1".to_owned()];
        fixture.store_page(&later);
    }
    fixture.store_page(&unnamed(&["u:ok", "u:=1", ":alone"]));
    fixture.archive().index(&|| false).unwrap();
    fixture
}

fn filter(versions: bool, without_raw: bool) -> Filter {
    let mut filter = Filter::default();
    filter.versions = versions;
    filter.without_raw = without_raw;
    filter
}

/// The ways in which messages are exported here.
fn filters() -> [Filter; 3] {
    [filter(false, false), filter(true, false), filter(false, true)]
}

/// A row: its columns by name, as JSON has their values; lists as lists.
type Flat = BTreeMap<String, Value>;

/// The bytes of `raw` in a line.
fn raw_of(line: &str) -> Value {
    #[derive(serde::Deserialize)]
    struct Line<'l> {
        #[serde(borrow)]
        raw: &'l RawValue,
    }
    let line: Line<'_> = serde_json::from_str(line).unwrap();
    if line.raw.get() == "null" { Value::Null } else { line.raw.get().into() }
}

/// What the lines of JSON say, in flat columns.
fn expected(reader: &Reader, filter: &Filter) -> Vec<Flat> {
    let mut out = Vec::new();
    reader.export_jsonl(filter, &mut out, &mut |_| Ok(())).unwrap();
    let text = String::from_utf8(out).unwrap();
    let flat = |line: &str| {
        let Value::Object(object) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
        let mut row: Flat = object.into_iter().collect();
        let sender = row.remove("sender").unwrap();
        for part in ["id", "name", "kind"] {
            row.insert(format!("sender_{part}"), sender.get(part).cloned().unwrap_or_default());
        }
        if filter.without_raw {
            assert_eq!(row.remove("raw"), Some(Value::Null));
        } else {
            row.insert("raw".to_owned(), raw_of(line));
        }
        row
    };
    text.lines().map(flat).collect()
}

/// The same of conversations.
fn expected_conversations(reader: &Reader) -> Vec<Flat> {
    let mut out = Vec::new();
    let all = ConversationFilter::default();
    let rows = reader.export_conversations_jsonl(&all, &mut out, &mut |_| Ok(())).unwrap();
    let text = String::from_utf8(out).unwrap();
    let rows_there: Vec<Flat> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows_there.len() as u64, rows);
    rows_there
}

const LISTS: [&str; 7] =
    ["recipients", "attachments", "reactions", "customers", "agents", "kinds", "statuses"];

/// A value of a flat file as JSON has it; lists are JSON as text there.
fn value(column: &str, text: String) -> Value {
    if LISTS.contains(&column) { serde_json::from_str(&text).unwrap() } else { text.into() }
}

fn assert_same(found: &[Flat], expected: &[Flat]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.len() > 3, "nothing to compare");
    for (found, expected) in found.iter().zip(expected) {
        let differing: Vec<_> = expected
            .keys()
            .chain(found.keys())
            .filter(|column| found.get(*column) != expected.get(*column))
            .map(|column| {
                let shown =
                    |row: &Flat| format!("{:?}", row.get(column)).chars().take(200).collect();
                let (found, expected): (String, String) = (shown(found), shown(expected));
                (column, found, expected)
            })
            .collect();
        assert!(differing.is_empty(), "{}: {differing:#?}", expected["source"]);
    }
}

#[test]
fn the_archive_holds_what_is_hard() {
    let fixture = archive();
    let lines = fixture.lines();
    for text in hostile() {
        assert!(lines.iter().any(|line| line["text"] == text.as_str()), "{text:?}");
    }
    for key in ["sent_at_ms", "conversation_id", "sender", "text", "reply_to", "direction"] {
        assert!(lines.iter().any(|line| line[key].is_null()), "{key}");
        assert!(lines.iter().any(|line| !line[key].is_null()), "{key}");
    }
    assert!(lines.iter().any(|line| line["sent_at_ms"].as_i64().is_some_and(|ms| ms < 0)));
    assert!(fixture.forms().len() > lines.len());
}

#[test]
fn conversations_sum_up_their_messages() {
    let fixture = archive();
    let lines = fixture.lines();
    let rows = expected_conversations(&fixture.reader());
    let mut sum = 0;
    for row in &rows {
        let of_it: Vec<&Value> =
            lines.iter().filter(|line| line["conversation_id"] == row["conversation_id"]).collect();
        let direction = |word: &str| of_it.iter().filter(|line| line["direction"] == word).count();
        let times: Vec<i64> = of_it.iter().filter_map(|line| line["sent_at_ms"].as_i64()).collect();
        assert_eq!(row["messages"], json!(of_it.len()));
        assert_eq!(row["inbound"], json!(direction("inbound")));
        assert_eq!(row["outbound"], json!(direction("outbound")));
        assert_eq!(row["first_sent_at_ms"], json!(times.iter().min()));
        assert_eq!(row["last_sent_at_ms"], json!(times.iter().max()));
        sum += of_it.len();
    }
    assert_eq!(sum, lines.len());
    let keys: Vec<&str> = rows[0].keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "agents",
            "conversation_id",
            "customers",
            "files",
            "first_responder",
            "first_response_ms",
            "first_sent_at",
            "first_sent_at_ms",
            "inbound",
            "kinds",
            "last_sent_at",
            "last_sent_at_ms",
            "messages",
            "outbound",
            "source",
            "statuses",
            "vendor"
        ]
    );
}

#[test]
fn conversations_that_are_listed_page_by_page_are_each_there_once() {
    let mut fixture = Fixture::new();
    let records: Vec<String> = (0..1200).map(|index| format!("c{index}:hello")).collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    fixture.store_page(&unnamed(&records));
    fixture.archive().index(&|| false).unwrap();
    let rows = expected_conversations(&fixture.reader());
    let ids: std::collections::BTreeSet<String> =
        rows.iter().map(|row| row["conversation_id"].to_string()).collect();
    assert_eq!((rows.len(), ids.len()), (1200, 1200));
}

#[test]
fn an_export_can_be_stopped_and_says_so() {
    let fixture = archive();
    let reader = fixture.reader();
    let filter = Filter::default();
    let all = ConversationFilter::default();
    let mut stop = |done: u64| if done < 3 { Ok(()) } else { Err(io::Error::other("enough")) };
    let file = fixture.dir.path().join("stopped.db");
    std::fs::File::create(&file).unwrap();
    let mut out = Vec::new();
    let stopped = [
        reader.export_jsonl(&filter, &mut out, &mut stop).unwrap_err(),
        reader.export_csv(&filter, CsvOptions::default(), &mut out, &mut stop).unwrap_err(),
        reader.export_sqlite(&filter, &file, &mut stop).unwrap_err(),
        reader.export_conversations_jsonl(&all, &mut out, &mut stop).unwrap_err(),
    ];
    for error in stopped {
        assert_eq!(*error.kind(), ArchiveErrorKind::Output);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "enough");
    }
}

/// Pages on which each record is of another conversation than its neighbors.
#[test]
fn the_bytes_of_a_record_are_its_own_however_far_apart_its_pages_are() {
    let mut fixture = Fixture::new();
    let wide = "x".repeat(9_000);
    for round in 0..20 {
        let records: Vec<Record> = (0..100)
            .map(|index| Record::new(&format!("{index}-{round}"), &format!("{wide}{round}")))
            .collect();
        let mut page = page(&records);
        for (index, record) in page.records.iter_mut().enumerate() {
            record.message.conversation_id = Some(ConversationId::new(format!("c{index}")));
            record.message.text = None;
        }
        fixture.store_page(&page);
    }
    // 18 MB of records: more than are read at once
    let lines = fixture.lines();
    assert_eq!(lines.len(), 2000);
    for line in &lines {
        assert_eq!(line["raw"]["id"], line["id"]);
    }
    let order: Vec<&str> =
        lines.iter().map(|line| line["conversation_id"].as_str().unwrap()).collect();
    let mut once = order.clone();
    once.dedup();
    assert_eq!(once.len(), 100, "conversation by conversation");
}
