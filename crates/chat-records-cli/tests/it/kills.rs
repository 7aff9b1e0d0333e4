//! `kill -9` at random points of a run: complete afterwards, nothing twice, little fetched again.

use std::hash::{BuildHasher as _, RandomState};

use chat_sim::SimOptions;
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Run, World};
use crate::vendors::Vendors;

/// Kills of each vendor's run: 200 in all.
const KILLS: u32 = 50;
/// A run is killed after so many requests at most.
const LATEST: u64 = 14;

/// Any number from 1 to `most`; it is printed, so that a failure can be told.
fn any(most: u64) -> u64 {
    let number = RandomState::new().hash_one(0) % most + 1;
    print!("{number} ");
    number
}

/// Starts the program and kills it after so many requests; `false` if it ended before that.
fn killed(vendors: &Vendors, requests: u64) -> bool {
    match vendors.start_until(&["sync", "-q"], requests) {
        Ok(mut child) => {
            kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
            child.wait().unwrap();
            true
        }
        Err(run) => {
            assert_eq!(run.code, 0, "{run:?}");
            false
        }
    }
}

/// Kills runs of one vendor, with media, until it was often enough; an archive that becomes complete
/// on the way is checked and gives way to a new one.
async fn survives_kills(vendor: &str) {
    let vendors = Vendors::with(SimOptions::all(600).only(&[vendor]).with_latency_ms(2)).await;
    let mut kills = 0;
    let mut archives = 0;
    while kills < KILLS {
        if killed(&vendors, any(LATEST)) {
            kills += 1;
            if kills % 10 == 0 {
                let run = vendors.run(&["verify", "-q"]);
                // the first kill may come before there is an archive
                assert!(run.code == 0 || run.error().contains("there is no archive"), "{run:?}");
            }
            continue;
        }
        archives += 1;
        check(&vendors);
        std::fs::remove_dir_all(vendors.dir.path().join("archive")).unwrap();
    }
    let run = vendors.run(&["sync", "-q"]);
    assert_eq!(run.code, 0, "{run:?}");
    check(&vendors);
    println!("\n{vendor}: {kills} kills, {} archives complete", archives + 1);
}

/// Complete, nothing twice, every file there, nothing left over, and clean.
fn check(vendors: &Vendors) {
    vendors.assert_complete();
    vendors.assert_files();
    assert_eq!(vendors.run(&["verify", "-q"]).code, 0);
    assert_eq!(vendors.run(&["status", "-q"]).code, 0);
    let media = vendors.dir.path().join("archive/media");
    let names = std::fs::read_dir(media).unwrap();
    let left = names.filter(|name| {
        name.as_ref().unwrap().file_name().to_string_lossy().starts_with("incoming-")
    });
    assert_eq!(left.count(), 0, "downloads that were cut off are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_of_nxlink() {
    survives_kills("nxlink").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_of_bes() {
    survives_kills("bes-ccmessaging").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_of_myscrm() {
    survives_kills("myscrm-qw").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_of_jijyun() {
    survives_kills("jijyun").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_costs_the_pages_in_flight() {
    const PAGES: u64 = 150;
    let world = World::with(3000, |options| options.with_latency_ms(2)).await;
    world.configure(|text| {
        text.replace("min_interval_ms = 0", "min_interval_ms = 0\npage_size = 20")
    });
    let mut kills = 0;
    while kills < 25 {
        let mut child = world.start_until(&["sync", "--no-media", "-q"], any(5));
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    let run = world.run(&["sync", "--no-media", "-q"]);
    assert_eq!(run.code, 0, "{run:?}");
    world.assert_complete();
    // asked for one at a time, pages rarely wait: a kill costs the one being fetched and the one
    // being stored
    let again = world.calls() - PAGES;
    println!("\n{kills} kills: {again} pages fetched again");
    assert!(again <= 2 * kills, "{again}");
    let archive = Connection::open(world.path("archive/archive.db")).unwrap();
    let stored: u64 = archive.query_row("SELECT count(*) FROM page", [], |row| row.get(0)).unwrap();
    assert!(stored <= PAGES + kills, "{stored}");
    let run: Run = world.run(&["verify", "-q"]);
    assert_eq!(run.code, 0, "{run:?}");
}
