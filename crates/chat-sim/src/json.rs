//! A JSON object written straight into an answer's buffer.

use std::io::Write as _;

/// Writes keys in the order they are given.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    nulls: &'a [&'static str],
    is_empty: bool,
}

impl<'a> Object<'a> {
    /// Those of `nulls` that are written at all will be null.
    pub(crate) fn new(out: &'a mut Vec<u8>, nulls: &'a [&'static str]) -> Self {
        out.push(b'{');
        Self { out, nulls, is_empty: true }
    }

    /// A text that may need escaping.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.with(key, |out| {
            // writing into memory does not fail
            let _ = serde_json::to_writer(out, value);
        });
    }

    /// A text that needs no escaping.
    pub(crate) fn plain(&mut self, key: &str, value: &str) {
        self.with(key, |out| {
            out.push(b'"');
            out.extend_from_slice(value.as_bytes());
            out.push(b'"');
        });
    }

    /// A number as text.
    pub(crate) fn digits(&mut self, key: &str, value: u64) {
        self.with(key, |out| {
            let _ = write!(out, "\"{value}\"");
        });
    }

    pub(crate) fn number(&mut self, key: &str, value: u64) {
        self.with(key, |out| {
            let _ = write!(out, "{value}");
        });
    }

    /// Any JSON.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.with(key, |out| out.extend_from_slice(json.as_bytes()));
    }

    /// A value that `write` appends as JSON.
    pub(crate) fn with(&mut self, key: &str, write: impl FnOnce(&mut Vec<u8>)) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        if self.nulls.contains(&key) {
            self.out.extend_from_slice(b"null");
        } else {
            write(self.out);
        }
    }

    pub(crate) fn end(self) {
        self.out.push(b'}');
    }
}
