//! Texts of the overview.

/// Texts of the overview.
#[derive(Debug)]
pub(crate) struct HomeWords {
    pub(crate) empty_title: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) counting: &'static str,
    pub(crate) again: &'static str,
    pub(crate) counted: &'static str,
    pub(crate) behind: fn(u64, u64) -> String,
    pub(crate) messages: &'static str,
    pub(crate) conversations: &'static str,
    pub(crate) sources: &'static str,
    pub(crate) versions: &'static str,
    pub(crate) skipped: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) covered: &'static str,
    pub(crate) windows: &'static str,
    pub(crate) files: &'static str,
    pub(crate) last_run: &'static str,
    pub(crate) never: &'static str,
    pub(crate) no_end: &'static str,
    pub(crate) volume: &'static str,
    pub(crate) proven: &'static str,
    pub(crate) provisional: &'static str,
    pub(crate) broken: &'static str,
    pub(crate) open: &'static str,
    pub(crate) proven_means: &'static str,
    pub(crate) provisional_means: &'static str,
    pub(crate) broken_means: &'static str,
    pub(crate) gaps_mean: &'static str,
    pub(crate) open_means: &'static str,
    pub(crate) gaps: fn(usize) -> String,
    pub(crate) broken_windows: fn(usize) -> String,
    pub(crate) never_read: fn(usize) -> String,
    pub(crate) whole: &'static str,
    pub(crate) of_expected: fn(u64, u64) -> String,
    pub(crate) no_reason: &'static str,
    pub(crate) assumptions: &'static str,
    pub(crate) lacking: &'static str,
    pub(crate) untried: &'static str,
    pub(crate) and_more: fn(usize) -> String,
    pub(crate) saved: &'static str,
    pub(crate) pending: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) failed: &'static str,
}

pub(super) const ENGLISH: HomeWords = HomeWords {
    empty_title: "There is nothing in this archive yet",
    empty: "Run `chat-records sync`: it pulls the records of every source in the configuration. \
            They appear here while it runs.",
    counting: "The figures are being counted. In a few seconds the page loads again by itself.",
    again: "Load again",
    counted: "Counted",
    behind: |messages, conversations| {
        format!(
            "The lists and the search are behind what is stored (messages: {}, conversations: {}). \
             The next sync catches up.",
            super::grouped(messages),
            super::grouped(conversations)
        )
    },
    messages: "Messages",
    conversations: "Conversations",
    sources: "Sources",
    versions: "Earlier versions",
    skipped: "Unreadable records",
    sent: "Sent",
    covered: "Time that was read",
    windows: "Windows of time",
    files: "Files",
    last_run: "Last run",
    never: "never",
    no_end: "was cut off, or is under way",
    volume: "Messages over time",
    proven: "proven",
    provisional: "provisional",
    broken: "broken",
    open: "being read",
    proven_means: "Complete",
    provisional_means: "Complete so far",
    broken_means: "Something is missing",
    gaps_mean: "There are gaps",
    open_means: "Not read to the end",
    gaps: |count| if count == 1 { "1 gap".into() } else { format!("{count} gaps") },
    broken_windows: |count| {
        if count == 1 { "1 broken window".into() } else { format!("{count} broken windows") }
    },
    never_read: |count| {
        if count == 1 {
            "1 part was never read to its end".into()
        } else {
            format!("{count} parts were never read to their end")
        }
    },
    whole: "the whole source",
    of_expected: |there, expected| {
        format!("{} of {} records", super::grouped(there), super::grouped(expected))
    },
    no_reason: "the reason was not noted",
    assumptions: "Assumed, because the vendor does not say it",
    lacking: "Why files are lacking",
    untried: "not tried yet",
    and_more: |count| format!("and {count} more: `chat-records status` names them all"),
    saved: "saved",
    pending: "waiting",
    expired: "expired",
    failed: "failed",
};

pub(super) const CHINESE: HomeWords = HomeWords {
    empty_title: "此存档中还没有内容",
    empty: "请运行 `chat-records sync`，它会拉取配置中每个来源的记录。同步过程中，记录会陆续出现在这里。",
    counting: "正在统计数据，几秒后页面会自动重新加载。",
    again: "重新加载",
    counted: "统计于",
    behind: |messages, conversations| {
        format!(
            "列表和搜索尚未更新：已存的 {} 条消息和 {} 个会话还不在其中，下次同步时会补上。",
            super::grouped(messages),
            super::grouped(conversations)
        )
    },
    messages: "消息",
    conversations: "会话",
    sources: "来源",
    versions: "早期版本",
    skipped: "无法读取的记录",
    sent: "发送时间",
    covered: "已读取的时段",
    windows: "时间窗口",
    files: "文件",
    last_run: "最近一次运行",
    never: "从未运行",
    no_end: "被中断，或仍在进行",
    volume: "消息量走势",
    proven: "已证实",
    provisional: "暂定",
    broken: "不完整",
    open: "读取中",
    proven_means: "完整",
    provisional_means: "目前完整",
    broken_means: "有缺失",
    gaps_mean: "有空缺",
    open_means: "尚未读完",
    gaps: |count| format!("{count} 处空缺"),
    broken_windows: |count| format!("{count} 个不完整的窗口"),
    never_read: |count| format!("{count} 个部分从未读完"),
    whole: "整个来源",
    of_expected: |there, expected| {
        format!("{} / {} 条记录", super::grouped(there), super::grouped(expected))
    },
    no_reason: "未注明原因",
    assumptions: "供应商未说明、因而作出的假定",
    lacking: "文件缺失的原因",
    untried: "尚未尝试",
    and_more: |count| format!("另有 {count} 项，运行 `chat-records status` 可全部列出"),
    saved: "已保存",
    pending: "待下载",
    expired: "已失效",
    failed: "失败",
};
