//! The search index of a folder: for each token the messages that have it, and where in them.
//!
//! Messages are numbered from the newest on. What is known of a token is written as blocks, each of
//! which is read by itself: pairs of numbers of seven bits a byte, low ones first. An even number
//! begins a message, `2 × (its number − the one before)`, followed by the place of the token in it;
//! an odd one is a further place in the same message, `2 × (place − the one before) + 1`. The
//! numbers of a block begin anew, so that blocks of one token that were written to several
//! temporary files need only be laid side by side.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// What is kept in memory before it is written to a temporary file.
const MEMORY_BYTES: usize = 16 << 20;
/// A token by itself, in memory: the map's entry, the two allocations.
const TOKEN_BYTES: usize = 160;
/// Of a block, so that no part of a token weighs more than a file of the index may.
const BLOCK_BYTES: usize = 192 << 10;

/// A part of what is known of a token.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Messages in it.
    pub(super) messages: u64,
    pub(super) bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Posting {
    done: Vec<Block>,
    block: Block,
    message: u32,
    place: u32,
}

impl Posting {
    /// Notes a place; says by how many bytes it grew.
    fn add(&mut self, message: u32, place: u32) -> usize {
        let is_new = self.block.messages == 0 || self.message != message;
        if is_new && self.block.bytes.len() >= BLOCK_BYTES {
            self.done.push(std::mem::take(&mut self.block));
        }
        let before = self.block.bytes.len();
        if is_new {
            let from = if self.block.messages == 0 { 0 } else { self.message };
            write_number(&mut self.block.bytes, u64::from(message - from) * 2);
            write_number(&mut self.block.bytes, u64::from(place));
            self.block.messages += 1;
        } else {
            write_number(&mut self.block.bytes, u64::from(place - self.place) * 2 + 1);
        }
        (self.message, self.place) = (message, place);
        self.block.bytes.len() - before
    }
}

/// Takes tokens message by message and gives them back token by token.
#[derive(Debug)]
pub(super) struct Postings {
    dir: PathBuf,
    memory_bytes: usize,
    tokens: HashMap<Box<str>, Posting>,
    bytes: usize,
    runs: Vec<File>,
}

impl Postings {
    /// Temporary files have no name and lie in this folder.
    pub(super) fn new(dir: &Path) -> Self {
        Self::within(dir, MEMORY_BYTES)
    }

    fn within(dir: &Path, memory_bytes: usize) -> Self {
        let (tokens, runs) = (HashMap::new(), Vec::new());
        Self { dir: dir.to_owned(), memory_bytes, tokens, bytes: 0, runs }
    }

    /// Adds the tokens of a message, whose number must be higher than those before.
    pub(super) fn add<'t>(
        &mut self,
        message: u32,
        tokens: impl Iterator<Item = &'t str>,
    ) -> io::Result<()> {
        for (place, token) in (0_u32..).zip(tokens) {
            // not `entry` at once, which would want the token to keep for every place
            if !self.tokens.contains_key(token) {
                self.bytes += TOKEN_BYTES + token.len();
                self.tokens.insert(token.into(), Posting::default());
            }
            let Some(posting) = self.tokens.get_mut(token) else { continue };
            // what a vector holds in reserve counts too
            self.bytes += posting.add(message, place) * 2;
        }
        if self.bytes >= self.memory_bytes { self.write_run() } else { Ok(()) }
    }

    fn write_run(&mut self) -> io::Result<()> {
        let mut tokens: Vec<_> = std::mem::take(&mut self.tokens).into_iter().collect();
        tokens.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut out = BufWriter::with_capacity(1 << 16, tempfile::tempfile_in(&self.dir)?);
        for (token, mut posting) in tokens {
            posting.done.push(posting.block);
            write_length(&mut out, token.len())?;
            out.write_all(token.as_bytes())?;
            write_length(&mut out, posting.done.len())?;
            for block in &posting.done {
                out.write_all(&block.messages.to_le_bytes())?;
                write_length(&mut out, block.bytes.len())?;
                out.write_all(&block.bytes)?;
            }
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        self.bytes = 0;
        Ok(())
    }

    /// Hands on each token in the order of its characters with its blocks, oldest numbers first.
    pub(super) fn each(
        mut self,
        each: &mut dyn FnMut(&str, Block) -> io::Result<()>,
    ) -> io::Result<()> {
        self.write_run()?;
        let mut runs: Vec<_> =
            self.runs.into_iter().map(|file| BufReader::with_capacity(1 << 16, file)).collect();
        let mut heads = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            heads.extend(next_token(run)?.map(|token| Reverse((token, index))));
        }
        // of one token the runs come in their order, which is that of the messages
        while let Some(Reverse((token, index))) = heads.pop() {
            let Some(run) = runs.get_mut(index) else { continue };
            for _ in 0..read_number(run)? {
                let messages = read_number(run)?;
                let length = read_number(run)?;
                each(&token, Block { messages, bytes: read_bytes(run, length)? })?;
            }
            heads.extend(next_token(run)?.map(|token| Reverse((token, index))));
        }
        Ok(())
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn write_length(out: &mut impl Write, length: usize) -> io::Result<()> {
    out.write_all(&(length as u64).to_le_bytes())
}

fn read_number(run: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    run.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn read_bytes(run: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = run.by_ref().take(length).read_to_end(&mut bytes)?;
    if read as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn next_token(run: &mut impl io::BufRead) -> io::Result<Option<String>> {
    if run.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let length = read_number(run)?;
    String::from_utf8(read_bytes(run, length)?).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What a block says: messages with places.
    fn read(block: &Block) -> Vec<(u32, u32)> {
        let mut bytes = block.bytes.iter();
        let mut number = || {
            let (mut number, mut shift) = (0_u64, 0);
            for byte in bytes.by_ref() {
                number |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    return Some(u32::try_from(number).unwrap());
                }
            }
            None
        };
        let (mut found, mut message, mut place) = (Vec::new(), 0, 0);
        while let Some(first) = number() {
            if first % 2 == 0 {
                message += first / 2;
                place = number().unwrap();
            } else {
                place += first / 2;
            }
            found.push((message, place));
        }
        found
    }

    #[test]
    fn tokens_come_back_with_every_place_from_many_runs() {
        let mut postings = Postings::within(&std::env::temp_dir(), 20_000);
        let mut expected: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
        for message in 0..2_000_u32 {
            // numbers far apart as well
            let message = message * message / 3 + message;
            let tokens: Vec<String> = (0..12_u32)
                .map(|n| match (message + n) % 5 {
                    0 => "票".to_owned(),
                    1 => "a".to_owned(),
                    _ => format!("t{}", (message * 31 + n * n) % 700),
                })
                .collect();
            for (place, token) in (0..).zip(&tokens) {
                expected.entry(token.clone()).or_default().push((message, place));
            }
            postings.add(message, tokens.iter().map(String::as_str)).unwrap();
        }
        assert!(postings.runs.len() > 5, "{}", postings.runs.len());
        let mut found: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
        let mut last = String::new();
        postings
            .each(&mut |token, block| {
                assert!(last.as_str() <= token);
                last = token.to_owned();
                let places = read(&block);
                let mut messages: Vec<u32> = places.iter().map(|(message, _)| *message).collect();
                messages.dedup();
                assert_eq!(messages.len() as u64, block.messages);
                found.entry(token.to_owned()).or_default().extend(places);
                Ok(())
            })
            .unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_token_of_very_many_messages_is_cut_into_blocks() {
        let mut postings = Postings::new(&std::env::temp_dir());
        for message in 0..150_000 {
            postings.add(message, ["的", "的"].into_iter()).unwrap();
        }
        let mut all = Vec::new();
        let mut blocks = 0;
        postings
            .each(&mut |_, block| {
                assert!(block.bytes.len() < BLOCK_BYTES + 100);
                blocks += 1;
                all.extend(read(&block));
                Ok(())
            })
            .unwrap();
        assert!(blocks > 1, "{blocks}");
        assert_eq!(all, (0..150_000).flat_map(|n| [(n, 0), (n, 1)]).collect::<Vec<_>>());
    }
}
