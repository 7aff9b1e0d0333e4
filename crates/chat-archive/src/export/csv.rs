//! Comma-separated values for spreadsheets, as RFC 4180 has them.

use std::io::{self, Write};

use csv::{ByteRecord, Terminator, Writer, WriterBuilder};

use super::columns::{CONVERSATION, Column, ColumnKind, MESSAGE, Value};
use super::formula::neutralized;
use super::{Exported, Filter, Progress};
use crate::browse::ConversationFilter;
use crate::error::ArchiveError;
use crate::reader::Reader;

/// What tells some spreadsheets that a file is UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a CSV file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvOptions {
    /// Begin with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
}

impl Reader {
    /// Writes the messages that pass the filter as CSV, in the order of [`Reader::each_message`]. The
    /// columns are in the README.
    ///
    /// # Errors
    ///
    /// When the database fails, a raw page is missing or damaged, or `out` cannot be written.
    pub fn export_csv(
        &self,
        filter: &Filter,
        options: CsvOptions,
        out: &mut dyn Write,
        progress: &mut Progress<'_>,
    ) -> Result<Exported, ArchiveError> {
        let columns = columns(MESSAGE, !filter.without_raw);
        let mut rows = Rows::new(columns, options, out).map_err(|error| self.output(error))?;
        let mut lines = 0;
        let exported = self.each_message(filter, &mut |message| {
            rows.push(&message)?;
            lines += 1;
            progress(lines)
        })?;
        rows.finish().map_err(|error| self.output(error))?;
        Ok(exported)
    }

    /// Writes the conversations that pass the filter as CSV, the one with the newest message first;
    /// says how many. What [`Reader::behind`] counts is not in them.
    ///
    /// # Errors
    ///
    /// When the database fails, or `out` cannot be written.
    pub fn export_conversations_csv(
        &self,
        filter: &ConversationFilter,
        options: CsvOptions,
        out: &mut dyn Write,
        progress: &mut Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        let mut rows = Rows::new(columns(CONVERSATION, false), options, out)
            .map_err(|error| self.output(error))?;
        let written = self.each_conversation(filter, progress, &mut |row| rows.push(&row))?;
        rows.finish().map_err(|error| self.output(error))?;
        Ok(written)
    }
}

fn columns<R>(all: &'static [Column<R>], with_raw: bool) -> Vec<&'static Column<R>> {
    let is_there = |column: &&Column<R>| match column.kind {
        ColumnKind::Offset => false,
        ColumnKind::Raw => with_raw,
        _ => true,
    };
    all.iter().filter(is_there).collect()
}

struct Rows<'o, R: 'static> {
    columns: Vec<&'static Column<R>>,
    writer: Writer<&'o mut dyn Write>,
    record: ByteRecord,
}

impl<'o, R> Rows<'o, R> {
    fn new(
        columns: Vec<&'static Column<R>>,
        options: CsvOptions,
        out: &'o mut dyn Write,
    ) -> io::Result<Self> {
        if options.bom {
            out.write_all(BOM)?;
        }
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
        writer.write_record(columns.iter().map(|column| column.name))?;
        Ok(Self { columns, writer, record: ByteRecord::new() })
    }

    fn push(&mut self, row: &R) -> io::Result<()> {
        self.record.clear();
        for column in &self.columns {
            match (column.get)(row) {
                Value::Null => self.record.push_field(b""),
                Value::Text(text) => self.record.push_field(neutralized(&text).as_bytes()),
                Value::Int(int) => self.record.push_field(int.to_string().as_bytes()),
            }
        }
        self.writer.write_byte_record(&self.record)?;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
