//! Files: saved before their links die, listed with the reason, fetched again when asked for.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chat_sim::SimOptions;
use chat_sim::nxlink::NxlinkOptions;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Run, World};

/// Records with files of a size, whose links live for some seconds.
fn with_files(records: u32, bytes: u64, life_s: u64) -> NxlinkOptions {
    NxlinkOptions::default()
        .with_records(records)
        .with_media_bytes(bytes..=bytes)
        .with_media_life(Duration::from_secs(life_s))
        .with_appkey("MARKER-appkey")
        .with_access_key("AK-MARKER-0001")
        .with_access_secret("MARKER-access-secret")
}

/// The ordinals of records that have files, and those records' ids.
fn with_file(world: &World) -> Vec<(usize, String)> {
    let ids = world.nxlink().ids().into_iter().enumerate();
    ids.filter(|(_, id)| world.nxlink().media_bytes(id).is_some()).collect()
}

fn listed(world: &World, args: &[&str]) -> (i32, Vec<Value>) {
    let run = world.run(&[&["media", "list", "--json"], args].concat());
    (run.code, run.json()["files"].as_array().unwrap().clone())
}

/// The files below the media folder: final ones, and those on their way.
fn on_disk(world: &World) -> (Vec<PathBuf>, usize) {
    let (mut files, mut incoming) = (Vec::new(), 0);
    for entry in fs::read_dir(world.path("archive/media")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            incoming += 1;
        }
    }
    (files, incoming)
}

/// The digests and sizes of the vendor's files.
fn of_vendor(world: &World) -> BTreeSet<(String, u64)> {
    let ids = world.nxlink().ids();
    let files = ids.iter().filter_map(|id| {
        let bytes = world.nxlink().media_bytes(id)?.len() as u64;
        Some((world.nxlink().media_sha256(id)?, bytes))
    });
    files.collect()
}

/// Asserts that each file's name is the digest of a file of the vendor's, and that it is whole.
fn assert_whole(vendor: &BTreeSet<(String, u64)>, files: &[PathBuf]) {
    for path in files {
        let parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_str().unwrap()).collect();
        let file = (format!("{}{}", parts[1], parts[0]), fs::metadata(path).unwrap().len());
        assert!(vendor.contains(&file), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_wait_so_that_links_live_until_it_is_their_turn() {
    // 2.4 MB at half a MB a second, and links that live for 3 seconds
    let world = World::with(0, |_| {
        SimOptions::default().with_nxlink(with_files(1350, 12_000, 3)).with_media_rate(500_000)
    })
    .await;
    let files = with_file(&world).len() as u64;
    let begun = Instant::now();
    let run = world.run(&["sync", "--json"]);
    let took = begun.elapsed();
    assert_eq!(run.code, 0, "{run:?}");
    let media = &run.json()["sources"][0]["media"];
    assert_eq!(media["saved"], files);
    assert!(took > Duration::from_secs(4), "{took:?} is too fast to show anything");
    let died = media["renewed"].as_u64().unwrap_or(0);
    println!("{died} of {files} links died in {took:?}");
    assert!(died * 4 < files, "{died} of {files} links died in {took:?}");
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_in_which_a_file_fails_is_told_and_stops_no_message() {
    let world = World::new(600).await;
    world.configure(|text| text.replace("start =", "media_limit_mb = 1\nstart ="));
    let files = with_file(&world);
    let bad = [
        ("kind = \"http\"\nstatus = 500", "HTTP status 500 (5 tries)"),
        ("kind = \"http\"\nstatus = 403", "the link died, and so did renewed ones"),
        ("kind = \"http\"\nstatus = 404", "the media host does not have the file"),
        ("kind = \"http\"\nstatus = 302", "it redirects to another place"),
        ("kind = \"http\"\nstatus = 429", "HTTP status 429 (5 tries)"),
        ("kind = \"reset\"", "the download broke off (5 tries)"),
        ("kind = \"reset\"\nafter_headers = true", "the download broke off (5 tries)"),
        ("kind = \"truncate\"", "the download broke off (5 tries)"),
        ("kind = \"reset\"\nafter_headers = true\ntimes = 3", ""),
        ("kind = \"truncate\"\ntimes = 3", ""),
        ("kind = \"html\"", "the media host sent text/html instead of "),
        ("kind = \"empty\"", "the media host sent an empty file"),
        ("kind = \"endless\"", "the file is larger than the limit"),
        ("kind = \"media_404\"", "the media host does not have the file"),
        ("kind = \"slow\"\ndelay_ms = 300\ndrip_ms = 20", ""),
    ];
    let rules: Vec<String> = bad
        .iter()
        .zip(&files)
        .map(|((rule, _), (ordinal, _))| {
            format!("[[fault]]\npath = \"media\"\nrecord = {ordinal}\n{rule}\n")
        })
        .collect();
    world.set_faults(&rules.join("\n"));
    let run = world.run(&["sync", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    world.assert_complete();
    let (code, lacking) = listed(&world, &[]);
    assert_eq!(code, 1);
    for ((rule, reason), (_, id)) in bad.iter().zip(&files) {
        let found = lacking.iter().find(|file| file["message_id"] == **id);
        match found {
            None => assert!(reason.is_empty(), "{rule}: saved"),
            Some(file) => {
                let told = file["reason"].as_str().unwrap();
                assert!(!reason.is_empty() && told.contains(reason), "{rule}: {told}");
                assert_eq!((&file["tries"], &file["ordinal"]), (&1.into(), &0.into()));
            }
        }
    }
    let told = bad.iter().filter(|(_, reason)| !reason.is_empty()).count();
    assert_eq!(lacking.len(), told);
    let media = &run.json()["sources"][0]["media"];
    assert_eq!(media["saved"], files.len() - told);

    // people see the same, and neither links nor names of files
    let shown = world.run(&["media", "list"]);
    assert_eq!(shown.code, 1);
    assert!(shown.stdout.contains(&format!("{told} files are lacking")), "{}", shown.stdout);
    assert!(!shown.stdout.contains("http://") && !shown.stdout.contains("Signature"));

    // once the host is well again, a retry has them all
    world.set_faults("");
    let retry = world.run(&["media", "retry", "--json"]);
    assert_eq!(retry.code, 0, "{retry:?}");
    assert_eq!(retry.json()["sources"][0]["media"]["saved"], told);
    assert_eq!(listed(&world, &[]), (0, Vec::new()));
    let (code, all) = listed(&world, &["--all"]);
    assert_eq!((code, all.len()), (0, files.len()));
    for file in &all {
        assert!(file["detected_type"].is_string() && file["declared_type"].is_string(), "{file}");
    }
    assert_eq!(world.run(&["status"]).code, 0);
    assert_eq!(world.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_type_is_kept_and_both_types_are_listed() {
    let world = World::new(200).await;
    world.set_faults("[[fault]]\nalways = true\nkind = \"wrong_mime\"\n");
    assert_eq!(world.run(&["sync"]).code, 0);
    let (code, all) = listed(&world, &["--all"]);
    assert_eq!(code, 0);
    assert!(!all.is_empty());
    assert!(all.iter().all(|file| file["detected_type"] != file["declared_type"]), "{all:?}");
    assert!(all.iter().all(|file| file["detected_type"].is_string()), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_has_no_luck_ends_with_1() {
    let world = World::new(100).await;
    world.set_faults("[[fault]]\npath = \"media\"\nalways = true\nkind = \"http\"\nstatus = 404\n");
    assert_eq!(world.run(&["sync"]).code, 1);
    let run = world.run(&["media", "retry"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("lacking; `media list` says why"), "{run:?}");
    assert_eq!(world.run(&["media", "retry", "no-such-source"]).code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_downloads_leaves_no_half_file_under_a_final_name() {
    let world = World::with(0, |_| {
        SimOptions::default().with_nxlink(with_files(150, 40_000, 3600)).with_media_rate(500_000)
    })
    .await;
    let vendor = of_vendor(&world);
    let mut killed_in_download = false;
    for files in [1, 9] {
        let mut child = world.command(&["sync", "-q"]).spawn().unwrap();
        let patience = Instant::now();
        while !world.path("archive/media").is_dir() || on_disk(&world).0.len() < files {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            assert!(patience.elapsed() < Duration::from_secs(30), "it saves nothing");
            std::thread::sleep(Duration::from_millis(2));
        }
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        child.wait().unwrap();
        let (files, incoming) = on_disk(&world);
        assert_whole(&vendor, &files);
        killed_in_download |= incoming > 0;
    }
    assert!(killed_in_download, "no download was under way");
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 0, "{run:?}");
    let (files, incoming) = on_disk(&world);
    assert_eq!((files.len(), incoming), (vendor.len(), 0));
    assert_whole(&vendor, &files);
    assert_eq!(world.run(&["verify"]).code, 0);
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_lost_or_damaged_in_the_archive_are_fetched_again() {
    let world = World::new(300).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let (files, _) = on_disk(&world);
    let (lost, damaged) = (&files[0], &files[1]);
    let (lost_bytes, damaged_bytes) = (fs::read(lost).unwrap(), fs::read(damaged).unwrap());
    fs::remove_file(lost).unwrap();
    fs::write(damaged, "something else").unwrap();
    assert_eq!(world.run(&["verify"]).code, 1);
    let run = world.run(&["sync", "--json"]);
    assert_eq!((run.code, &run.json()["sources"][0]["media"]["saved"]), (0, &1.into()));
    assert_eq!(fs::read(lost).unwrap(), lost_bytes);
    assert_eq!(world.run(&["verify"]).code, 1, "a sync does not read every file");
    let run: Run = world.run(&["media", "retry", "--json"]);
    assert_eq!((run.code, &run.json()["sources"][0]["media"]["saved"]), (0, &1.into()));
    assert_eq!(fs::read(damaged).unwrap(), damaged_bytes);
    assert_eq!(world.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_tried_in_vain_is_an_error_of_status_and_one_not_tried_is_none() {
    let world = World::new(30).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    assert_eq!(world.run(&["status"]).code, 0);
    world.set_faults("[[fault]]\npath = \"media\"\nalways = true\nkind = \"reset\"\n");
    assert_eq!(world.run(&["sync"]).code, 1);
    let status = world.run(&["status", "--json"]);
    let media = status.json()["sources"][0]["media"].clone();
    assert!(media["pending"].as_u64().unwrap() > 0, "it is tried again: {media}");
    assert_eq!((&media["failed"], &media["expired"]), (&0.into(), &0.into()));
    assert_eq!(status.code, 1, "{status:?}");
    world.set_faults("");
    assert_eq!(world.run(&["media", "retry"]).code, 0);
    assert_eq!(world.run(&["status"]).code, 0);
}
