//! What `status` says is missing, and that `sync` mends it.

use serde_json::Value;

use crate::support::{World, keys};

/// The windows that were asked for since so many requests, as they were sent.
fn asked_since(world: &World, before: usize) -> Vec<String> {
    let log = world.nxlink().requests().log;
    log.into_iter().skip(before).filter_map(|request| request.start_time).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn status_names_what_is_missing_and_sync_repairs_what_is_broken_first() {
    let world = World::new(300).await;
    // a record of the last days cannot be read, and with it the newest window is broken
    world.set_faults("[[fault]]\nrecord = 295\nkind = \"bad_record\"\n");
    assert_eq!(world.run(&["sync", "-q", "--no-media"]).code, 1);
    world.set_faults("");
    // and older time is asked for, which would come first if the order were that of time
    let start = format!("start = \"{}\"", world.nxlink().start_date());
    world.configure(|text| text.replace(&start, "start = \"2024-01-01\""));

    let status = world.run(&["status", "nxlink", "--json"]);
    assert_eq!(status.code, 1, "{status:?}");
    let document = status.json();
    let missing = document["sources"][0]["missing"].as_array().unwrap();
    assert_eq!(
        keys(&missing[0]),
        ["checked_ms", "from_ms", "mended_by", "partition", "reason", "to_ms", "what"]
    );
    let what: Vec<&Value> = missing.iter().map(|span| &span["what"]).collect();
    assert_eq!(what, ["start", "broken"]);
    assert_eq!(missing[0]["mended_by"], "sync without --since and --until");
    assert!(missing[1]["reason"].as_str().unwrap().contains("could not be read"), "{missing:?}");
    assert!(missing[1]["checked_ms"].is_i64(), "{missing:?}");
    let told = world.run(&["status"]);
    for part in [
        "nxlink: not read from 2024-01-01T00:00:00+08:00 to ",
        "what mends it: sync without --since and --until",
        "nxlink: broken from ",
        "nxlink: the next sync repairs what is broken before anything else",
        "Not complete: nxlink.",
        "What to do:\n  chat-records sync ",
    ] {
        assert!(told.stdout.contains(part), "{part}: {told:?}");
    }

    let before = world.nxlink().requests().log.len();
    let run = world.run(&["sync", "-q", "--no-media"]);
    assert_eq!(run.code, 0, "{run:?}");
    let mut asked = asked_since(&world, before);
    // at some hours a part has more records than a page, and each page asks for its start
    asked.dedup();
    let first_old = asked.iter().position(|start| start.starts_with("2024")).unwrap();
    // the broken window in its eight parts; what is new since the first sync comes last
    assert_eq!(first_old, 8, "{asked:?}");
    let mended = world.run(&["status", "--json"]);
    assert_eq!((mended.code, &mended.json()["sources"][0]["missing"]), (0, &Value::Array(vec![])));
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn status_takes_the_names_of_sources() {
    let world = World::new(60).await;
    world.configure(|text| {
        let other = text.replace("[sources.nxlink]", "[sources.other]");
        text + &other.replace("archive = \"archive\"", "")
    });
    assert_eq!(world.run(&["sync", "nxlink", "-q", "--no-media"]).code, 0);
    let names = |args: &[&str]| {
        let run = world.run(args);
        let document = run.json();
        let sources = document["sources"].as_array().unwrap().iter();
        let names: Vec<String> =
            sources.map(|source| source["source"].as_str().unwrap().to_owned()).collect();
        (run.code, names, document["never_synced"].clone())
    };
    let none = Value::Array(vec![]);
    assert_eq!(names(&["status", "nxlink", "--json"]), (0, vec!["nxlink".into()], none.clone()));
    assert_eq!(
        names(&["status", "--json"]),
        (1, vec!["nxlink".into()], serde_json::json!(["other"]))
    );
    assert_eq!(names(&["status", "other", "--json"]), (1, vec![], serde_json::json!(["other"])));
    let wrong = world.run(&["status", "nxlnk"]);
    let told = "no source is named \"nxlnk\"; did you mean \"nxlink\"?";
    assert_eq!((wrong.code, wrong.error()), (2, told));
    // one that left the configuration can still be asked about
    world.configure(|text| text.replace("[sources.nxlink]", "[sources.renamed]"));
    assert_eq!(names(&["status", "nxlink", "--json"]), (0, vec!["nxlink".into()], none));
}
