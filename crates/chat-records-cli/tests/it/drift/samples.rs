//! What the vendors' own pages get wrong shows up, from the samples that are on those pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chat_archive::{Archive, PageToStore};
use chat_core::{Partition, UnixMillis, Window};
use chat_records::config::{Config, ReadSecrets};
use tempfile::TempDir;

use crate::support::{Run, bring_cryptography, command};

const CONFIG: &str = r#"
[sources.nxlink]
vendor = "nxlink"
base_url = "https://nxlink.example"
tenant_id = 1
appkey = "MARKER"
access_key = "MARKER"
access_secret = "MARKER"
utc_offset = "+08:00"
start = "2025-01-01"

[sources.bes]
vendor = "bes-ccmessaging"
base_url = "https://bes.example"
app_key = "MARKER"
app_secret = "MARKER"
channel_id = "202207292843442389"
channel = "WEB"
users = ["1659490221026188522"]
start = "2025-01-01"

[sources.myscrm]
vendor = "myscrm-qw"
base_url = "https://myscrm.example"
app_id = "MARKER"
chats = ["chat-1"]
start = "2025-01-01"

[sources.jijyun]
vendor = "jijyun"
base_url = "https://jijyun.example"
api_key = "MARKER"
customers = ["57a286a608894aa7b26a9e589f4d3333"]
"#;

/// The samples that stand on the vendors' pages.
const SAMPLES: [(&str, &str, &[&str]); 4] = [
    ("nxlink", "", &["page-text", "page-template", "page-image", "page-emoji", "page-quote"]),
    ("bes", "1659490221026188522", &["page-text"]),
    ("myscrm", "chat-1", &["page-text"]),
    ("jijyun", "57a286a608894aa7b26a9e589f4d3333", &["page-text"]),
];

/// All secrets stand in the configuration.
struct NoSecrets;

impl ReadSecrets for NoSecrets {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn ids(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// An archive of the samples.
fn archive(dir: &TempDir) {
    let config = Config::parse("chat-records.toml", CONFIG).unwrap();
    let mut archive = Archive::open(&dir.path().join("archive")).unwrap();
    for (name, partition, samples) in SAMPLES {
        bring_cryptography();
        let source = config.source(name).unwrap().build(&NoSecrets).unwrap();
        let (id, _) = archive.source(name, source.vendor(), "1", &[]).unwrap();
        let partition = Partition::new(partition);
        let part = archive.partition(id, &partition).unwrap();
        for (index, sample) in samples.iter().enumerate() {
            let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
            let path = fixtures.join(source.vendor()).join(format!("{sample}.json"));
            let page = source.read(&partition, fs::read(path).unwrap()).unwrap();
            let now = UnixMillis::new(1_760_000_000_000 + i64::try_from(index).unwrap());
            let stored = archive
                .store_page(
                    &PageToStore {
                        source: id,
                        partition: part,
                        partition_key: &partition,
                        window: Window::new(0, 2_000_000_000_000),
                        state: "",
                        fetched_at: now,
                        run_started: now,
                        reach_ms: None,
                        digest: None,
                        page: &page,
                    },
                    &|a, b| source.same_content(a, b),
                )
                .unwrap();
            assert!(stored.new > 0, "{name} {sample}");
        }
    }
}

#[test]
fn every_known_disagreement_of_the_pages_is_found_in_their_samples() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("chat-records.toml"), CONFIG).unwrap();
    archive(&dir);
    let run =
        Run::of(&command(dir.path().to_path_buf(), &["drift", "--json", "-q"]).output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    let document = run.json();
    let mut found = BTreeSet::new();
    let mut notes = BTreeSet::new();
    for drift in document["sources"].as_array().unwrap() {
        let source = drift["source"].as_str().unwrap();
        for finding in drift["findings"].as_array().unwrap() {
            let text = |key: &str| finding[key].as_str().unwrap();
            let times = format!("{}/{}", finding["times"], finding["of"]);
            let path = text("path");
            found.insert(format!("{source} {path} {} {times} {}", text("what"), text("detail")));
        }
        for note in drift["notes"].as_array().unwrap() {
            notes.insert(format!("{source} {}", note["path"].as_str().unwrap()));
        }
    }
    for expected in [
        // mandatory in the table, null in the sample
        "bes messageList[].channelConfigId mandatory_null 1/1 ",
        "bes messageList[].userId mandatory_null 1/1 ",
        "bes messageList[].partdbId mandatory_null 1/1 ",
        "bes messageList[].modifiedTime mandatory_null 1/1 ",
        "bes messageList[].dayOfYear mandatory_null 1/1 ",
        // spelled otherwise in the sample
        "bes messageList[].tenantId other_spelling 1/1 tenant_id",
        "bes messageList[].chatId other_spelling 1/1 chat_id",
        // in the sample only
        "bes messageList[].contentKey key_not_named 1/1 null",
        "bes messageList[].email key_not_named 1/1 null",
        "bes messageList[].sourceType word_not_named 1/1 USER",
        // samples leave out what the table lists
        "nxlink list[].tenant_id listed_absent 2/5 ",
        "nxlink list[].message_id listed_absent 2/5 ",
        "nxlink traceId key_not_named 5/5 string",
        // `total: 4` with one row
        "nxlink  fewer_rows 1/5 ",
        // a placeholder
        "myscrm list[].action unknown_word 1/1 action",
    ] {
        assert!(found.contains(expected), "{expected:?} is not in {found:#?}");
    }
    for expected in [
        "bes messageList[].receiveTime",
        "nxlink total",
        "nxlink list[].created_at",
        "myscrm list[].hit_keyword_rules",
        "myscrm list[].is_recall",
        "jijyun Data[].messages[]",
        "jijyun Data[].messages[].content",
        "jijyun Data[].messages[].sender_type",
    ] {
        assert!(notes.contains(expected), "{expected:?} is not in {notes:#?}");
    }
    // what is documented and came as documented is not told
    for quiet in ["bes messageList[].content ", "nxlink list[].id ", "jijyun Data[].chat_id "] {
        assert!(!found.iter().any(|found| found.starts_with(quiet)), "{found:#?}");
    }
}
