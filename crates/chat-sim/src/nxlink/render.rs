//! Records as JSON text, with the keys and the order of keys of the vendor's samples.

use std::fmt::Write as _;

use super::{
    data::{Conversation, Data, Row},
    facts::{ChatType, Facts, Kind},
    late::Form,
    people::{self, AGENTS, Agent, LINES},
    templates, wall,
};
use crate::{
    faults::{BadForm, Tweak},
    json::Object,
    media::{FileKind, Signer},
    mix::Mix,
    text,
};

/// Fields that are turned to null in turn where a rule wants nulls.
const NULLABLE: [&str; 7] = [
    "content",
    "chat_type",
    "created_at",
    "message_type",
    "saas_conversation_id",
    "from",
    "channel",
];

/// What all records of an answer have in common.
pub(super) struct Renderer<'a> {
    pub(super) data: &'a Data,
    pub(super) signer: &'a Signer,
    pub(super) tenant_id: u64,
    /// Wall clock.
    pub(super) now_ms: i64,
    /// When media links issued now expire, Unix seconds.
    pub(super) links_expire_s: i64,
    /// The account that was filtered by; the vendor echoes it.
    pub(super) asked_account: Option<&'a str>,
    /// Taken out and put back, so that records share one allocation.
    pub(super) scratch: String,
}

impl Renderer<'_> {
    /// Appends a record.
    pub(super) fn record(&mut self, row: Row, tweak: Tweak, out: &mut Vec<u8>) {
        match tweak.bad {
            Some(BadForm::Text) => return out.extend_from_slice(b"\"### ERROR: row lost ###\""),
            Some(BadForm::Id) => {
                let bad = br#"{"id":{},"channel":2,"chat_type":[],"message_type":"text","content":{"unexpected":true}}"#;
                return out.extend_from_slice(bad);
            }
            None => {}
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        if let Some(subject) = self.subject(row) {
            self.fields(&subject, tweak, &mut scratch, out);
        }
        self.scratch = scratch;
    }

    fn subject(&self, row: Row) -> Option<Subject<'_>> {
        let seed = self.data.seed;
        let talk = self.data.conversation(row)?;
        let facts = Facts::of(seed, row);
        let mut mix = Mix::of(&[seed, 10, row.conversation.into(), row.position.into()]);
        let is_customers_text = facts.kind == Kind::Text && facts.chat_type == ChatType::Inbound;
        let is_old_form = is_customers_text && mix.chance(5);
        let has_ids = !is_old_form && (facts.file.is_none() || mix.chance(60));
        let line = LINES.get(usize::from(talk.line)).copied().unwrap_or_default();
        let phone = people::phone(seed, talk.customer);
        Some(Subject { row, talk, facts, line, phone, is_old_form, has_ids, mix })
    }

    fn fields(&self, subject: &Subject<'_>, tweak: Tweak, scratch: &mut String, out: &mut Vec<u8>) {
        let Subject { row, talk, facts, line, is_old_form, .. } = *subject;
        let seed = self.data.seed;
        let mut mix = subject.mix.clone();
        let form = Form::at(seed, row, facts, self.now_ms);
        let nulled = NULLABLE.get(row.position as usize % NULLABLE.len()).copied();
        let nulls = [nulled.unwrap_or_default(), "customer_name", "updated_at"];
        let mut object = Object::new(out, if tweak.nulls { &nulls } else { &[] });
        object.digits("id", row.id);
        object.number("channel", 2);
        object.plain("saas_conversation_id", &people::conversation_id(seed, row.conversation));
        if is_old_form {
            object.plain("user_channel_id", line);
        }
        subject.parties(&mut object);
        if let Some(status) = form.status {
            object.plain("status", if tweak.unknown_enum { "teleported" } else { status });
        }
        if !is_old_form {
            self.details(subject, &mut mix, scratch, &mut object);
            object.plain("user_channel_id", line);
        }
        if facts.chat_type != ChatType::System || mix.chance(50) {
            object.digits("customer_id", self.data.customer_id(talk.customer));
            scratch.clear();
            text::write_name(&mut Mix::of(&[seed, 11, talk.customer.into()]), scratch);
            object.text("customer_name", scratch);
            if let Some(agent) = AGENTS.get(usize::from(talk.agent)) {
                self.agent(agent, is_old_form, &mut object);
            }
        }
        object.number("chat_type", facts.chat_type as u64);
        let message_type = facts.kind.message_type();
        object.plain("message_type", if tweak.unknown_enum { "hologram" } else { message_type });
        if is_old_form {
            write_content(&mut mix, facts, talk, scratch);
            object.text("content", scratch);
        }
        if subject.has_ids && facts.chat_type != ChatType::System {
            scratch.clear();
            people::write_wamid(seed, row, subject.phone, facts.chat_type, scratch);
            object.plain("message_id", scratch);
        }
        if let Some(kind) = facts.file {
            scratch.clear();
            self.signer.write_link(&file_path(row, kind), self.links_expire_s, scratch);
            object.plain("media_link", scratch);
            object.plain("mime_type", kind.mime_type());
        }
        if tweak.unknown_enum {
            object.raw("template", templates::UNKNOWN);
        } else if facts.kind == Kind::Template {
            object.raw("template", mix.pick(templates::TEMPLATES));
        }
        if let Some(emoji) = form.user_emoji {
            object.plain("user_emoji", emoji);
        }
        if let Some(remark) = form.remark {
            object.text("remark", remark);
        }
        time(&mut object, "created_at", row.created_ms().div_euclid(1000));
        time(&mut object, "updated_at", form.updated_s);
        if tweak.unknown_keys {
            object.raw("sentiment", r#"{"score":0.25,"labels":["calm",null]}"#);
            object.raw("edit_count", "3");
        }
        object.end();
    }

    /// What was said, and the keys around it.
    fn details(
        &self,
        subject: &Subject<'_>,
        mix: &mut Mix,
        scratch: &mut String,
        object: &mut Object<'_>,
    ) {
        let facts = subject.facts;
        write_content(mix, facts, subject.talk, scratch);
        if !scratch.is_empty() {
            object.text("content", scratch);
        }
        if let Some(quoted) = self.quoted(subject, mix, scratch) {
            object.plain("context", quoted);
        }
        if let Some(kind) = facts.file {
            let is_named = facts.kind == Kind::Document || facts.chat_type == ChatType::Outbound;
            // what customers send often has no name
            if is_named || mix.chance(30) {
                scratch.clear();
                write_filename(mix, kind, scratch);
                object.text("filename", scratch);
            }
        }
        if subject.has_ids {
            object.digits("tenant_id", self.tenant_id);
        }
    }

    fn agent(&self, agent: &Agent, is_old_form: bool, object: &mut Object<'_>) {
        object.plain("agent_id", agent.id);
        if is_old_form {
            object.plain("agent_name", agent.account);
            return;
        }
        object.text("agent_name", agent.name);
        match self.asked_account {
            Some(asked) => object.text("agent_account", asked),
            None => object.plain("agent_account", agent.account),
        }
    }

    /// The message id of an earlier record of the conversation, for the few that quote one.
    fn quoted<'s>(
        &self,
        subject: &Subject<'_>,
        mix: &mut Mix,
        scratch: &'s mut String,
    ) -> Option<&'s str> {
        if subject.facts.kind != Kind::Text || !mix.chance(4) {
            return None;
        }
        let back = u32::try_from(mix.between(1, 6)).ok()?;
        let quoted = Row { position: subject.row.position.checked_sub(back)?, ..subject.row };
        let seed = self.data.seed;
        let chat_type = Facts::of(seed, quoted).chat_type;
        if chat_type == ChatType::System {
            return None;
        }
        scratch.clear();
        people::write_wamid(seed, quoted, subject.phone, chat_type, scratch);
        Some(scratch)
    }
}

/// A record about to be written.
struct Subject<'a> {
    row: Row,
    talk: &'a Conversation,
    facts: Facts,
    line: &'static str,
    phone: u64,
    /// The oldest form of the vendor's answers has fewer keys, in another order.
    is_old_form: bool,
    /// Media records come with and without message and tenant ids.
    has_ids: bool,
    mix: Mix,
}

impl Subject<'_> {
    fn parties(&self, object: &mut Object<'_>) {
        match self.facts.chat_type {
            ChatType::Inbound => {
                object.digits("from", self.phone);
                object.plain("to", self.line);
            }
            ChatType::Outbound => {
                object.plain("from", self.line);
                object.digits("to", self.phone);
            }
            ChatType::System => {}
        }
    }
}

/// A wall-clock time.
fn time(object: &mut Object<'_>, key: &str, wall_s: i64) {
    object.with(key, |out| {
        out.push(b'"');
        wall::write(wall_s, out);
        out.push(b'"');
    });
}

/// The path of a record's file on the media host.
pub(super) fn file_path(row: Row, kind: FileKind) -> String {
    format!("nxlink/{}.{}", row.id, kind.extension())
}

/// Appends what `content` holds: text, JSON in a text for kinds without a field of their own, nothing for the rest.
fn write_content(mix: &mut Mix, facts: Facts, talk: &Conversation, out: &mut String) {
    out.clear();
    match facts.kind {
        Kind::Text => {
            text::write_message(mix, talk.topic.into(), facts.chat_type == ChatType::Inbound, out);
        }
        Kind::System => {
            out.push_str(mix.pick(&[
                "会话已分配给坐席",
                "会话已结束",
                "客户已被转接",
                "会话超时自动关闭",
                "坐席邀请客户评价",
            ]));
        }
        // writing to a String cannot fail
        Kind::Location => {
            let (latitude, longitude) = (mix.between(1, 39), mix.between(100, 121));
            let (minutes, seconds) = (mix.below(1000), mix.below(1000));
            let city = text::city(mix);
            let _ = write!(
                out,
                r#"{{"latitude":{latitude}.{minutes:03},"longitude":{longitude}.{seconds:03},"name":"{city}","address":"{city}市中心"}}"#
            );
        }
        Kind::Sticker => {
            let _ = write!(
                out,
                r#"{{"id":"{}","mime_type":"image/webp","animated":{}}}"#,
                mix.below(1 << 40),
                mix.chance(30)
            );
        }
        Kind::Button => {
            let text = mix.pick(&["查看物流", "了解詳情", "Stop promotions", "联系客服"]);
            let _ = write!(out, r#"{{"text":"{text}","payload":"BTN-{}"}}"#, mix.below(100));
        }
        Kind::Contacts => {
            let mut name = String::new();
            text::write_name(mix, &mut name);
            let phone = 99_930_000_000 + mix.below(9_999_999);
            let contact = serde_json::json!([{"name": {"formatted_name": name}, "phones": [{"phone": format!("+{phone}"), "type": "CELL"}]}]);
            let _ = write!(out, "{contact}");
        }
        Kind::Image | Kind::Document | Kind::Video | Kind::Audio | Kind::Voice | Kind::Template => {
        }
    }
}

fn write_filename(mix: &mut Mix, kind: FileKind, out: &mut String) {
    let stems: &[&str] = match kind {
        FileKind::Pdf | FileKind::Txt => {
            &["发票", "合同-最终版", "Invoice 2025", "保修卡", "报价单(1)", "../../订单明细"]
        }
        FileKind::Mp4 => &["开箱视频", "VID_20250612", "故障演示"],
        FileKind::Ogg | FileKind::Mp3 => &["语音", "PTT-20250612-WA0001"],
        FileKind::Jpeg | FileKind::Png => {
            &["樱花", "截图 2025-06-12", "IMG_0042", "快递面单", "付款凭证", "👍"]
        }
    };
    out.push_str(mix.pick(stems));
    out.push('.');
    out.push_str(kind.extension());
}
