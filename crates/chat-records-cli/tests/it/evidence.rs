//! Evidence through the program: messages against their bytes, seals, proofs, rebuilds.

use std::fs;
use std::process::Command;

use rusqlite::Connection;

use crate::support::{Run, World, command, keys};

impl World {
    /// Changes the database behind the program's back.
    fn tamper(&self, sql: &str) {
        let db = Connection::open(self.path("archive/archive.db")).unwrap();
        assert!(db.execute(sql, []).unwrap() > 0, "nothing to change: {sql}");
    }

    /// Runs the program in another folder, where there is no configuration.
    fn run_elsewhere(&self, args: &[&str]) -> Run {
        let elsewhere = self.path("elsewhere");
        fs::create_dir_all(&elsewhere).unwrap();
        Run::of(&command(elsewhere, args).output().unwrap())
    }

    fn remove_secrets(&self) {
        for file in ["appkey", "access_key", "access_secret"] {
            fs::remove_file(self.path(file)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_was_changed_in_the_database_is_named() {
    let world = World::new(120).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    // neither is a secret needed, nor is the vendor asked
    world.remove_secrets();
    let calls = world.calls();
    let run = world.run(&["verify", "--json"]);
    let report = run.json();
    assert_eq!((run.code, &report["clean"]), (0, &true.into()), "{run:?}");
    assert_eq!((&report["remade"], &report["messages"]), (&120.into(), &120.into()));

    let line = world.exported().into_iter().find(|line| line.raw("text") != "null").unwrap();
    let (id, text) = (line.text("id"), line.text("text"));
    world.tamper(&format!("UPDATE message SET text = 'SOMETHING ELSE' WHERE record_id = '{id}'"));
    let run = world.run(&["verify"]);
    assert_eq!(run.code, 1, "{run:?}");
    let told = format!("nxlink: message {id} version 1: text is not what its bytes say\n");
    assert!(run.stdout.contains(&told), "{run:?}");
    assert!(!run.stdout.contains("SOMETHING") && !run.stdout.contains(&text), "{run:?}");
    let run = world.run(&["verify", "--json"]);
    let difference = &run.json()["differences"][0];
    assert_eq!((&difference["id"], &difference["columns"][0]), (&id.into(), &"text".into()));
    assert_eq!(world.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_alone_is_enough_for_the_hashes() {
    let world = World::new(40).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    world.tamper("UPDATE message SET text = 'SOMETHING ELSE'");
    fs::rename(world.path("archive"), world.path("copied")).unwrap();
    let run = world.run_elsewhere(&["verify", "--archive", "../copied"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("messages were not made anew: that takes the config"), "{run:?}");
    let args = ["verify", "--archive", "../copied", "--config", "../chat-records.toml"];
    let run = world.run_elsewhere(&args);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("text is not what its bytes say"), "{run:?}");

    // a configuration that lacks a source cannot say that all is well
    fs::rename(world.path("copied"), world.path("archive")).unwrap();
    world.configure(|text| text.replace("[sources.nxlink]", "[sources.renamed]"));
    let run = world.run(&["verify"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("nxlink: messages were not made anew: no source"), "{run:?}");
    assert_eq!(run.error(), "some messages could not be compared with their bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_zone_is_told_and_rebuilt() {
    let world = World::new(60).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let before = world.run(&["export", "--format", "jsonl"]).stdout;
    world.remove_secrets();
    let path = world.path("chat-records.toml");
    let good = fs::read_to_string(&path).unwrap();
    let offset = good.lines().find(|line| line.starts_with("utc_offset")).unwrap();
    fs::write(&path, good.replace(offset, "utc_offset = \"-04:30\"")).unwrap();
    let run = world.run(&["verify"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("sent_at_ms, sent_offset, updated_at_ms are not"), "{run:?}");
    assert!(run.stdout.contains("`rebuild` makes them anew"), "{run:?}");

    let run = world.run(&["rebuild", "--dry-run", "--json"]);
    let dry = run.json();
    assert_eq!((run.code, &dry["dry_run"], &dry["changed"]), (0, &true.into(), &60.into()));
    assert_eq!(
        keys(&dry),
        [
            "added",
            "added_versions",
            "changed",
            "columns",
            "complete",
            "dry_run",
            "forms",
            "left_out",
            "pages",
            "problems",
            "unreadable"
        ]
    );
    assert_eq!(world.run(&["export", "--format", "jsonl"]).stdout, before);
    let run = world.run(&["rebuild", "-v"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("  sent_at_ms: 60\n"), "{run:?}");
    assert_eq!(run.stdout.matches("version 1: sent_at_ms").count(), 60, "{run:?}");
    let after = world.run(&["export", "--format", "jsonl"]).stdout;
    assert!(after.contains("-04:30") && !after.contains("+08:00\",\"sent_at_ms"), "{after}");
    assert_eq!(world.run(&["verify", "-q"]).code, 0);

    // and back again: nothing was lost on the way
    fs::write(&path, good).unwrap();
    assert_eq!(world.run(&["rebuild", "nxlink", "-q"]).code, 0);
    assert_eq!(world.run(&["export", "--format", "jsonl"]).stdout, before);
    assert_eq!(world.run(&["verify", "-q"]).code, 0);
    let run = world.run(&["rebuild", "nobody"]);
    assert_eq!(run.code, 2, "{run:?}");
}

const KEY: &str = "MARKER0123456789abcdef";

fn with_key(text: &str) -> String {
    text.replacen(
        "archive = \"archive\"\n",
        "archive = \"archive\"\nseal_key = { file = \"seal\" }\n",
        1,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sync_ends_with_a_seal_that_only_the_key_makes() {
    let world = World::new(60).await;
    world.configure(|text| with_key(&text));
    let run = world.run(&["sync", "--no-media"]);
    assert_eq!(run.code, 2, "the key is not there: {run:?}");
    assert!(run.error().contains("seal_key: the file seal cannot be read"), "{run:?}");
    assert_eq!(world.calls(), 0);
    fs::write(world.path("seal"), "short\n").unwrap();
    Command::new("chmod").arg("600").arg(world.path("seal")).status().unwrap();
    let run = world.run(&["sync", "--no-media"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.error().contains("at least 16 characters"), "{run:?}");

    fs::write(world.path("seal"), format!("{KEY}\n")).unwrap();
    let run = world.run(&["sync", "--no-media", "--json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let seal = run.json()["seal"].clone();
    assert_eq!(keys(&seal), ["entries", "format", "head", "hmac", "sealed_ms"]);
    let beside = fs::read_to_string(world.path("archive/seal.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&beside).unwrap(), seal);
    fs::write(world.path("kept.json"), beside).unwrap();
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);

    let run = world.run(&["verify", "--key", "seal", "--seal", "kept.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("3 seals agree with the ledger; 0 entries are not"), "{run:?}");
    let mut by_env = world.command(&["verify", "--key", "env:SEAL", "--json"]);
    let run = Run::of(&by_env.env("SEAL", KEY).output().unwrap());
    assert_eq!((run.code, &run.json()["seals"]["seals"]), (0, &2.into()), "{run:?}");
    let mut wrong = world.command(&["verify", "--key", "env:SEAL"]);
    let run = Run::of(&wrong.env("SEAL", "ANOTHER0123456789abcdef").output().unwrap());
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("it was not made with this key"), "{run:?}");
    assert_eq!(world.run(&["verify", "--key", "env:SEAL"]).code, 2, "it is not set");

    world.tamper("DELETE FROM seal");
    assert_eq!(world.run(&["verify", "-q"]).code, 0, "without the key, nobody looks");
    let run = world.run(&["verify", "--key", "seal", "--seal", "kept.json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("seal: there is none in the archive"), "{run:?}");
    assert!(run.stdout.contains("if the archive had any, they are gone"), "{run:?}");
    assert_eq!(world.run(&["verify", "--key", "seal", "--seal", "appkey"]).code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_that_cannot_be_written_does_not_hide_how_the_run_went() {
    let world = World::new(60).await;
    world.configure(|text| with_key(&text));
    fs::write(world.path("seal"), format!("{KEY}\n")).unwrap();
    Command::new("chmod").arg("600").arg(world.path("seal")).status().unwrap();
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    // nothing can be renamed to the name of a folder
    fs::remove_file(world.path("archive/seal.json")).unwrap();
    fs::create_dir(world.path("archive/seal.json")).unwrap();
    let run = world.run(&["sync", "--no-media", "--json"]);
    assert_eq!((run.code, &run.json()["verdict"]), (1, &"provisional".into()), "{run:?}");
    assert!(run.error().starts_with("the run could not be sealed: "), "{run:?}");

    world.set_faults("[[fault]]\nrecord = 20\nkind = \"bad_record\"\n");
    let run = world.run(&["sync", "--no-media", "--full", "--json"]);
    assert_eq!((run.code, &run.json()["verdict"]), (1, &"broken".into()), "{run:?}");
    let told = |what: &str| run.stderr.lines().any(|line| line.contains(what));
    assert!(told("windows broken") && told("the run could not be sealed"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_is_proven_to_others() {
    let world = World::new(60).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let line = world.exported().remove(17);
    let id = line.text("id");
    let run = world.run(&["verify", "--proof", &id, "-o", "proof.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("wrote the proof to proof.json\nhead "), "{run:?}");
    let proof: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(world.path("proof.json")).unwrap()).unwrap();
    assert_eq!(
        (&proof["about"]["id"], &proof["about"]["source"]),
        (&id.as_str().into(), &"nxlink".into())
    );
    let head = world.run(&["verify", "--json"]).json()["head"].clone();
    assert_eq!(proof["head"], head);
    assert_eq!(world.run(&["verify", "--proof", &id, "--source", "nxlink"]).json(), proof);

    let readme = include_str!("../../../chat-archive/README.md");
    let script = readme.split_once("```python\n").and_then(|(_, after)| after.split_once("```"));
    fs::write(world.path("check_proof.py"), script.unwrap().0).unwrap();
    let mut python = Command::new("python3");
    python.current_dir(world.dir.path()).args(["check_proof.py", "proof.json"]);
    if let Ok(checked) = python.arg(head.as_str().unwrap()).output() {
        let said = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.success(), "{said}");
        assert!(said.ends_with(&format!("{}\n", line.raw("raw"))), "{said}");
    }

    for (args, code) in [
        (&["verify", "--proof", "nobody"][..], 1),
        (&["verify", "--proof", "../../x", "-o", "y.json"], 1),
        (&["verify", "--proof", &id, "--source", "other"], 1),
        (&["verify", "--source", "nxlink"], 2),
        (&["verify", "--proof", &id, "--key", "appkey"], 2),
        (&["verify", "--seal", "seal.json"], 2),
    ] {
        let run = world.run(args);
        assert_eq!(run.code, code, "{args:?} {run:?}");
    }
    assert!(!world.path("y.json").exists());
}
