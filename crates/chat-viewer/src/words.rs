//! The texts of the interface in English and Chinese. A text that lacks a translation does not
//! compile: each part is a struct that both languages fill.

mod charts;
mod export;
mod frame;
mod home;
mod lists;
mod message;
mod print;
mod thread;

pub(crate) use self::charts::ChartWords;
pub(crate) use self::export::ExportWords;
pub(crate) use self::frame::{Errors, Frame};
pub(crate) use self::home::HomeWords;
pub(crate) use self::lists::{ListWords, SearchWords};
pub(crate) use self::message::{Fields, MessageWords};
pub(crate) use self::print::PrintWords;
pub(crate) use self::thread::ThreadWords;

/// A language of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// All texts in one language.
#[derive(Debug)]
pub(crate) struct Words {
    /// The language, for `lang`.
    pub(crate) code: &'static str,
    /// The frame of every page.
    pub(crate) frame: Frame,
    /// Pages that say what is wrong.
    pub(crate) errors: Errors,
    /// Conversations and bubbles.
    pub(crate) thread: ThreadWords,
    /// The page of one message.
    pub(crate) message: MessageWords,
    /// The print view of a conversation.
    pub(crate) print: PrintWords,
    /// The overview.
    pub(crate) home: HomeWords,
    /// The list of conversations.
    pub(crate) list: ListWords,
    /// The search.
    pub(crate) search: SearchWords,
    /// The charts.
    pub(crate) charts: ChartWords,
    /// A folder of pages.
    pub(crate) export: ExportWords,
}

static ENGLISH: Words = Words {
    code: "en",
    frame: frame::ENGLISH,
    errors: frame::ENGLISH_ERRORS,
    thread: thread::ENGLISH,
    message: message::ENGLISH,
    print: print::ENGLISH,
    home: home::ENGLISH,
    list: lists::ENGLISH,
    search: lists::ENGLISH_SEARCH,
    charts: charts::ENGLISH,
    export: export::ENGLISH,
};

static CHINESE: Words = Words {
    code: "zh-Hans",
    frame: frame::CHINESE,
    errors: frame::CHINESE_ERRORS,
    thread: thread::CHINESE,
    message: message::CHINESE,
    print: print::CHINESE,
    home: home::CHINESE,
    list: lists::CHINESE,
    search: lists::CHINESE_SEARCH,
    charts: charts::CHINESE,
    export: export::CHINESE,
};

impl Words {
    /// In this language.
    pub(crate) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        }
    }

    /// In the language that the browser likes best (`Accept-Language`); English where it says none
    /// of ours.
    pub(crate) fn for_languages(accepted: &str) -> &'static Self {
        let mut best = (0.0, &ENGLISH);
        for part in accepted.split(',') {
            let mut fields = part.split(';').map(str::trim);
            let language = fields.next().unwrap_or_default().to_ascii_lowercase();
            let weight = fields
                .find_map(|field| field.strip_prefix("q="))
                .map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(0.0));
            let words = match language.split('-').next() {
                Some("zh") => &CHINESE,
                Some("en") => &ENGLISH,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, words);
            }
        }
        best.1
    }

    /// Whether these are the Chinese ones: dates and numbers are written otherwise.
    pub(crate) fn is_chinese(&self) -> bool {
        std::ptr::eq(self, &raw const CHINESE)
    }
}

/// A number as people write it: 1,234,567.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Words, grouped};

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_language_is_the_one_that_is_liked_best() {
        for (accepted, code) in [
            ("", "en"),
            ("fr", "en"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
            ("en-GB,en;q=0.9,zh;q=0.5", "en"),
            ("en;q=0.3, zh-TW;q=0.7", "zh-Hans"),
            ("de, zh;q=0.1", "zh-Hans"),
            ("zh;q=0", "en"),
            ("zh;q=nonsense, *", "en"),
        ] {
            assert_eq!(Words::for_languages(accepted).code, code, "{accepted}");
        }
    }
}
