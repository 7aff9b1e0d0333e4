//! What a record is: its kind, sender, members and file, computed from the seed and its key.

use super::{data::Row, library};
use crate::{media::FileKind, mix::Mix};

/// What sort of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Image,
    Audio,
    Video,
    File,
    FileImage,
    FileVideo,
    WebCard,
    Place,
    /// A file of the enterprise's library, sent by an agent; its index.
    Library(usize),
    /// A file from an agent's computer.
    Local,
    /// No message, but something that happened: the vendor's `controlType`.
    Event(&'static str),
}

/// Who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    User,
    Agent,
    Robot,
    System,
}

/// Which members a record has. The vendor's samples and its table disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The older sample: 18 members.
    Old,
    /// The newer sample: 30 members, many of them null.
    Sample,
    /// Its members, with values.
    Filled,
    /// With the names of the table: `tenant_id`, `chat_id`.
    Table,
    /// With the names of both.
    Both,
}

impl Shape {
    /// All records of a call have the same members.
    pub(super) fn of(seed: u64, user: u32, call: u32) -> Self {
        match Mix::of(&[seed, 23, user.into(), call.into()]).below(20) {
            0..=2 => Self::Old,
            3..=8 => Self::Sample,
            9..=15 => Self::Filled,
            16..=18 => Self::Table,
            _ => Self::Both,
        }
    }
}

/// What a record is, for as long as it exists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) shape: Shape,
    /// The type of its own file, if it has one; that of a library file is the library's.
    pub(super) file: Option<FileKind>,
}

impl Facts {
    pub(super) fn of(seed: u64, user: u32, row: Row) -> Self {
        let mut mix = Mix::of(&[seed, 7, user.into(), row.key.into()]);
        let shape = Shape::of(seed, user, row.call);
        let kind = match mix.below(1000) {
            0..=699 => Kind::Text,
            700..=779 => Kind::Image,
            780..=794 => Kind::Audio,
            795..=809 => Kind::Video,
            810..=839 => Kind::File,
            840..=849 => Kind::FileImage,
            850..=856 => Kind::FileVideo,
            857..=876 => Kind::WebCard,
            877..=886 => Kind::Place,
            // the older form of a record says nothing of the library
            887..=911 if shape != Shape::Old => Kind::Library(library::pick(&mut mix)),
            887..=931 => Kind::Local,
            _ => Kind::Event(mix.pick(&[
                "CONNECT",
                "TRANS2AGENT",
                "DISCONNECT",
                "DISCONNECT",
                "READ",
                "INPUT",
            ])),
        };
        let source = match kind {
            Kind::WebCard if mix.chance(30) => Source::Robot,
            Kind::Event("DISCONNECT") => Source::System,
            Kind::Library(_) | Kind::Local | Kind::WebCard | Kind::Event("INPUT") => Source::Agent,
            Kind::FileImage | Kind::FileVideo | Kind::Event(_) => Source::User,
            Kind::Text if mix.chance(12) => Source::Robot,
            _ if mix.chance(55) => Source::User,
            _ => Source::Agent,
        };
        let picture = if mix.chance(70) { FileKind::Jpeg } else { FileKind::Png };
        let file = match kind {
            Kind::Image | Kind::FileImage => Some(picture),
            Kind::Audio => Some(FileKind::Mp3),
            Kind::Video | Kind::FileVideo => Some(FileKind::Mp4),
            Kind::File => Some(match mix.below(10) {
                0..=6 => FileKind::Pdf,
                7..=8 => FileKind::Txt,
                _ => FileKind::Mp3,
            }),
            Kind::WebCard => mix.chance(50).then_some(picture),
            Kind::Place => mix.chance(50).then_some(FileKind::Txt),
            Kind::Local => Some(if mix.chance(50) { FileKind::Pdf } else { picture }),
            Kind::Text | Kind::Library(_) | Kind::Event(_) => None,
        };
        Self { kind, source, shape, file }
    }

    /// The vendor's `mediaType`.
    pub(super) fn media_type(self) -> &'static str {
        match self.kind {
            Kind::Text | Kind::Event(_) => "TEXT",
            Kind::Image => "IMAGE",
            Kind::Audio => "AUDIO",
            Kind::Video => "VIDEO",
            Kind::File => "FILE",
            Kind::FileImage => "FILE_IMAGE",
            Kind::FileVideo => "FILE_VIDEO",
            Kind::WebCard => "WEBCARD",
            Kind::Place => "LOCATE",
            Kind::Library(index) => library::item(index).media_type,
            Kind::Local => match self.file {
                Some(FileKind::Jpeg | FileKind::Png) => "IMAGE",
                _ => "FILE",
            },
        }
    }

    /// The vendor's `controlType`.
    pub(super) fn control_type(self) -> &'static str {
        if let Kind::Event(control_type) = self.kind { control_type } else { "CHAT" }
    }
}
