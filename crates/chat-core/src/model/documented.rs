//! What a vendor's page says of an answer, as data, so that answers can be compared with it.

/// What a page says of an answer.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "every crate writes it out")]
pub struct Documented {
    /// The page: its title, and when it was read.
    pub page: &'static str,
    /// The objects in the answer by their JSON path (empty for the answer itself, `[]` for each
    /// element of a list), with the fields that the page names.
    pub objects: &'static [(&'static str, &'static [Field])],
    /// What the answer says of its own length.
    pub count: Option<Count>,
    /// Where the page contradicts itself in a way that no answer can show: path and sentence.
    pub notes: &'static [(&'static str, &'static str)],
}

impl Documented {
    /// Of an answer whose page could not be read.
    pub const fn nothing(page: &'static str) -> Self {
        Self { page, objects: &[], count: None, notes: &[] }
    }
}

/// A field as a page describes it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a row of the page's table")]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// Its type.
    pub json: Json,
    /// Whether it must be there.
    pub presence: Presence,
    /// Its values, where the page names them; empty if not.
    pub words: &'static [&'static str],
}

impl Field {
    /// A field that the page lists without saying whether it may be missing.
    pub const fn listed(name: &'static str, json: Json) -> Self {
        Self { name, json, presence: Presence::Unsaid, words: &[] }
    }

    /// A field that the page calls mandatory.
    pub const fn mandatory(name: &'static str, json: Json) -> Self {
        Self { presence: Presence::Mandatory, ..Self::listed(name, json) }
    }

    /// A field that the page calls optional, or ties to a kind of record.
    pub const fn optional(name: &'static str, json: Json) -> Self {
        Self { presence: Presence::Optional, ..Self::listed(name, json) }
    }

    /// With the values that the page names.
    #[must_use]
    pub const fn of(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }
}

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "JSON has no others")]
pub enum Json {
    /// A string.
    String,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Json {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// Whether a field must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a page says yes, no, or nothing")]
pub enum Presence {
    /// The page says so.
    Mandatory,
    /// The page says that it may be missing, or when it is there.
    Optional,
    /// The page lists it and says no more.
    Unsaid,
}

/// Keys at the top of an answer that say how many rows it should have.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "every crate writes it out")]
pub struct Count {
    /// How many rows the whole listing has.
    pub total: &'static str,
    /// The page's number, from 1.
    pub page_number: &'static str,
    /// How many rows a page has.
    pub page_size: &'static str,
    /// The rows.
    pub rows: &'static str,
}
