//! What messages say: words, links to files, and the names of files.

use super::{
    data::{Conversation, Data, Row},
    facts::{Facts, Kind, Part},
    options::MediaContent,
};
use crate::{
    json::Object,
    media::{self, FileKind},
    mix::Mix,
    text,
};

/// What is said again and again.
const SHORT: &[&str] = &["ok", "ok", "好的", "嗯嗯"];

/// Words that come before what is said to and by people.
const VISITOR: &str = "访客发送: ";
const AGENT: [&str; 2] = ["人工回复: ", "客服回复: "];

/// Appends the words of a message.
pub(super) fn write_words(
    data: &Data,
    talk: &Conversation,
    row: Row,
    facts: Facts,
    out: &mut String,
) {
    if let Some(said) = data.said(row) {
        out.push_str(said);
        return;
    }
    let mut mix = stream(data, row, facts, 36);
    if facts.inbound && mix.chance(10) {
        out.push_str(mix.pick(SHORT));
    } else {
        text::write_message(&mut mix, talk.topic.into(), facts.inbound, out);
    }
}

/// The label that `chat/record` puts before a message.
pub(super) fn label(data: &Data, row: Row, facts: Facts) -> &'static str {
    match facts.part {
        Part::Ai => "",
        Part::Human if facts.inbound => VISITOR,
        Part::Human => stream(data, row, facts, 37).pick(&AGENT),
    }
}

/// The path of a message's file on the media host.
pub(super) fn file_path(row: Row, kind: FileKind) -> String {
    format!("jijyun/{}.{}", row.id, kind.extension())
}

/// The bytes of a message's file.
pub(super) fn file_bytes(data: &Data, row: Row, kind: FileKind, sizes: (u64, u64)) -> Vec<u8> {
    // by id, so that inserted messages differ from those that would have had their place
    let mut mix = Mix::of(&[data.seed, 38, row.id]);
    let (smallest, largest) = sizes;
    let len = mix.between(smallest, largest);
    media::file(kind, mix, usize::try_from(len).unwrap_or(usize::MAX))
}

/// Appends a made-up name for a message's file.
pub(super) fn write_file_name(data: &Data, row: Row, kind: FileKind, out: &mut String) {
    let stems: &[&str] = match kind {
        FileKind::Pdf | FileKind::Txt => &["合同", "报价单(2)", "../../保单", "Quotation"],
        FileKind::Mp4 => &["开箱视频", "操作演示"],
        FileKind::Ogg | FileKind::Mp3 => &["语音"],
        FileKind::Jpeg | FileKind::Png => &["截图 2025-08-06", "实拍图", "IMG_2077"],
    };
    let mut mix = Mix::of(&[data.seed, 39, row.conversation.into(), row.position.into()]);
    out.push_str(mix.pick(stems));
    out.push('.');
    out.push_str(kind.extension());
}

/// Appends what `chat/record` says of a file.
pub(super) fn write_media(
    form: MediaContent,
    kind: Kind,
    link: &str,
    name: &str,
    out: &mut String,
) {
    match form {
        MediaContent::Label => out.push_str(match kind {
            Kind::Text => "",
            Kind::Image => "[图片]",
            Kind::File => "[文件]",
            Kind::Voice => "[语音]",
            Kind::Video => "[视频]",
        }),
        MediaContent::Link => out.push_str(link),
        MediaContent::Json => {
            let mut json = Vec::new();
            let mut object = Object::new(&mut json, &[]);
            object.plain("fileUrl", link);
            object.text("name", name);
            object.end();
            out.push_str(&String::from_utf8_lossy(&json));
        }
    }
}

/// The choices of what is said, which one who says it again makes again.
fn stream(data: &Data, row: Row, facts: Facts, purpose: u64) -> Mix {
    Mix::of(&[data.seed, purpose, row.conversation.into(), facts.source.into()])
}
