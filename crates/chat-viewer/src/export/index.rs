//! Search from disk: the files that `find.js` loads as scripts.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::postings::Postings;
use super::sorter::{Key, Sorter};
use super::target;

/// Of a file with tokens, about.
const TOKENS_BYTES: usize = 384 << 10;
/// Of a file with messages, about. Hits lie in many of them, so they are small.
const CHUNK_BYTES: usize = 64 << 10;
/// Characters of a text that a hit can show.
const LONGEST: usize = 1_000;
/// Stands between a text and names of files: no phrase reaches across.
const DIVIDER: &str = "\n";

/// A message as a hit shows it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// Number of its conversation in the folder.
    pub(super) conversation: u64,
    /// Page of the conversation.
    pub(super) page: u64,
    /// Number in the archive.
    pub(super) number: i64,
    /// Place of the source among the sources.
    pub(super) source: usize,
    pub(super) title: String,
    pub(super) sender: String,
    pub(super) time: String,
    pub(super) kind: String,
    pub(super) text: String,
    /// Names of its files.
    pub(super) files: String,
}

/// Collects messages, and writes the index when all are there.
#[derive(Debug)]
pub(super) struct Index {
    dir: PathBuf,
    records: Sorter,
    buffer: Vec<u8>,
}

impl Index {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), records: Sorter::new(dir), buffer: Vec::new() }
    }

    /// Adds a message; hits are shown by the instant, the newest first.
    pub(super) fn add(&mut self, instant_ms: i64, record: &Record) -> io::Result<()> {
        if record.text.is_empty() && record.files.is_empty() {
            return Ok(());
        }
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, record)?;
        // `!` turns the order around
        let key: Key = (!instant_ms, !record.number);
        self.records.push(key, &self.buffer)
    }

    /// Writes the files. `each` is called again and again and may end it.
    pub(super) fn write(
        self,
        sources: &[String],
        shard: u64,
        each: &mut dyn FnMut() -> io::Result<()>,
    ) -> io::Result<()> {
        let folder = self.dir.join("search");
        target::create_dir(&folder)?;
        let mut postings = Postings::new(&self.dir);
        let mut chunks =
            Chunks { files: Files::new(&folder, 'd', CHUNK_BYTES), starts: Vec::new() };
        let mut number = 0_u32;
        self.records.each(&mut |_, bytes| {
            each()?;
            let record: Record = serde_json::from_slice(bytes)?;
            let text = chat_archive::search_tokens(&record.text);
            let files = chat_archive::search_tokens(&record.files);
            let divider = (!files.is_empty()).then_some(DIVIDER);
            let tokens = text.split_ascii_whitespace().chain(divider);
            postings.add(number, tokens.chain(files.split_ascii_whitespace()))?;
            chunks.add(number, &record)?;
            number = number.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
            Ok(())
        })?;
        chunks.files.close()?;
        let mut tokens = Files::new(&folder, 't', TOKENS_BYTES);
        let mut firsts: Vec<String> = Vec::new();
        postings.each(&mut |token, block| {
            let row = (token, block.messages, STANDARD.encode(&block.bytes));
            if tokens.add(&row)? {
                firsts.push(token.to_owned());
            }
            each()
        })?;
        tokens.close()?;
        let overview = serde_json::json!({
            "messages": number,
            "shard": shard,
            "sources": sources,
            "chunks": chunks.starts,
            "tokens": firsts,
        });
        let mut out = Vec::from(*b"chatRecords(\"index\",");
        serde_json::to_writer(Script(&mut out), &overview)?;
        out.extend_from_slice(b");\n");
        target::write(&folder.join("index.js"), &out)
    }
}

/// Files with the messages, as hits show them.
struct Chunks {
    files: Files,
    /// The number of the first message of each.
    starts: Vec<u32>,
}

impl Chunks {
    fn add(&mut self, number: u32, record: &Record) -> io::Result<()> {
        let Record {
            conversation, page, number: message, source, title, sender, time, kind, ..
        } = record;
        let beginning = |text: &str| -> String { text.chars().take(LONGEST).collect() };
        let (text, files) = (beginning(&record.text), beginning(&record.files));
        let row = (conversation, page, message, source, title, sender, time, kind, text, files);
        if self.files.add(&row)? {
            self.starts.push(number);
        }
        Ok(())
    }
}

/// Numbered files that each hand a list to `chatRecords`.
struct Files {
    folder: PathBuf,
    letter: char,
    bytes: usize,
    open: Option<(BufWriter<File>, usize)>,
    count: usize,
    row: Vec<u8>,
}

impl Files {
    fn new(folder: &Path, letter: char, bytes: usize) -> Self {
        Self { folder: folder.to_owned(), letter, bytes, open: None, count: 0, row: Vec::new() }
    }

    /// Adds a row; says whether it is the first of a file.
    fn add(&mut self, row: &impl Serialize) -> io::Result<bool> {
        self.row.clear();
        serde_json::to_writer(Script(&mut self.row), row)?;
        if self.open.as_ref().is_some_and(|(_, size)| size + self.row.len() > self.bytes) {
            self.close()?;
        }
        if let Some((out, size)) = &mut self.open {
            *size += self.row.len();
            out.write_all(b",\n")?;
            out.write_all(&self.row)?;
            return Ok(false);
        }
        let name = format!("{}{}", self.letter, self.count);
        let mut out = BufWriter::new(target::create(&self.folder.join(format!("{name}.js")))?);
        write!(out, "chatRecords(\"{name}\",[")?;
        out.write_all(&self.row)?;
        self.open = Some((out, self.row.len()));
        self.count += 1;
        Ok(true)
    }

    fn close(&mut self) -> io::Result<()> {
        if let Some((mut out, _)) = self.open.take() {
            out.write_all(b"]);\n")?;
            out.flush()?;
        }
        Ok(())
    }
}

/// Writes JSON as it may stand in any script: nothing in it can end the script or a line.
struct Script<'o>(&'o mut Vec<u8>);

impl Write for Script<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // serde hands over whole pieces of text, so no character is cut in two
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'<' | 0xE2)) {
            let (before, from) = rest.split_at(at);
            self.0.extend_from_slice(before);
            let (written, length): (&[u8], usize) = match from {
                [b'<', ..] => (b"\\u003c", 1),
                [0xE2, 0x80, 0xA8, ..] => (b"\\u2028", 3),
                [0xE2, 0x80, 0xA9, ..] => (b"\\u2029", 3),
                _ => (b"\xE2", 1),
            };
            self.0.extend_from_slice(written);
            rest = from.get(length..).unwrap_or_default();
        }
        self.0.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
