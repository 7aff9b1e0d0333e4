//! Which keys and words of an answer the types do not know. For the checks of the samples only.

use serde::Deserialize;
use serde::de::value::Error as NoValue;
use serde::de::{Deserializer, Error as _, Visitor};
use serde_json::Value;

use super::page::Envelope;
use super::raw::{OpenEnvelope, RawRecord, bodies as raw};
use super::{
    Action, EmotionType, KeywordRule, MessageType, Record, RedPacketType, SenderType, bodies,
};

/// JSON paths of the keys in an answer that no type has a field for.
#[doc(hidden)]
pub fn unmodelled_keys(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    walk(body, |path, key, _, shape| {
        if !(shape.keys)().contains(&key) {
            found.push(path.to_owned());
        }
    });
    found
}

/// JSON paths of the values in an answer that no variant of an enum names.
#[doc(hidden)]
pub fn unknown_values(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    walk(body, |path, key, value, shape| {
        let open = shape.words.iter().find(|(name, _)| *name == key);
        // what is not there has many forms
        let is_blank = value.is_null() || value.as_str() == Some("");
        if !is_blank && open.is_some_and(|(_, is_unknown)| is_unknown(value)) {
            found.push(path.to_owned());
        }
    });
    found
}

/// The key of an open enum, and whether a value of it is one that the enum does not name.
type OpenKey = (&'static str, fn(&Value) -> bool);

/// What is known of an object: its keys, its enums, and the objects in it.
struct Shape {
    keys: fn() -> &'static [&'static str],
    words: &'static [OpenKey],
    inner: &'static [(&'static str, &'static Shape)],
}

impl Shape {
    const fn plain<T: Deserialize<'static>>() -> Self {
        Self { keys: keys_of::<T>, words: &[], inner: &[] }
    }

    const fn with_words<T: Deserialize<'static>>(words: &'static [OpenKey]) -> Self {
        Self { keys: keys_of::<T>, words, inner: &[] }
    }

    const fn with_inner<T: Deserialize<'static>>(
        inner: &'static [(&'static str, &'static Self)],
    ) -> Self {
        Self { keys: keys_of::<T>, words: &[], inner }
    }
}

const ACTION: OpenKey = ("action", |value| Action::from(word(value)).is_other());
const MESSAGE_TYPE: fn(&Value) -> bool = |value| MessageType::from(word(value)).is_other();
// the vendor's sample fills numbers in with zeros
const EMOTION_TYPE: OpenKey =
    ("type", |value| number(value).is_none_or(|n| n != 0 && EmotionType::from(n).is_other()));
const RED_PACKET_TYPE: OpenKey =
    ("type", |value| number(value).is_none_or(|n| n != 0 && RedPacketType::from(n).is_other()));

const PAGE: Shape = Shape::with_inner::<Envelope<'static>>(&[("list", &RECORD)]);
const RECORD: Shape = Shape {
    keys: keys_of::<Record>,
    words: &[ACTION, ("type", MESSAGE_TYPE)],
    inner: &[
        ("hit_keyword_rules", &Shape::plain::<KeywordRule>()),
        ("text", &Shape::plain::<bodies::Text>()),
        ("image", &Shape::plain::<bodies::Image>()),
        ("video", &Shape::plain::<bodies::Video>()),
        ("voice", &Shape::plain::<bodies::Voice>()),
        ("agree", &Shape::plain::<bodies::Agree>()),
        ("disagree", &Shape::plain::<bodies::Disagree>()),
        ("file", &Shape::plain::<bodies::File>()),
        ("miniprogram", &Shape::plain::<bodies::MiniProgram>()),
        ("redpacket", &Shape::with_words::<bodies::RedPacket>(&[RED_PACKET_TYPE])),
        ("link", &Shape::plain::<bodies::Link>()),
        ("card", &Shape::plain::<bodies::Card>()),
        ("location", &Shape::plain::<bodies::Location>()),
        ("docmsg", &Shape::plain::<bodies::Document>()),
        ("emotion", &Shape::with_words::<bodies::Emotion>(&[EMOTION_TYPE])),
    ],
};

const RAW_PAGE: Shape = Shape::with_inner::<OpenEnvelope<'static>>(&[("decrypted", &RAW_RECORD)]);
const RAW_RECORD: Shape = Shape {
    keys: keys_of::<RawRecord>,
    words: &[
        ACTION,
        ("msgtype", MESSAGE_TYPE),
        ("sender_type", |value| number(value).is_none_or(|n| SenderType::from(n).is_other())),
    ],
    inner: &[
        ("text", &Shape::plain::<raw::Text>()),
        ("image", &Shape::plain::<raw::Image>()),
        ("revoke", &Shape::plain::<raw::Revoke>()),
        ("agree", &Shape::plain::<raw::Agree>()),
        ("disagree", &Shape::plain::<raw::Disagree>()),
        ("voice", &Shape::plain::<raw::Voice>()),
        ("video", &Shape::plain::<raw::Video>()),
        ("card", &Shape::plain::<raw::Card>()),
        ("location", &Shape::plain::<raw::Location>()),
        ("emotion", &Shape::with_words::<raw::Emotion>(&[EMOTION_TYPE])),
        ("file", &Shape::plain::<raw::File>()),
        ("link", &Shape::plain::<raw::Link>()),
        ("weapp", &Shape::plain::<raw::Weapp>()),
        ("miniprogram", &Shape::plain::<raw::Weapp>()),
        (
            "chatrecord",
            &Shape::with_inner::<raw::ChatRecord>(&[(
                "item",
                &Shape::plain::<raw::ChatRecordItem>(),
            )]),
        ),
        ("todo", &Shape::plain::<raw::Todo>()),
        (
            "vote",
            &Shape::with_words::<raw::Vote>(&[("votetype", |value| {
                number(value).is_none_or(|n| raw::VoteType::from(n).is_other())
            })]),
        ),
        (
            "collect",
            &Shape::with_inner::<raw::Collect>(&[("details", &Shape::plain::<raw::Question>())]),
        ),
        ("redpacket", &Shape::with_words::<raw::RedPacket>(&[RED_PACKET_TYPE])),
        ("external_redpacket", &Shape::with_words::<raw::RedPacket>(&[RED_PACKET_TYPE])),
        (
            "meeting",
            &Shape::with_words::<raw::Meeting>(&[
                ("meetingtype", |value| {
                    number(value).is_none_or(|n| raw::MeetingType::from(n).is_other())
                }),
                ("status", |value| {
                    number(value).is_none_or(|n| raw::MeetingStatus::from(n).is_other())
                }),
            ]),
        ),
        ("doc", &Shape::plain::<raw::Document>()),
        ("docmsg", &Shape::plain::<raw::Document>()),
        (
            "info",
            &Shape {
                keys: keys_of::<raw::Info>,
                words: &[("invitetype", |value| {
                    number(value).is_none_or(|n| raw::CallType::from(n).is_other())
                })],
                inner: &[("item", &Shape::plain::<raw::Article>())],
            },
        ),
        ("calendar", &Shape::plain::<raw::Calendar>()),
        ("mixed", &Shape::with_inner::<raw::Mixed>(&[("item", &Shape::plain::<raw::MixedItem>())])),
        (
            "meeting_voice_call",
            &Shape::with_inner::<raw::Call>(&[
                ("demofiledata", &Shape::plain::<raw::ShownFile>()),
                ("sharescreendata", &Shape::plain::<raw::ScreenShare>()),
            ]),
        ),
        ("voip_doc_share", &Shape::plain::<raw::SharedDocument>()),
        (
            "sphfeed",
            &Shape::with_words::<raw::ChannelFeed>(&[("feed_type", |value| {
                number(value).is_none_or(|n| raw::FeedType::from(n).is_other())
            })]),
        ),
    ],
};

/// Visits every key of the answer, with its path and the shape of the object that it is in.
fn walk(body: &[u8], mut visit: impl FnMut(&str, &str, &Value, &Shape)) {
    fn into(
        path: &str,
        value: &Value,
        shape: &Shape,
        visit: &mut dyn FnMut(&str, &str, &Value, &Shape),
    ) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    into(&format!("{path}[{index}]"), item, shape, visit);
                }
            }
            Value::Object(entries) => {
                for (key, value) in entries {
                    let dot = if path.is_empty() { "" } else { "." };
                    let path = format!("{path}{dot}{key}");
                    visit(&path, key, value, shape);
                    if let Some((_, inner)) = shape.inner.iter().find(|(name, _)| name == key) {
                        into(&path, value, inner, visit);
                    }
                }
            }
            _ => {}
        }
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let shape = if value.get("decrypted").is_some() { &RAW_PAGE } else { &PAGE };
    into("", &value, shape, &mut visit);
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The keys that a type reads, as its derived `Deserialize` names them: a list that cannot fall
/// behind the type.
fn keys_of<T: Deserialize<'static>>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // it stops where a value would be due, and has named its keys by then
    drop(T::deserialize(KeyNames(&mut keys)));
    keys
}

struct KeyNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for KeyNames<'_> {
    type Error = NoValue;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NoValue> {
        *self.0 = keys;
        Err(NoValue::custom("there is no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        Err(NoValue::custom("there is no value"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
