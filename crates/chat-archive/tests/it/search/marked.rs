//! Where in a text the words of a query stand.

use chat_archive::SearchQuery;
use proptest::prelude::*;

/// The text with brackets around what is marked.
fn marked(typed: &str, text: &str) -> String {
    let mut shown = text.to_owned();
    for mark in SearchQuery::parse(typed).unwrap().marks(text).into_iter().rev() {
        shown.insert(mark.end, ']');
        shown.insert(mark.start, '[');
    }
    shown
}

#[test]
fn marks_stand_in_the_original() {
    for (typed, expected) in [
        ("发票", "请开[发票]，[发票]"),
        ("发 票", "[票][发]了"),
        ("invoice", "An [ＩＮＶＯＩＣＥ] and invoices"),
        ("invo*", "An [ＩＮＶＯＩＣＥ] and [invoices]"),
        ("zoe", "[Zoe\u{308}] and [ZOË]"),
        ("\"in full\"", "paid [in  full], in part"),
        ("ガス", "[ｶﾞｽ]"),
        ("株式会社", "[㍿]の社員"),
        ("👍", "好[👍]🏽"),
        ("👨‍👩‍👧", "a [👨‍👩‍👧] b"),
        ("a OR b -c", "[a] [b] c"),
        ("好请 OR 你好", "[你好请]"),
        ("微信", "[微\u{200b}信]"),
        ("ß", "[ss] [ß]"),
    ] {
        let text = expected.replace(['[', ']'], "");
        let expected = expected.replace("][", "");
        assert_eq!(marked(typed, &text).replace("][", ""), expected, "{typed}");
    }
}

#[test]
fn a_snippet_is_bounded_and_around_the_first_mark() {
    let query = SearchQuery::parse("发票").unwrap();
    let text = format!("{}发票{}", "前".repeat(5_000), "后".repeat(5_000));
    let snippet = query.snippet(&text, 60);
    assert_eq!(snippet.text.chars().count(), 60);
    assert!(snippet.has_before && snippet.has_after);
    let [mark] = &snippet.marks[..] else { panic!("{snippet:?}") };
    assert_eq!(&snippet.text[mark.clone()], "发票");
    assert_eq!(snippet.text[..mark.start].chars().count(), 20);

    let end = query.snippet(&format!("{}发票", "前".repeat(5_000)), 60);
    assert_eq!((end.text.chars().count(), end.has_before, end.has_after), (60, true, false));
    let short = query.snippet("请开发票", 60);
    assert_eq!((&*short.text, short.has_before, short.has_after), ("请开发票", false, false));
    let none = query.snippet("没有", 1);
    assert_eq!((&*none.text, none.marks.len(), none.has_after), ("没", 0, true));
    // a mark that is longer than the snippet
    let long = SearchQuery::parse(&"长".repeat(50)).unwrap().snippet(&"长".repeat(100), 10);
    assert_eq!((long.text.chars().count(), long.marks.len()), (10, 1));
}

proptest! {
    #[test]
    fn no_text_breaks_it(typed in "\\PC{1,6}", text in "(\\PC|\u{300}|\u{1100}|\u{1161}|\u{11a8}|ｶ|ﾞ|\u{e000}|\u{200d}){0,60}", chars in 0..80_usize) {
        if let Ok(query) = SearchQuery::parse(&typed) {
            for mark in query.marks(&text) {
                prop_assert!(text.get(mark).is_some());
            }
            let snippet = query.snippet(&text, chars);
            prop_assert!(snippet.text.chars().count() <= chars);
            for mark in snippet.marks {
                prop_assert!(snippet.text.get(mark).is_some());
            }
        }
    }
}
