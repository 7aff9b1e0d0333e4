//! A folder with a configuration, a simulated vendor, and the program.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use chat_sim::nxlink::{NxlinkHandle, NxlinkOptions};
use chat_sim::{Clock, Faults, Sim, SimOptions};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use tempfile::TempDir;

/// In every secret, so that one that is shown is found.
pub(crate) const MARKER: &str = "MARKER";

/// Brings what the program brings to TLS to this process: clients of the libraries want it, even for
/// `http`.
pub(crate) fn bring_cryptography() {
    // whoever comes second finds it done
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A simulated vendor and a folder whose configuration points at it.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    sim: Sim,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    /// With so many records and nothing wrong.
    pub(crate) async fn new(records: u32) -> Self {
        Self::with(records, |options| options).await
    }

    /// With other options for the simulator.
    pub(crate) async fn with(records: u32, change: fn(SimOptions) -> SimOptions) -> Self {
        let nxlink = NxlinkOptions::default()
            .with_records(records)
            .with_keep_sent(true)
            .with_media_bytes(1000..=4000)
            .with_appkey("MARKER-appkey")
            .with_access_key("AK-MARKER-0001")
            .with_access_secret("MARKER-access-secret");
        let options = change(SimOptions::default().with_nxlink(nxlink));
        let sim = Sim::start(options).await.unwrap();
        let world = Self { dir: TempDir::new().unwrap(), sim };
        world.configure(|text| text);
        world
    }

    /// Writes the configuration, changed.
    pub(crate) fn configure(&self, change: impl FnOnce(String) -> String) {
        let sources = self.sim.config_toml(|secret| {
            fs::write(self.path(secret.key), secret.value).unwrap();
            Command::new("chmod").arg("600").arg(self.path(secret.key)).status().unwrap();
            secret.to_file(secret.key)
        });
        let text = change(format!("archive = \"archive\"\n\n{sources}"));
        fs::write(self.path("chat-records.toml"), text).unwrap();
    }

    pub(crate) fn nxlink(&self) -> &NxlinkHandle {
        self.sim.nxlink().unwrap()
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.sim.clock()
    }

    pub(crate) fn set_faults(&self, rules: &str) {
        self.nxlink().set_faults(Faults::from_toml(rules).unwrap());
    }

    /// How many pages of records were asked for so far.
    pub(crate) fn calls(&self) -> u64 {
        let requests = self.nxlink().requests();
        requests.by_path.iter().filter(|(path, _)| *path != "media").map(|(_, count)| count).sum()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program, about to run in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        command(self.dir.path().to_path_buf(), args)
    }

    /// Runs the program in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(&self.command(args).output().unwrap())
    }

    /// Starts the program and waits until it has asked for so many pages.
    pub(crate) fn start_until(&self, args: &[&str], calls: u64) -> Child {
        let before = self.calls();
        let mut child =
            self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let patience = Instant::now();
        while self.calls() < before + calls {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            assert!(patience.elapsed() < Duration::from_secs(60), "it does not call");
            std::thread::sleep(Duration::from_millis(2));
        }
        child
    }

    /// The exported messages.
    pub(crate) fn exported(&self) -> Vec<Line> {
        let run = self.run(&["export", "--format", "jsonl"]);
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asserts that every record of the vendor is in the archive once.
    pub(crate) fn assert_complete(&self) {
        let mut ids: Vec<String> = self.exported().iter().map(|line| line.text("id")).collect();
        ids.sort();
        let mut sent = self.nxlink().ids();
        sent.sort();
        assert_eq!(ids, sent);
    }
}

/// The program in a folder, without the settings of whoever runs the tests.
pub(crate) fn command(dir: PathBuf, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat-records"));
    command.current_dir(dir).args(args).env_remove("CHAT_RECORDS_CONFIG").stdin(Stdio::null());
    for name in ["NXLINK_APPKEY", "NXLINK_ACCESS_KEY", "NXLINK_ACCESS_SECRET"] {
        command.env_remove(name);
    }
    command
}

/// On a system that has no root certificates.
pub(crate) fn without_roots(command: &mut Command) {
    command.env("SSL_CERT_FILE", "/nowhere/roots.pem").env("SSL_CERT_DIR", "/nowhere");
}

impl Run {
    /// Takes what was printed; no run may show a secret.
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let code = output.status.code().unwrap_or(-1);
        let run = Self { code, stdout: text(&output.stdout), stderr: text(&output.stderr) };
        assert!(!run.stdout.contains(MARKER), "{run:?}");
        assert!(!run.stderr.contains(MARKER), "{run:?}");
        run
    }

    /// The one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The only line on standard error, which must be an error.
    pub(crate) fn error(&self) -> &str {
        let lines: Vec<&str> = self.stderr.lines().collect();
        let [line] = lines[..] else { panic!("{self:?}") };
        line.strip_prefix("error: ").unwrap_or_else(|| panic!("{self:?}"))
    }
}

/// A line of an export: its keys in order, its values as they stand.
pub(crate) struct Line(Vec<(String, Box<RawValue>)>);

impl Line {
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(key, _)| key.as_str()).collect()
    }

    pub(crate) fn raw(&self, key: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.get()).unwrap()
    }

    pub(crate) fn value(&self, key: &str) -> Value {
        serde_json::from_str(self.raw(key)).unwrap()
    }

    pub(crate) fn text(&self, key: &str) -> String {
        self.value(key).as_str().unwrap().to_owned()
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Line;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Line(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The keys of a JSON object, sorted.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}
