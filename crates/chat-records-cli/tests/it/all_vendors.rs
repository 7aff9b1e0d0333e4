//! All vendors in one run: complete, in parallel, and each on its own when it fails.

use chat_sim::Faults;
use serde_json::Value;

use crate::vendors::{VENDORS, Vendors};

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_records_of_each_vendor_arrive_once_and_as_they_were_sent() {
    let vendors = Vendors::new(5000).await;
    let run = vendors.run(&["sync", "--json", "-q", "--no-media"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let report = run.json();
    assert_eq!(report["verdict"], "provisional");
    for (source, name) in report["sources"].as_array().unwrap().iter().zip(VENDORS) {
        assert_eq!(source["source"], name);
        assert_eq!(source["messages_new"], 5000, "{name}");
        assert_eq!(source["skipped"], 0, "{name}");
        assert_eq!(source["error"], Value::Null, "{name}");
    }
    vendors.assert_complete();
    let again = vendors.run(&["sync", "--json", "-q", "--no-media"]).json();
    for source in again["sources"].as_array().unwrap() {
        let news = (&source["messages_new"], &source["messages_changed"]);
        assert_eq!(news, (&Value::from(0), &Value::from(0)), "{}", source["source"]);
    }
    assert_eq!(vendors.run(&["verify", "-q"]).code, 0);
    assert_eq!(vendors.run(&["status", "-q"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_vendor_are_saved_as_they_are() {
    let vendors = Vendors::new(300).await;
    let run = vendors.run(&["sync", "-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    vendors.assert_files();
    for vendor in vendors.sim.vendors() {
        let files = vendor.records().iter().flat_map(|record| vendor.files(record)).count();
        assert!(vendor.name() == "jijyun" || files > 10, "{}", vendor.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_checked_and_shown_at_once() {
    let vendors = Vendors::new(60).await;
    let check = vendors.run(&["check", "--json"]);
    assert_eq!(check.code, 0, "{check:?}");
    let checked = check.json();
    let names: Vec<&str> = checked["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["vendor"].as_str().unwrap())
        .collect();
    assert_eq!(names, VENDORS);
    let status = vendors.run(&["status", "--json"]);
    assert_eq!(status.code, 1, "nothing was synced yet");
    assert_eq!(vendors.run(&["sync", "-q"]).code, 0);
    let status = vendors.run(&["status", "-v"]);
    assert_eq!(status.code, 0, "{status:?}");
    for name in VENDORS {
        assert!(status.stdout.contains(&format!("{name}: assumed: ")), "{name}");
    }
    // a filter by time says what it cannot judge
    let export = vendors.run(&["export", "--format", "jsonl", "--from", "2020-01-01T00:00:00Z"]);
    assert_eq!((export.code, export.stdout.lines().count()), (0, 180));
    assert!(export.stderr.contains("60 messages without a time left out"), "{}", export.stderr);
    let conversations = ["export", "--of", "conversations", "--format", "jsonl"];
    let all = vendors.run(&conversations).stdout.lines().count();
    let export = vendors.run(&[&conversations[..], &["--from", "2020-01-01T00:00:00Z"]].concat());
    let left_out = all - export.stdout.lines().count();
    assert!(left_out > 0);
    let said = format!("{left_out} conversations without a time left out");
    assert!(export.stderr.contains(&said), "{said}: {}", export.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_vendor_that_fails_keeps_no_other_from_being_complete() {
    for failing in VENDORS {
        let vendors = Vendors::new(120).await;
        let rule = "[[fault]]\nalways = true\nkind = \"http\"\nstatus = 401\n";
        let vendor = vendors.sim.vendor(failing).unwrap();
        vendor.set_faults(Faults::from_toml(rule).unwrap());
        let run = vendors.run(&["sync", "--json", "--no-media"]);
        assert_eq!(run.code, 1, "{run:?}");
        for source in run.json()["sources"].as_array().unwrap() {
            let verdict = source["verdict"].as_str().unwrap();
            if source["source"] == failing {
                assert_eq!((verdict, &source["messages_new"]), ("broken", &Value::from(0)));
            } else {
                assert_eq!((verdict, &source["messages_new"]), ("provisional", &Value::from(120)));
            }
        }
        assert!(run.stderr.contains(&format!("error: {failing}: ")), "{}", run.stderr);
        vendor.set_faults(Faults::default());
        assert_eq!(vendors.run(&["sync", "-q", "--no-media"]).code, 0, "{failing}");
        vendors.assert_complete();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_hidden_in_answers_of_success_lose_nothing() {
    let vendors = Vendors::new(1000).await;
    for vendor in vendors.sim.vendors() {
        // an answer of every kind that is none
        let rules = "[[fault]]\nevery = 5\ntimes = 1\nkind = \"html\"\n\n[[fault]]\nevery = 7\ntimes = 1\nkind = \"truncate\"\n\n\
                     [[fault]]\nevery = 11\ntimes = 1\nkind = \"reset\"\n";
        vendor.set_faults(Faults::from_toml(rules).unwrap());
    }
    let run = vendors.run(&["sync", "--json", "-q", "--no-media"]);
    assert_eq!(run.code, 0, "{run:?}");
    vendors.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_once_is_forgiven_when_it_can() {
    let vendors = Vendors::new(120).await;
    for vendor in vendors.sim.vendors() {
        let rule = "[[fault]]\nrecord = 7\nkind = \"bad_record\"\nform = \"text\"\n";
        vendor.set_faults(Faults::from_toml(rule).unwrap());
    }
    let run = vendors.run(&["sync", "--json", "--no-media"]);
    assert_eq!(run.code, 1, "{run:?}");
    for source in run.json()["sources"].as_array().unwrap() {
        assert_eq!(source["messages_new"], 119, "{source}");
        assert!(source["skipped"].as_u64().unwrap() > 0, "{source}");
    }
    assert_eq!(vendors.run(&["status", "-q"]).code, 1);
    for vendor in vendors.sim.vendors() {
        vendor.set_faults(Faults::default());
    }
    let run = vendors.run(&["sync", "-q", "--no-media"]);
    assert_eq!(run.code, 0, "{run:?}");
    vendors.assert_complete();
    let status = vendors.run(&["status"]);
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(vendors.run(&["verify", "-q"]).code, 0);
}
