//! Records as the raw endpoints encrypt them: WeCom's names, and what the platform adds to them.

use super::{Fields, Renderer, Subject};
use crate::{
    faults::Tweak,
    mix::Mix,
    myscrm::{
        content::Content,
        facts::{Kind, UNDOCUMENTED},
        timeline::Entry,
    },
};

/// The enterprise at WeCom.
pub(in super::super) const CORP_ID: &str = "ww51a0c0ffee000001";

/// The enterprise on the platform.
const ENTERPRISE_ID: &str = "39f2b6c1-0000-4000-8000-00000000e001";

/// Fields that are turned to null in turn where a rule wants nulls.
const NULLABLE: [&str; 7] =
    ["msgtime", "msgtype", "from", "tolist", "msgid", "action", "is_revoke"];

impl Renderer<'_> {
    pub(super) fn raw(&self, subject: &Subject<'_>, tweak: Tweak, out: &mut Vec<u8>) {
        let Subject { entry, chat, facts, id, .. } = subject;
        let nulled = NULLABLE.get(entry.row.position as usize % NULLABLE.len()).copied();
        let nulls = [nulled.unwrap_or_default(), "roomid", "revoke_time"];
        let nulls: &[_] = if tweak.nulls { &nulls } else { &[] };
        let (action, msgtype) = match entry.is_recall {
            _ if tweak.unknown_enum => ("teleport", "hologram"),
            true => ("recall", "revoke"),
            false => ("send", facts.kind.msgtype()),
        };
        let tells = !entry.is_recall && !self.world.options.recalls_apart;
        let recalled_ms = self.recalled_ms(*entry).filter(|_| tells);
        let mut fields = Fields::new(out, nulls, self.world.habits());
        fields.text("action", action);
        fields.text("chat_id", &chat.id);
        fields.text("chat_record_id", id);
        fields.text("corp_id", CORP_ID);
        fields.text("e_id", ENTERPRISE_ID);
        fields.text("msgid", &self.msgid(*entry));
        fields.time("msgtime", entry.at_ms);
        fields.text("msgtype", msgtype);
        fields.text("roomid", &chat.room_id);
        fields.text("from", self.sender(subject));
        fields.texts("tolist", self.receivers(subject));
        fields.int("is_revoke", recalled_ms.is_some().into());
        fields.time("revoke_time", recalled_ms.unwrap_or(0));
        fields.text("voiceid", "");
        fields.text("voipid", "");
        let sender_type = if facts.sender.is_employee { 1 } else { 2 };
        fields.int("sender_type", if tweak.unknown_enum { 9 } else { sender_type });
        if tweak.unknown_keys {
            fields.raw("sentiment", r#"{"score":0.25,"labels":["calm",null]}"#);
            fields.raw("edit_count", "3");
        }
        if entry.is_recall {
            let recalled = Entry::message(entry.row);
            fields.object("revoke", |body| body.text("pre_msgid", &self.msgid(recalled)));
        } else {
            self.wecom_body(subject, &mut fields);
        }
        fields.end();
    }

    fn wecom_body(&self, subject: &Subject<'_>, fields: &mut Fields<'_>) {
        let Subject { facts, content, .. } = subject;
        let key = match facts.kind {
            Kind::Docmsg => "doc",
            Kind::Undocumented(index) => {
                if let Some(kind) = UNDOCUMENTED.get(index) {
                    fields.raw(kind.key, kind.body);
                }
                return;
            }
            kind => kind.msgtype(),
        };
        fields.object(key, |body| match facts.kind {
            Kind::Text => body.text("content", &content.text),
            Kind::Image => {
                self.stored(subject, "filesize", body);
                self.thumb_field(subject, body);
            }
            Kind::Video => {
                body.int("play_length", content.seconds);
                self.stored(subject, "filesize", body);
            }
            Kind::Voice => {
                body.int("play_length", content.seconds);
                self.stored(subject, "voice_size", body);
            }
            Kind::File => {
                body.text("filename", &content.name);
                body.text("fileext", content.file.map_or("", |kind| kind.extension()));
                self.stored(subject, "filesize", body);
            }
            Kind::Emotion => {
                body.int("type", content.variant);
                body.int("width", content.width);
                body.int("height", content.height);
                self.stored(subject, "imagesize", body);
                self.thumb_field(subject, body);
            }
            _ => words(facts.kind, content, body),
        });
    }

    /// What every body with a file has.
    fn stored(&self, subject: &Subject<'_>, size_key: &str, body: &mut Fields<'_>) {
        let Subject { entry, content, .. } = subject;
        let Some(kind) = content.file else { return };
        let file = self.world.file_facts(entry.row, kind);
        body.int(size_key, file.size);
        body.text("md5sum", &hex::encode(file.md5));
        let mut mix =
            Mix::of(&[self.data.seed, 13, entry.row.chat.into(), entry.row.position.into()]);
        body.text("sdkfileid", &format!("CtYB{:016x}{:016x}==", mix.next(), mix.next()));
        body.text("oss_url", &self.link(subject, Some(kind)));
    }

    fn thumb_field(&self, subject: &Subject<'_>, body: &mut Fields<'_>) {
        if self.thumb.is_some() {
            body.text("thumb_url", &self.thumb_link(subject, subject.content.file));
        }
    }
}

/// The bodies without files.
fn words(kind: Kind, content: &Content, body: &mut Fields<'_>) {
    match kind {
        Kind::Agree => {
            body.text("userid", &content.user_id);
            body.long("agree_time", content.agreed_ms);
        }
        Kind::Disagree => {
            body.text("userid", &content.user_id);
            body.long("disagree_time", content.agreed_ms);
        }
        Kind::Miniprogram => {
            body.text("title", &content.title);
            body.text("description", &content.description);
            body.text("username", &content.user_id);
            body.text("displayname", &content.name);
        }
        Kind::Redpacket => {
            body.int("type", content.variant);
            body.text("wish", &content.name);
            body.int("totalcnt", content.count);
            body.int("totalamount", content.amount);
        }
        Kind::Link => {
            body.text("title", &content.title);
            body.text("description", &content.description);
            body.text("link_url", &content.url);
            body.text("image_url", &content.picture_url);
        }
        Kind::Card => {
            body.text("corpname", &content.name);
            body.text("userid", &content.user_id);
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
        _ => {}
    }
}
