//! Parquet against the JSON lines, read by the library that wrote it and by others.

use std::fs::{self, File};
use std::process::Command;

use chat_archive::{ConversationFilter, CsvOptions, Reader};
use chat_core::{UnixMillis, UtcOffset};
use parquet::basic::Compression;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use super::{Flat, archive, assert_same, expected, expected_conversations, filter, filters, value};
use crate::support::{Fixture, Record, page, skipped};

/// Instants, by the name of their column, and what the JSON lines call them.
const INSTANTS: [(&str, &str); 9] = [
    ("sent_at", "sent_at_ms"),
    ("updated_at", "updated_at_ms"),
    ("received_at", "received_at_ms"),
    ("read_at", "read_at_ms"),
    ("recalled_at", "recalled_at_ms"),
    ("first_seen", "first_seen_ms"),
    ("last_seen", "last_seen_ms"),
    ("first_sent_at", "first_sent_at_ms"),
    ("last_sent_at", "last_sent_at_ms"),
];

/// What an export wrote, as a file of Parquet.
fn file(write: impl FnOnce(&mut File) -> u64) -> SerializedFileReader<File> {
    let mut file = tempfile::tempfile().unwrap();
    let rows = write(&mut file);
    let reader = SerializedFileReader::new(file).unwrap();
    assert_eq!(u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap(), rows);
    reader
}

fn read(reader: &SerializedFileReader<File>) -> Vec<Flat> {
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        let mut flat: Flat = row
            .get_column_iter()
            .map(|(name, field)| {
                let found = match field {
                    Field::Null => Value::Null,
                    Field::Str(text) => value(name, text.clone()),
                    Field::Long(int) | Field::TimestampMillis(int) => (*int).into(),
                    Field::Int(int) => (*int).into(),
                    other => panic!("{name}: {other:?}"),
                };
                (name.clone(), found)
            })
            .collect();
        with_texts_of_times(&mut flat);
        flat
    });
    rows.collect()
}

/// Names instants as the JSON lines do, and makes the texts that those have besides.
fn with_texts_of_times(row: &mut Flat) {
    let minutes = row.remove("sent_offset_minutes").unwrap().as_i64();
    let offset = minutes.map_or(UtcOffset::UTC, |minutes| {
        UtcOffset::from_minutes(minutes.try_into().unwrap()).unwrap()
    });
    for (name, ms) in INSTANTS {
        let Some(found) = row.remove(name) else { continue };
        if name.ends_with("sent_at") {
            let text = found.as_i64().map(|ms| UnixMillis::new(ms).to_rfc3339(offset));
            row.insert(name.to_owned(), text.into());
        }
        row.insert(ms.to_owned(), found);
    }
}

#[test]
fn parquet_says_what_the_json_lines_say() {
    let fixture = archive();
    let reader = fixture.reader();
    for filter in filters() {
        let file = file(|out| reader.export_parquet(&filter, out, &mut |_| Ok(())).unwrap().lines);
        assert_same(&read(&file), &expected(&reader, &filter));
    }
    let all = ConversationFilter::default();
    let file = file(|out| reader.export_conversations_parquet(&all, out, &mut |_| Ok(())).unwrap());
    assert_same(&read(&file), &expected_conversations(&reader));
}

#[test]
fn groups_of_rows_are_bounded_and_an_archive_without_messages_is_a_file_without_rows() {
    let mut fixture = Fixture::new();
    let export = |reader: Reader| {
        let all = filter(false, false);
        file(|out| reader.export_parquet(&all, out, &mut |_| Ok(())).unwrap().lines)
    };
    assert_eq!(export(fixture.reader()).num_row_groups(), 0);

    let wide = "x".repeat(2 << 20);
    let records: Vec<Record> =
        (0..14).map(|index| Record::new(&index.to_string(), &wide)).collect();
    for records in records.chunks(10) {
        let mut page = page(records);
        page.records.iter_mut().for_each(|record| record.message.text = None);
        fixture.store_page(&page);
    }
    let file = export(fixture.reader());
    let groups = file.metadata().row_groups();
    // 28 MiB in groups of 16 MiB
    assert_eq!(groups.len(), 2, "{groups:?}");
    for column in groups.iter().flat_map(RowGroupMetaData::columns) {
        assert!(matches!(column.compression(), Compression::ZSTD(_)), "{column:?}");
    }
}

/// `DuckDB`, pandas with pyarrow, and Polars read Parquet and SQLite files, value by value.
#[test]
fn other_programs_read_the_same() {
    const MODULES: &str = "import duckdb, pandas, polars, pyarrow";
    let python = |script: &str| {
        let mut command = Command::new("python3");
        command.args(["-c", script]);
        command
    };
    if !python(MODULES).output().is_ok_and(|output| output.status.success()) {
        return skipped("no python3 with duckdb, pandas, polars and pyarrow");
    }
    let fixture = archive();
    let reader = fixture.reader();
    let dir = fixture.dir.path();
    let all = filter(true, false);
    let mut lines = Vec::new();
    reader.export_jsonl(&all, &mut lines, &mut |_| Ok(())).unwrap();
    fs::write(dir.join("messages.jsonl"), lines).unwrap();
    let mut file = File::create(dir.join("messages.parquet")).unwrap();
    reader.export_parquet(&all, &mut file, &mut |_| Ok(())).unwrap();
    std::fs::File::create(dir.join("messages.db")).unwrap();
    reader.export_sqlite(&all, &dir.join("messages.db"), &mut |_| Ok(())).unwrap();
    let mut file = File::create(dir.join("messages.csv")).unwrap();
    reader.export_csv(&all, CsvOptions::default(), &mut file, &mut |_| Ok(())).unwrap();
    let output = python(include_str!("read_back.py")).current_dir(dir).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for reader in ["duckdb", "pandas", "polars", "pyarrow", "sqlite3", "csv"] {
        assert!(said.contains(&format!("{reader}: ")), "{said}");
    }
}
