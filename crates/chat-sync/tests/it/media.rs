//! Files: fetched, renewed, or listed with the reason.

use std::sync::Arc;

use chat_archive::Reader;

use crate::listing::{Bench, Change, Listing, NOW};

#[test]
fn every_file_is_fetched() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(57).with_media()));
    let report = bench.run(&source);
    assert!(report.is_complete());
    assert_eq!(report.sources[0].media.saved, 57);
    assert_eq!(Reader::open(&bench.path()).unwrap().status().unwrap()[0].media.saved, 57);
    assert_eq!(bench.run(&source).sources[0].media.saved, 0);
}

#[test]
fn a_dead_link_is_renewed() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(20).with_media()));
    source.dead.lock().unwrap().insert("first-r00003".into());
    let report = bench.run(&source);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.sources[0].media.saved, 20);
}

#[test]
fn a_file_that_is_gone_stops_nothing_and_is_told() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(20).with_media()));
    for link in ["first-r00003", "renewed-r00003"] {
        source.dead.lock().unwrap().insert(link.into());
    }
    let report = bench.run(&source);
    assert!(!report.is_complete());
    let media = report.sources[0].media;
    assert_eq!((media.saved, media.expired), (19, 1));
    assert_eq!(bench.stored().len(), 20);
}

#[test]
fn files_that_were_not_asked_for_are_fetched_by_the_next_run_that_asks() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(20).with_media()));
    bench.settings.media = false;
    let report = bench.run(&source);
    assert!(report.is_complete());
    assert_eq!((report.sources[0].media.saved, report.sources[0].media.pending), (0, 20));
    bench.settings.media = true;
    let report = bench.run(&source);
    assert!(report.is_complete());
    assert_eq!((report.sources[0].media.saved, report.sources[0].media.pending), (20, 0));
}

#[test]
fn a_record_that_left_the_list_takes_its_file_with_it() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(1).with_media()));
    bench.settings.media = false;
    bench.run(&source);
    source.apply(&Change::Delete("r00000".into()));
    source.apply(&Change::Insert("other".into(), NOW - 7_200_000));
    bench.settings.media = true;
    let report = bench.run(&source);
    assert_eq!((report.sources[0].media.saved, report.sources[0].media.expired), (1, 1));
}

#[test]
fn credentials_that_are_refused_for_a_while_cost_no_file() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(5).with_media()));
    bench.settings.media = false;
    bench.run(&source);
    bench.settings.media = true;
    source.deny_renewals();
    let report = bench.run(&source);
    assert_eq!((report.sources[0].media.pending, report.sources[0].media.expired), (5, 0));
    source.heal();
    assert_eq!(bench.run(&source).sources[0].media.saved, 5);
}

#[test]
fn files_of_earlier_runs_do_not_keep_new_records_out() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(2100).with_media()));
    bench.settings.media = false;
    bench.run(&source);
    bench.settings.media = true;
    source.deny_renewals();
    source.apply(&Change::Insert("new".into(), NOW - 120_000));
    let report = bench.run(&source);
    assert_eq!(report.sources[0].messages_new, 1);
    assert_eq!((report.sources[0].media.saved, report.sources[0].media.pending), (1, 2100));
}

#[test]
fn links_to_the_files_of_a_page_are_renewed_by_one_call() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(100).with_media()));
    bench.settings.media = false;
    bench.run(&source);
    bench.run(&source);
    let walk = source.log().len();
    bench.run(&source);
    let walk = source.log().len() - walk;
    bench.settings.media = true;
    let before = source.log().len();
    let report = bench.run(&source);
    assert_eq!(report.sources[0].media.saved, 100);
    assert_eq!(report.sources[0].media.renewed, 100);
    // ten records a page
    assert_eq!(source.log().len() - before - walk, 10);
    assert_eq!(source.renewed_alone(), 0);
}

#[test]
fn lacking_files_that_lie_far_apart_cost_a_call_each_and_no_more() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(240).with_media()));
    let far: Vec<String> = (0..6).map(|index| format!("r{:05}", index * 40)).collect();
    for id in &far {
        source.dead.lock().unwrap().insert(format!("first-{id}"));
        source.dead.lock().unwrap().insert(format!("renewed-{id}"));
    }
    let report = bench.run(&source);
    assert_eq!((report.sources[0].media.saved, report.sources[0].media.expired), (234, 6));
    bench.settings.media = false;
    let before = source.log().len();
    bench.run(&source);
    let walk = source.log().len() - before;
    bench.settings.media = true;
    source.dead.lock().unwrap().clear();
    let before = source.log().len();
    let report = bench.run(&source);
    assert_eq!((report.sources[0].media.saved, report.sources[0].media.expired), (6, 0));
    let asked = source.log().len() - before - walk;
    assert!(asked <= 12, "{asked} calls for 6 files");
}

#[test]
fn a_media_host_that_is_down_stops_no_message_and_spoils_no_file() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(120).with_media()));
    source.be_busy();
    let report = bench.run(&source);
    assert!(!report.is_complete());
    assert_eq!(bench.stored().len(), 120);
    assert_eq!(report.sources[0].media.pending, 120);
    let listed = Reader::open(&bench.path()).unwrap().media_list("src", false).unwrap();
    let tried = listed.iter().filter(|file| file.tries > 0).count();
    assert!((50..60).contains(&tried), "{tried} were tried before the host counted as down");
    let reason = "the media host answered HTTP status 503 (5 tries)";
    assert!(listed.iter().any(|file| file.reason.as_deref() == Some(reason)));
    source.heal();
    assert_eq!(bench.run(&source).sources[0].media.saved, 120);
}

#[test]
fn a_file_that_was_given_up_is_tried_again_when_it_is_asked_for() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(3).with_media()));
    for link in ["first-r00001", "renewed-r00001"] {
        source.dead.lock().unwrap().insert(link.into());
    }
    bench.run(&source);
    bench.run(&source);
    source.dead.lock().unwrap().clear();
    // it was tried twice, and its next try is an hour away
    assert_eq!(bench.run(&source).sources[0].media.saved, 0);
    let report = bench.retry(&source);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.sources[0].media.saved, 1);
}
