//! The bodies of plain records.

use chat_core::Kind;

use super::{Part, Parts, file, place};
use crate::records::bodies::{
    Card, Document, Emotion, File, Image, Link, Location, MiniProgram, RedPacket, Text, Video,
    Voice,
};
use crate::records::{MessageType, Record};

/// What the body of the record's type holds. Others may be there, and count for nothing.
pub(super) fn parts(record: &Record) -> Parts {
    let Some(word) = &record.message_type else { return Parts::default() };
    match word {
        MessageType::Text => Parts::of(record.text.as_deref()),
        MessageType::Image => Parts::of(record.image.as_deref()),
        MessageType::Video => Parts::of(record.video.as_deref()),
        MessageType::Voice => Parts::of(record.voice.as_deref()),
        MessageType::File => Parts::of(record.file.as_deref()),
        MessageType::MiniProgram | MessageType::Weapp => Parts::of(record.mini_program.as_deref()),
        MessageType::RedPacket | MessageType::ExternalRedPacket => {
            Parts::of(record.red_packet.as_deref())
        }
        MessageType::Link => Parts::of(record.link.as_deref()),
        MessageType::Card => Parts::of(record.card.as_deref()),
        MessageType::Location => Parts::of(record.location.as_deref()),
        MessageType::Docmsg | MessageType::Doc => Parts::of(record.document.as_deref()),
        MessageType::Emotion => Parts::of(record.emotion.as_deref()),
        // consent says all by its kind; of the others the vendor shows no body
        _ => Parts::default(),
    }
}

impl Part for Text {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.content.as_ref());
    }
}

impl Part for Image {
    fn add_to(&self, parts: &mut Parts) {
        parts.files.push(file(Kind::Image, self.oss_url.as_ref(), None, None, None));
    }
}

impl Part for Video {
    fn add_to(&self, parts: &mut Parts) {
        parts.files.push(file(Kind::Video, self.oss_url.as_ref(), None, None, self.length_s));
    }
}

impl Part for Voice {
    fn add_to(&self, parts: &mut Parts) {
        parts.files.push(file(Kind::Voice, self.oss_url.as_ref(), None, None, self.length_s));
    }
}

impl Part for File {
    fn add_to(&self, parts: &mut Parts) {
        let (url, name) = (self.oss_url.as_ref(), self.file_name.as_ref());
        parts.files.push(file(Kind::File, url, name, self.size_bytes, None));
    }
}

impl Part for MiniProgram {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.description, &self.miniprogram_name]);
    }
}

impl Part for RedPacket {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.wish.as_ref());
    }
}

impl Part for Link {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.description, &self.url]);
    }
}

impl Part for Card {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.corp_name, &self.user_id]);
    }
}

impl Part for Location {
    fn add_to(&self, parts: &mut Parts) {
        let (title, address) = (self.title.as_ref(), self.address.as_ref());
        parts.line(place(title, address, self.latitude, self.longitude).as_ref());
    }
}

impl Part for Document {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.link_url]);
    }
}

impl Part for Emotion {
    fn add_to(&self, parts: &mut Parts) {
        parts.files.push(file(Kind::Emotion, self.oss_url.as_ref(), None, self.size_bytes, None));
    }
}
