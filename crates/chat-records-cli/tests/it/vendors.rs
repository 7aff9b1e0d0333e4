//! All simulated vendors, and a folder whose configuration points at them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chat_sim::{Sim, SimOptions};
use tempfile::TempDir;

use crate::support::{Line, Run, command};

pub(crate) const VENDORS: [&str; 4] = ["bes-ccmessaging", "jijyun", "myscrm-qw", "nxlink"];

/// All simulated vendors, at a time that stands still, and a folder configured for them.
pub(crate) struct Vendors {
    pub(crate) dir: TempDir,
    pub(crate) sim: Sim,
}

impl Vendors {
    pub(crate) async fn new(records: u32) -> Self {
        Self::with(SimOptions::all(records)).await
    }

    pub(crate) async fn with(options: SimOptions) -> Self {
        let sim = Sim::start(options).await.unwrap();
        sim.clock().freeze_at(sim.clock().now_ms());
        let dir = TempDir::new().unwrap();
        let vendors = Self { dir, sim };
        vendors.configure(|text| text);
        vendors
    }

    /// Writes the configuration, changed.
    pub(crate) fn configure(&self, change: impl FnOnce(String) -> String) {
        let sources = self.sim.config_toml(|secret| {
            let name = format!("{}-{}", secret.source, secret.key);
            let path = self.dir.path().join(&name);
            fs::write(&path, secret.value).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            secret.to_file(&name)
        });
        fs::write(self.dir.path().join("chat-records.toml"), change(sources)).unwrap();
    }

    /// Runs the program; nothing that it prints may hold a secret.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let run = Run::of(&self.command(args).output().unwrap());
        for secret in self.sim.vendors().flat_map(chat_sim::SimVendor::secrets) {
            assert!(!run.stderr.contains(&secret), "{}", run.stderr);
            assert!(args[0] == "export" || !run.stdout.contains(&secret), "{}", run.stdout);
        }
        run
    }

    /// The program, about to run in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        command(self.dir.path().to_path_buf(), args)
    }

    /// How many requests there were so far, those for files included.
    pub(crate) fn requests(&self) -> u64 {
        self.sim.vendors().map(|vendor| vendor.requests().total).sum()
    }

    /// Starts the program and waits until it has made so many requests; `Err` if it ended before.
    pub(crate) fn start_until(&self, args: &[&str], requests: u64) -> Result<Child, Run> {
        let before = self.requests();
        let mut child =
            self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let patience = Instant::now();
        while self.requests() < before + requests {
            if child.try_wait().unwrap().is_some() {
                return Err(Run::of(&child.wait_with_output().unwrap()));
            }
            assert!(patience.elapsed() < Duration::from_secs(60), "it does not call");
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok(child)
    }

    pub(crate) fn exported(&self, source: &str) -> Vec<Line> {
        self.lines(&["export", "--format", "jsonl", "--source", source])
    }

    /// What an export prints.
    pub(crate) fn lines(&self, args: &[&str]) -> Vec<Line> {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Every record of every vendor is there once, byte for byte but for links, which are made anew
    /// for each answer.
    pub(crate) fn assert_complete(&self) {
        for vendor in self.sim.vendors() {
            let mut truth: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
            for record in vendor.records() {
                let conversation = record.conversation_id.unwrap_or_default();
                let key = (conversation, record.id.unwrap_or_default());
                let raw = String::from_utf8(record.raw).unwrap();
                truth.entry(key).or_default().push(lasting(&raw));
            }
            let mut held: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
            for line in self.exported(vendor.name()) {
                let is_vendors = line.text("id_origin") == "vendor";
                let id = if is_vendors { line.text("id") } else { String::new() };
                // where the record does not name its conversation, neither does the truth
                let conversation = line.value("conversation_id");
                let conversation = conversation.as_str().unwrap_or_default().to_owned();
                let key = (conversation, id);
                let key = if truth.contains_key(&key) { key } else { (String::new(), key.1) };
                held.entry(key).or_default().push(lasting(line.raw("raw")));
            }
            for list in truth.values_mut().chain(held.values_mut()) {
                list.sort();
            }
            let sizes = (held.values().flatten().count(), truth.values().flatten().count());
            assert_eq!(sizes.0, sizes.1, "{}", vendor.name());
            for (key, raw) in truth {
                assert_eq!(held.get(&key), Some(&raw), "{} {key:?}", vendor.name());
            }
        }
    }

    /// Every file that the vendors give is saved, as it is.
    pub(crate) fn assert_files(&self) {
        for vendor in self.sim.vendors() {
            let mut truth: Vec<String> = vendor
                .records()
                .iter()
                .flat_map(|record| vendor.files(record))
                .map(|file| file.sha256())
                .collect();
            truth.sort();
            let mut saved: Vec<String> = self
                .exported(vendor.name())
                .iter()
                .flat_map(|line| line.value("attachments").as_array().unwrap().clone())
                .filter(|file| file["state"] == "saved")
                .map(|file| file["sha256"].as_str().unwrap().to_owned())
                .collect();
            saved.sort();
            assert_eq!(saved, truth, "{}", vendor.name());
        }
    }
}

/// A record without what is made up at each reading: signed links and the rules that it breaks.
fn lasting(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find("\"http://127.0.0.1") {
        let (before, link) = rest.split_at(at + 1);
        text.push_str(before);
        rest = link.find('"').map_or("", |end| &link[end..]);
    }
    text.push_str(rest);
    let Some(at) = text.find("\"hit_keyword_rules\":") else { return text };
    let (before, rules) = text.split_at(at);
    format!(
        "{before}{}",
        rules.find("}],").or(rules.find("[],")).map_or(rules, |end| &rules[end..])
    )
}
