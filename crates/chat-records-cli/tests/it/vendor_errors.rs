//! What the vendor does wrong, and how the program tells it.

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn errors_inside_of_http_200_are_tried_again() {
    let world = World::new(450).await;
    world.set_faults("[[fault]]\nevery = 3\nkind = \"api\"\ncode = -1\nmessage = \"failed\"\n");
    let run = world.run(&["sync", "--json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.json()["sources"][0]["retries"].as_u64().unwrap() > 0);
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_never_comes_breaks_its_window_and_loses_nothing_else() {
    let world = World::new(450).await;
    world.configure(|text| {
        text.replace("min_interval_ms = 0", "min_interval_ms = 0\npage_size = 50")
    });
    world.set_faults("[[fault]]\npage = 3\nkind = \"api\"\ncode = -1\nmessage = \"failed\"\n");
    let run = world.run(&["sync", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let report = run.json();
    assert_eq!(report["verdict"], "broken");
    let windows = report["sources"][0]["windows"].as_array().unwrap();
    let broken: Vec<_> = windows.iter().filter(|window| window["verdict"] == "broken").collect();
    assert!(!broken.is_empty(), "{report}");
    assert!(broken.iter().all(|window| window["reason"].is_string()), "{report}");
    assert!(run.stderr.contains("error: nxlink: "), "{run:?}");
    let kept = world.exported().len();
    assert!((350..450).contains(&kept), "{kept}");
    let status = world.run(&["status"]);
    assert_eq!(status.code, 1, "{status:?}");
    assert!(status.stdout.contains("broken"), "{status:?}");

    world.set_faults("");
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 0, "{run:?}");
    world.assert_complete();
    assert_eq!(world.run(&["status"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_in_the_vendors_words_and_in_ours() {
    let world = World::new(10).await;
    std::fs::write(world.path("access_secret"), "MARKER-wrong").unwrap();
    let run = world.run(&["check"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.error().starts_with("nxlink: nxlink refused chat/records with code 1003: "),
        "{run:?}"
    );
    assert!(run.error().contains("check the access secret"), "{run:?}");
    assert!(run.stdout.contains("failed"), "{run:?}");
    let run = world.run(&["check", "--json"]);
    let source = &run.json()["sources"][0];
    assert_eq!(
        (run.code, &source["ok"], &source["vendor_code"]),
        (1, &false.into(), &"1003".into())
    );
    assert!(source["advice"].is_string(), "{source}");

    let run = world.run(&["sync", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.json()["sources"][0]["error"].as_str().unwrap().contains("1003"), "{run:?}");
    assert!(run.stderr.contains("1003"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_learned_and_told() {
    let world = World::new(120).await;
    world.clock().set_offset(-90 * 60 * 1000);
    let run = world.run(&["check"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("clock"), "{run:?}");
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("clock"), "{run:?}");
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_had_are_missing_and_counted() {
    let world = World::new(200).await;
    world.set_faults("[[fault]]\npath = \"media\"\nalways = true\nkind = \"http\"\nstatus = 404\n");
    let run = world.run(&["sync", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let media = &run.json()["sources"][0]["media"];
    let lost = media["failed"].as_u64().unwrap() + media["expired"].as_u64().unwrap();
    assert!(lost > 0, "{media}");
    assert_eq!(media["saved"], 0);
    assert!(run.stderr.contains("files"), "{run:?}");
    world.assert_complete();
    assert_eq!(world.run(&["status"]).code, 1);
}
