//! Texts of the list of conversations and of the search.

/// Texts of the list of conversations.
#[derive(Debug)]
pub(crate) struct ListWords {
    pub(crate) found: fn(usize, bool) -> String,
    pub(crate) source: &'static str,
    pub(crate) customer: &'static str,
    pub(crate) agent: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) all: &'static str,
    pub(crate) filter: &'static str,
    pub(crate) clear: &'static str,
    pub(crate) none: &'static str,
    pub(crate) none_advice: &'static str,
    pub(crate) newer: &'static str,
    pub(crate) older: &'static str,
    pub(crate) newest: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) with: &'static str,
    pub(crate) unanswered: &'static str,
}

pub(super) const ENGLISH: ListWords = ListWords {
    found: |count, is_all| match (count, is_all) {
        (1, true) => "1 conversation".into(),
        (count, true) => format!("{} conversations", super::grouped(count as u64)),
        (count, false) => format!("More than {} conversations", super::grouped(count as u64)),
    },
    source: "Source",
    customer: "Customer",
    agent: "Agent",
    from: "From",
    to: "To",
    kind: "Kind",
    status: "Status",
    all: "All",
    filter: "Show",
    clear: "Show all",
    none: "No conversation is like that",
    none_advice: "Take back a filter, or look for words in the search.",
    newer: "Newer",
    older: "Older",
    newest: "Newest",
    pages: "Pages of the list",
    with: "with",
    unanswered: "no answer",
};

pub(super) const CHINESE: ListWords = ListWords {
    found: |count, is_all| {
        let count = super::grouped(count as u64);
        if is_all { format!("{count} 个会话") } else { format!("超过 {count} 个会话") }
    },
    source: "来源",
    customer: "客户",
    agent: "客服",
    from: "开始日期",
    to: "结束日期",
    kind: "类型",
    status: "状态",
    all: "全部",
    filter: "筛选",
    clear: "显示全部",
    none: "没有符合条件的会话",
    none_advice: "请减少筛选条件，或在搜索中查找文字。",
    newer: "较新",
    older: "较早",
    newest: "最新",
    pages: "列表分页",
    with: "客服",
    unanswered: "未回复",
};

/// Texts of the search.
#[derive(Debug)]
pub(crate) struct SearchWords {
    pub(crate) hits: fn(u64, bool) -> String,
    pub(crate) no_hits: &'static str,
    pub(crate) no_hits_advice: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) only_excluded: fn(usize) -> String,
    pub(crate) open_quote: fn(usize) -> String,
    pub(crate) parenthesis: fn(usize) -> String,
    pub(crate) operator: fn(&str, usize) -> String,
    pub(crate) too_long: &'static str,
    pub(crate) newest_first: &'static str,
    pub(crate) best_first: &'static str,
    pub(crate) order: &'static str,
    pub(crate) sender: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) more: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) by_source: &'static str,
    pub(crate) by_kind: &'static str,
    pub(crate) by_month: &'static str,
    pub(crate) of_newest: fn(u64) -> String,
    pub(crate) help: &'static str,
    /// What one types, and what it finds.
    pub(crate) examples: [(&'static str, &'static str); 6],
    pub(crate) file: &'static str,
    pub(crate) take_back: &'static str,
    pub(crate) in_conversation: &'static str,
}

pub(super) const ENGLISH_SEARCH: SearchWords = SearchWords {
    hits: |count, is_exact| match (count, is_exact) {
        (1, true) => "1 message".into(),
        (count, true) => format!("{} messages", super::grouped(count)),
        (count, false) => format!("At least {} messages", super::grouped(count)),
    },
    no_hits: "No message has that",
    no_hits_advice: "Try fewer words, the beginning of a word with a star, or take back a filter.",
    wrong: "This query cannot be read",
    nothing: "There is nothing to look for in it. It needs a letter, a digit, a Chinese character or \
              an emoji.",
    only_excluded: |at| {
        format!(
            "It only says what must not be there, at character {at}. Put a word that must be there \
             before it: invoice -paid"
        )
    },
    open_quote: |at| format!("The quotation mark at character {at} is not closed."),
    parenthesis: |at| format!("The parenthesis at character {at} has no partner."),
    operator: |operator, at| {
        format!(
            "The {operator} at character {at} has nothing to join. Add a word, or put it in \
             quotation marks to look for the word itself."
        )
    },
    too_long: "It is longer than a query may be.",
    newest_first: "Last stored first",
    best_first: "Best first",
    order: "Order",
    sender: "Sender",
    direction: "Direction",
    more: "More",
    go_on: "Go on searching",
    by_source: "Sources",
    by_kind: "Kinds",
    by_month: "Months",
    of_newest: |count| format!("of the newest {}", super::grouped(count)),
    help: "How to search",
    examples: [
        ("发票", "these characters in a row, wherever they stand"),
        ("refund order", "both words"),
        ("\"paid in full\"", "these words in a row"),
        ("invo*", "words that begin so"),
        ("refund OR return", "one of the two"),
        ("refund -invoice", "the one without the other"),
    ],
    file: "File",
    take_back: "Take back",
    in_conversation: "in one conversation",
};

pub(super) const CHINESE_SEARCH: SearchWords = SearchWords {
    hits: |count, is_exact| {
        let count = super::grouped(count);
        if is_exact { format!("{count} 条消息") } else { format!("至少 {count} 条消息") }
    },
    no_hits: "没有找到消息",
    no_hits_advice: "请减少词语，用星号匹配词首，或去掉某个筛选条件。",
    wrong: "无法理解这个查询",
    nothing: "没有可查找的内容，至少需要一个字母、数字、汉字或表情。",
    only_excluded: |at| {
        format!("从第 {at} 个字符起只写了要排除的内容，请在前面加上要查找的词：发票 -已付")
    },
    open_quote: |at| format!("第 {at} 个字符处的引号没有闭合。"),
    parenthesis: |at| format!("第 {at} 个字符处的括号没有配对。"),
    operator: |operator, at| {
        format!("第 {at} 个字符处的 {operator} 缺少一侧的词。请补上，或加引号查找这个词本身。")
    },
    too_long: "查询太长了。",
    newest_first: "最近存入优先",
    best_first: "最相关优先",
    order: "排序",
    sender: "发送者",
    direction: "方向",
    more: "更多",
    go_on: "继续搜索",
    by_source: "来源",
    by_kind: "类型",
    by_month: "月份",
    of_newest: |count| format!("最新 {} 条中", super::grouped(count)),
    help: "如何搜索",
    examples: [
        ("发票", "连续的这几个字，出现在任何位置"),
        ("退款 订单", "两个词都有"),
        ("\"paid in full\"", "连续的这几个词"),
        ("invo*", "以此开头的词"),
        ("退款 OR 退货", "其中之一"),
        ("退款 -发票", "有前者而没有后者"),
    ],
    file: "文件",
    take_back: "去掉",
    in_conversation: "某个会话中",
};
