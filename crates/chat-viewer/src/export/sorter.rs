//! Sorts more than fits into memory: sorted runs in temporary files, merged while they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// What is kept in memory before it is written as a run.
const RUN_BYTES: usize = 8 << 20;
/// Read ahead of each run.
const BUFFER_BYTES: usize = 1 << 16;

/// What records are sorted by, smallest first.
pub(super) type Key = (i64, i64);

/// Takes records in any order and gives them back by their keys; those of equal keys in the order
/// in which they came.
#[derive(Debug)]
pub(super) struct Sorter {
    dir: PathBuf,
    run_bytes: usize,
    bytes: Vec<u8>,
    records: Vec<(Key, usize, usize)>,
    runs: Vec<File>,
}

impl Sorter {
    /// Runs are files without a name in this folder.
    pub(super) fn new(dir: &Path) -> Self {
        Self::with_runs_of(dir, RUN_BYTES)
    }

    fn with_runs_of(dir: &Path, run_bytes: usize) -> Self {
        let (bytes, records, runs) = (Vec::new(), Vec::new(), Vec::new());
        Self { dir: dir.to_owned(), run_bytes, bytes, records, runs }
    }

    pub(super) fn push(&mut self, key: Key, record: &[u8]) -> io::Result<()> {
        let held = self.bytes.len() + self.records.len() * size_of::<(Key, usize, usize)>();
        if !self.records.is_empty() && held + record.len() > self.run_bytes {
            self.write_run()?;
        }
        self.records.push((key, self.bytes.len(), record.len()));
        self.bytes.extend_from_slice(record);
        Ok(())
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.records.sort_by_key(|(key, ..)| *key);
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile_in(&self.dir)?);
        for ((first, second), start, length) in self.records.drain(..) {
            out.write_all(&first.to_le_bytes())?;
            out.write_all(&second.to_le_bytes())?;
            out.write_all(&(length as u64).to_le_bytes())?;
            out.write_all(self.bytes.get(start..start + length).unwrap_or_default())?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        self.bytes.clear();
        Ok(())
    }

    /// Hands on all records in their order.
    pub(super) fn each(
        mut self,
        each: &mut dyn FnMut(Key, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        if !self.records.is_empty() {
            self.write_run()?;
        }
        self.bytes = Vec::new();
        let mut runs: Vec<_> = self
            .runs
            .into_iter()
            .map(|file| BufReader::with_capacity(BUFFER_BYTES, file))
            .collect();
        let mut heads = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            heads.extend(next_key(run)?.map(|key| Reverse((key, index))));
        }
        let mut record = Vec::new();
        while let Some(Reverse((key, index))) = heads.pop() {
            let Some(run) = runs.get_mut(index) else { continue };
            let length = u64::from_le_bytes(array(run)?);
            record.clear();
            let read = run.by_ref().take(length).read_to_end(&mut record)?;
            if read as u64 != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            each(key, &record)?;
            heads.extend(next_key(run)?.map(|key| Reverse((key, index))));
        }
        Ok(())
    }
}

fn next_key(run: &mut impl io::BufRead) -> io::Result<Option<Key>> {
    if run.fill_buf()?.is_empty() {
        return Ok(None);
    }
    Ok(Some((i64::from_le_bytes(array(run)?), i64::from_le_bytes(array(run)?))))
}

fn array(run: &mut impl Read) -> io::Result<[u8; 8]> {
    let mut array = [0; 8];
    run.read_exact(&mut array)?;
    Ok(array)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_order_from_many_runs() {
        let mut sorter = Sorter::with_runs_of(&std::env::temp_dir(), 64);
        let keys = (0..500_i64).map(|n| (n * 7919 % 97, -(n % 3)));
        let mut expected: Vec<(Key, String)> =
            keys.enumerate().map(|(n, key)| (key, format!("record {n}"))).collect();
        for (key, record) in &expected {
            sorter.push(*key, record.as_bytes()).unwrap();
        }
        assert!(sorter.runs.len() > 50, "{}", sorter.runs.len());
        // stable: equal keys keep their order
        expected.sort_by_key(|(key, _)| *key);
        let mut found = Vec::new();
        sorter
            .each(&mut |key, record| {
                found.push((key, String::from_utf8(record.to_vec()).unwrap()));
                Ok(())
            })
            .unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_nothing_and_one_record_may_be_longer_than_a_run() {
        let mut sorter = Sorter::with_runs_of(&std::env::temp_dir(), 4);
        sorter.push((2, 0), b"").unwrap();
        sorter.push((1, 0), &[7; 1000]).unwrap();
        let mut found = Vec::new();
        sorter
            .each(&mut |key, record| {
                found.push((key.0, record.len()));
                Ok(())
            })
            .unwrap();
        assert_eq!(found, [(1, 1000), (2, 0)]);
        Sorter::new(&std::env::temp_dir()).each(&mut |_, _| panic!("there is none")).unwrap();
    }
}
