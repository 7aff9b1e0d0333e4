//! Ids as text: vendors send digits, UUIDs and opaque strings; none of them is a number to us.

macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the vendor's text, unchanged.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The vendor's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A record's id, as the vendor wrote it (or derived, see [`IdOrigin`](crate::IdOrigin)).
    MessageId
}
text_id! {
    /// The id of a thread between parties.
    ConversationId
}

/// The id of a customer, agent or bot.
///
/// Vendors use phone numbers here, so `Debug` shows the length only and there is no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ParticipantId(String);

impl ParticipantId {
    /// Wraps the vendor's text, unchanged.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The vendor's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ParticipantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ParticipantId({} bytes)", self.0.len())
    }
}
