//! Texts of the frame, and of pages that say what is wrong: a title, and what to do.

/// Texts of the frame.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) product: &'static str,
    pub(crate) skip: &'static str,
    pub(crate) navigation: &'static str,
    pub(crate) home: &'static str,
    pub(crate) conversations: &'static str,
    pub(crate) search: &'static str,
    pub(crate) search_hint: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) close: &'static str,
    /// A key, and what it does.
    pub(crate) key_list: [(&'static str, &'static str); 7],
}

pub(super) const ENGLISH: Frame = Frame {
    product: "Chat records",
    skip: "Skip to the content",
    navigation: "Pages",
    home: "Overview",
    conversations: "Conversations",
    search: "Search",
    search_hint: "Search all messages",
    keys: "Keys",
    close: "Close",
    key_list: [
        ("j ↓", "next message"),
        ("k ↑", "message before"),
        ("n", "next page"),
        ("p", "page before"),
        ("Enter", "all about the message"),
        ("/", "search"),
        ("?", "these keys"),
    ],
};

pub(super) const CHINESE: Frame = Frame {
    product: "聊天记录",
    skip: "跳到正文",
    navigation: "页面",
    home: "概览",
    conversations: "会话",
    search: "搜索",
    search_hint: "搜索全部消息",
    keys: "快捷键",
    close: "关闭",
    key_list: [
        ("j ↓", "下一条消息"),
        ("k ↑", "上一条消息"),
        ("n", "下一页"),
        ("p", "上一页"),
        ("Enter", "消息详情"),
        ("/", "搜索"),
        ("?", "显示快捷键"),
    ],
};

/// Texts of pages that say what is wrong.
#[derive(Debug)]
pub(crate) struct Errors {
    pub(crate) not_found: (&'static str, &'static str),
    pub(crate) bad_address: (&'static str, &'static str),
    pub(crate) method: (&'static str, &'static str),
    pub(crate) locked: (&'static str, &'static str),
    pub(crate) gone: (&'static str, &'static str),
    pub(crate) newer: (&'static str, &'static str),
    pub(crate) damaged: (&'static str, &'static str),
    pub(crate) broken: (&'static str, &'static str),
    pub(crate) wrong_host: (&'static str, &'static str),
    pub(crate) foreign: (&'static str, &'static str),
    pub(crate) no_token: (&'static str, &'static str),
    pub(crate) to_home: &'static str,
}

pub(super) const ENGLISH_ERRORS: Errors = Errors {
    not_found: (
        "There is nothing here",
        "The address is mistyped, or what it names is not in this archive. A message that a sync \
         has just stored appears when the lists have caught up.",
    ),
    bad_address: (
        "This address makes no sense",
        "A number or a date in it cannot be read. Go back and choose again.",
    ),
    method: ("These pages only show", "Nothing can be changed or sent here."),
    locked: (
        "The archive is busy",
        "It is being rebuilt or written to at this moment. Nothing is lost: load the page again in \
         a few seconds.",
    ),
    gone: (
        "The archive is not there any more",
        "Its folder was moved, deleted, or is being put back. Load the page again when it is there, \
         or start the viewer again with the right folder.",
    ),
    newer: (
        "A newer program wrote this archive",
        "Stop the viewer and start it again with that version of chat-records.",
    ),
    damaged: ("The archive cannot be read", "Run `chat-records verify`: it names what is damaged."),
    broken: (
        "Something went wrong here",
        "Load the page again. If it happens every time, it is a fault of this program: please \
         report it.",
    ),
    wrong_host: (
        "Not for this address",
        "Open the address that `chat-records view` printed, as it is.",
    ),
    foreign: (
        "Not from another page",
        "Another site may not open these pages. Copy the address that `chat-records view` printed \
         into the address bar.",
    ),
    no_token: (
        "The address is not complete",
        "These pages open only with the whole address that `chat-records view` printed. It is a \
         new one each time it starts.",
    ),
    to_home: "To the overview",
};

pub(super) const CHINESE_ERRORS: Errors = Errors {
    not_found: (
        "这里没有内容",
        "地址有误，或者所指的内容不在此存档中。刚刚同步的消息要等列表更新后才会出现。",
    ),
    bad_address: ("无法理解这个地址", "其中的数字或日期无法识别。请返回重新选择。"),
    method: ("这些页面只供查看", "在这里不能修改或发送任何内容。"),
    locked: ("存档正忙", "存档此刻正在重建或写入，数据不会丢失。请几秒后重新加载页面。"),
    gone: (
        "存档已不在原处",
        "存档文件夹被移动、删除，或正在恢复。待其恢复后重新加载页面，或用正确的文件夹重新启动查看器。",
    ),
    newer: ("此存档由更新的版本写入", "请停止查看器，用该版本的 chat-records 重新启动。"),
    damaged: ("无法读取存档", "请运行 `chat-records verify`，它会指出损坏之处。"),
    broken: ("出错了", "请重新加载页面。如果每次都出现，那是本程序的缺陷，请反馈。"),
    wrong_host: ("地址不对", "请原样打开 `chat-records view` 输出的地址。"),
    foreign: (
        "不能从其他页面打开",
        "其他网站不能打开这些页面。请把 `chat-records view` 输出的地址复制到地址栏。",
    ),
    no_token: (
        "地址不完整",
        "只有用 `chat-records view` 输出的完整地址才能打开这些页面。每次启动地址都会更换。",
    ),
    to_home: "回到概览",
};
