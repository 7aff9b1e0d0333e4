//! What a message is: its type, sender and file, computed from the seed and its place in its chat.

use super::{
    people::{Chat, Member},
    timeline::Row,
};
use crate::{media::FileKind, mix::Mix};

/// What a message can be, in the order of the bodies on the vendor's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Image,
    Video,
    Voice,
    Agree,
    Disagree,
    File,
    Miniprogram,
    Redpacket,
    Link,
    Card,
    Location,
    Docmsg,
    Emotion,
    /// A type that only raw records have; its index in [`UNDOCUMENTED`].
    Undocumented(usize),
}

/// All that the plain pull's page documents.
pub(super) const DOCUMENTED: [Kind; 14] = [
    Kind::Text,
    Kind::Image,
    Kind::Video,
    Kind::Voice,
    Kind::Agree,
    Kind::Disagree,
    Kind::File,
    Kind::Miniprogram,
    Kind::Redpacket,
    Kind::Link,
    Kind::Card,
    Kind::Location,
    Kind::Docmsg,
    Kind::Emotion,
];

/// A type of which only the raw pull knows the body.
pub(super) struct Undocumented {
    pub(super) msgtype: &'static str,
    /// Under which key the body is, and what is in it.
    pub(super) key: &'static str,
    pub(super) body: &'static str,
}

/// Bodies as WeCom's page of conversation contents has them.
pub(super) const UNDOCUMENTED: [Undocumented; 7] = [
    Undocumented {
        msgtype: "chatrecord",
        key: "chatrecord",
        body: r#"{"title":"群聊的聊天记录","item":[{"type":"ChatRecordText","msgtime":1760500000,"content":"{\"content\":\"明天几点？\"}","from_chatroom":true},{"type":"ChatRecordLink","msgtime":1760500060,"content":"{\"title\":\"通知\",\"link_url\":\"https://www.example.com/n\"}","from_chatroom":true}]}"#,
    },
    Undocumented {
        msgtype: "mixed",
        key: "mixed",
        body: r#"{"item":[{"type":"text","content":"{\"content\":\"你好[微笑]\\n\"}"},{"type":"text","content":"{\"content\":\"第二段\"}"}]}"#,
    },
    Undocumented {
        msgtype: "vote",
        key: "vote",
        body: r#"{"votetitle":"周末团建去哪","voteitem":["爬山","唱歌"],"votetype":101,"voteid":"2b5f0d"}"#,
    },
    Undocumented {
        msgtype: "todo",
        key: "todo",
        body: r#"{"title":"待办","content":"回访客户 📞"}"#,
    },
    Undocumented {
        msgtype: "meeting",
        key: "meeting",
        body: r#"{"topic":"项目沟通","starttime":1760500800,"endtime":1760504400,"address":"三号会议室","remarks":"","meetingtype":102,"meetingid":11101571002822706744,"status":1}"#,
    },
    Undocumented {
        msgtype: "markdown",
        key: "info",
        body: r##"{"content":"# 日报\n> 本周成交 **3** 单"}"##,
    },
    Undocumented {
        msgtype: "voiptext",
        key: "info",
        body: r#"{"callduration":67,"invitetype":2}"#,
    },
];

impl Kind {
    /// What a message would be without [`super::MyscrmOptions::with_undocumented_types`].
    pub(super) fn documented(seed: u64, row: Row) -> Self {
        let mut mix = Mix::of(&[seed, 7, row.chat.into(), row.position.into()]);
        match mix.below(1000) {
            0..=709 => Self::Text,
            710..=809 => Self::Image,
            810..=849 => Self::Voice,
            850..=869 => Self::Video,
            870..=899 => Self::File,
            900..=929 => Self::Emotion,
            930..=944 => Self::Link,
            945..=959 => Self::Miniprogram,
            960..=967 => Self::Location,
            968..=975 => Self::Card,
            976..=983 => Self::Docmsg,
            984..=989 => Self::Redpacket,
            990..=994 => Self::Agree,
            _ => Self::Disagree,
        }
    }

    fn of(seed: u64, row: Row, has_undocumented: bool) -> Self {
        let kind = Self::documented(seed, row);
        if has_undocumented {
            let mut mix = Mix::of(&[seed, 8, row.chat.into(), row.position.into()]);
            if mix.chance(2) {
                return Self::Undocumented(mix.index(UNDOCUMENTED.len()));
            }
        }
        kind
    }

    /// The plain pull's `type`.
    pub(super) fn plain_type(self) -> &'static str {
        match self {
            Self::Miniprogram => "miniprogram",
            _ => self.msgtype(),
        }
    }

    /// The raw pull's `msgtype`.
    pub(super) fn msgtype(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Voice => "voice",
            Self::Agree => "agree",
            Self::Disagree => "disagree",
            Self::File => "file",
            Self::Miniprogram => "weapp",
            Self::Redpacket => "redpacket",
            Self::Link => "link",
            Self::Card => "card",
            Self::Location => "location",
            Self::Docmsg => "docmsg",
            Self::Emotion => "emotion",
            Self::Undocumented(index) => UNDOCUMENTED.get(index).map_or("", |kind| kind.msgtype),
        }
    }
}

/// What a message is, for as long as it exists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) sender: Member,
    /// The type of its file, if it has one.
    pub(super) file: Option<FileKind>,
}

impl Facts {
    pub(super) fn of(seed: u64, chat: &Chat, row: Row, has_undocumented: bool) -> Option<Self> {
        let kind = Kind::of(seed, row, has_undocumented);
        let mut mix = Mix::of(&[seed, 9, row.chat.into(), row.position.into()]);
        // customers begin, then both sides mostly take turns
        let from_customer = match kind {
            Kind::Agree | Kind::Disagree => true,
            _ => mix.chance(if row.position.is_multiple_of(2) { 75 } else { 25 }),
        };
        let side = |member: &&Member| member.is_employee != from_customer;
        let nth = mix.index(chat.members.iter().filter(side).count());
        let sender = *chat.members.iter().filter(side).nth(nth)?;
        let file = match kind {
            Kind::Image => Some(if mix.chance(80) { FileKind::Jpeg } else { FileKind::Png }),
            Kind::Emotion => Some(FileKind::Png),
            Kind::Voice => Some(FileKind::Ogg),
            Kind::Video => Some(FileKind::Mp4),
            Kind::File => Some(FileKind::Pdf),
            _ => None,
        };
        Some(Self { kind, sender, file })
    }
}
