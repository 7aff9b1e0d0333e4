//! The enterprise's library: files and places that agents send again and again.

use super::files::{self, FileId};
use crate::{media::FileKind, mix::Mix};

/// Something in the library.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) media_type: &'static str,
    /// A place has none.
    pub(super) file: Option<FileKind>,
}

const ITEMS: [Item; 6] = [
    Item {
        name: "退货流程图",
        description: "退货、退款步骤",
        media_type: "IMAGE",
        file: Some(FileKind::Png),
    },
    Item { name: "Size chart", description: "", media_type: "IMAGE", file: Some(FileKind::Jpeg) },
    Item {
        name: "安装视频",
        description: "安装步骤, 3 分钟",
        media_type: "VIDEO",
        file: Some(FileKind::Mp4),
    },
    Item {
        name: "欢迎语音",
        description: "人工服务时间 9:00-21:00",
        media_type: "AUDIO",
        file: Some(FileKind::Mp3),
    },
    Item {
        name: "总店", description: "深圳市南山区 📍", media_type: "LOCATE", file: None
    },
    Item { name: "Warehouse", description: "Dongguan", media_type: "LOCATE", file: None },
];

const NOTHING: Item = Item { name: "", description: "", media_type: "LOCATE", file: None };

/// The index of an item.
pub(super) fn pick(mix: &mut Mix) -> usize {
    mix.index(ITEMS.len())
}

pub(super) fn item(index: usize) -> Item {
    ITEMS.get(index).copied().unwrap_or(NOTHING)
}

/// The sizes of all files, in the order of the items; 0 for those that have none.
pub(super) fn sizes(seed: u64, media_bytes: (u64, u64)) -> Vec<u64> {
    let size = |(index, item): (usize, &Item)| {
        let file =
            item.file.map(|file| files::bytes(seed, FileId::Library(index), file, media_bytes));
        file.map_or(0, |bytes| bytes.len() as u64)
    };
    ITEMS.iter().enumerate().map(size).collect()
}

/// The id of an item: 19 digits.
pub(super) fn id(seed: u64, index: usize) -> u64 {
    1_700_000_000_000_000_000 + Mix::of(&[seed, 41, index as u64]).below(90_000_000_000_000_000)
}

/// The index of an id.
pub(super) fn find(seed: u64, text: &str) -> Option<usize> {
    (0..ITEMS.len()).find(|index| id(seed, *index).to_string() == text)
}
