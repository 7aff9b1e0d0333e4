//! The print view: a span of days, a bound, and a proof that can be checked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chat_core::{Kind, Secret, Status};
use sha2::{Digest as _, Sha256};

use crate::support::{HOUR_MS, MONDAY_MS, Scene, numbers, sent, text, with_file};

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The digests of the table, in their order.
fn digests(page: &str) -> Vec<String> {
    let table = page.split("<table class=\"digests\">").nth(1).unwrap();
    let cells = table.split("<code>").skip(1);
    cells.map(|cell| cell.split('<').next().unwrap().to_owned()).collect()
}

#[test]
fn the_proof_on_a_print_is_the_one_that_the_archive_gives() {
    let mut scene = Scene::new();
    scene.store(vec![text(1, "发票"), text(2, "好的")]);
    scene.store(vec![text(3, "谢谢")]);
    let site = scene.serve();
    let page = site.page("conversation/1/print");
    let digests = digests(&page);
    assert_eq!(digests.len(), 3);
    let reader = scene.reader();
    for (index, digest) in digests.iter().enumerate() {
        let proof = reader.prove(&format!("id-{}", index + 1), Some("src"), None).unwrap();
        let record = STANDARD.decode(&proof.record_base64).unwrap();
        assert_eq!(*digest, sha256(record), "the record's bytes prove it");
        assert!(page.contains(&proof.head), "the head of the ledger");
    }
    let report = reader.verify(&mut |_| {}).unwrap();
    assert!(report.is_clean());
    assert!(page.contains(&report.head.unwrap()), "the head that `verify` prints");
    let lines = digests.join("\n") + "\n";
    assert!(page.contains(&sha256(lines)), "the digest over all of them");
    assert!(page.contains("The archive has no seal"), "{page}");
    scene
        .archive
        .seal(&Secret::new("a key of some length"), chat_core::UnixMillis::new(MONDAY_MS))
        .unwrap();
    let sealed = site.page("conversation/1/print");
    assert!(
        sealed.contains("a seal of 2025-10-12 16:00:00 +00:00 on its first 2 entries"),
        "{sealed}"
    );
}

#[test]
fn days_can_be_chosen_and_both_belong_to_the_span() {
    let mut scene = Scene::new();
    let day = 24 * HOUR_MS;
    let on = |number: i64, ms: i64| {
        let mut message = text(number, &format!("text {number}"));
        message.sent_at = Some(sent(ms));
        message
    };
    scene.store(vec![
        on(1, MONDAY_MS - 1),
        on(2, MONDAY_MS),
        on(3, MONDAY_MS + day),
        on(4, MONDAY_MS + 2 * day - 1),
        on(5, MONDAY_MS + 2 * day),
    ]);
    let site = scene.serve();
    let texts = |query: &str| {
        let page = site.page(&format!("conversation/1/print{query}"));
        let parts = page.split("dir=\"auto\">text ").skip(1);
        parts.map(|part| part.chars().next().unwrap()).collect::<String>()
    };
    assert_eq!(texts(""), "12345");
    assert_eq!(texts("?from=2025-10-13&to=2025-10-14"), "234");
    assert_eq!(texts("?from=2025-10-14&to="), "345");
    assert_eq!(texts("?from=&to=2025-10-12"), "1");
    let none = site.page("conversation/1/print?from=2030-01-01&to=2030-01-02");
    assert!(none.contains("No message of this conversation was sent on these days"), "{none}");
    assert!(!none.contains("class=\"digests\""));
}

#[test]
fn a_long_print_is_cut_and_says_so_and_goes_on() {
    let mut scene = Scene::new();
    scene.store((0..3_100).map(|number| text(number, "x")).collect());
    let site = scene.serve();
    let page = site.page("conversation/1/print");
    assert_eq!(numbers(&page).len(), 3_000);
    assert!(page.contains("Only the messages 1–3,000 of this span"));
    let next = page.split("print?after=").nth(1).unwrap().split('"').next().unwrap();
    let next = next.replace("&amp;", "&");
    let rest = site.page(&format!("conversation/1/print?after={next}"));
    assert_eq!(numbers(&rest).len(), 100);
    assert!(!rest.contains("Only the messages") && rest.contains("<dd>3,001–3,100</dd>"), "{rest}");
    assert!(rest.contains("<span class=\"number\">3001</span>"), "the numbers go on");
    assert!(numbers(&page).iter().all(|number| !numbers(&rest).contains(number)));
}

#[test]
fn nothing_that_is_proven_is_left_out_or_folded() {
    let mut scene = Scene::new();
    let long = format!("{}TAIL", "长".repeat(1_300));
    scene.store(vec![text(1, &long), text(2, "说错了")]);
    let mut recalled = text(2, "");
    recalled.text = None;
    recalled.status = Some(Status::Recalled);
    scene.store(vec![recalled]);
    let stored = scene.store(vec![with_file(3, Kind::File, Some("合同.pdf"))]);
    scene.save(&stored, b"%PDF-1.7");
    let site = scene.serve();
    assert!(!site.page("conversation/1").contains("TAIL"), "on the screen it is a page away");
    let page = site.page("conversation/1/print");
    assert!(page.contains("TAIL") && !page.contains("Show all of it"), "{page}");
    assert!(page.contains("<details class=\"was\" open>") && page.contains("说错了"), "{page}");
    let file = sha256(b"%PDF-1.7");
    assert!(page.contains(&format!("SHA-256 {file}")) && page.contains("合同.pdf"), "{page}");
    let digests = digests(&page);
    assert_eq!(digests.len(), 5, "of three messages, an earlier version and a file");
    assert!(digests.contains(&file));
    let reader = scene.reader();
    for form in (1..=3).flat_map(|number| reader.forms(number).unwrap()) {
        assert!(digests.contains(&hex::encode(form.raw_sha256)), "version {}", form.version);
    }
}

#[test]
fn messages_of_no_day_are_in_no_span_of_days() {
    let mut scene = Scene::new();
    let mut untimed = text(1, "of no day");
    untimed.sent_at = None;
    scene.store(vec![untimed, text(2, "of a day")]);
    let site = scene.serve();
    let all = site.page("conversation/1/print");
    assert!(all.contains("of no day") && all.contains("of a day"));
    let span = site.page("conversation/1/print?from=2025-10-13&to=2025-10-13");
    assert!(!span.contains("of no day") && span.contains("of a day"), "{span}");
    assert!(span.contains("Messages without a time are left out"), "{span}");
    let mut scene = Scene::new();
    let mut untimed = text(1, "of no day");
    untimed.sent_at = None;
    scene.store(vec![untimed]);
    let site = scene.serve();
    assert!(!site.page("conversation/1/print").contains("type=\"date\""));
    assert!(!site.page("conversation/1/print?from=2025-10-13").contains("of no day"));
}
