//! Messages as JSON text: in the form of `chat/record`, which has three keys, and in that of `chat/history/detail`.

use super::{
    Details, JijyunOptions,
    data::{Conversation, Data, Row},
    facts::{Facts, Kind, Part},
    people, talk,
};
use crate::{
    faults::{BadForm, Tweak},
    json::Object,
    mix::Mix,
    text,
};

/// A row that is no record.
pub(super) const LOST_ROW: &[u8] = b"\"### ERROR: row lost ###\"";

/// A key and a value that no document names.
pub(super) const UNKNOWN_KEY: (&str, &str) =
    ("sentiment", r#"{"score":0.25,"labels":["calm",null]}"#);

/// What all messages of an answer have in common.
pub(super) struct Renderer<'a> {
    pub(super) data: &'a Data,
    pub(super) options: &'a JijyunOptions,
    pub(super) media_url: &'a str,
    /// Taken out and put back, so that messages share one allocation.
    pub(super) scratch: String,
}

/// A message about to be written.
pub(super) struct Subject<'a> {
    pub(super) row: Row,
    pub(super) talk: &'a Conversation,
    pub(super) facts: Facts,
}

impl<'a> Renderer<'a> {
    /// Appends a message as `chat/record` sends it.
    pub(super) fn record(&mut self, row: Row, tweak: Tweak, out: &mut Vec<u8>) {
        match tweak.bad {
            Some(BadForm::Text) => return out.extend_from_slice(LOST_ROW),
            Some(BadForm::Id) => {
                let bad = br#"{"content":{},"message_type":[],"sender_type":{}}"#;
                return out.extend_from_slice(bad);
            }
            None => {}
        }
        let Some(subject) = self.subject(row) else { return };
        let facts = subject.facts;
        let mut content = std::mem::take(&mut self.scratch);
        content.clear();
        content.push_str(talk::label(self.data, row, facts));
        self.write_content(&subject, &mut content);

        let nulled = nulled(["content", "message_type", "sender_type"], row, tweak);
        let mut object = Object::new(out, nulled.as_slice());
        object.text("content", &content);
        object.plain(
            "message_type",
            match facts.part {
                _ if tweak.unknown_enum => "视频对话",
                Part::Ai => "AI对话",
                Part::Human => "人工对话",
            },
        );
        match facts.part {
            _ if tweak.unknown_enum => object.plain("sender_type", "质检员"),
            _ if facts.inbound => object.plain("sender_type", "用户"),
            Part::Ai => object.text("sender_type", &self.options.ai_sender),
            Part::Human => object.plain("sender_type", "客服"),
        }
        if tweak.unknown_keys {
            object.raw(UNKNOWN_KEY.0, UNKNOWN_KEY.1);
        }
        object.end();
        self.scratch = content;
    }

    /// Appends a message as `chat/history/detail` sends it.
    pub(super) fn detail(&mut self, row: Row, tweak: Tweak, out: &mut Vec<u8>) {
        match tweak.bad {
            Some(BadForm::Text) => return out.extend_from_slice(LOST_ROW),
            Some(BadForm::Id) => {
                let bad = br#"{"message_id":{},"message_content":7,"message_forward_type":[]}"#;
                return out.extend_from_slice(bad);
            }
            None => {}
        }
        let Some(subject) = self.subject(row) else { return };
        let facts = subject.facts;
        let is_pushed_form = self.options.details == Details::Pushed;
        let nullable = ["message_content", "message_forward_type", "message_create_time"];
        let nulled = nulled(nullable, row, tweak);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        people::write_message_id(self.data.seed, facts.key, facts.inbound, &mut scratch);

        let mut object = Object::new(out, nulled.as_slice());
        object.plain("message_id", &scratch);
        if is_pushed_form {
            object.number(
                "message_type",
                match facts.kind {
                    _ if tweak.unknown_enum => 99,
                    Kind::Text => 2,
                    Kind::Voice => 3,
                    Kind::Video => 6,
                    Kind::File => 8,
                    Kind::Image => 9,
                },
            );
        }
        object.with("message_content", |out| self.write_details(&subject, &mut scratch, out));
        object.plain(
            "message_forward_type",
            match facts.inbound {
                _ if tweak.unknown_enum => "sideways",
                true => "incoming",
                false => "outgoing",
            },
        );
        if is_pushed_form {
            object.number("message_create_time", row.sent_ms().cast_unsigned());
            object.with("user", |out| self.write_user(&subject, &mut scratch, out));
        }
        if tweak.unknown_keys {
            object.raw(UNKNOWN_KEY.0, UNKNOWN_KEY.1);
        }
        object.end();
        self.scratch = scratch;
    }

    pub(super) fn subject(&self, row: Row) -> Option<Subject<'a>> {
        let talk = self.data.conversation(row)?;
        Some(Subject { row, talk, facts: Facts::of(self.data, talk, row) })
    }

    /// The link to a message's file and its name.
    pub(super) fn file(&self, subject: &Subject<'_>) -> Option<(String, String)> {
        let kind = subject.facts.file?;
        let mut name = String::new();
        talk::write_file_name(self.data, subject.row, kind, &mut name);
        Some((format!("{}/{}", self.media_url, talk::file_path(subject.row, kind)), name))
    }

    /// The length of a message's file; 0 if it has none.
    pub(super) fn file_len(&self, subject: &Subject<'_>) -> u64 {
        let Subject { row, facts, .. } = subject;
        facts.file.map_or(0, |kind| {
            talk::file_bytes(self.data, *row, kind, self.options.media_bytes).len() as u64
        })
    }

    /// Appends what was said, without any label.
    fn write_content(&self, subject: &Subject<'_>, out: &mut String) {
        let Subject { row, talk, facts } = subject;
        match self.file(subject) {
            None => talk::write_words(self.data, talk, *row, *facts, out),
            Some((link, name)) => {
                talk::write_media(self.options.media_content, facts.kind, &link, &name, out);
            }
        }
    }

    fn write_details(&self, subject: &Subject<'_>, scratch: &mut String, out: &mut Vec<u8>) {
        let (link, name) = self.file(subject).unwrap_or_default();
        let mut object = Object::new(out, &[]);
        match subject.facts.kind {
            Kind::Text => {
                let Subject { row, talk, facts } = subject;
                scratch.clear();
                talk::write_words(self.data, talk, *row, *facts, scratch);
                object.text("text", scratch);
            }
            Kind::Image => object.plain("url", &link),
            Kind::Video => object.plain("video_url", &link),
            Kind::Voice => {
                object.plain("voice_url", &link);
                object.number("duration", 1 + u64::from(subject.row.position % 59));
                object.text("text", "（语音转写）好的，知道了");
            }
            Kind::File => {
                // a JSON document in a text
                let mut json = Vec::new();
                let mut file = Object::new(&mut json, &[]);
                file.plain("fileUrl", &link);
                file.text("name", &name);
                file.number("size", self.file_len(subject));
                file.end();
                object.text("text", &String::from_utf8_lossy(&json));
            }
        }
        object.end();
    }

    fn write_user(&self, subject: &Subject<'_>, scratch: &mut String, out: &mut Vec<u8>) {
        let Subject { talk, facts, .. } = subject;
        let mut object = Object::new(out, &[]);
        if facts.inbound {
            let customer = self.data.customers.get(talk.customer as usize);
            object.plain("user_id", customer.map_or("", |customer| &customer.id));
            scratch.clear();
            write_customer_name(self.data.seed, talk.customer, scratch);
            object.text("user_name", scratch);
            object.number("user_type", 1);
        } else {
            let agent = people::AGENTS.get(usize::from(talk.agent)).copied();
            let ((id, name), user_type) = match facts.part {
                Part::Ai => (people::ASSISTANT, 3),
                Part::Human => (agent.unwrap_or_default(), 2),
            };
            object.plain("user_id", id);
            object.text("user_name", name);
            object.number("user_type", user_type);
        }
        object.end();
    }
}

/// Where a rule wants nulls: one of the keys, in turn.
fn nulled(keys: [&'static str; 3], row: Row, tweak: Tweak) -> Option<&'static str> {
    keys.get(row.position as usize % keys.len()).copied().filter(|_| tweak.nulls)
}

/// Appends a customer's made-up name.
pub(super) fn write_customer_name(seed: u64, customer: u32, out: &mut String) {
    text::write_name(&mut Mix::of(&[seed, 30, customer.into()]), out);
}
