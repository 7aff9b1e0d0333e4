//! Apache Parquet, for programs that read columns.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::columns::{CONVERSATION, Column, ColumnKind, MESSAGE, Value};
use super::{Exported, Filter, Progress};
use crate::browse::ConversationFilter;
use crate::error::ArchiveError;
use crate::reader::Reader;

/// Rows of a group at most.
const GROUP_ROWS: usize = 100_000;
/// Bytes of texts in a group, after which it ends: what is in memory at once.
const GROUP_BYTES: usize = 16 << 20;
/// Where zstd's gain per time bends.
const ZSTD_LEVEL: i32 = 3;

impl Reader {
    /// Writes the messages that pass the filter as Parquet, in the order of
    /// [`Reader::each_message`]. The columns are in the README.
    ///
    /// # Errors
    ///
    /// When the database fails, a raw page is missing or damaged, or `out` cannot be written.
    pub fn export_parquet(
        &self,
        filter: &Filter,
        out: &mut (dyn Write + Send),
        progress: &mut Progress<'_>,
    ) -> Result<Exported, ArchiveError> {
        let columns = columns(MESSAGE, !filter.without_raw);
        let mut rows = Rows::new(columns, out).map_err(|error| self.output(error))?;
        let mut lines = 0;
        let exported = self.each_message(filter, &mut |message| {
            rows.push(&message)?;
            lines += 1;
            progress(lines)
        })?;
        rows.finish().map_err(|error| self.output(error))?;
        Ok(exported)
    }

    /// Writes the conversations that pass the filter as Parquet, the one with the newest message
    /// first; says how many. What [`Reader::behind`] counts is not in them.
    ///
    /// # Errors
    ///
    /// When the database fails, or `out` cannot be written.
    pub fn export_conversations_parquet(
        &self,
        filter: &ConversationFilter,
        out: &mut (dyn Write + Send),
        progress: &mut Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        let columns = columns(CONVERSATION, false);
        let mut rows = Rows::new(columns, out).map_err(|error| self.output(error))?;
        let written = self.each_conversation(filter, progress, &mut |row| rows.push(&row))?;
        rows.finish().map_err(|error| self.output(error))?;
        Ok(written)
    }
}

fn columns<R>(all: &'static [Column<R>], with_raw: bool) -> Vec<&'static Column<R>> {
    let is_there = |column: &&Column<R>| match column.kind {
        ColumnKind::TimeText => false,
        ColumnKind::Raw => with_raw,
        _ => true,
    };
    all.iter().filter(is_there).collect()
}

/// An instant says its unit in its type, not in its name.
fn name<R>(column: &Column<R>) -> &'static str {
    match column.kind {
        ColumnKind::Time => column.name.trim_end_matches("_ms"),
        _ => column.name,
    }
}

fn schema<R>(columns: &[&Column<R>]) -> Result<TypePtr, ParquetError> {
    let typed = |column: &&Column<R>| {
        let (physical, logical) = match column.kind {
            ColumnKind::Time => {
                let millis = LogicalType::timestamp(true, TimeUnit::MILLIS);
                (Physical::INT64, Some(millis))
            }
            ColumnKind::Int => (Physical::INT64, None),
            ColumnKind::Offset => (Physical::INT32, None),
            _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(name(column), physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        field.build().map(Arc::new)
    };
    let fields = columns.iter().map(typed).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("row").with_fields(fields).build().map(Arc::new)
}

fn properties<R>(columns: &[&Column<R>]) -> Result<WriterProperties, ParquetError> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL)?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by(concat!("chat-records ", env!("CARGO_PKG_VERSION")).to_owned());
    for column in columns {
        // hardly any two of these are alike
        if matches!(column.name, "id" | "text" | "raw") {
            let path = ColumnPath::new(vec![name(column).to_owned()]);
            properties = properties.set_column_dictionary_enabled(path, false);
        }
    }
    Ok(properties.build())
}

/// The rows of a group, column by column, until they are enough to be written.
struct Rows<'o, R: 'static> {
    columns: Vec<&'static Column<R>>,
    writer: SerializedFileWriter<&'o mut (dyn Write + Send)>,
    cells: Vec<Cells>,
    count: usize,
    text_bytes: usize,
}

impl<'o, R> Rows<'o, R> {
    fn new(columns: Vec<&'static Column<R>>, out: &'o mut (dyn Write + Send)) -> io::Result<Self> {
        let schema = schema(&columns)?;
        let properties = Arc::new(properties(&columns)?);
        let writer = SerializedFileWriter::new(out, schema, properties)?;
        let cells = columns.iter().map(|_| Cells::default()).collect();
        Ok(Self { columns, writer, cells, count: 0, text_bytes: 0 })
    }

    fn push(&mut self, row: &R) -> io::Result<()> {
        for (column, cells) in self.columns.iter().zip(&mut self.cells) {
            self.text_bytes += cells.push(&(column.get)(row));
        }
        self.count += 1;
        if self.count >= GROUP_ROWS || self.text_bytes >= GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> io::Result<()> {
        let mut group = self.writer.next_row_group()?;
        for cells in &mut self.cells {
            let Some(mut column) = group.next_column()? else { break };
            cells.write(column.untyped())?;
            column.close()?;
        }
        group.close()?;
        self.count = 0;
        self.text_bytes = 0;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if self.count > 0 {
            self.write_group()?;
        }
        self.writer.finish()?;
        self.writer.inner_mut().flush()
    }
}

/// The values of a column: the texts one behind the other, and where each ends.
#[derive(Default)]
struct Cells {
    is_there: Vec<i16>,
    texts: Vec<u8>,
    ends: Vec<usize>,
    ints: Vec<i64>,
}

impl Cells {
    /// Takes a value; says how many bytes of text it has.
    fn push(&mut self, value: &Value<'_>) -> usize {
        self.is_there.push(i16::from(*value != Value::Null));
        match value {
            Value::Null => 0,
            Value::Int(int) => {
                self.ints.push(*int);
                0
            }
            Value::Text(text) => {
                self.texts.extend_from_slice(text.as_bytes());
                self.ends.push(self.texts.len());
                text.len()
            }
        }
    }

    /// Writes all of them, and is empty again.
    fn write(&mut self, column: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let is_there = mem::take(&mut self.is_there);
        let levels = Some(is_there.as_slice());
        match column {
            ColumnWriter::ByteArrayColumnWriter(column) => {
                let texts = ByteArray::from(mem::take(&mut self.texts));
                let mut start = 0;
                let slices = self.ends.drain(..).map(|end| {
                    let slice = texts.slice(start, end - start);
                    start = end;
                    slice
                });
                column.write_batch(&slices.collect::<Vec<_>>(), levels, None)?;
            }
            ColumnWriter::Int64ColumnWriter(column) => {
                column.write_batch(&mem::take(&mut self.ints), levels, None)?;
            }
            ColumnWriter::Int32ColumnWriter(column) => {
                let ints = self.ints.drain(..).map(|int| i32::try_from(int).unwrap_or_default());
                column.write_batch(&ints.collect::<Vec<_>>(), levels, None)?;
            }
            _ => return Err(ParquetError::General("a column of another type".to_owned())),
        }
        Ok(())
    }
}
