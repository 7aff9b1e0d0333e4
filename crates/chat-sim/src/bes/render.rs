//! Records as JSON text, with the members of the vendor's samples and of its table.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{
    content::Subject,
    data::{Data, Row, Timeline},
    facts::{Facts, Kind, Shape, Source},
    late::Form,
    library,
    options::BesOptions,
    people::{self, AGENTS, ROBOT},
};
use crate::{
    faults::{BadForm, Tweak},
    json::Object,
    mix::Mix,
};

/// Members that are turned to null in turn where a rule wants nulls.
const NULLABLE: [&str; 7] =
    ["content", "sendTime", "sourceType", "mediaType", "controlType", "channel", "callId"];

/// What all records of an answer have in common.
pub(super) struct Renderer<'a> {
    pub(super) data: &'a Data,
    pub(super) options: &'a BesOptions,
    pub(super) now_ms: i64,
    /// Kept, so that records share one allocation.
    pub(super) scratch: String,
}

impl Renderer<'_> {
    /// Appends a record of a user.
    pub(super) fn record(&mut self, user: usize, row: Row, tweak: Tweak, out: &mut Vec<u8>) {
        match tweak.bad {
            Some(BadForm::Text) => return out.extend_from_slice(b"\"### ERROR: row lost ###\""),
            Some(BadForm::Id) => {
                let bad = br#"{"id":{},"channel":"WEB","controlType":"CHAT","mediaType":"TEXT","content":{"unexpected":true}}"#;
                return out.extend_from_slice(bad);
            }
            None => {}
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        if let (Some(timeline), Ok(user)) = (self.data.timelines.get(user), u32::try_from(user)) {
            let whole = Whole::new(self, timeline, user, row);
            whole.write(tweak, &mut scratch, out);
        }
        self.scratch = scratch;
    }
}

/// What is known of a record before it is written.
struct Whole<'a> {
    data: &'a Data,
    options: &'a BesOptions,
    user: u32,
    row: Row,
    facts: Facts,
    form: Form,
    call_start_s: i64,
    agent: &'static str,
    topic: u8,
}

impl<'a> Whole<'a> {
    fn new(renderer: &Renderer<'a>, timeline: &Timeline, user: u32, row: Row) -> Self {
        let Renderer { data, options, now_ms, .. } = *renderer;
        let facts = Facts::of(data.seed, user, row);
        let call = timeline.calls.get(row.call as usize);
        Self {
            data,
            options,
            user,
            row,
            facts,
            form: Form::at(data.seed, user, row, facts, now_ms),
            call_start_s: call.map_or(row.sent_s, |call| call.start_s),
            agent: call
                .and_then(|call| AGENTS.get(usize::from(call.agent)))
                .copied()
                .unwrap_or_default(),
            topic: call.map_or(0, |call| call.topic),
        }
    }

    fn write(&self, tweak: Tweak, scratch: &mut String, out: &mut Vec<u8>) {
        let Self { data, facts, form, row, user, .. } = *self;
        let seed = data.seed;
        let shape = facts.shape;
        let is_new = shape != Shape::Old;
        // the newer sample has nulls where the table promises values
        let has_values = !matches!(shape, Shape::Old | Shape::Sample);
        let nulled = NULLABLE.get(row.key as usize % NULLABLE.len()).copied();
        let nulls = [nulled.unwrap_or_default(), "senderNickname", "receiveTime"];
        let mut object = Object::new(out, if tweak.nulls { &nulls } else { &[] });

        object.plain("id", &id(seed, user, row));
        object.plain("channel", &self.options.channel);
        if is_new {
            let user_id = data.users.get(user as usize).map(String::as_str);
            maybe(&mut object, "channelConfigId", has_values, &self.options.channel_id);
            maybe(&mut object, "userId", has_values, user_id.unwrap_or_default());
        }
        self.sender(scratch, &mut object);
        let sent_ms = row.sent_ms();
        time(&mut object, "sendTime", Some(sent_ms));
        let pick = |known, unknown| if tweak.unknown_enum { unknown } else { known };
        object.plain("controlType", pick(facts.control_type(), "TELEPATHY"));
        object.plain("sourceType", pick(self.source_type(), "GHOST"));
        object.plain("mediaType", pick(facts.media_type(), "HOLOGRAM"));
        scratch.clear();
        if form.is_blank {
            object.raw("content", "null");
        } else {
            self.subject().write(scratch);
            object.text("content", scratch);
        }
        scratch.clear();
        write_call_id(seed, user, row.call, self.call_start_s, scratch);
        object.plain("callId", scratch);
        let tenant = "202211020001";
        if matches!(shape, Shape::Sample | Shape::Filled | Shape::Both) {
            maybe(&mut object, "tenantId", shape == Shape::Filled, tenant);
        }
        if matches!(shape, Shape::Table | Shape::Both) {
            object.plain("tenant_id", tenant);
        }
        let day_of_year = day_of_year(row.sent_s);
        if is_new {
            object.with("partdbId", |out| write_part(has_values, seed, user, out));
        }
        self.codes(&mut object);
        if is_new {
            time(&mut object, "recallTime", form.recalled_ms);
            time(&mut object, "modifiedTime", has_values.then_some(form.modified_ms));
        }
        let failed = facts.source == Source::Agent && row.key % 97 == 5;
        maybe(&mut object, "errorMsg", failed, "消息发送失败");
        if is_new {
            if has_values {
                object.number("dayOfYear", day_of_year);
            } else {
                object.raw("dayOfYear", "null");
            }
        }
        time(&mut object, "receiveTime", Some(sent_ms));
        object.raw("isForwarded", "false");
        object.raw("forwardTime", "null");
        let is_local = facts.kind == Kind::Local;
        maybe(&mut object, "contentDealType", is_local, "1");
        if is_new {
            self.newer_members(shape, scratch, &mut object);
        }
        if tweak.unknown_keys {
            object.raw("sentiment", r#"{"score":0.25,"labels":["calm",null]}"#);
            object.raw("editCount", "3");
        }
        object.end();
    }

    /// What only the newer samples have, after all else.
    fn newer_members(&self, shape: Shape, scratch: &mut String, object: &mut Object<'_>) {
        if shape != Shape::Table {
            object.raw("contentKey", "null");
        }
        match self.facts.kind {
            Kind::Library(index) => object.with("multiMediaLibraryInfo", |out| {
                let bytes = self.data.bytes_of_library.get(index).copied().unwrap_or(0);
                write_library_item(self.data.seed, index, self.row.sent_ms(), bytes, out);
            }),
            _ => object.raw("multiMediaLibraryInfo", "null"),
        }
        scratch.clear();
        write_chat_id(self.data.seed, self.user, self.row.call, scratch);
        if matches!(shape, Shape::Sample | Shape::Filled | Shape::Both) {
            maybe(object, "chatId", shape == Shape::Filled, scratch);
        }
        if matches!(shape, Shape::Table | Shape::Both) {
            object.plain("chat_id", scratch);
        }
        object.number("readTime", self.form.read_ms.unwrap_or(0).max(0).cast_unsigned());
        if shape != Shape::Table {
            object.raw("email", "null");
        }
    }

    fn subject(&self) -> Subject {
        let Self { user, row, facts, topic, .. } = *self;
        let BesOptions { media_bytes, has_bare_ids, .. } = *self.options;
        Subject { seed: self.data.seed, user, row, facts, topic, media_bytes, has_bare_ids }
    }

    fn sender(&self, scratch: &mut String, object: &mut Object<'_>) {
        let avatar = match self.facts.source {
            Source::User => {
                scratch.clear();
                people::write_name(self.data.seed, self.user, scratch);
                object.text("senderNickname", scratch);
                "../../image/user1.png"
            }
            Source::Agent => {
                object.text("senderNickname", self.agent);
                "../../image/agent.png"
            }
            Source::Robot => {
                object.text("senderNickname", ROBOT);
                "../../image/robot.png"
            }
            Source::System => {
                object.raw("senderNickname", "null");
                object.raw("senderAvatar", "null");
                return;
            }
        };
        object.plain("senderAvatar", avatar);
    }

    /// The samples say `USER` where clients send `CUSTOMER`.
    fn source_type(&self) -> &'static str {
        match self.facts.source {
            Source::User if self.row.key.is_multiple_of(16) => "CUSTOMER",
            Source::User => "USER",
            Source::Agent => "AGENT",
            Source::Robot => "ROBOT",
            Source::System => "SYSTEM",
        }
    }

    fn codes(&self, object: &mut Object<'_>) {
        // 64 capital hexadecimal characters, or nothing
        let mut mix = Mix::of(&[self.data.seed, 15, self.user.into(), self.row.key.into()]);
        if self.facts.shape == Shape::Sample {
            object.raw("messageCode", "null");
        } else {
            let [a, b, c, d] = [mix.next(), mix.next(), mix.next(), mix.next()];
            object.plain("messageCode", &format!("{a:016X}{b:016X}{c:016X}{d:016X}"));
        }
        object.raw("associationContentId", "null");
        // no page says which numbers there are
        let has_values = !matches!(self.facts.shape, Shape::Old | Shape::Sample);
        object.raw("sendStatus", if has_values { "1" } else { "null" });
    }
}

/// A record's id; those of the older sample are shorter.
pub(super) fn id(seed: u64, user: u32, row: Row) -> String {
    let mut id = String::new();
    write_id(seed, user, row, 0, &mut id);
    if Shape::of(seed, user, row.call) == Shape::Old {
        id.truncate(17);
    }
    id
}

/// Appends an id: thirty digits, the first of them a time somewhat later than `sendTime`.
pub(super) fn write_id(seed: u64, user: u32, row: Row, salt: u64, out: &mut String) {
    let mut mix = Mix::of(&[seed, 6, user.into(), row.key.into(), salt]);
    let ms = row.sent_ms() + mix.below(9_000).cast_signed();
    // writing to a String cannot fail
    let _ = write!(out, "{ms:013}{:017}", mix.below(100_000_000_000_000_000));
}

/// Appends a call's id: when it began, and a number.
pub(super) fn write_call_id(seed: u64, user: u32, call: u32, start_s: i64, out: &mut String) {
    let number = Mix::of(&[seed, 16, user.into(), call.into()]).below(90_000_000) + 10_000_000;
    let _ = write!(out, "{start_s}-{number}");
}

/// Appends the id of the chat that a call belongs to: each is one of its own.
pub(super) fn write_chat_id(seed: u64, user: u32, call: u32, out: &mut String) {
    let number = Mix::of(&[seed, 17, user.into(), call.into()]).below(1_000_000_000_000_000_000);
    let _ = write!(out, "1{number:018}");
}

/// A text, or null.
fn maybe(object: &mut Object<'_>, key: &str, has_value: bool, text: &str) {
    if has_value {
        object.text(key, text);
    } else {
        object.raw(key, "null");
    }
}

/// Unix milliseconds, or null.
fn time(object: &mut Object<'_>, key: &str, unix_ms: Option<i64>) {
    match unix_ms {
        Some(unix_ms) => object.number(key, unix_ms.max(0).cast_unsigned()),
        None => object.raw(key, "null"),
    }
}

/// The vendor calls it a big decimal: some do not fit into any machine's number.
fn write_part(has_value: bool, seed: u64, user: u32, out: &mut Vec<u8>) {
    let text = match Mix::of(&[seed, 18, user.into()]).below(10) {
        _ if !has_value => "null".to_owned(),
        0 => format!("2022110200010000000000{user:03}"),
        part => part.to_string(),
    };
    out.extend_from_slice(text.as_bytes());
}

fn write_library_item(seed: u64, index: usize, sent_ms: i64, bytes: u64, out: &mut Vec<u8>) {
    let item = library::item(index);
    let mut object = Object::new(out, &[]);
    object.digits("id", library::id(seed, index));
    object.plain("parentTypeId", "1700000000000000001");
    object.text("name", item.name);
    object.text("description", item.description);
    object.plain("mediaType", item.media_type);
    time(&mut object, "uploadTime", Some(sent_ms - 86_400_000));
    if let Some(file) = item.file {
        let name = format!("{}.{}", item.name, file.extension());
        object.text("mediaUrl", &format!("library/{name}"));
        object.raw("latitude", "null");
        object.raw("longitude", "null");
        maybe(&mut object, "duration", matches!(item.media_type, "VIDEO" | "AUDIO"), "36");
        object.plain("mediaFileType", file.extension());
        object.raw("content", "null");
        object.text("fileName", &name);
        object.digits("fileSize", bytes.div_ceil(1024));
        object.plain("sizeUnit", "KB");
    } else {
        object.raw("mediaUrl", "null");
        object.plain("latitude", "22.543");
        object.plain("longitude", "114.058");
        for key in ["duration", "mediaFileType", "content", "fileName", "fileSize", "sizeUnit"] {
            object.raw(key, "null");
        }
    }
    object.end();
}

fn day_of_year(unix_s: i64) -> u64 {
    let day = Timestamp::from_second(unix_s)
        .map_or(1, |at| jiff::tz::Offset::UTC.to_datetime(at).date().day_of_year());
    u64::from(day.unsigned_abs())
}
