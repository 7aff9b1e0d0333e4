//! What a message of a hosted account says. The vendor shows a text only; the other members are
//! those of the hosting service whose interface this one repeats.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{first_text, object_in};
use super::hosted::HostedType;

/// What a message says: one object per kind inside (`TextPayload`, `RawPayload`, …), as in the
/// history, or its members at once, as in what is pushed. `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(Value);

impl Payload {
    /// The value of a member, if it is a text or a number.
    pub fn field(&self, key: &str) -> Option<String> {
        first_text(&self.0, &[key])
    }

    /// The object that has the content of a message of this type.
    pub(crate) fn content(&self, message_type: Option<HostedType>) -> PayloadContent<'_> {
        let named = |wanted: fn(&str) -> bool| {
            let mut members = self.0.as_object().into_iter().flatten();
            let is_filled =
                |value: &Value| value.as_object().is_some_and(|inner| !inner.is_empty());
            let found = members.find(|(name, value)| wanted(name) && is_filled(value));
            found.map(|(_, value)| value)
        };
        let text = || named(|name| name == "TextPayload");
        let raw = || named(|name| name == "RawPayload");
        let other = || {
            named(|name| name.ends_with("Payload") && name != "TextPayload" && name != "RawPayload")
        };
        // the sample has the objects of several kinds beside each other
        let found = match message_type {
            Some(HostedType::Text) => text().or_else(raw).or_else(other),
            _ => other().or_else(raw).or_else(text),
        };
        let found = found.unwrap_or(&self.0);
        // text may be anything that somebody typed; where a file is due it is the vendor's own
        let inner = || object_in(&first_text(found, &["content"])?);
        match message_type.filter(|message_type| has_file(*message_type)).and_then(|_| inner()) {
            Some(inner) => PayloadContent(Cow::Owned(inner)),
            None => PayloadContent(Cow::Borrowed(found)),
        }
    }
}

/// Whether a message of this type is a file.
fn has_file(message_type: HostedType) -> bool {
    use HostedType::{Emoticon, File, Image, Video, Voice};
    matches!(message_type, Emoticon | File | Image | Video | Voice)
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").finish_non_exhaustive()
    }
}

/// The members that say it.
pub(crate) struct PayloadContent<'a>(Cow<'a, Value>);

impl PayloadContent<'_> {
    /// The first of these members that is a text or a number.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<String> {
        first_text(&self.0, keys)
    }

    /// The message that it quotes.
    pub(crate) fn quoted(&self) -> Option<String> {
        first_text(self.0.get("quoteMessage")?, &["messageId"])
    }
}
