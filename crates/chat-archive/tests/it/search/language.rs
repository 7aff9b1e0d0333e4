//! The language of queries.

use chat_archive::{QueryError, SearchQuery};
use proptest::prelude::*;

use super::{found, holding};

/// Which of the texts each query finds.
fn check(texts: &[&str], queries: &[(&str, &[usize])]) {
    let fixture = holding(texts);
    let reader = fixture.reader();
    for (typed, expected) in queries {
        assert_eq!(found(&reader, typed), *expected, "{typed}");
    }
}

#[test]
fn han_characters_are_found_wherever_they_stand() {
    let texts =
        ["请开发票给我", "发货了吗，票据呢", "發票", "你好，请稍等", "你好请稍等", "你好 请"];
    check(
        &texts,
        &[
            ("发票", &[0]),
            ("票", &[0, 1, 2]),
            ("发 票", &[0, 1]),
            // a phrase does not reach over punctuation, and one with it does
            ("好请", &[4]),
            ("你好，请", &[3, 5]),
            ("\"你好 请\"", &[3, 5]),
            ("開", &[]),
            ("请开发票给我", &[0]),
        ],
    );
}

#[test]
fn words_are_whole_in_any_form() {
    let texts = [
        "Invoice No. 12345678",
        "the INVOICES of Zoë Müller",
        "ｉｎｖｏｉｃｅ １２３",
        "不in1voice",
        "订单ABC-77号",
        "STRASSE straße ΟΔΟΣ",
        "don't",
        "foo_bar@example.com",
        "İstanbul",
    ];
    check(
        &texts,
        &[
            ("invoice", &[0, 2]),
            ("invo*", &[0, 1, 2]),
            ("INVO＊", &[0, 1, 2]),
            ("voice", &[]),
            ("１２３", &[2]),
            ("123*", &[0, 2]),
            ("zoe muller", &[1]),
            ("ZOË", &[1]),
            ("订单abc", &[4]),
            ("单ab*", &[4]),
            ("77号", &[4]),
            ("strasse", &[5]),
            ("οδος", &[5]),
            ("don't", &[6]),
            ("foo_bar@example.com", &[7]),
            ("example", &[7]),
            ("istanbul", &[8]),
        ],
    );
}

#[test]
fn scripts_beside_each_other() {
    let texts = [
        "セールのお知らせ",
        "ｾｰﾙ ﾊﾞｰｹﾞﾝ",
        "주문 번호 확인",
        "สวัสดีครับ",
        "شكرًا جزيلا",
        "привет Ёлка",
        "がか",
        "한글",
    ];
    check(
        &texts,
        &[
            ("セール", &[0, 1]),
            ("バーゲン", &[1]),
            ("知らせ", &[0]),
            ("번호", &[2]),
            ("문", &[2]),
            ("주문번호", &[]),
            ("สวัสดี", &[3]),
            ("شكرا", &[4]),
            ("елка", &[5]),
            ("が", &[6]),
            ("か", &[6]),
            ("한", &[7]),
        ],
    );
}

#[test]
fn emoji_are_tokens() {
    let texts = ["好的👍", "👍🏽 ok", "👨‍👩‍👧", "❤️爱你", "❤", "🇨🇳 国庆", "🫨", "谢谢😀😀"];
    check(
        &texts,
        &[
            ("👍", &[0, 1]),
            ("👍🏽", &[1]),
            ("👩", &[2]),
            ("👨‍👩‍👧", &[2]),
            ("❤️", &[3, 4]),
            ("❤爱", &[3]),
            ("🇨🇳", &[5]),
            ("🫨", &[6]),
            ("谢😀", &[7]),
            ("😀😀", &[7]),
            ("👍*", &[0, 1]),
            ("🎉", &[]),
        ],
    );
}

#[test]
fn operators_join_and_exclude() {
    let texts = ["a b", "a c", "b c", "a b c", "and or not", "b a"];
    check(
        &texts,
        &[
            ("a b", &[0, 3, 5]),
            ("a AND b", &[0, 3, 5]),
            ("\"a b\"", &[0, 3]),
            ("“a b”", &[0, 3]),
            ("「b a」", &[5]),
            ("a OR b", &[0, 1, 2, 3, 5]),
            ("a -b", &[1]),
            ("a NOT b", &[1]),
            ("-b a", &[1]),
            ("a AND NOT b", &[1]),
            ("a - b", &[0, 3, 5]),
            ("a NOT NOT b", &[0, 3, 5]),
            ("a (b OR c)", &[0, 1, 3, 5]),
            ("（a OR b） c", &[1, 2, 3]),
            ("a -(b OR c)", &[]),
            ("c -\"a b\"", &[1, 2]),
            ("a b OR c", &[0, 1, 2, 3, 5]),
            ("a (-b)", &[1]),
            ("a (-b OR -c)", &[0, 1, 5]),
            ("a -(-b OR -c)", &[3]),
            ("a !!! b", &[0, 3, 5]),
            ("\"and\"", &[4]),
            ("and or not", &[4]),
            ("a -!!!", &[0, 1, 3, 5]),
        ],
    );
}

#[test]
fn what_is_no_query_is_told_in_a_sentence() {
    let cases = [
        ("", "there is nothing to look for"),
        ("  ", "there is nothing to look for"),
        ("？！…", "there is nothing to look for"),
        ("\"\"", "there is nothing to look for"),
        ("*", "there is nothing to look for"),
        ("()", "there is nothing to look for"),
        ("-a", "only says what must not be there, at character 1"),
        ("a OR -b", "only says what must not be there, at character 6"),
        ("NOT a", "only says what must not be there, at character 1"),
        ("a \"b", "the quotation mark at character 3"),
        ("a (b", "the parenthesis at character 3"),
        ("a) b", "the parenthesis at character 2"),
        ("a OR", "the OR at character 3"),
        ("AND a", "the AND at character 1"),
        ("a OR OR b", "the OR at character 3"),
        ("a AND", "the AND at character 3"),
        ("a NOT", "the NOT at character 3"),
        ("(a OR) b", "the OR at character 4"),
    ];
    for (typed, expected) in cases {
        let error = SearchQuery::parse(typed).unwrap_err().to_string();
        assert!(error.contains(expected), "{typed}: {error}");
    }
    assert_eq!(SearchQuery::parse(&"长".repeat(1_000_000)).unwrap_err(), QueryError::TooLong);
    assert_eq!(SearchQuery::parse(&"a ".repeat(101)).unwrap_err(), QueryError::TooMany);
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(SearchQuery::parse(&nested(11)).unwrap_err(), QueryError::TooMany);
    assert!(SearchQuery::parse(&nested(10)).is_ok());
}

#[test]
fn no_query_is_an_error_of_the_index() {
    let fixture = holding(&["text: \"a\" NEAR(b) {c} ^d e+f *", "普通"]);
    let reader = fixture.reader();
    let typed = [
        "text:a",
        "NEAR(a b)",
        "{text file}: a",
        "^a",
        "a+b",
        "a\0b",
        "'",
        "a'b\"c\"",
        "\\\"",
        "a--b",
        "-",
        "--a b",
        "a*b",
        "**a",
        "%",
        "?1",
        ":x",
        "a\u{e000}b",
        "\u{fffd}",
        "\u{202e}a",
    ];
    for typed in typed {
        if let Ok(query) = SearchQuery::parse(typed) {
            reader.search(&query, None, 10).unwrap_or_else(|error| panic!("{typed}: {error:?}"));
        }
    }
    // the deepest and the widest that are queries
    let deep = "(".repeat(9) + "a" + &" b -(c d -e))".repeat(9);
    let wide = ["甲"; 100].join(" OR ");
    let long = "字".repeat(1_000);
    for typed in [deep, wide, long, "a* ".repeat(100)] {
        let query = SearchQuery::parse(&typed).unwrap();
        reader.search(&query, None, 10).unwrap();
    }
}

#[test]
fn debug_shows_no_words() {
    let mut query = SearchQuery::parse("MARKER \"MARKER 发票\"").unwrap();
    query.filter.sender = Some("MARKER".into());
    let shown = format!("{query:?}");
    assert!(!shown.contains("MARKER") && !shown.contains("发票"), "{shown}");
    let snippet = query.snippet("a MARKER of 发票", 20);
    assert!(!format!("{snippet:?}").contains("MARKER"));
    let error = SearchQuery::parse("(MARKER").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("MARKER"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is typed is a query that the index takes, or a sentence.
    #[test]
    fn anything_can_be_typed(typed in "([-\"()*:^+{}' ]|AND |OR |NOT |NEAR|[a-c]|发|😀|\\PC|\0){0,40}") {
        thread_local! {
            static ARCHIVE: crate::support::Fixture = holding(&["a b c 发 😀"]);
        }
        ARCHIVE.with(|fixture| match SearchQuery::parse(&typed) {
            Ok(query) => { fixture.reader().search(&query, None, 10).unwrap(); }
            Err(error) => assert!(error.to_string().len() > 20),
        });
    }
}
