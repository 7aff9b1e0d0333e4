//! A JSON object written straight into the answer's buffer.

use std::io::Write as _;

use super::super::wall;

/// Fields that become null together with the chosen one.
const NULLED_TOO: [&str; 2] = ["customer_name", "updated_at"];

/// Writes keys in the order they are given.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    nulled: Option<&'static str>,
    nulls_more: bool,
    is_empty: bool,
}

impl<'a> Object<'a> {
    /// `nulled` will be null, and with `nulls_more` some others as well.
    pub(super) fn new(
        out: &'a mut Vec<u8>,
        nulled: Option<&'static str>,
        nulls_more: bool,
    ) -> Self {
        out.push(b'{');
        Self { out, nulled, nulls_more, is_empty: true }
    }

    /// A text that may need escaping.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        if self.begins(key) {
            // writing into memory does not fail
            let _ = serde_json::to_writer(&mut *self.out, value);
        }
    }

    /// A text that needs no escaping.
    pub(super) fn plain(&mut self, key: &str, value: &str) {
        if self.begins(key) {
            self.out.push(b'"');
            self.out.extend_from_slice(value.as_bytes());
            self.out.push(b'"');
        }
    }

    /// A number as text.
    pub(super) fn digits(&mut self, key: &str, value: u64) {
        if self.begins(key) {
            self.out.push(b'"');
            self.write_number(value);
            self.out.push(b'"');
        }
    }

    pub(super) fn number(&mut self, key: &str, value: u64) {
        if self.begins(key) {
            self.write_number(value);
        }
    }

    /// A wall-clock time.
    pub(super) fn time(&mut self, key: &str, wall_s: i64) {
        if self.begins(key) {
            self.out.push(b'"');
            wall::write(wall_s, self.out);
            self.out.push(b'"');
        }
    }

    /// Any JSON.
    pub(super) fn raw(&mut self, key: &str, json: &str) {
        if self.begins(key) {
            self.out.extend_from_slice(json.as_bytes());
        }
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }

    /// Writes the key; false if null was written as its value.
    fn begins(&mut self, key: &str) -> bool {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        let is_null = self.nulled == Some(key) || self.nulls_more && NULLED_TOO.contains(&key);
        if is_null {
            self.out.extend_from_slice(b"null");
        }
        !is_null
    }

    fn write_number(&mut self, value: u64) {
        // writing into memory does not fail
        let _ = write!(self.out, "{value}");
    }
}
