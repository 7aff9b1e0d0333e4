//! Records as `chat-record/pull` sends them: the platform's own names.

use super::{Fields, Renderer, Subject};
use crate::{
    faults::Tweak,
    myscrm::{
        content::Content,
        facts::{DOCUMENTED, Kind},
    },
};

/// Fields that are turned to null in turn where a rule wants nulls.
const NULLABLE: [&str; 7] =
    ["send_time", "type", "sender_id", "receiver_ids", "qw_chat_record_id", "action", "is_recall"];

impl Renderer<'_> {
    pub(super) fn plain(&self, subject: &Subject<'_>, tweak: Tweak, out: &mut Vec<u8>) {
        let Subject { entry, facts, content, id, .. } = subject;
        let nulled = NULLABLE.get(entry.row.position as usize % NULLABLE.len()).copied();
        let nulls = [nulled.unwrap_or_default(), "hit_keyword_rules", "recall_time"];
        let nulls: &[_] = if tweak.nulls { &nulls } else { &[] };
        let mut fields = Fields::new(out, nulls, self.world.habits());
        fields.text("chat_record_id", id);
        fields.text("qw_chat_record_id", &self.msgid(*entry));
        fields.text("action", if tweak.unknown_enum { "teleport" } else { "send" });
        fields.text("sender_id", self.sender(subject));
        fields.texts("receiver_ids", self.receivers(subject));
        fields.time("send_time", entry.at_ms);
        fields.text("type", if tweak.unknown_enum { "hologram" } else { facts.kind.plain_type() });
        if tweak.unknown_keys {
            fields.raw("sentiment", r#"{"score":0.25,"labels":["calm",null]}"#);
        }
        fields.objects("hit_keyword_rules", &self.rules.hits(&content.text), |hit, fields| {
            fields.text("rule_id", hit.rule_id);
            fields.text("rule_name", hit.rule_name);
            fields.texts("keywords", hit.keywords.iter().copied());
        });
        let recalled_ms = self.recalled_ms(*entry);
        fields.flag("is_recall", recalled_ms.is_some());
        fields.time("recall_time", recalled_ms.unwrap_or(0));
        let nothing = Content::default();
        for kind in DOCUMENTED {
            if kind == facts.kind {
                fields.object(kind.plain_type(), |body| self.body(subject, kind, content, body));
            } else if self.world.options.all_bodies {
                fields.object(kind.plain_type(), |body| self.body(subject, kind, &nothing, body));
            }
        }
        if tweak.unknown_keys {
            fields.raw("edit_count", "3");
        }
        fields.end();
    }

    fn body(&self, subject: &Subject<'_>, kind: Kind, content: &Content, body: &mut Fields<'_>) {
        let size =
            || content.file.map_or(0, |file| self.world.file_facts(subject.entry.row, file).size);
        match kind {
            Kind::Text => body.text("content", &content.text),
            Kind::Image => {
                body.text("oss_url", &self.link(subject, content.file));
                body.text("thumb_url", &self.thumb_link(subject, content.file));
            }
            Kind::Video | Kind::Voice => {
                body.text("oss_url", &self.link(subject, content.file));
                body.int("length", content.seconds);
            }
            Kind::Agree => {
                body.text("user_id", &content.user_id);
                body.long("agree_time", content.agreed_ms);
            }
            Kind::Disagree => {
                body.text("user_id", &content.user_id);
                body.long("disagree_time", content.agreed_ms);
            }
            Kind::File => {
                body.text("oss_url", &self.link(subject, content.file));
                body.text("filename", &content.name);
                body.long("size", size());
            }
            Kind::Miniprogram => {
                body.text("title", &content.title);
                body.text("description", &content.description);
                body.text("username", &content.user_id);
                body.text("miniprogram_name", &content.name);
            }
            Kind::Redpacket => {
                body.int("type", content.variant);
                body.text("wish", &content.name);
                body.int("count", content.count);
                body.int("total_amount", content.amount);
            }
            Kind::Link => {
                body.text("title", &content.title);
                body.text("description", &content.description);
                body.text("url", &content.url);
                body.text("image_url", &content.picture_url);
            }
            Kind::Card => {
                body.text("corp_name", &content.name);
                body.text("user_id", &content.user_id);
            }
            Kind::Location => {
                body.float("longitude", &content.longitude);
                body.float("latitude", &content.latitude);
                body.text("address", &content.description);
                body.text("title", &content.title);
                body.int("zoom", content.zoom);
            }
            Kind::Docmsg => {
                body.text("title", &content.title);
                body.text("link_url", &content.url);
                body.text("doc_creator", &content.name);
            }
            Kind::Emotion => {
                body.int("type", content.variant);
                body.int("width", content.width);
                body.int("height", content.height);
                body.text("oss_url", &self.link(subject, content.file));
                body.long("size", size());
                body.text("thumb_url", &self.thumb_link(subject, content.file));
            }
            Kind::Undocumented(_) => {}
        }
    }
}
