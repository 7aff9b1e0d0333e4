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

    /// The object that has the content of a message of this type: the one that is named after the
    /// type, else one that has what such a message says.
    pub(crate) fn content(&self, message_type: Option<HostedType>) -> PayloadContent<'_> {
        let objects = || {
            let members = self.0.as_object().into_iter().flatten();
            members.filter(|(name, value)| {
                let is_filled = value.as_object().is_some_and(|inner| !inner.is_empty());
                is_filled && name.ends_with("Payload")
            })
        };
        let named = |wanted: &str| objects().find(|(name, _)| *name == wanted);
        let text = || named(TEXT);
        let raw = || named(RAW);
        let others = || objects().filter(|(name, _)| *name != TEXT && *name != RAW);
        let speaking = || {
            // the surest member first, wherever it is
            let mut members = said(message_type).iter().chain(&["text", "content"]);
            members.find_map(|key| others().find(|(_, value)| first_text(value, &[key]).is_some()))
        };
        // the sample has the objects of several kinds beside each other
        let found = if message_type == Some(HostedType::Text) {
            text().or_else(raw).or_else(speaking)
        } else {
            let own = own_name(message_type).and_then(named);
            own.or_else(speaking).or_else(raw).or_else(text)
        };
        let found = found.or_else(|| others().next()).map_or(&self.0, |(_, value)| value);
        // text may be anything that somebody typed; where a file is due it is the vendor's own
        let inner = || object_in(&first_text(found, &["content"])?);
        match message_type.filter(|message_type| has_file(*message_type)).and_then(|_| inner()) {
            Some(inner) => PayloadContent(Cow::Owned(inner)),
            None => PayloadContent(Cow::Borrowed(found)),
        }
    }
}

const TEXT: &str = "TextPayload";
const RAW: &str = "RawPayload";

/// The object that is named after a type.
fn own_name(message_type: Option<HostedType>) -> Option<&'static str> {
    Some(match message_type? {
        HostedType::File => "FilePayload",
        HostedType::Voice => "VoicePayload",
        HostedType::Card => "CardPayload",
        HostedType::Emoticon => "EmoticonPayload",
        HostedType::Image => "ImagePayload",
        HostedType::Location => "LocationPayload",
        HostedType::MiniProgram => "MiniProgramPayload",
        HostedType::Link => "LinkPayload",
        HostedType::Video => "VideoPayload",
        _ => return None,
    })
}

/// The members by which a message of a type is known, surest first.
fn said(message_type: Option<HostedType>) -> &'static [&'static str] {
    match message_type {
        Some(HostedType::File) => &["fileUrl", "url", "name"],
        Some(HostedType::Voice) => &["voiceUrl", "url"],
        Some(HostedType::Card) => &["name"],
        Some(HostedType::Emoticon | HostedType::Image) => &["imageUrl", "url"],
        Some(HostedType::Location) => &["latitude", "address", "name"],
        Some(HostedType::MiniProgram) => &["title"],
        Some(HostedType::Link) => &["url", "title", "description"],
        Some(HostedType::Video) => &["videoUrl", "url"],
        _ => &[],
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
