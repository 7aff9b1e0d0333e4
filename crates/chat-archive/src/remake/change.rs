//! What is told of messages that were made anew.

use serde::Serialize;

/// Something of a message that its stored bytes do not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Remade {
    /// The source, by its name.
    pub source: String,
    /// The message's id; `None` of a page, and of a record that has none.
    pub id: Option<String>,
    /// Which of the message's forms.
    pub version: Option<i64>,
    /// The page that its bytes are on.
    pub page: i64,
    /// What is the matter.
    #[serde(flatten)]
    pub change: Change,
}

/// What is the matter with a message whose bytes were read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// These columns differ.
    Columns {
        /// Their names; `attachments` stands for the table of that name.
        columns: Vec<&'static str>,
    },
    /// The record is no message yet.
    Added,
    /// The record is a form that the message does not have yet.
    AddedVersion,
    /// A record is no message yet, and its id alone does not tell whether it is there as another
    /// one. Its place in the conversation is found by a sync.
    WaitsForSync,
    /// The record is a message and can no longer be read; the message stays as it is.
    Unreadable,
    /// The record cannot be read, and was not counted among those.
    NotNoted,
    /// The message's forms are not in the order in which they came; that is not changed offline.
    Order,
    /// The record has another id now, which another message has; the message keeps its own.
    IdTaken,
    /// A file that was saved is none of those that the bytes name; it stays behind them.
    FileKept,
    /// The page cannot be read as one of its vendor's.
    Page,
}

impl Change {
    /// True if making messages anew puts it right.
    pub const fn is_mended(&self) -> bool {
        matches!(self, Self::Columns { .. } | Self::Added | Self::AddedVersion | Self::NotNoted)
    }

    /// In words, as the rest of a sentence about the message or the page.
    pub fn in_words(&self) -> String {
        match self {
            Self::Columns { columns } => {
                let are = if columns.len() == 1 { "is" } else { "are" };
                format!("{} {are} not what its bytes say", columns.join(", "))
            }
            Self::Added => "its bytes are there and the message is not".to_owned(),
            Self::AddedVersion => "its bytes are there and this form of it is not".to_owned(),
            Self::WaitsForSync => {
                "a record of a list is not stored as a message; a sync finds its place if the \
                 vendor still shows it"
                    .to_owned()
            }
            Self::Unreadable => "its bytes can no longer be read as a message".to_owned(),
            Self::NotNoted => "a record in it cannot be read and is not listed".to_owned(),
            Self::Order => "its forms are not in the order in which they came".to_owned(),
            Self::IdTaken => "its bytes have an id that another message has".to_owned(),
            Self::FileKept => {
                "a saved file of it is none of those that its bytes name; the file is kept"
                    .to_owned()
            }
            Self::Page => "it cannot be read as a page of its vendor's".to_owned(),
        }
    }
}

/// A source of which nothing was made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// Its name.
    pub source: String,
    /// Why.
    pub reason: String,
}
