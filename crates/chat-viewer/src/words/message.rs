//! Texts of the page of one message.

/// Texts of the page of one message.
#[derive(Debug)]
pub(crate) struct MessageWords {
    pub(crate) title: &'static str,
    pub(crate) in_conversation: &'static str,
    pub(crate) fields: &'static str,
    pub(crate) history: &'static str,
    pub(crate) version: fn(i64) -> String,
    pub(crate) raw: &'static str,
    pub(crate) raw_digest: &'static str,
    pub(crate) files: &'static str,
    pub(crate) declared: &'static str,
    pub(crate) detected: &'static str,
    pub(crate) state: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) size: &'static str,
    pub(crate) name: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) added: &'static str,
    pub(crate) same_text: &'static str,
}

pub(super) const ENGLISH: MessageWords = MessageWords {
    title: "Message",
    in_conversation: "Show in its conversation",
    fields: "All fields",
    history: "Versions",
    version: |number| format!("Version {number}"),
    raw: "The record as the vendor sent it",
    raw_digest: "SHA-256 of its bytes as they are stored",
    files: "Files",
    declared: "Declared type",
    detected: "Type of what arrived",
    state: "State",
    reason: "Reason",
    size: "Size",
    name: "Name",
    removed: "taken out",
    added: "put in",
    same_text: "The text is the same as in the version before.",
};

pub(super) const CHINESE: MessageWords = MessageWords {
    title: "消息",
    in_conversation: "在会话中查看",
    fields: "全部字段",
    history: "版本",
    version: |number| format!("第 {number} 版"),
    raw: "供应商发来的原始记录",
    raw_digest: "所存字节的 SHA-256",
    files: "文件",
    declared: "声明的类型",
    detected: "实际的类型",
    state: "状态",
    reason: "原因",
    size: "大小",
    name: "名称",
    removed: "删去",
    added: "加入",
    same_text: "文字与上一版相同。",
};
