//! The overview, the list of conversations, the search and the charts, over real sockets.

use std::collections::BTreeSet;

use chat_archive::{CoveredWindow, Verdict};
use chat_core::{
    ConversationId, Direction, Kind, Message, Participant, ParticipantId, Partition, SenderKind,
    Status, UnixMillis, Window,
};

use crate::hostile::hostile_scene;
use crate::support::{Answer, HOUR_MS, MONDAY_MS, Scene, Site, numbers, rel, sent, text};

const CHINESE: [(&str, &str); 1] = [("Accept-Language", "zh-CN,zh;q=0.9")];

/// A page whose figures are counted: until then the browser is asked to come again.
fn counted(site: &Site, path: &str, headers: &[(&str, &str)]) -> String {
    for _ in 0..200 {
        let answer: Answer = site.get_with(path, headers);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        if answer.header("refresh").is_empty() {
            return answer.text();
        }
    }
    panic!("{path}: the count has no end");
}

fn talk(number: i64, conversation: &str, said: &str) -> Message {
    let mut message = text(number, said);
    message.conversation_id = Some(ConversationId::new(conversation));
    message
}

fn by(mut message: Message, kind: SenderKind, name: &str) -> Message {
    message.direction = Some(match kind {
        SenderKind::Customer => Direction::Inbound,
        _ => Direction::Outbound,
    });
    let id = Some(ParticipantId::new(format!("id of {name}")));
    message.sender = Some(Participant::new(Some(kind)).with_id(id).with_name(Some(name.into())));
    message
}

/// The names of the rows of a list.
fn names(page: &str) -> Vec<String> {
    let rows = page.split("<a class=\"name\"").skip(1);
    rows.filter_map(|row| Some(row.split_once('>')?.1.split_once('<')?.0.to_owned())).collect()
}

/// What a page says, without its tags.
fn said(page: &str) -> String {
    let mut out = String::new();
    for part in page.split('<') {
        out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        out.push(' ');
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Three conversations of three people.
fn three() -> Scene {
    let mut scene = Scene::new();
    let mut picture = by(talk(30, "b", "看这张图"), SenderKind::Customer, "李雷");
    picture.kind = Kind::Image;
    let mut failed = by(talk(31, "b", "sorry"), SenderKind::Agent, "Agent Ann");
    failed.status = Some(Status::Failed);
    scene.store(vec![
        by(talk(1, "a", "我要发票"), SenderKind::Customer, "张伟"),
        by(talk(2, "a", "发票已开"), SenderKind::Agent, "客服小王"),
        picture,
        failed,
        by(talk(60, "c", "hello"), SenderKind::Customer, "Ünal"),
    ]);
    scene
}

#[test]
fn an_archive_without_records_says_what_to_do() {
    let scene = Scene::new();
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().join("archive");
    drop(chat_archive::Archive::open(&path).unwrap());
    for site in [Site::new(&path), Site::new(&scene.path())] {
        assert!(counted(&site, "", &[]).contains("<code>chat-records sync</code>"));
        assert!(counted(&site, "", &CHINESE).contains("此存档中还没有内容"));
        assert!(site.page("conversations").contains("No conversation is like that"));
        assert!(counted(&site, "charts", &[]).contains("There is nothing to draw"));
        assert!(site.page("search?q=x").contains("No message has that"));
    }
}

#[test]
fn the_overview_says_what_is_there_and_what_is_missing() {
    let mut scene = three();
    let whole = Partition::whole();
    let source = scene.archive.source("src", "made-up", "1", &["Zones are guessed.".into()]);
    let source = source.unwrap().0;
    let run = scene.archive.begin_run(source, UnixMillis::new(MONDAY_MS)).unwrap();
    let partition = scene.archive.partition(source, &whole).unwrap();
    let day = 24 * HOUR_MS;
    let now = UnixMillis::new(MONDAY_MS + 9 * day);
    for (index, verdict) in [(0, Verdict::Proven), (1, Verdict::Broken), (4, Verdict::Provisional)]
    {
        let from = MONDAY_MS + index * day;
        let mut window = CoveredWindow::new(Window::new(from, from + day), verdict);
        window.distinct = 7;
        window.expected = Some(if verdict == Verdict::Broken { 9 } else { 7 });
        window.reason = (verdict == Verdict::Broken).then(|| "two <b>are</b> lacking".to_owned());
        scene.archive.close_window(partition, &window, now).unwrap();
    }
    scene.archive.end_run(run, now, "broken", Some("the vendor said no")).unwrap();
    let site = scene.serve();
    let english = said(&counted(&site, "", &[]));
    for part in [
        "Messages 5",
        "Conversations 3",
        "Something is missing",
        "1 broken window",
        "7 of 9 records",
        "two &lt;b&gt;are&lt;/b&gt; lacking",
        "1 gap",
        "2025-10-14 16:00:00",
        "1 proven",
        "1 provisional",
        "the vendor said no",
        "Zones are guessed.",
        "Counted",
    ] {
        assert!(english.contains(part), "{part}: {english}");
    }
    let chinese = said(&counted(&site, "", &CHINESE));
    for part in
        ["消息 5", "会话 3", "有缺失", "1 个不完整的窗口", "7 / 9 条记录", "1 处空缺", "统计于"]
    {
        assert!(chinese.contains(part), "{part}: {chinese}");
    }
}

#[test]
fn the_overview_says_that_the_lists_are_behind_and_counts_again_when_something_came() {
    let mut scene = three();
    let site = scene.serve();
    assert!(!counted(&site, "", &[]).contains("are behind"));
    scene.store(vec![talk(90, "d", "late")]);
    let page = said(&counted(&site, "", &[]));
    assert!(page.contains("are behind what is stored (messages: 1, conversations: 0)"), "{page}");
    // it is counted beside the pages, so not at once
    let again = (0..2_000).any(|_| said(&counted(&site, "", &[])).contains("Messages 6"));
    assert!(again, "the new message is counted");
}

#[test]
fn the_figures_are_of_the_archive_that_is_there_now() {
    let mut scene = three();
    let site = scene.serve();
    assert!(said(&counted(&site, "", &[])).contains("Messages 5"));
    let mut other = Scene::new();
    other.store(vec![talk(1, "z", "the only one")]);
    other.archive.index(&|| false).unwrap();
    std::fs::rename(scene.path(), scene.dir.path().join("aside")).unwrap();
    assert_eq!(site.get("").status, 503);
    assert_eq!(site.get("charts").status, 503);
    std::fs::rename(other.path(), scene.path()).unwrap();
    // it is counted beside the pages, so not at once
    let again = (0..2_000).any(|_| said(&counted(&site, "charts", &[])).contains("Text 1 100.0 %"));
    assert!(again, "the other archive is counted");
    assert!(said(&counted(&site, "", &[])).contains("Messages 1"));
}

#[test]
fn a_message_that_is_dated_centuries_away_leaves_the_charts_readable() {
    let mut scene = three();
    let far = [-62_000_000_000_000, 253_300_000_000_000, 9_000_000_000_000_000].map(|ms| {
        let mut message = talk(ms / 1_000_000_000, "far", "when?");
        message.sent_at = Some(chat_core::SentAt::stated(UnixMillis::new(ms)));
        message
    });
    scene.store(far.into());
    let site = scene.serve();
    for path in ["", "charts"] {
        let page = counted(&site, path, &[]);
        assert!(page.len() < 100_000, "{path}: {} bytes", page.len());
        let text = said(&page);
        assert!(text.contains("by day") && text.contains("&lt; 2025-10-13 1"), "{text}");
        assert!(text.contains("&gt; 2025-10-15 2"), "{text}");
    }
}

#[test]
fn each_filter_of_the_list_chooses_and_stands_in_the_form() {
    let mut scene = three();
    let site = scene.serve();
    assert_eq!(names(&site.page("conversations")), ["Ünal", "李雷", "张伟"]);
    let filters: [(&str, &[&str]); 14] = [
        ("source=src", &["Ünal", "李雷", "张伟"]),
        ("source=other", &[]),
        ("customer=%E4%BC%9F", &["张伟"]),
        ("customer=%C3%9CNAL", &["Ünal"]),
        ("customer=%25", &[]),
        ("agent=ann", &["李雷"]),
        ("kind=image", &["李雷"]),
        ("kind=never-heard-of", &[]),
        ("status=failed", &["李雷"]),
        ("from=2025-10-14", &["Ünal", "李雷"]),
        ("to=2025-10-13", &["张伟"]),
        ("from=2025-10-14&to=2025-10-14", &["李雷"]),
        ("customer=&agent=&from=&to=&kind=&status=", &["Ünal", "李雷", "张伟"]),
        ("from=2025-10-14&status=read", &[]),
    ];
    for (query, expected) in filters {
        let page = site.page(&format!("conversations?{query}"));
        assert_eq!(names(&page), expected, "{query}");
        assert_eq!(page.contains("No conversation is like that"), expected.is_empty(), "{query}");
    }
    let page =
        site.page("conversations?kind=never-heard-of&customer=%22%3E%3Cb%3E&from=2025-10-14");
    assert!(page.contains("<option value=\"never-heard-of\" selected>"), "{page}");
    assert!(page.contains("value=\"&quot;&gt;&lt;b&gt;\""), "{page}");
    assert!(page.contains("value=\"2025-10-14\""), "{page}");
    assert_eq!(site.get("conversations?from=yesterday").status, 400);
    assert_eq!(site.get("conversations?older=1").status, 400);
    let chinese = site.get_with("conversations?kind=image", &CHINESE).text();
    assert!(chinese.contains("1 个会话") && chinese.contains("图片"), "{chinese}");
}

#[test]
fn turning_pages_shows_each_conversation_once_though_one_moves_to_the_front() {
    let mut scene = Scene::new();
    let name = |number: i64| format!("customer {number}");
    let first = (0..130).map(|number| {
        by(talk(number, &format!("c{number}"), "hi"), SenderKind::Customer, &name(number))
    });
    scene.store(first.collect());
    let site = scene.serve();
    let mut shown = Vec::new();
    let mut path = "conversations?customer=customer".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = site.page(&path);
        shown.extend(names(&page));
        pages.push(names(&page));
        assert_eq!(rel(&page, "prev").is_some(), pages.len() > 1);
        if pages.len() == 1 {
            // one that was shown and one that was not get a message
            let late = [129, 3].map(|number| {
                by(
                    talk(900 + number, &format!("c{number}"), "late"),
                    SenderKind::Customer,
                    &name(number),
                )
            });
            scene.store(
                late.map(|mut late| {
                    late.id = chat_core::MessageId::new(format!("late {}", late.id.as_str()));
                    late
                })
                .into(),
            );
            scene.archive.index(&|| false).unwrap();
        }
        match rel(&page, "next") {
            Some(next) => path = next,
            None => break,
        }
    }
    let unique: BTreeSet<_> = shown.iter().cloned().collect();
    assert_eq!(unique.len(), shown.len(), "none is shown twice");
    let lacking: Vec<_> = (0..130).map(name).filter(|name| !unique.contains(name)).collect();
    assert_eq!(lacking, [name(3)], "it moved to the front");
    // and the way back passes all of them, up to the front
    let mut back = names(&site.page(&path));
    while let Some(earlier) = rel(&site.page(&path), "prev") {
        path = earlier;
        back.splice(0..0, names(&site.page(&path)));
    }
    assert_eq!(back[..2], [name(129), name(3)]);
    assert_eq!(back.iter().collect::<BTreeSet<_>>().len(), 130);
    assert_eq!(back.len(), 130);
}

#[test]
fn a_search_marks_its_words_and_leads_to_the_message() {
    let mut scene = three();
    let site = scene.serve();
    let page = site.page("search?q=%E5%8F%91%E7%A5%A8");
    assert!(
        page.contains("我要<mark>发票</mark>") && page.contains("<mark>发票</mark>已开"),
        "{page}"
    );
    assert!(page.contains("2 messages") && page.contains("value=\"发票\""), "{page}");
    let link = page.split("class=\"name\" href=\"./").nth(1).unwrap().split('"').next().unwrap();
    let jump = site.get(link);
    assert_eq!(jump.status, 303);
    let target = jump.header("location").trim_start_matches("../").to_owned();
    let number: i64 = link.trim_start_matches("at/").parse().unwrap();
    assert!(target.contains(&format!("?at={number}#m{number}")), "{target}");
    assert!(numbers(&site.page(target.split('#').next().unwrap())).contains(&number));

    for (query, hits) in [
        ("q=%E5%8F%91%E7%A5%A8&direction=inbound", 1),
        ("q=%E5%8F%91%E7%A5%A8&sender=%E5%AE%A2%E6%9C%8D%E5%B0%8F%E7%8E%8B", 1),
        ("q=%E5%8F%91%E7%A5%A8&to=2025-10-12", 0),
        ("q=%E5%8F%91%E7%A5%A8&from=2025-10-13&to=2025-10-13&source=src&order=best", 2),
        ("q=sorry&status=failed", 1),
        ("q=sorry&kind=image", 0),
    ] {
        let page = site.page(&format!("search?{query}"));
        assert_eq!(names(&page).len(), hits, "{query}: {page}");
        assert_eq!(page.contains("No message has that"), hits == 0, "{query}");
    }
    let wrong = site.page("search?q=%22paid");
    assert!(wrong.contains("The quotation mark at character 1 is not closed"), "{wrong}");
    let wrong = site.get_with("search?q=-paid", &CHINESE).text();
    assert!(wrong.contains("无法理解这个查询") && wrong.contains("如何搜索"), "{wrong}");
    assert!(site.page("search").contains("How to search"));
}

#[test]
fn pages_of_hits_show_each_of_them_once_and_facets_narrow_them() {
    let mut scene = Scene::new();
    let all = (0..100).map(|number| {
        let mut message = talk(number * 24 * 7, "a", "退款 please");
        if number % 4 == 0 {
            message.kind = Kind::Template;
        }
        message
    });
    scene.store(all.collect());
    let site = scene.serve();
    let mut shown = BTreeSet::new();
    let mut path = "search?q=%E9%80%80%E6%AC%BE".to_owned();
    let mut count = 0;
    let first = site.page(&path);
    loop {
        let page = site.page(&path);
        for link in page.split("class=\"name\" href=\"./at/").skip(1) {
            assert!(shown.insert(link.split('"').next().unwrap().to_owned()), "shown twice");
            count += 1;
        }
        match rel(&page, "next") {
            Some(next) => path = next,
            None => break,
        }
    }
    assert_eq!(count, 100);
    assert!(first.contains("100 messages"), "{first}");
    let facet = |name: &str| {
        let end = first.find(&format!("\"><bdi>{name}</bdi>")).unwrap();
        let link = first[..end].rsplit("href=\"./").next().unwrap();
        (link.replace("&amp;", "&"), said(&first[end..end + 80]))
    };
    let (template, told) = facet("Template");
    assert!(told.starts_with("\"> Template 25") || told.contains("Template 25"), "{told}");
    assert!(site.page(&template).contains("25 messages"));
    let (month, _) = facet("2027-08");
    assert!(month.contains("from=2027%2D08%2D01&to=2027%2D08%2D31"), "{month}");
    let page = site.page(&month);
    assert!((4..=5).contains(&names(&page).len()), "{page}");
}

#[test]
fn charts_have_the_numbers_of_a_plain_count_as_tables() {
    let mut scene = three();
    let mut late = by(talk(2_000, "e", "read"), SenderKind::Agent, "Agent Ann");
    late.status = Some(Status::Read);
    late.sent_at = Some(sent(MONDAY_MS + 2_000 * HOUR_MS));
    scene.store(vec![late]);
    let site = scene.serve();
    let page = counted(&site, "charts", &[]);
    let text = said(&page);
    // by day, since the span is short
    for part in [
        "2025-10-13 1 1 0 2",
        "2025-10-14 1 1 0 2",
        "2025-10-15 1 0 0 1",
        "客服小王 src 1 1 1 1 h",
        "Agent Ann src 2 2 1 1 h",
        "Half waited at most 1 h",
        "Answered 2 66.6 %",
        "Not answered 1",
        "Text 5 83.3 %",
        "Picture 1 16.6 %",
        "With a status 2 100.0 %",
        "read 1 50.0 %",
        "not delivered 1 50.0 %",
        "The vendor says nothing 1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(page.matches("<svg").count() >= 6, "{page}");
    assert!(!page.contains(" style="), "the policy forbids styles in attributes");
    let one_day = said(&counted(&site, "charts?from=2025-10-14&to=2025-10-14&source=src", &[]));
    assert!(one_day.contains("2025-10-14 1 1 0 2") && !one_day.contains("2025-10-13"), "{one_day}");
    assert!(counted(&site, "charts?source=other", &[]).contains("There is nothing to draw"));
    assert_eq!(site.get("charts?from=x").status, 400);
    let chinese = said(&counted(&site, "charts", &CHINESE));
    assert!(chinese.contains("一半的客户等待不超过 1 小时"), "{chinese}");
}

#[test]
fn hostile_names_and_words_stay_text_in_lists_hits_and_charts() {
    let mut scene = hostile_scene();
    let site = scene.serve();
    let pages = [
        site.page("conversations"),
        site.page("search?q=alert"),
        site.page("search?q=%3Cscript%3Ealert&source=%3Cscript%3E&sender=%3Cscript%3E&status=%3Cscript%3E"),
        counted(&site, "", &[]),
        counted(&site, "charts", &[]),
    ];
    for page in pages {
        assert_eq!(page.matches("<script").count(), 1, "the one of the pages: {page}");
        assert!(!page.contains("<iframe") && !page.contains("<img src=x"), "{page}");
        assert!(!page.contains("<svg onload"), "{page}");
        assert!(page.contains("&lt;"), "they are there: {page}");
    }
}
