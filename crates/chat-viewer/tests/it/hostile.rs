//! Stored text is whatever someone wrote: on no page does any of it become markup.

use chat_core::{
    ConversationId, Kind, MessageId, Participant, ParticipantId, PlatformId, SenderKind, Status,
};
use html5gum::{Token, Tokenizer};

use crate::crawl::crawl;
use crate::support::{Scene, text, with_file};

const EVIL: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    "javascript:alert(1)",
    "</title></style></textarea><iframe src=//evil.example>",
    "http://evil.example/\"onmouseover=\"alert(1)",
    "<!--<a href='data:text/html,<script>alert(1)</script>'>",
    "&lt;script&gt;&#60;b\u{202e}\u{0}\u{feff}{{7*7}}${alert(1)}",
];

/// Hostile text in every field that a vendor can fill.
pub(crate) fn hostile_scene() -> Scene {
    let mut scene = Scene::new();
    let mut messages = Vec::new();
    for (index, evil) in (0_i64..).zip(EVIL) {
        let number = index * 3;
        let person = |kind| {
            Participant::new(Some(kind))
                .with_id(Some(ParticipantId::new(format!("{evil}{index}"))))
                .with_name(Some(evil.into()))
        };
        let mut first = text(number, evil);
        first.id = MessageId::new(format!("{evil}{index}"));
        first.conversation_id = Some(ConversationId::new("<b>talk</b>"));
        first.sender = Some(person(SenderKind::Customer));
        first.recipients = vec![person(SenderKind::from(evil))];
        first.status = Some(Status::from(evil));
        first.reactions = vec![evil.into()];
        first.platform_id = Some(PlatformId::new(evil));
        let mut second = text(number + 1, evil);
        second.conversation_id = Some(ConversationId::new(evil));
        second.kind = Kind::from(evil);
        second.sender = Some(person(SenderKind::from(evil)));
        second.reply_to = Some(PlatformId::new(evil));
        second.status = Some(Status::Recalled);
        let mut third = with_file(number + 2, Kind::from(evil), Some(evil));
        third.conversation_id = Some(ConversationId::new("<b>talk</b>"));
        third.attachments[0].mime_type = Some(evil.into());
        messages.extend([first, second, third]);
    }
    let again: Vec<_> = messages.clone();
    let stored = scene.store(messages);
    scene.fail(&stored, chat_archive::MediaState::Failed, EVIL[1]);
    let mut file = scene.store(vec![with_file(90, Kind::File, Some(EVIL[0]))]);
    scene.save(&file, b"<html><script>alert(1)</script>");
    file = scene.store(vec![with_file(91, Kind::Image, Some(EVIL[1]))]);
    scene.save(&file, b"\x89PNG\r\n\x1a\n picture");
    // and what they were before
    let changed = again.into_iter().map(|mut message| {
        message.text = message.text.map(|text| format!("{text} 2"));
        message
    });
    scene.store(changed.collect());
    scene
}

/// Tags and attributes that the pages are made of.
pub(crate) const TAGS: &str = " html head meta title link script body a header nav main form input button label \
    select option h1 h2 h3 h4 p span strong em div section article footer ol ul li dl dt dd time \
    details summary blockquote cite code pre kbd table caption thead tbody tfoot tr th td img audio \
    video svg path dialog del ins mark fieldset legend small figure figcaption g rect text circle \
    line polyline polygon aside datalist optgroup br hr b i bdi sup abbr ";
pub(crate) const ATTRIBUTES: &str = " lang charset name content rel href src defer class id tabindex type value \
    dir placeholder aria-label aria-labelledby aria-current aria-hidden aria-describedby \
    autocomplete autofocus spellcheck maxlength role method action for required min max title datetime \
    data-day data-text viewbox d alt loading decoding controls preload download target scope hidden \
    colspan rowspan width height x y x1 x2 y1 y2 cx cy r points fill stroke stroke-width opacity \
    font-family font-size text-anchor dy dx transform selected checked open pattern list size \
    multiple aria-pressed aria-expanded aria-live aria-sort xmlns font-weight font-style \
    stroke-linecap stroke-linejoin preserveaspectratio focusable inputmode step label media ";

#[test]
fn hostile_text_is_never_markup_on_any_page() {
    let mut scene = hostile_scene();
    let site = scene.serve();
    let mut pages = 0;
    for (path, answer) in crawl(&site) {
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        pages += 1;
        let page = answer.text();
        let mut scripts = 0;
        for Ok(token) in Tokenizer::new(&page) {
            let tag = match token {
                Token::StartTag(tag) => tag,
                Token::Comment(_) => panic!("{path}: a comment"),
                _ => continue,
            };
            let name = String::from_utf8_lossy(&tag.name).into_owned();
            assert!(TAGS.contains(&format!(" {name} ")), "{path}: <{name}>");
            scripts += usize::from(name == "script");
            for (attribute, value) in &tag.attributes {
                let attribute = String::from_utf8_lossy(attribute).to_lowercase();
                let value = String::from_utf8_lossy(value);
                assert!(
                    ATTRIBUTES.contains(&format!(" {attribute} ")),
                    "{path}: <{name} {attribute}={value}>"
                );
                if ["href", "src", "action"].contains(&attribute.as_str()) {
                    let is_own = value.starts_with("./")
                        || value.starts_with("../")
                        || value.starts_with('#');
                    let is_link = name == "a" && value.starts_with("http://evil.example/");
                    assert!(is_own || is_link, "{path}: <{name} {attribute}={value}>");
                }
            }
        }
        assert_eq!(scripts, 1, "{path}: the one script of the pages");
    }
    assert!(pages > 40, "{pages} pages were looked at");
}

#[test]
fn every_stored_text_finds_its_own_direction() {
    let mut scene = Scene::new();
    scene.store(vec![text(1, "שלום עולם")]);
    let page = scene.serve().page("conversation/1");
    assert!(page.contains("<p class=\"text\" dir=\"auto\">שלום עולם</p>"), "{page}");
    assert!(page.contains("<span class=\"name\" dir=\"auto\">王芳</span>"), "{page}");
}
