//! CSV against the JSON lines.

use chat_archive::{ConversationFilter, CsvOptions};
use serde_json::Value;

use super::{Flat, archive, assert_same, expected, expected_conversations, filters, value};

const INTS: [&str; 13] = [
    "sent_at_ms",
    "updated_at_ms",
    "received_at_ms",
    "read_at_ms",
    "recalled_at_ms",
    "version",
    "first_seen_ms",
    "last_seen_ms",
    "messages",
    "inbound",
    "outbound",
    "files",
    "first_response_ms",
];
const MORE_INTS: [&str; 2] = ["first_sent_at_ms", "last_sent_at_ms"];

/// The rows of a file, with the mark of what could run taken away again.
fn read(bytes: &[u8]) -> Vec<Flat> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let cells = names.iter().zip(record.iter()).map(|(name, cell)| {
            let found = if INTS.contains(&name.as_str()) || MORE_INTS.contains(&name.as_str()) {
                cell.parse::<i64>().map_or_else(|_| cell.into(), Value::from)
            } else {
                value(name, cell.strip_prefix('\'').unwrap_or(cell).to_owned())
            };
            (name.clone(), found)
        });
        cells.collect()
    });
    rows.collect()
}

/// An empty text and none at all are the same in CSV.
fn without_nulls(mut rows: Vec<Flat>) -> Vec<Flat> {
    for value in rows.iter_mut().flat_map(|row| row.values_mut()) {
        if value.is_null() {
            *value = "".into();
        }
    }
    rows
}

#[test]
fn csv_says_what_the_json_lines_say() {
    let fixture = archive();
    let reader = fixture.reader();
    for filter in filters() {
        let mut out = Vec::new();
        let mut told = 0;
        let mut progress = |done| {
            told = done;
            Ok(())
        };
        let exported =
            reader.export_csv(&filter, CsvOptions::default(), &mut out, &mut progress).unwrap();
        assert_eq!(told, exported.lines);
        let mut expected = without_nulls(expected(&reader, &filter));
        for row in &mut expected {
            row.remove("sent_offset_minutes");
        }
        assert_same(&read(&out), &expected);
    }
    let mut out = Vec::new();
    let all = ConversationFilter::default();
    reader
        .export_conversations_csv(&all, CsvOptions::default(), &mut out, &mut |_| Ok(()))
        .unwrap();
    assert_same(&read(&out), &without_nulls(expected_conversations(&reader)));
}

#[test]
fn no_cell_can_run_and_lines_end_as_the_standard_says() {
    let fixture = archive();
    let reader = fixture.reader();
    let mut out = Vec::new();
    let mut options = CsvOptions::default();
    options.bom = true;
    reader.export_csv(&filters()[1], options, &mut out, &mut |_| Ok(())).unwrap();
    let text = out.strip_prefix(b"\xef\xbb\xbf").unwrap();
    assert!(text.ends_with(b"\r\n"));
    let mut cells = 0;
    for record in csv::ReaderBuilder::new().has_headers(false).from_reader(text).records() {
        for cell in &record.unwrap() {
            if cell.parse::<i64>().is_ok() {
                continue;
            }
            let seen = cell.trim_start_matches(|c: char| {
                c.is_whitespace() && !"\t\r\n".contains(c) || c == '\0' || c == '\u{feff}'
            });
            let first = seen.chars().next();
            assert!(!first.is_some_and(|c| "=+-@\t\r\n＝＋－＠".contains(c)), "{cell:?}");
            cells += usize::from(cell.starts_with('\''));
        }
    }
    assert!(cells > 50, "{cells} cells are marked");
}
