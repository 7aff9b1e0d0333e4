//! All about one message.

use chat_core::Status;

use crate::support::{Scene, numbers, text};

#[test]
fn every_form_is_there_with_what_changed_and_its_bytes() {
    let mut scene = Scene::new();
    scene.store(vec![text(1, "下午三点送到，运费 12 元")]);
    let mut changed = text(1, "下午四点送到，运费 12 元");
    changed.status = Some(Status::Read);
    scene.store(vec![changed]);
    let site = scene.serve();
    let number = numbers(&site.page("conversation/1"))[0];
    let page = site.page(&format!("message/{number}"));
    assert!(page.contains("Version 1") && page.contains("Version 2"), "{page}");
    let plain = page.replace("<span class=\"unseen\">", "").replace("</span>", "");
    assert!(
        plain.contains("下午<del>[taken out: 三]</del><ins>[put in: 四]</ins>点送到"),
        "{plain}"
    );
    assert!(
        page.contains("<code>status</code></th><td dir=\"auto\">–</td><td dir=\"auto\">read</td>"),
        "{page}"
    );
    // its bytes, and the digest that the archive has of them
    let forms = scene.reader().forms(number).unwrap();
    assert_eq!(forms.len(), 2);
    for form in forms {
        assert!(page.contains(&hex::encode(form.raw_sha256)), "version {}", form.version);
    }
    assert!(page.contains("{\n  &quot;id&quot;: &quot;id-1&quot;,\n"), "indented: {page}");
    assert!(page.contains("2025-10-13 01:00:00 +08:00"), "on the clock of the vendor: {page}");
    let conversation = format!("href=\"../at/{number}\"");
    assert!(page.contains(&conversation), "{page}");
}

#[test]
fn a_message_with_many_long_forms_is_shown_a_few_at_a_time() {
    let mut scene = Scene::new();
    for version in 1..=25 {
        scene.store(vec![text(1, &format!("{version} {}", "长".repeat(5_000)))]);
    }
    let site = scene.serve();
    let mut path = Some("message/1".to_owned());
    let mut seen = Vec::new();
    while let Some(now) = path {
        let page = site.page(&now);
        assert!(page.len() < 2_000_000, "{now}: {} bytes", page.len());
        let versions = page.split("<h3>Version ").skip(1);
        seen.extend(versions.map(|part| {
            part.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<i64>().unwrap()
        }));
        assert!(seen.len() <= 25, "each once: {seen:?}");
        let next = page.split("?before=").nth(1);
        path = next.map(|next| format!("message/1?before={}", next.split('"').next().unwrap()));
    }
    assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>(), "each once, the newest first");
}
