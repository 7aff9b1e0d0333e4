//! What is compared: how each tool is started, and what it then has.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::Context as _;
use chat_sim::nxlink::NxlinkHandle;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::setup::Tools;
use crate::child::{self, Usage};
use crate::world::World;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tool {
    ChatRecords,
    /// With eight requests at once.
    ChatRecordsParallel,
    Dlt,
    /// Taught how this vendor says that it failed, and that its times have no zone.
    DltTaught,
    /// With eight requests at once.
    DltParallel,
    Singer,
    /// Taught how this vendor says that it failed.
    SingerTaught,
}

impl Tool {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ChatRecords => "chat-records",
            Self::ChatRecordsParallel => "chat-records, `concurrency = 8`",
            Self::Dlt => "dlt",
            Self::DltTaught => "dlt, taught",
            Self::DltParallel => "dlt, pages as dependent resources, 8 workers",
            Self::Singer => "Singer tap",
            Self::SingerTaught => "Singer tap, taught",
        }
    }

    /// For a chart.
    pub(crate) const fn short_name(self) -> &'static str {
        match self {
            Self::ChatRecordsParallel => "chat-records × 8",
            Self::DltParallel => "dlt × 8",
            other => other.name(),
        }
    }

    /// Runs it in the folder to its end; the second run in a folder goes on as the tool does.
    pub(crate) fn run(
        self,
        tools: &Tools,
        world: &World,
        folder: &Path,
    ) -> anyhow::Result<(Usage, Output)> {
        let start = self.start(tools, world, folder)?;
        let args: Vec<&str> = start.args.iter().map(String::as_str).collect();
        let (usage, output) = child::watched(folder, &start.program, &args, |command| {
            start.set(command);
        })?;
        Ok((usage, output))
    }

    /// How to start it in the folder.
    pub(crate) fn start(
        self,
        tools: &Tools,
        world: &World,
        folder: &Path,
    ) -> anyhow::Result<Start> {
        let script = |name: &str| tools.scripts.join(name).display().to_string();
        let shown = folder.display().to_string();
        let mut start = match self {
            Self::ChatRecords | Self::ChatRecordsParallel => {
                let more = if self == Self::ChatRecordsParallel { "concurrency = 8" } else { "" };
                world.configure(folder, more)?;
                Start::new(&tools.program, ["sync", "--no-media", "--quiet"])
            }
            Self::Dlt => Start::new(&tools.dlt, [&script("dlt_nxlink.py"), &shown]),
            Self::DltTaught => {
                Start::new(&tools.dlt, [&script("dlt_nxlink.py"), &shown, "--taught"])
            }
            Self::DltParallel => {
                Start::new(&tools.dlt, [&script("dlt_nxlink.py"), &shown, "--parallel"])
            }
            Self::Singer | Self::SingerTaught => {
                let tap = script("tap_nxlink.py");
                let mut start = Start::new(&tools.singer, [tap.as_str(), "--config=ENV"]);
                if let Some(state) = state(folder)? {
                    start.args.push(format!("--state={state}"));
                }
                let taught = (self == Self::SingerTaught).to_string();
                start.environment.push(("TAP_NXLINK_TAUGHT".to_owned(), taught));
                let number = messages(folder)?.len();
                start.stdout = Some(File::create(folder.join(format!("messages-{number}.jsonl")))?);
                start
            }
        };
        start.environment.extend(environment(world.nxlink()?, folder));
        Ok(start)
    }

    /// The records that it has now, as JSON.
    pub(crate) fn records(
        self,
        tools: &Tools,
        folder: &Path,
    ) -> anyhow::Result<Vec<Box<RawValue>>> {
        match self {
            Self::ChatRecords | Self::ChatRecordsParallel => {
                let args = ["export", "--format", "jsonl", "--quiet"];
                let (_, printed) = child::measured(folder, &tools.program, &args)?;
                lines(&printed, |line: Exported| Some(line.raw))
            }
            Self::Dlt | Self::DltTaught | Self::DltParallel => {
                let script = tools.scripts.join("read_parquet.py").display().to_string();
                let args = [script.as_str(), &folder.display().to_string()];
                let (_, printed) = child::measured(folder, &tools.dlt, &args)?;
                lines(&printed, Some)
            }
            Self::Singer | Self::SingerTaught => {
                let mut records = Vec::new();
                for file in messages(folder)? {
                    records.extend(lines(&whole_lines(&file)?, |line: Message| line.record)?);
                }
                Ok(records)
            }
        }
    }
}

/// How many different records there are, by their ids, and how many more than those.
pub(crate) fn distinct(records: &[Box<RawValue>]) -> anyhow::Result<(usize, usize)> {
    let ids: BTreeSet<String> =
        records.iter().map(|record| id(record)).collect::<Result<_, _>>()?;
    Ok((ids.len(), records.len() - ids.len()))
}

/// The vendor's id of a record.
pub(crate) fn id(record: &RawValue) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Identified {
        id: String,
    }
    Ok(serde_json::from_str::<Identified>(record.get()).context("a record has no id")?.id)
}

/// A command that is not started yet.
pub(crate) struct Start {
    program: PathBuf,
    args: Vec<String>,
    environment: Vec<(String, String)>,
    stdout: Option<File>,
}

impl Start {
    fn new<const N: usize>(program: &Path, args: [&str; N]) -> Self {
        Self {
            program: program.to_owned(),
            args: args.map(str::to_owned).to_vec(),
            environment: Vec::new(),
            stdout: None,
        }
    }

    fn set(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(file) = self.stdout.as_ref().and_then(|file| file.try_clone().ok()) {
            command.stdout(file);
        }
    }

    /// The command itself, for a process that will be killed.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(folder);
        self.set(&mut command);
        command
    }
}

/// What the scripts read.
fn environment(vendor: &NxlinkHandle, folder: &Path) -> Vec<(String, String)> {
    let values = [
        ("NXLINK_BASE_URL", vendor.base_url().to_owned()),
        ("NXLINK_TENANT_ID", vendor.tenant_id().to_string()),
        ("NXLINK_APPKEY", vendor.appkey().to_owned()),
        ("NXLINK_ACCESS_KEY", vendor.access_key().to_owned()),
        ("NXLINK_ACCESS_SECRET", vendor.access_secret().to_owned()),
        ("NXLINK_START", format!("{} 00:00:00", vendor.start_date())),
        // not into the home folder of whoever measures
        ("DLT_DATA_DIR", folder.join("dlt").display().to_string()),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

#[derive(Deserialize)]
struct Exported {
    raw: Box<RawValue>,
}

/// A message of a Singer tap.
#[derive(Deserialize)]
struct Message {
    record: Option<Box<RawValue>>,
    value: Option<Box<RawValue>>,
}

fn lines<'t, T: Deserialize<'t>>(
    text: &'t [u8],
    record: impl Fn(T) -> Option<Box<RawValue>>,
) -> anyhow::Result<Vec<Box<RawValue>>> {
    let lines = serde_json::Deserializer::from_slice(text).into_iter::<T>();
    lines.filter_map(|line| line.map(&record).transpose()).map(|line| Ok(line?)).collect()
}

/// What the tap wrote, run by run.
fn messages(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A file without the line in the middle of which its writer was killed.
fn whole_lines(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut text = fs::read(file)?;
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    text.truncate(end);
    Ok(text)
}

/// The last state that a tap told, in a file that it can be given.
fn state(folder: &Path) -> anyhow::Result<Option<String>> {
    let Some(file) = messages(folder)?.pop() else { return Ok(None) };
    let text = whole_lines(&file)?;
    let Some(state) = lines(&text, |line: Message| line.value)?.pop() else { return Ok(None) };
    let path = folder.join("state.json");
    fs::write(&path, state.get())?;
    Ok(Some(path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = r#"{"type":"SCHEMA","schema":{}}
{"type":"RECORD","record":{"id":"1","content":"a"}}
{"type":"STATE","value":{"bookmarks":{"records":1}}}
{"type":"RECORD","record":{"id":"2", "content":"b"}}
{"type":"STATE","value":{"bookmarks":{"records":2}}}
{"type":"RECORD","record":{"id":"2", "content":"b"}}
{"type":"RECORD","record":{"id":"3","con"#;

    #[test]
    fn a_tap_that_was_killed_left_its_records_and_its_last_state() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(state(folder.path()).unwrap(), None);
        let file = folder.path().join("messages-0.jsonl");
        fs::write(&file, MESSAGES).unwrap();

        let text = whole_lines(&file).unwrap();
        let records = lines(&text, |line: Message| line.record).unwrap();
        let texts: Vec<&str> = records.iter().map(|record| record.get()).collect();
        let second = r#"{"id":"2", "content":"b"}"#;
        assert_eq!(texts, [r#"{"id":"1","content":"a"}"#, second, second]);
        assert_eq!(distinct(&records).unwrap(), (2, 1));

        let state = state(folder.path()).unwrap().unwrap();
        assert_eq!(fs::read_to_string(state).unwrap(), r#"{"bookmarks":{"records":2}}"#);
    }

    #[test]
    fn a_line_that_is_no_json_is_an_error() {
        assert!(lines(b"{\"raw\":1}\nno\n", |line: Exported| Some(line.raw)).is_err());
    }
}
