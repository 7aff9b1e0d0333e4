//! Answers that change between two runs: no page is given up, no value is lost, each is told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chat_archive::{Archive, Reader};
use chat_core::{BoxFuture, ReqwestTransport, Transport, TransportError, UnixMillis, Url, http};
use chat_records::SourceConfig;
use chat_records::config::{Config, ReadSecrets};
use chat_sim::bes::BesOptions;
use chat_sim::{Sim, SimOptions};
use chat_sync::{Job, Settings, SyncOptions};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::has;
use crate::support::{Run, bring_cryptography, command};

/// A change of the answers, and what must be told of it.
struct Mutation {
    name: &'static str,
    change: fn(&mut Value),
    /// The types cannot read such records: they are kept as bytes.
    is_unreadable: bool,
    told: &'static [(&'static str, &'static str)],
}

/// A real transport whose answers are changed before anyone reads them.
#[derive(Debug)]
struct Changing {
    inner: ReqwestTransport,
    change: fn(&mut Value),
    delivered: Mutex<Vec<Value>>,
}

impl Transport for Changing {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = self.inner.send(request).await?.into_parts();
            let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
                return Ok(http::Response::from_parts(parts, body));
            };
            if !rows(&mut answer).is_empty() {
                (self.change)(&mut answer);
                self.delivered.lock().unwrap().push(answer.clone());
            }
            Ok(http::Response::from_parts(parts, answer.to_string().into_bytes()))
        })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.inner.sleep(duration)
    }
}

/// The records of an answer of any vendor.
fn rows(answer: &mut Value) -> Vec<&mut Value> {
    let Some(answer) = answer.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in answer {
        let Some(list) = value.as_array_mut() else { continue };
        match key.as_str() {
            "list" | "messageList" => found.extend(list),
            "Data" => {
                let messages = list.iter_mut().filter_map(|row| row.get_mut("messages"));
                found.extend(messages.filter_map(Value::as_array_mut).flatten());
            }
            _ => {}
        }
    }
    found
}

fn each(answer: &mut Value, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    for row in rows(answer) {
        change(row.as_object_mut().unwrap());
    }
}

/// Changes a member of each record that has it.
fn member(answer: &mut Value, key: &str, change: impl Fn(Value) -> Value) {
    each(answer, |row| {
        if let Some(value) = row.get_mut(key) {
            *value = change(value.take());
        }
    });
}

struct Files<'d>(&'d Path);

impl ReadSecrets for Files<'_> {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        fs::read_to_string(self.0.join(path))
    }

    fn ids(&self, path: &Path) -> std::io::Result<String> {
        fs::read_to_string(self.0.join(path))
    }
}

/// Each user costs calls.
fn few_users() -> BesOptions {
    BesOptions::default().with_records(60).with_users(2).with_span_days(10)
}

/// Syncs once as it is, then, for each mutation from there on, once with changed answers.
async fn check(vendor: &str, mutations: &[Mutation]) {
    let sim = Sim::start(SimOptions::all(80).with_bes(few_users()).only(&[vendor])).await.unwrap();
    let now_ms = sim.clock().now_ms();
    sim.clock().freeze_at(now_ms);
    let dir = TempDir::new().unwrap();
    let text = sim.config_toml(|secret| {
        fs::write(dir.path().join(secret.key), secret.value).unwrap();
        secret.to_file(secret.key)
    });
    fs::write(dir.path().join("chat-records.toml"), &text).unwrap();
    let run = |args: &[&str]| Run::of(&command(dir.path().to_path_buf(), args).output().unwrap());
    let first = run(&["sync", "--no-media", "-q"]);
    assert_eq!(first.code, 0, "{first:?}");
    // old enough that a run which begins at once reads them
    sim.clock().freeze_at(now_ms - 60_000);
    sim.vendors().for_each(|vendor| vendor.insert_records(40));
    sim.clock().freeze_at(now_ms);
    let config = Config::parse("chat-records.toml", &text).unwrap();
    let (held, kept) = (dir.path().join("archive"), dir.path().join("kept"));
    fs::rename(&held, &kept).unwrap();
    for mutation in mutations {
        let name = mutation.name;
        copy(&kept, &held);
        let delivered = sync(&config.sources[0], dir.path(), mutation).await;
        let stored = records(&held);
        for mut answer in delivered {
            for row in rows(&mut answer) {
                assert!(stored.contains(&row.to_string()), "{name}: lost {row}");
            }
        }
        let told = run(&["drift", "--json", "-q"]);
        assert_eq!(told.code, 0, "{told:?}");
        let found = super::findings(&told, &config.sources[0].name);
        for (what, path) in mutation.told {
            let new = found.iter().filter(|finding| finding["is_new"] == true).cloned();
            let new: Vec<Value> = new.collect();
            assert!(has(&new, what, path), "{name}: {what} {path} is not in {new:#?}");
        }
        fs::remove_dir_all(&held).unwrap();
    }
}

/// Syncs with changed answers; no window may be broken by them.
async fn sync(config: &SourceConfig, dir: &Path, mutation: &Mutation) -> Vec<Value> {
    let Mutation { name, change, is_unreadable, .. } = *mutation;
    let base = Url::parse("http://127.0.0.1").unwrap();
    bring_cryptography();
    let inner = ReqwestTransport::new(&base).unwrap();
    let changing = Arc::new(Changing { inner, change, delivered: Mutex::default() });
    let transport: Arc<dyn Transport> = Arc::clone(&changing) as _;
    let source = config.build_with_transport(&Files(dir), &transport).unwrap();
    let start = config.settings.start.unwrap_or(UnixMillis::new(0));
    let mut settings = Settings::new(start);
    settings.media = false;
    // records of this moment are read a little later
    let options =
        SyncOptions::default().with_clock(Arc::new(|| UnixMillis::now().plus_ms(3_600_000)));
    let archive = Archive::open(&dir.join("archive")).unwrap();
    let report = chat_sync::sync(archive, vec![Job { source, settings }], options).await.unwrap();
    let report = &report.sources[0];
    assert_eq!(report.error, None, "{name}");
    assert_eq!(report.skipped > 0, is_unreadable, "{name}: {}", report.skipped);
    for window in report.windows.iter().filter(|_| !is_unreadable) {
        assert_ne!(window.verdict.as_str(), "broken", "{name}: {:?}", window.reason);
    }
    let delivered = changing.delivered.lock().unwrap().clone();
    assert!(!delivered.is_empty(), "{name}");
    delivered
}

/// Every record of every stored answer.
fn records(archive: &Path) -> BTreeSet<String> {
    let db = Connection::open(archive.join("archive.db")).unwrap();
    let mut query = db.prepare("SELECT id FROM page WHERE body IS NOT NULL").unwrap();
    let pages = query.query_map([], |row| row.get(0)).unwrap();
    let reader = Reader::open(archive).unwrap();
    let mut found = BTreeSet::new();
    for page in pages {
        let answer = reader.answer(page.unwrap(), None).unwrap().unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        found.extend(rows(&mut answer).into_iter().map(|row| row.to_string()));
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_changes_of_nxlink() {
    let mutations = [
        Mutation {
            name: "a new key",
            change: |answer| each(answer, |row| drop(row.insert("mood".into(), "calm".into()))),
            is_unreadable: false,
            told: &[("new_key", "list[].mood"), ("unknown_key", "list[].mood")],
        },
        Mutation {
            name: "a renamed key",
            change: |answer| {
                each(answer, |row| {
                    let name = row.remove("customer_name").unwrap_or_default();
                    row.insert("client_name".into(), name);
                });
            },
            is_unreadable: false,
            told: &[("new_key", "list[].client_name"), ("gone", "list[].customer_name")],
        },
        Mutation {
            name: "a key that is left out",
            change: |answer| each(answer, |row| drop(row.remove("updated_at"))),
            is_unreadable: false,
            told: &[("gone", "list[].updated_at"), ("listed_absent", "list[].updated_at")],
        },
        Mutation {
            name: "a number turned into a word",
            change: |answer| member(answer, "chat_type", |_| "in".into()),
            is_unreadable: true,
            told: &[("new_type", "list[].chat_type"), ("new_word", "list[].chat_type")],
        },
        Mutation {
            name: "a number as text",
            change: |answer| member(answer, "channel", |_| "2".into()),
            is_unreadable: false,
            told: &[("new_type", "list[].channel"), ("other_type", "list[].channel")],
        },
        Mutation {
            name: "a new word of an enum",
            change: |answer| member(answer, "message_type", |_| "hologram".into()),
            is_unreadable: false,
            told: &[("new_word", "list[].message_type"), ("unknown_word", "list[].message_type")],
        },
        Mutation {
            name: "null for what was always there",
            change: |answer| member(answer, "customer_id", |_| Value::Null),
            is_unreadable: false,
            told: &[("first_null", "list[].customer_id")],
        },
        Mutation {
            name: "a number turned into an object",
            change: |answer| member(answer, "channel", |number| json!({ "id": number })),
            is_unreadable: true,
            told: &[("new_type", "list[].channel")],
        },
        Mutation {
            name: "times in another form",
            change: |answer| {
                member(answer, "updated_at", |time| {
                    time.as_str().unwrap().replace(' ', "T").into()
                });
            },
            is_unreadable: false,
            told: &[("new_form", "list[].updated_at")],
        },
        Mutation {
            name: "ids as numbers",
            change: |answer| {
                member(answer, "id", |id| id.as_str().unwrap().parse::<u64>().unwrap().into());
            },
            is_unreadable: false,
            told: &[("new_type", "list[].id")],
        },
        Mutation {
            name: "a new key around the records",
            change: |answer| answer["server_time"] = json!(1),
            is_unreadable: false,
            told: &[("new_key", "server_time"), ("unknown_key", "server_time")],
        },
        Mutation {
            name: "a text of another order of length",
            change: |answer| member(answer, "customer_name", |_| "长".repeat(5000).into()),
            is_unreadable: false,
            told: &[("other_length", "list[].customer_name")],
        },
    ];
    check("nxlink", &mutations).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_changes_of_bes() {
    let mutations = [
        Mutation {
            name: "seconds instead of milliseconds",
            change: |answer| {
                member(answer, "receiveTime", |time| match time.as_i64() {
                    Some(ms) => (ms / 1000).into(),
                    None => time,
                });
            },
            is_unreadable: false,
            told: &[("other_length", "messageList[].receiveTime")],
        },
        Mutation {
            name: "a flag as text",
            change: |answer| member(answer, "isForwarded", |_| "false".into()),
            is_unreadable: false,
            told: &[("new_type", "messageList[].isForwarded")],
        },
        Mutation {
            name: "a new object",
            change: |answer| {
                each(answer, |row| drop(row.insert("risk".into(), json!({ "level": 3 }))));
            },
            is_unreadable: false,
            told: &[("new_key", "messageList[].risk")],
        },
    ];
    check("bes-ccmessaging", &mutations).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_changes_of_myscrm() {
    let mutations = [
        Mutation {
            name: "an object turned into a list",
            change: |answer| member(answer, "text", |text| json!([text])),
            is_unreadable: true,
            told: &[("new_type", "list[].text")],
        },
        Mutation {
            name: "a time as text",
            change: |answer| member(answer, "send_time", |time| time.to_string().into()),
            is_unreadable: false,
            told: &[("new_type", "list[].send_time"), ("other_type", "list[].send_time")],
        },
        Mutation {
            name: "a key inside of a body",
            change: |answer| {
                member(answer, "text", |mut text| {
                    text["language"] = "zh".into();
                    text
                });
            },
            is_unreadable: false,
            told: &[("new_key", "list[].text.language")],
        },
    ];
    check("myscrm-qw", &mutations).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_changes_of_jijyun() {
    let mutations = [
        Mutation {
            name: "a new word in Chinese, which may be a name",
            change: |answer| {
                member(answer, "sender_type", |word| match word.as_str() {
                    Some("用户") => "顾客".into(),
                    _ => word,
                });
            },
            is_unreadable: false,
            told: &[
                ("new_word", "Data[].messages[].sender_type"),
                ("unknown_word", "Data[].messages[].sender_type"),
            ],
        },
        Mutation {
            name: "a time that messages never had",
            change: |answer| {
                each(answer, |row| drop(row.insert("message_time".into(), json!(1_760_000_000))));
            },
            is_unreadable: false,
            told: &[("new_key", "Data[].messages[].message_time")],
        },
    ];
    check("jijyun", &mutations).await;
}
