//! The fields of a JSON object, with the habits of protobuf's JSON where they are wanted.

use std::io::Write as _;

use crate::json::Object;

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Habits {
    /// Integers of 64 bits are texts.
    pub(in super::super) integers_as_text: bool,
    /// Zeros, false, empty texts and empty lists are left out.
    pub(in super::super) zeros_absent: bool,
}

/// Writes fields in the order they are given.
pub(in super::super) struct Fields<'a> {
    object: Object<'a>,
    habits: Habits,
}

impl<'a> Fields<'a> {
    /// Those of `nulls` that are written at all will be null.
    pub(in super::super) fn new(
        out: &'a mut Vec<u8>,
        nulls: &'a [&'static str],
        habits: Habits,
    ) -> Self {
        Self { object: Object::new(out, nulls), habits }
    }

    pub(in super::super) fn text(&mut self, key: &str, value: &str) {
        if self.says(!value.is_empty()) {
            self.object.text(key, value);
        }
    }

    /// An integer of 32 bits.
    pub(in super::super) fn int(&mut self, key: &str, value: u64) {
        if self.says(value != 0) {
            self.object.number(key, value);
        }
    }

    /// An integer of 64 bits.
    pub(in super::super) fn long(&mut self, key: &str, value: u64) {
        if self.habits.integers_as_text && self.says(value != 0) {
            self.object.digits(key, value);
        } else {
            self.int(key, value);
        }
    }

    /// Milliseconds that do not lie before 1970.
    pub(in super::super) fn time(&mut self, key: &str, value: i64) {
        self.long(key, value.max(0).cast_unsigned());
    }

    pub(in super::super) fn flag(&mut self, key: &str, value: bool) {
        if self.says(value) {
            self.object.raw(key, if value { "true" } else { "false" });
        }
    }

    /// A number that is text already; an empty one is zero.
    pub(in super::super) fn float(&mut self, key: &str, value: &str) {
        if self.says(!value.is_empty()) {
            self.object.raw(key, if value.is_empty() { "0" } else { value });
        }
    }

    /// A list of texts.
    pub(in super::super) fn texts<'t>(&mut self, key: &str, values: impl Iterator<Item = &'t str>) {
        let mut values = values.peekable();
        if self.says(values.peek().is_some()) {
            self.object.with(key, |out| {
                out.push(b'[');
                for (index, value) in values.enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    // writing into memory does not fail
                    let _ = serde_json::to_writer(&mut *out, value);
                }
                out.push(b']');
            });
        }
    }

    /// A list of objects, one of each item.
    pub(in super::super) fn objects<T>(
        &mut self,
        key: &str,
        items: &[T],
        write: impl Fn(&T, &mut Fields<'_>),
    ) {
        if self.says(!items.is_empty()) {
            let habits = self.habits;
            self.object.with(key, |out| {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    let mut fields = Fields::new(out, &[], habits);
                    write(item, &mut fields);
                    fields.end();
                }
                out.push(b']');
            });
        }
    }

    pub(in super::super) fn object(&mut self, key: &str, write: impl FnOnce(&mut Fields<'_>)) {
        let habits = self.habits;
        self.object.with(key, |out| {
            let mut fields = Fields::new(out, &[], habits);
            write(&mut fields);
            fields.end();
        });
    }

    /// JSON that is bytes already.
    pub(in super::super) fn json(&mut self, key: &str, json: &[u8]) {
        self.object.with(key, |out| out.extend_from_slice(json));
    }

    /// Any JSON.
    pub(in super::super) fn raw(&mut self, key: &str, json: &str) {
        self.object.raw(key, json);
    }

    /// Text made of an integer, as the listing endpoints have it.
    pub(in super::super) fn digits(&mut self, key: &str, value: i64) {
        self.object.with(key, |out| {
            let _ = write!(out, "\"{}\"", value.max(0));
        });
    }

    pub(in super::super) fn end(self) {
        self.object.end();
    }

    /// Is a value written that says something, or does not?
    fn says(&self, something: bool) -> bool {
        something || !self.habits.zeros_absent
    }
}
