//! Texts of the charts.

/// Texts of the charts.
#[derive(Debug)]
pub(crate) struct ChartWords {
    pub(crate) title: &'static str,
    pub(crate) span: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) volume: &'static str,
    pub(crate) by_day: &'static str,
    pub(crate) by_week: &'static str,
    pub(crate) by_month: &'static str,
    pub(crate) by_year: &'static str,
    pub(crate) hours: &'static str,
    pub(crate) hours_note: &'static str,
    pub(crate) responses: &'static str,
    pub(crate) responses_note: &'static str,
    pub(crate) agents: &'static str,
    pub(crate) agents_note: &'static str,
    pub(crate) kinds: &'static str,
    pub(crate) funnel: &'static str,
    pub(crate) funnel_note: &'static str,
    pub(crate) numbers: &'static str,
    pub(crate) when: &'static str,
    pub(crate) inbound: &'static str,
    pub(crate) outbound: &'static str,
    pub(crate) other: &'static str,
    pub(crate) all: &'static str,
    pub(crate) weekdays: [&'static str; 7],
    pub(crate) weekday: &'static str,
    pub(crate) median: &'static str,
    pub(crate) p90: &'static str,
    pub(crate) answered: &'static str,
    pub(crate) unanswered: &'static str,
    pub(crate) waited: &'static str,
    pub(crate) waits: [&'static str; 7],
    pub(crate) agent: &'static str,
    pub(crate) first_answers: &'static str,
    pub(crate) share: &'static str,
    pub(crate) with_status: &'static str,
    pub(crate) reached: &'static str,
    pub(crate) without_status: &'static str,
    pub(crate) without_time: fn(u64) -> String,
    pub(crate) duration: fn(i64) -> String,
    pub(crate) only_first: fn(usize, usize) -> String,
}

pub(super) const ENGLISH: ChartWords = ChartWords {
    title: "Charts",
    span: "Days are those of the vendor's clock. Messages count where they were sent; conversations \
           and first answers where the conversation began.",
    empty: "There is nothing to draw for this choice.",
    volume: "Messages over time",
    by_day: "by day",
    by_week: "by week, from Monday",
    by_month: "by month",
    by_year: "by year",
    hours: "When people write",
    hours_note: "Messages from customers and to them, by weekday and hour",
    responses: "Time to the first answer",
    responses_note: "From a customer's first message of a conversation to the first answer that no \
                     bot gave",
    agents: "Who writes",
    agents_note: "Messages by agent",
    kinds: "What is written",
    funnel: "How far messages got",
    funnel_note: "Outbound messages: those that are read were also sent and delivered",
    numbers: "The numbers",
    when: "When",
    inbound: "from customers",
    outbound: "to customers",
    other: "other",
    all: "all",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    weekday: "Weekday",
    median: "Half waited at most",
    p90: "Nine of ten waited at most",
    answered: "Answered",
    unanswered: "Not answered",
    waited: "Waited",
    waits: ["under 1 min", "1–5 min", "5–15 min", "15–60 min", "1–4 h", "4–24 h", "over 1 day"],
    agent: "Agent",
    first_answers: "First answers",
    share: "Share",
    with_status: "With a status",
    reached: "Reached",
    without_status: "The vendor says nothing",
    without_time: |count| {
        format!("{} messages have no time and are in no chart by time.", super::grouped(count))
    },
    duration: |ms| duration(ms, ["ms", "s", "min", "h", "days"]),
    only_first: |shown, all| {
        format!("the first {} of {}", super::grouped(shown as u64), super::grouped(all as u64))
    },
};

pub(super) const CHINESE: ChartWords = ChartWords {
    title: "图表",
    span: "日期以供应商的时钟为准。消息按发送时间统计；会话和首次回复按会话开始的时间统计。",
    empty: "所选范围内没有可绘制的内容。",
    volume: "消息量走势",
    by_day: "按天",
    by_week: "按周（周一起）",
    by_month: "按月",
    by_year: "按年",
    hours: "发消息的时段",
    hours_note: "客户与客服的消息，按星期和小时",
    responses: "首次回复时长",
    responses_note: "从会话中客户的第一条消息到第一条非机器人的回复",
    agents: "客服工作量",
    agents_note: "各客服的消息数",
    kinds: "消息类型",
    funnel: "送达情况",
    funnel_note: "发出的消息：已读的也算作已发送和已送达",
    numbers: "查看数字",
    when: "时间",
    inbound: "客户发来",
    outbound: "发给客户",
    other: "其他",
    all: "合计",
    weekdays: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    weekday: "星期",
    median: "一半的客户等待不超过",
    p90: "九成的客户等待不超过",
    answered: "已回复",
    unanswered: "未回复",
    waited: "等待",
    waits: [
        "1 分钟内",
        "1–5 分钟",
        "5–15 分钟",
        "15–60 分钟",
        "1–4 小时",
        "4–24 小时",
        "超过 1 天",
    ],
    agent: "客服",
    first_answers: "首次回复",
    share: "占比",
    with_status: "有状态",
    reached: "达到",
    without_status: "供应商未说明",
    without_time: |count| {
        format!("有 {} 条消息没有时间，不在按时间的图表中。", super::grouped(count))
    },
    duration: |ms| duration(ms, ["毫秒", "秒", "分钟", "小时", "天"]),
    only_first: |shown, all| {
        format!("共 {} 项，列出前 {} 项", super::grouped(all as u64), super::grouped(shown as u64))
    },
};

/// A length of time in one unit, to a tenth where it is short.
fn duration(ms: i64, units: [&str; 5]) -> String {
    let [milliseconds, seconds, minutes, hours, days] = units;
    if ms < 1_000 {
        return format!("{ms} {milliseconds}");
    }
    let (tenths, unit) = match ms {
        ms if ms < 60_000 => (ms / 100, seconds),
        ms if ms < 3_600_000 => (ms / 6_000, minutes),
        ms if ms < 172_800_000 => (ms / 360_000, hours),
        ms => (ms / 8_640_000, days),
    };
    match tenths {
        ..100 if tenths % 10 != 0 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", super::grouped(u64::try_from(tenths / 10).unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::{CHINESE, ENGLISH};

    #[test]
    fn lengths_of_time_are_told_in_one_unit() {
        for (ms, english, chinese) in [
            (0, "0 ms", "0 毫秒"),
            (1_500, "1.5 s", "1.5 秒"),
            (59_999, "59 s", "59 秒"),
            (108_000, "1.8 min", "1.8 分钟"),
            (3_600_000, "1 h", "1 小时"),
            (172_800_000, "2 days", "2 天"),
            (8_640_000_000, "100 days", "100 天"),
        ] {
            assert_eq!((ENGLISH.duration)(ms), english);
            assert_eq!((CHINESE.duration)(ms), chinese);
        }
    }
}
