//! Records as JSON text, with the keys and the order of keys of the vendor's samples.

mod fields;
mod plain;
mod raw;

use super::{
    calls::Thumb, content::Content, data::Data, facts::Facts, ids, keywords::Rules, late,
    people::Chat, timeline::Entry, world::World,
};
pub(super) use fields::{Fields, Habits};
pub(super) use raw::CORP_ID;

use crate::{
    faults::{BadForm, Tweak},
    media::FileKind,
};

/// What all records of an answer have in common.
pub(super) struct Renderer<'a> {
    pub(super) world: &'a World,
    pub(super) data: &'a Data,
    /// As WeCom has records, to be encrypted.
    pub(super) is_raw: bool,
    pub(super) now_ms: i64,
    /// When media links issued now expire, Unix seconds.
    pub(super) links_expire_s: i64,
    pub(super) thumb: Option<&'a Thumb>,
    pub(super) rules: Rules,
}

/// A record about to be written.
struct Subject<'a> {
    entry: Entry,
    chat: &'a Chat,
    facts: Facts,
    content: Content,
    id: String,
}

impl Renderer<'_> {
    /// Appends a record.
    pub(super) fn record(&self, entry: Entry, tweak: Tweak, out: &mut Vec<u8>) {
        match tweak.bad {
            Some(BadForm::Text) => return out.extend_from_slice(b"\"### ERROR: row lost ###\""),
            Some(BadForm::Id) => {
                let bad =
                    br#"{"chat_record_id":{},"type":[],"msgtype":7,"text":{"unexpected":true}}"#;
                return out.extend_from_slice(bad);
            }
            None => {}
        }
        let Some(subject) = self.subject(entry) else { return };
        if self.is_raw {
            self.raw(&subject, tweak, out);
        } else {
            self.plain(&subject, tweak, out);
        }
    }

    fn subject(&self, entry: Entry) -> Option<Subject<'_>> {
        let chat = self.data.chat(entry.row)?;
        let facts = self.world.facts(chat, entry.row)?;
        let content = Content::of(self.data, chat, entry.row, facts);
        Some(Subject { entry, chat, facts, content, id: self.world.record_id(entry) })
    }

    /// When the message was recalled, if it was by now.
    fn recalled_ms(&self, entry: Entry) -> Option<i64> {
        late::recall_ms(self.data.seed, entry.row).filter(|at_ms| *at_ms <= self.now_ms)
    }

    fn sender<'s>(&'s self, subject: &Subject<'_>) -> &'s str {
        self.data.person(subject.facts.sender).map_or("", |person| &person.id)
    }

    fn receivers<'s>(&'s self, subject: &'s Subject<'_>) -> impl Iterator<Item = &'s str> {
        let members = subject.chat.members.iter();
        let others = members.filter(|member| **member != subject.facts.sender);
        others.filter_map(|member| Some(self.data.person(*member)?.id.as_str()))
    }

    /// A link to the file of a message, or an empty text if it has none.
    fn link(&self, subject: &Subject<'_>, kind: Option<FileKind>) -> String {
        self.signed(subject, kind, None)
    }

    /// A link to the smaller picture, or an empty text if none was asked for.
    fn thumb_link(&self, subject: &Subject<'_>, kind: Option<FileKind>) -> String {
        match self.thumb {
            Some(thumb) => self.signed(subject, kind, Some(thumb)),
            None => String::new(),
        }
    }

    fn signed(
        &self,
        subject: &Subject<'_>,
        kind: Option<FileKind>,
        thumb: Option<&Thumb>,
    ) -> String {
        let mut link = String::new();
        if let Some(kind) = kind {
            let path = file_path(&subject.id, kind, thumb.map(|thumb| thumb.digest.as_str()));
            self.world.signer.write_link(&path, self.links_expire_s, &mut link);
        }
        link
    }

    fn msgid(&self, entry: Entry) -> String {
        let mut id = String::with_capacity(64);
        ids::write_msgid(self.data.seed, entry, &mut id);
        id
    }
}

/// The path of a record's file on the media host, or of a smaller picture of it.
pub(super) fn file_path(id: &str, kind: FileKind, thumb: Option<&str>) -> String {
    let extension = kind.extension();
    match thumb {
        None => format!("myscrm/{id}.{extension}"),
        Some(digest) => format!("myscrm/{id}_{digest}.{extension}"),
    }
}
