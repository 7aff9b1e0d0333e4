//! What is known of an answer: the keys and words of the types, and the vendor's page.

use chat_core::model::{self, Answer, Model, OpenKey, Shape, keys_of, number, word};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::documented;
use super::page::Envelope;
use super::raw::{OpenEnvelope, RawRecord, bodies as raw};
use super::{
    Action, EmotionType, KeywordRule, MessageType, Record, RedPacketType, SenderType, bodies,
};

/// What is known of the answers that records come in.
#[doc(hidden)]
pub const MODEL: Model = Model {
    answers: &[
        Answer { name: "chat-record/pull", shape: &PAGE, documented: &documented::PLAIN },
        Answer { name: "raw-chat-record/pull", shape: &RAW_PAGE, documented: &documented::RAW },
    ],
    answer_of: |body| usize::from(is_opened(body)),
};

/// JSON paths of the keys in an answer that no type has a field for.
#[doc(hidden)]
pub fn unmodelled_keys(body: &[u8]) -> Vec<String> {
    model::unmodelled_keys(body, shape_of(body))
}

/// JSON paths of the values in an answer that no variant of an enum names.
#[doc(hidden)]
pub fn unknown_values(body: &[u8]) -> Vec<String> {
    model::unknown_values(body, shape_of(body))
}

const fn plain<T: Deserialize<'static>>() -> Shape {
    Shape { keys: keys_of::<T>, words: &[], inner: &[] }
}

const fn with_words<T: Deserialize<'static>>(words: &'static [OpenKey]) -> Shape {
    Shape { keys: keys_of::<T>, words, inner: &[] }
}

const fn with_inner<T: Deserialize<'static>>(
    inner: &'static [(&'static str, &'static Shape)],
) -> Shape {
    Shape { keys: keys_of::<T>, words: &[], inner }
}

const ACTION: OpenKey = ("action", |value| Action::from(&*word(value)).is_other());
const MESSAGE_TYPE: fn(&Value) -> bool = |value| MessageType::from(&*word(value)).is_other();
// the vendor's sample fills numbers in with zeros
const EMOTION_TYPE: OpenKey =
    ("type", |value| number(value).is_none_or(|n| n != 0 && EmotionType::from(n).is_other()));
const RED_PACKET_TYPE: OpenKey =
    ("type", |value| number(value).is_none_or(|n| n != 0 && RedPacketType::from(n).is_other()));

const PAGE: Shape = with_inner::<Envelope<'static>>(&[("list", &RECORD)]);
const RECORD: Shape = Shape {
    keys: keys_of::<Record>,
    words: &[ACTION, ("type", MESSAGE_TYPE)],
    inner: &[
        ("hit_keyword_rules", &plain::<KeywordRule>()),
        ("text", &plain::<bodies::Text>()),
        ("image", &plain::<bodies::Image>()),
        ("video", &plain::<bodies::Video>()),
        ("voice", &plain::<bodies::Voice>()),
        ("agree", &plain::<bodies::Agree>()),
        ("disagree", &plain::<bodies::Disagree>()),
        ("file", &plain::<bodies::File>()),
        ("miniprogram", &plain::<bodies::MiniProgram>()),
        ("redpacket", &with_words::<bodies::RedPacket>(&[RED_PACKET_TYPE])),
        ("link", &plain::<bodies::Link>()),
        ("card", &plain::<bodies::Card>()),
        ("location", &plain::<bodies::Location>()),
        ("docmsg", &plain::<bodies::Document>()),
        ("emotion", &with_words::<bodies::Emotion>(&[EMOTION_TYPE])),
    ],
};

const RAW_PAGE: Shape = with_inner::<OpenEnvelope<'static>>(&[("decrypted", &RAW_RECORD)]);
const RAW_RECORD: Shape = Shape {
    keys: keys_of::<RawRecord>,
    words: &[
        ACTION,
        ("msgtype", MESSAGE_TYPE),
        ("sender_type", |value| number(value).is_none_or(|n| SenderType::from(n).is_other())),
    ],
    inner: &[
        ("text", &plain::<raw::Text>()),
        ("image", &plain::<raw::Image>()),
        ("revoke", &plain::<raw::Revoke>()),
        ("agree", &plain::<raw::Agree>()),
        ("disagree", &plain::<raw::Disagree>()),
        ("voice", &plain::<raw::Voice>()),
        ("video", &plain::<raw::Video>()),
        ("card", &plain::<raw::Card>()),
        ("location", &plain::<raw::Location>()),
        ("emotion", &with_words::<raw::Emotion>(&[EMOTION_TYPE])),
        ("file", &plain::<raw::File>()),
        ("link", &plain::<raw::Link>()),
        ("weapp", &plain::<raw::Weapp>()),
        ("miniprogram", &plain::<raw::Weapp>()),
        (
            "chatrecord",
            &with_inner::<raw::ChatRecord>(&[("item", &plain::<raw::ChatRecordItem>())]),
        ),
        ("todo", &plain::<raw::Todo>()),
        (
            "vote",
            &with_words::<raw::Vote>(&[("votetype", |value| {
                number(value).is_none_or(|n| raw::VoteType::from(n).is_other())
            })]),
        ),
        ("collect", &with_inner::<raw::Collect>(&[("details", &plain::<raw::Question>())])),
        ("redpacket", &with_words::<raw::RedPacket>(&[RED_PACKET_TYPE])),
        ("external_redpacket", &with_words::<raw::RedPacket>(&[RED_PACKET_TYPE])),
        (
            "meeting",
            &with_words::<raw::Meeting>(&[
                ("meetingtype", |value| {
                    number(value).is_none_or(|n| raw::MeetingType::from(n).is_other())
                }),
                ("status", |value| {
                    number(value).is_none_or(|n| raw::MeetingStatus::from(n).is_other())
                }),
            ]),
        ),
        ("doc", &plain::<raw::Document>()),
        ("docmsg", &plain::<raw::Document>()),
        (
            "info",
            &Shape {
                keys: keys_of::<raw::Info>,
                words: &[("invitetype", |value| {
                    number(value).is_none_or(|n| raw::CallType::from(n).is_other())
                })],
                inner: &[("item", &plain::<raw::Article>())],
            },
        ),
        ("calendar", &plain::<raw::Calendar>()),
        ("mixed", &with_inner::<raw::Mixed>(&[("item", &plain::<raw::MixedItem>())])),
        (
            "meeting_voice_call",
            &with_inner::<raw::Call>(&[
                ("demofiledata", &plain::<raw::ShownFile>()),
                ("sharescreendata", &plain::<raw::ScreenShare>()),
            ]),
        ),
        ("voip_doc_share", &plain::<raw::SharedDocument>()),
        (
            "sphfeed",
            &with_words::<raw::ChannelFeed>(&[("feed_type", |value| {
                number(value).is_none_or(|n| raw::FeedType::from(n).is_other())
            })]),
        ),
    ],
};

fn shape_of(body: &[u8]) -> &'static Shape {
    if is_opened(body) { &RAW_PAGE } else { &PAGE }
}

/// True for an opened answer, false for a plain one.
fn is_opened(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Opened {
        decrypted: Option<IgnoredAny>,
    }
    serde_json::from_slice::<Opened>(body).is_ok_and(|opened| opened.decrypted.is_some())
}
