//! Ids of the vendor's that become known with a setting, and are no longer asked for without it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use chat_sim::jijyun::{JijyunOptions, MediaContent, MessageOrder};
use chat_sim::{Sim, SimOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Run, command};

struct Yuju {
    dir: TempDir,
    _sim: Sim,
    config: String,
}

impl Yuju {
    async fn new(options: JijyunOptions) -> Self {
        let sim = Sim::start(SimOptions::default().with_jijyun(options)).await.unwrap();
        sim.clock().freeze_at(sim.clock().now_ms());
        let dir = TempDir::new().unwrap();
        let config = sim.config_toml(|secret| {
            let path = dir.path().join(secret.key);
            fs::write(&path, secret.value).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            secret.to_file(secret.key)
        });
        Self { dir, _sim: sim, config }
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::of(&command(self.dir.path().to_path_buf(), args).output().unwrap())
    }

    /// Syncs with the setting or without: new and changed messages.
    fn sync(&self, history_detail: bool) -> (u64, u64) {
        let vendor = "vendor = \"jijyun\"";
        assert_eq!(self.config.matches(vendor).count(), 1);
        let with = format!("{vendor}\nhistory_detail = {history_detail}");
        fs::write(self.dir.path().join("chat-records.toml"), self.config.replace(vendor, &with))
            .unwrap();
        let run = self.run(&["sync", "--json", "-q", "--no-media"]);
        assert_eq!(run.code, 0, "{run:?}");
        let source = run.json()["sources"][0].clone();
        let verified = self.run(&["verify", "-q"]);
        assert_eq!(verified.code, 0, "{verified:?}");
        let count = |key: &str| source[key].as_u64().unwrap();
        (count("messages_new"), count("messages_changed"))
    }

    fn exported(&self) -> Vec<Value> {
        let run = self.run(&["export", "--format", "jsonl"]);
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

async fn both_ways(options: JijyunOptions, records: u64) {
    let yuju = Yuju::new(options.with_records(u32::try_from(records).unwrap())).await;
    assert_eq!(yuju.sync(false), (records, 0));
    assert_eq!(yuju.sync(false), (0, 0));
    assert_eq!(yuju.sync(true), (0, records), "each gets its id, its time, its form");
    let named = yuju.exported();
    assert_eq!(named.len() as u64, records);
    assert!(named.iter().all(|line| line["id_origin"] == "vendor" && line["sent_at_ms"].is_i64()));
    assert_eq!(yuju.sync(true), (0, 0));
    assert_eq!(yuju.sync(false), (0, 0));
    assert_eq!(yuju.sync(false), (0, 0));
    let ids = |lines: &[Value]| -> Vec<String> {
        lines.iter().map(|line| line["id"].to_string()).collect()
    };
    assert_eq!(ids(&yuju.exported()), ids(&named));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_gives_ids_doubles_nothing_when_it_is_switched() {
    both_ways(JijyunOptions::default(), 600).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_in_another_order_with_shared_conversations_and_links_in_place_of_words() {
    let options = JijyunOptions::default()
        .with_order(MessageOrder::NewestFirst)
        .with_shared_conversation(true)
        .with_media_content(MediaContent::Json);
    both_ways(options, 600).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ids_from_the_beginning_is_not_doubled_without_them() {
    let yuju = Yuju::new(JijyunOptions::default().with_records(600)).await;
    assert_eq!(yuju.sync(true), (600, 0));
    assert_eq!(yuju.sync(false), (0, 600), "the other form of each is kept, once");
    assert_eq!(yuju.sync(false), (0, 0));
    assert_eq!(yuju.sync(true), (0, 0));
    assert!(yuju.exported().iter().all(|line| line["id_origin"] == "vendor"));
}
