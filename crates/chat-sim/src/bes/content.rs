//! What `content` holds: text, HTML, or a description of a file, in the many forms that the vendor's pages know.

use std::fmt::Write as _;

use super::{
    data::Row,
    facts::{Facts, Kind, Source},
    files::{self, FileId},
    library, render,
};
use crate::{media::FileKind, mix::Mix, text};

/// A record whose content is wanted.
pub(super) struct Subject {
    pub(super) seed: u64,
    pub(super) user: u32,
    pub(super) row: Row,
    pub(super) facts: Facts,
    pub(super) topic: u8,
    /// From the smallest to the largest.
    pub(super) media_bytes: (u64, u64),
    /// Pictures, sounds and films are never followed by their type.
    pub(super) has_bare_ids: bool,
}

impl Subject {
    /// Appends the content.
    pub(super) fn write(&self, out: &mut String) {
        let mut mix = Mix::of(&[self.seed, 10, self.user.into(), self.row.key.into()]);
        match (self.facts.kind, self.facts.file) {
            (Kind::Text, _) => self.write_text(&mut mix, out),
            (Kind::Event(event), _) => self.write_event(event, out),
            (Kind::Library(index), _) => {
                let _ = write!(out, "{}", library::id(self.seed, index));
            }
            (Kind::WebCard, file) => self.write_card(&mut mix, file, out),
            (Kind::Place, None) => {
                let (latitude, longitude) = (mix.between(1, 39), mix.between(100, 121));
                let city = text::city(&mut mix);
                let _ = write!(
                    out,
                    "{latitude}.{:03}/{longitude}.{:03}/{city}",
                    mix.below(1000),
                    mix.below(1000)
                );
            }
            (Kind::Local, _) => self.write_key(out),
            (Kind::File, Some(file)) => {
                write_file_name(&mut mix, file, out);
                let size = files::bytes(self.seed, self.file_id(), file, self.media_bytes).len();
                let _ = write!(out, ",{size},");
                self.write_key(out);
                let _ = write!(out, ",{}", file.extension());
            }
            (Kind::Image | Kind::Audio | Kind::Video, Some(file)) => {
                let start = out.len();
                self.write_key(out);
                let says_type = out.get(start..).is_some_and(|key| key.contains('.'));
                let is_bare = self.has_bare_ids || says_type && mix.chance(50);
                if !is_bare {
                    let _ = write!(out, ",{}", file.extension());
                }
            }
            (_, Some(file)) => {
                self.write_key(out);
                let _ = write!(out, ",{}", file.extension());
            }
            (_, None) => {}
        }
    }

    pub(super) fn file_id(&self) -> FileId {
        FileId::Own { user: self.user, key: self.row.key }
    }

    fn write_key(&self, out: &mut String) {
        if let Some(file) = self.facts.file {
            files::write_key(self.seed, self.user, self.row, self.facts.kind, file, out);
        }
    }

    /// Agents write in an editor that makes HTML, users often as well.
    fn write_text(&self, mix: &mut Mix, out: &mut String) {
        let is_inbound = self.facts.source == Source::User;
        let mut plain = String::new();
        text::write_message(mix, self.topic.into(), is_inbound, &mut plain);
        match self.facts.source {
            Source::Robot | Source::System => out.push_str(&plain),
            Source::User if mix.chance(50) => out.push_str(&plain),
            Source::User | Source::Agent => {
                for line in plain.split('\n') {
                    out.push_str("<p>");
                    write_escaped(line, out);
                    out.push_str("</p>");
                }
                if mix.chance(8) {
                    out.push_str(mix.pick(&[
                        "<p><br></p>",
                        "<p><img src=\"../../image/emoji/smile.gif\"></p>",
                        "<p><a href=\"https://shop.example/?a=1&amp;b=2\">查看详情</a></p>",
                    ]));
                }
            }
        }
    }

    fn write_event(&self, event: &str, out: &mut String) {
        match event {
            "TRANS2AGENT" => out.push_str("转人工"),
            "DISCONNECT" => out.push_str("会话已结束"),
            // the ids of messages that were read
            "READ" => render::write_id(self.seed, self.user, self.row, 1, out),
            _ => {}
        }
    }

    /// JSON in a text.
    fn write_card(&self, mix: &mut Mix, file: Option<FileKind>, out: &mut String) {
        let mut key = String::new();
        self.write_key(&mut key);
        let file_type = match file {
            Some(FileKind::Png) => "img/png",
            Some(_) => mix.pick(&["img/jpg", "img", ""]),
            None => "",
        };
        let title =
            mix.pick(&["会员日 8 折", "新品上市 🎉", "Track your order", "常见问题, 一看就懂"]);
        let description = mix.pick(&["点击查看", "", "仅限今天\"特惠\""]);
        let redirect = if file.is_none() || mix.chance(50) {
            format!("https://shop.example/p/{}", mix.below(100_000))
        } else {
            String::new()
        };
        let card = serde_json::json!({
            "title": title,
            "description": description,
            "mediaFileId": key,
            "mediaFileType": file_type,
            "redirectUrl": redirect,
        });
        let _ = write!(out, "{card}");
    }
}

fn write_escaped(plain: &str, out: &mut String) {
    for character in plain.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
}

/// Names have commas, or are not there at all.
fn write_file_name(mix: &mut Mix, file: FileKind, out: &mut String) {
    let stems: &[&str] = match file {
        FileKind::Mp3 => &["diaoyu", "录音 2025-06-12", "通话,第2段"],
        FileKind::Txt => &["说明", "log,1,2", "readme"],
        _ => &["发票", "合同,最终版", "Invoice, 2025", "报价单(1)", "../../订单明细", "保修卡👍"],
    };
    if mix.chance(15) {
        return;
    }
    out.push_str(mix.pick(stems));
    out.push('.');
    out.push_str(file.extension());
}
