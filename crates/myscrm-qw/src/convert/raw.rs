//! The bodies of raw records, and the bodies in texts inside of them.

use chat_core::Kind;
use serde::Deserialize;

use super::{Part, Parts, file, place};
use crate::records::MessageType;
use crate::records::raw::RawRecord;
use crate::records::raw::bodies::{
    Calendar, Call, Card, ChannelFeed, ChatRecord, Collect, Document, Emotion, File, Image, Info,
    Link, Location, Meeting, Mixed, RedPacket, SharedDocument, Text, Todo, Video, Voice, Vote,
    Weapp,
};

/// Messages passed on inside of messages are followed so far.
const DEEPEST: u8 = 8;

/// What the body of the record's type holds.
pub(super) fn parts(record: &RawRecord) -> Parts {
    let Some(word) = &record.message_type else { return Parts::default() };
    match word {
        MessageType::Text => Parts::of(record.text.as_deref()),
        MessageType::Image => Parts::of(record.image.as_deref()),
        MessageType::Voice => Parts::of(record.voice.as_deref()),
        MessageType::Video => Parts::of(record.video.as_deref()),
        MessageType::Card => Parts::of(record.card.as_deref()),
        MessageType::Location => Parts::of(record.location.as_deref()),
        MessageType::Emotion => Parts::of(record.emotion.as_deref()),
        MessageType::File => Parts::of(record.file.as_deref()),
        MessageType::Link => Parts::of(record.link.as_deref()),
        MessageType::Weapp | MessageType::MiniProgram => Parts::of(record.weapp.as_deref()),
        MessageType::ChatRecord => Parts::of(record.chat_record.as_deref()),
        MessageType::Todo => Parts::of(record.todo.as_deref()),
        MessageType::Vote => Parts::of(record.vote.as_deref()),
        MessageType::Collect => Parts::of(record.collect.as_deref()),
        MessageType::RedPacket | MessageType::ExternalRedPacket => {
            Parts::of(record.red_packet.as_deref())
        }
        MessageType::Meeting => Parts::of(record.meeting.as_deref()),
        MessageType::Docmsg | MessageType::Doc => Parts::of(record.document.as_deref()),
        MessageType::Markdown
        | MessageType::News
        | MessageType::MeetingNotification
        | MessageType::VoipText
        | MessageType::QyDiskFile => Parts::of(record.info.as_deref()),
        MessageType::Calendar => Parts::of(record.calendar.as_deref()),
        MessageType::Mixed => Parts::of(record.mixed.as_deref()),
        MessageType::MeetingVoiceCall => Parts::of(record.call.as_deref()),
        MessageType::VoipDocShare => Parts::of(record.shared_document.as_deref()),
        MessageType::ChannelFeed => Parts::of(record.channel_feed.as_deref()),
        // consent and recalls say all by their kind
        MessageType::Revoke
        | MessageType::Agree
        | MessageType::Disagree
        | MessageType::Other(_) => Parts::default(),
    }
}

/// Reads a body that is JSON in a text. What is no JSON is shown as it stands; what is JSON of
/// another shape is not, for there may be links in it.
fn add_inner(word: &str, json: &str, parts: &mut Parts) {
    fn read<P: Part + for<'a> Deserialize<'a>>(json: &str, parts: &mut Parts) -> bool {
        // without the look ahead a bare list would be read into the fields in their order
        let body = json.trim_start().starts_with('{').then(|| serde_json::from_str::<P>(json).ok());
        body.flatten().inspect(|body| body.add_to(parts)).is_some()
    }
    let done = match MessageType::from(word) {
        MessageType::Text => read::<Text>(json, parts),
        MessageType::Image => read::<Image>(json, parts),
        MessageType::Voice => read::<Voice>(json, parts),
        MessageType::Video => read::<Video>(json, parts),
        MessageType::Card => read::<Card>(json, parts),
        MessageType::Location => read::<Location>(json, parts),
        MessageType::Emotion => read::<Emotion>(json, parts),
        MessageType::File => read::<File>(json, parts),
        MessageType::Link => read::<Link>(json, parts),
        MessageType::Weapp | MessageType::MiniProgram => read::<Weapp>(json, parts),
        MessageType::ChatRecord => read::<ChatRecord>(json, parts),
        MessageType::Mixed => read::<Mixed>(json, parts),
        MessageType::Docmsg | MessageType::Doc => read::<Document>(json, parts),
        MessageType::Markdown | MessageType::News => read::<Info>(json, parts),
        MessageType::ChannelFeed => read::<ChannelFeed>(json, parts),
        _ => false,
    };
    if !(done || json.is_empty() || json.trim_start().starts_with(['{', '['])) {
        parts.lines.push(json.to_owned());
    }
}

fn add_items<'a>(
    items: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    parts: &mut Parts,
) {
    if parts.depth == DEEPEST {
        return;
    }
    parts.depth += 1;
    for (word, content) in items {
        if let Some(content) = content {
            add_inner(word.unwrap_or_default(), content, parts);
        }
    }
    parts.depth -= 1;
}

impl Part for Mixed {
    fn add_to(&self, parts: &mut Parts) {
        let items = self.items.iter();
        add_items(items.map(|i| (i.item_type.as_deref(), i.content.as_deref())), parts);
    }
}

impl Part for ChatRecord {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.title.as_ref());
        let items = self.items.iter().map(|item| {
            let word = item.item_type.as_deref();
            let word = word.map(|word| word.strip_prefix("ChatRecord").unwrap_or(word));
            (word, item.content.as_deref())
        });
        add_items(items, parts);
    }
}

impl Part for Text {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.content.as_ref());
    }
}

impl Part for Image {
    fn add_to(&self, parts: &mut Parts) {
        parts.files.push(file(Kind::Image, self.oss_url.as_ref(), None, self.size_bytes, None));
    }
}

impl Part for Voice {
    fn add_to(&self, parts: &mut Parts) {
        let url = self.oss_url.as_ref();
        parts.files.push(file(Kind::Voice, url, None, self.size_bytes, self.length_s));
    }
}

impl Part for Video {
    fn add_to(&self, parts: &mut Parts) {
        let url = self.oss_url.as_ref();
        parts.files.push(file(Kind::Video, url, None, self.size_bytes, self.length_s));
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

impl Part for Emotion {
    fn add_to(&self, parts: &mut Parts) {
        parts.files.push(file(Kind::Emotion, self.oss_url.as_ref(), None, self.size_bytes, None));
    }
}

impl Part for File {
    fn add_to(&self, parts: &mut Parts) {
        let (url, name) = (self.oss_url.as_ref(), self.file_name.as_ref());
        parts.files.push(file(Kind::File, url, name, self.size_bytes, None));
    }
}

impl Part for Link {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.description, &self.url]);
    }
}

impl Part for Weapp {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.description, &self.display_name]);
    }
}

impl Part for Todo {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.content]);
    }
}

impl Part for Vote {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.title.as_ref());
        parts.lines.extend(self.items.iter().cloned());
    }
}

impl Part for Collect {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.title.as_ref());
        parts.lines(self.details.iter().map(|question| &question.question));
    }
}

impl Part for RedPacket {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.wish.as_ref());
    }
}

impl Part for Meeting {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.topic, &self.address, &self.remarks]);
    }
}

impl Part for Document {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.link_url]);
    }
}

impl Part for Info {
    fn add_to(&self, parts: &mut Parts) {
        parts.line(self.content.as_ref());
        for article in &self.articles {
            parts.lines([&article.title, &article.description, &article.url]);
        }
        if let Some(name) = &self.file_name {
            parts.files.push(file(Kind::File, None, Some(name), None, None));
        }
    }
}

impl Part for Calendar {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.title, &self.place, &self.remarks]);
    }
}

impl Part for Call {
    fn add_to(&self, parts: &mut Parts) {
        parts.files.push(file(Kind::Audio, self.oss_url.as_ref(), None, None, None));
    }
}

impl Part for SharedDocument {
    fn add_to(&self, parts: &mut Parts) {
        let (url, name) = (self.oss_url.as_ref(), self.file_name.as_ref());
        parts.files.push(file(Kind::File, url, name, self.size_bytes, None));
    }
}

impl Part for ChannelFeed {
    fn add_to(&self, parts: &mut Parts) {
        parts.lines([&self.channel_name, &self.description]);
    }
}
