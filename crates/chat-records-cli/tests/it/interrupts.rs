//! Ctrl-C, `kill`, and `kill -9`: nothing is lost, nothing is stored twice.

use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Run, World};

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Slow enough to be interrupted in the middle.
async fn slow_world() -> World {
    let world = World::with(1500, |options| options.with_latency_ms(20)).await;
    world.configure(|text| {
        text.replace("min_interval_ms = 0", "min_interval_ms = 0\npage_size = 20")
    });
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_sync_ends_with_130_and_goes_on_later() {
    let world = slow_world().await;
    for signal in [Signal::INT, Signal::TERM] {
        let child = world.start_until(&["sync", "--no-media", "--json"], 8);
        send(&child, signal);
        let run = Run::of(&child.wait_with_output().unwrap());
        assert_eq!(run.code, 130, "{run:?}");
        assert_eq!(run.json()["verdict"], "interrupted");
        assert!(run.stderr.contains("interrupted; what was stored is safe"), "{run:?}");
        let held = world.exported().len();
        assert!(held > 0 && held < 1500, "{held}");
    }
    let run = world.run(&["status"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("interrupted"), "{run:?}");
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    world.assert_complete();
    // 75 pages and few of them twice: each run went on where the one before ended
    assert!(world.calls() <= 75 + 6, "{}", world.calls());
    assert_eq!(world.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_does_not_answer_holds_nobody_up() {
    let world = slow_world().await;
    let mut child = world.start_until(&["sync", "--no-media"], 3);
    world.set_faults("[[fault]]\nalways = true\nkind = \"slow\"\ndelay_ms = 30000\n");
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    send(&child, Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    // the first signal may have been enough
    if child.try_wait().unwrap().is_none() {
        send(&child, Signal::INT);
    }
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{run:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sync_goes_on_later() {
    let world = slow_world().await;
    for _ in 0..2 {
        let child = world.start_until(&["sync", "--no-media"], 8);
        send(&child, Signal::KILL);
        assert_eq!(Run::of(&child.wait_with_output().unwrap()).code, -1);
    }
    assert_eq!(world.run(&["verify"]).code, 0);
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    world.assert_complete();
    assert!(world.calls() <= 75 + 6, "{}", world.calls());
    let run = world.run(&["sync", "--json"]);
    assert_eq!((run.code, &run.json()["sources"][0]["messages_new"]), (0, &0.into()));
    assert_eq!(world.run(&["verify"]).code, 0);
}
