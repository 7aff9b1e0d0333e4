//! Secrets are read when a source is built, and shown nowhere.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use chat_records::config::{Config, ReadSecrets};

use crate::config::{GOOD, parse, with};

/// An environment and files out of nothing.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    env: BTreeMap<&'static str, String>,
    files: BTreeMap<&'static str, String>,
}

impl Fake {
    /// All that the good configuration points at.
    pub(crate) fn good() -> Self {
        let env = ["NXLINK_APPKEY", "NXLINK_ACCESS_KEY"];
        Self {
            env: env.map(|name| (name, "MARKER-env".to_owned())).into(),
            files: [("secrets/access-secret", "MARKER-file\n".to_owned())].into(),
        }
    }
}

impl Fake {
    pub(crate) fn with_env(mut self, name: &'static str, value: &str) -> Self {
        self.env.insert(name, value.to_owned());
        self
    }

    pub(crate) fn with_file(mut self, path: &'static str, text: &str) -> Self {
        self.files.insert(path, text.to_owned());
        self
    }
}

impl ReadSecrets for Fake {
    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        let path = path.to_str().unwrap();
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn error(config: &Config, secrets: &Fake) -> String {
    config.sources[0].build(secrets).unwrap_err().to_string()
}

#[test]
fn a_source_is_built_from_its_secrets() {
    let source = parse(GOOD).unwrap().sources[0].build(&Fake::good()).unwrap();
    assert_eq!((source.name(), source.vendor()), ("hk", "nxlink"));
}

#[test]
fn each_missing_secret_is_one_clear_sentence() {
    let config = parse(GOOD).unwrap();
    let change = |change: fn(&mut Fake)| {
        let mut secrets = Fake::good();
        change(&mut secrets);
        error(&config, &secrets)
    };
    let errors = [
        change(|secrets| drop(secrets.env.remove("NXLINK_APPKEY"))),
        change(|secrets| drop(secrets.env.insert("NXLINK_APPKEY", " \n".to_owned()))),
        change(|secrets| drop(secrets.env.insert("NXLINK_APPKEY", "MARKER\nMARKER".to_owned()))),
        change(|secrets| drop(secrets.env.insert("NXLINK_APPKEY", "MARKER MARKER".to_owned()))),
        change(|secrets| secrets.files.clear()),
    ];
    let shown = errors.join("\n");
    assert!(!shown.contains("MARKER"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn no_secret_is_shown() {
    let plain = with("access_key", "access_key = \"MARKER-plain\"");
    let config = parse(&plain).unwrap();
    let source = config.sources[0].build(&Fake::good()).unwrap();
    let shown = format!("{config:?} {config:#?} {source:?} {source:#?} {:?}", config.warnings);
    assert!(!shown.contains("MARKER"), "{shown}");
    assert!(shown.contains("[REDACTED]"), "{shown}");
}
