//! What a conversation shows: who, when, what, and how far it got.

use chat_core::{Direction, Kind, Participant, PlatformId, SenderKind, Status, UnixMillis};

use crate::support::{HOUR_MS, MONDAY_MS, Scene, numbers, sent, text};

#[test]
fn bubbles_stand_under_days_on_the_side_of_who_wrote_them() {
    let mut scene = Scene::new();
    let mut answer = text(2, "您好");
    answer.direction = Some(Direction::Outbound);
    answer.sender = Some(Participant::new(Some(SenderKind::Agent)).with_name(Some("李强".into())));
    answer.status = Some(Status::Read);
    answer.reactions = vec!["👍".into()];
    let mut notice = text(3, "会话已结束");
    notice.direction = Some(Direction::System);
    notice.kind = Kind::System;
    notice.sender = Some(Participant::new(Some(SenderKind::System)));
    let mut next = text(4, "https://example.com/票?a=1&b=2 在吗");
    next.sent_at = Some(sent(MONDAY_MS + 30 * HOUR_MS));
    scene.store(vec![text(1, "发票呢？\n急"), answer, notice, next]);
    let site = scene.serve();
    let page = site.page("conversation/1");
    let thread = page.split("<ol class=\"thread\">").nth(1).unwrap().split("</ol>").next().unwrap();
    insta::assert_snapshot!(
        "thread",
        thread.replace("<li", "\n<li").replace("<footer", "\n  <footer")
    );
    let chinese = site.get_with("conversation/1", &[("Accept-Language", "zh")]).text();
    assert!(chinese.contains("2025年10月13日 星期一") && chinese.contains("已读"), "{chinese}");
    assert!(chinese.contains("<html lang=\"zh-Hans\">"));
}

#[test]
fn a_quote_leads_to_what_it_quotes() {
    let mut scene = Scene::new();
    let mut quoted = text(1, "明天可以送到吗");
    quoted.platform_id = Some(PlatformId::new("wamid-1"));
    let mut reply = text(2, "可以");
    reply.reply_to = Some(PlatformId::new("wamid-1"));
    let mut lost = text(3, "好");
    lost.reply_to = Some(PlatformId::new("wamid-0"));
    scene.store(vec![quoted, reply, lost]);
    let page = scene.serve().page("conversation/1");
    let first = numbers(&page)[0];
    let quote = page.split("<blockquote").nth(1).unwrap();
    assert!(quote.contains(&format!("href=\"../at/{first}\"")), "{quote}");
    assert!(quote.contains("明天可以送到吗"), "{quote}");
    assert!(page.contains("a message that is not in the archive"), "{page}");
}

#[test]
fn a_recalled_message_is_folded_with_what_it_said() {
    let mut scene = Scene::new();
    scene.store(vec![text(1, "说错了")]);
    let mut recalled = text(1, "");
    recalled.text = None;
    recalled.status = Some(Status::Recalled);
    recalled.recalled_at = Some(UnixMillis::new(MONDAY_MS));
    scene.store(vec![recalled]);
    let site = scene.serve();
    let page = site.page("conversation/1");
    assert!(page.contains("This message was recalled"), "{page}");
    let folded = page.split("<details class=\"was\">").nth(1).unwrap().split("</details>").next();
    assert!(folded.unwrap().contains("说错了"), "{page}");
    assert_eq!(page.matches("说错了").count(), 1, "nowhere else: {page}");
    assert!(page.contains("2 versions"), "{page}");
}

#[test]
fn every_kind_has_a_name_and_its_text() {
    let kinds = [
        ("location", "Location"),
        ("link", "Link"),
        ("card", "Contact card"),
        ("miniprogram", "Mini program"),
        ("template", "Template"),
        ("redpacket", "Red packet"),
        ("document", "Document"),
        ("mixed", "Several in one"),
        ("hologram", "hologram"),
    ];
    let mut scene = Scene::new();
    let messages = (0..).zip(kinds).map(|(index, (word, _))| {
        let mut message = text(index, &format!("text of {word}"));
        message.kind = Kind::from(word);
        message
    });
    scene.store(messages.collect());
    let page = scene.serve().page("conversation/1");
    for (word, name) in kinds {
        let card = page
            .split("<div class=\"card\">")
            .find(|card| card.contains(&format!("text of {word}<")));
        assert!(card.unwrap().contains(&format!("</svg>{name}</p>")), "{word}: {page}");
    }
}
