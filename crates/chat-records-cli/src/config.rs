//! Finding and loading the configuration, and reading the secrets that it points at.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chat_core::{Secret, Source};
use chat_records::SourceConfig;
use chat_records::config::{Config, ReadSecrets, SecretRef, nearest};

use crate::args::Global;
use crate::failure::Failure;
use crate::output::Output;

/// Where the configuration is looked for if nothing else is said.
pub(crate) const DEFAULT_FILE: &str = "chat-records.toml";

/// A loaded configuration and where it stands.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// The folder of the archive.
    pub(crate) archive: PathBuf,
    folder: PathBuf,
}

/// A source that is ready to be asked.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) config: SourceConfig,
    pub(crate) source: Arc<dyn Source>,
}

/// The path of the configuration: `--config`, then `CHAT_RECORDS_CONFIG`, then the default.
pub(crate) fn path(global: &Global) -> PathBuf {
    let named = global.config.clone().filter(|path| !path.as_os_str().is_empty());
    named.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE))
}

/// Loads the configuration, and prints its warnings.
pub(crate) fn load(global: &Global, output: &Output) -> Result<Loaded, Failure> {
    let path = path(global);
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage_text(format!(
            "{shown}: there is no such configuration; write one with `chat-records init`, or name \
             another with --config FILE"
        )),
        io::ErrorKind::InvalidData => Failure::usage_text(format!(
            "{shown}: the configuration is not UTF-8 text; save it as UTF-8"
        )),
        _ => Failure::usage_text(format!("{shown}: the configuration cannot be read: {error}")),
    })?;
    let config = Config::parse(&shown, &text).map_err(Failure::usage)?;
    for warning in &config.warnings {
        output.warn(warning);
    }
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(Loaded { archive: folder.join(&config.archive), config, folder })
}

impl Loaded {
    /// The sources of these names, or all of them.
    pub(crate) fn choose(&self, names: &[String]) -> Result<Vec<&SourceConfig>, Failure> {
        if names.is_empty() {
            return Ok(self.config.sources.iter().collect());
        }
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        names.into_iter().map(|name| self.one(name)).collect()
    }

    /// The key that each sync seals the ledger with, if there is one.
    pub(crate) fn seal_key(&self, output: &Output) -> Result<Option<Secret>, Failure> {
        let secrets = Secrets { folder: &self.folder, output };
        self.config.seal_key(&secrets).map_err(Failure::usage)
    }

    fn one(&self, name: &str) -> Result<&SourceConfig, Failure> {
        self.config.source(name).ok_or_else(|| {
            let known: Vec<&str> =
                self.config.sources.iter().map(|source| source.name.as_str()).collect();
            unknown_source(name, &known)
        })
    }

    /// Reads the secrets of sources and makes them ready. Nothing is sent.
    pub(crate) fn build(
        &self,
        sources: &[&SourceConfig],
        output: &Output,
    ) -> Result<Vec<Ready>, Failure> {
        let secrets = Secrets { folder: &self.folder, output };
        sources
            .iter()
            .map(|config| {
                let source = config.build(&secrets).map_err(Failure::usage)?;
                Ok(Ready { config: (*config).clone(), source })
            })
            .collect()
    }
}

/// A key that was named on the command line: a file, or `env:NAME`.
pub(crate) fn key(named: &str, output: &Output) -> Result<Secret, Failure> {
    let place = match named.strip_prefix("env:") {
        Some(name) => SecretRef::Env(name.to_owned()),
        None => SecretRef::File(PathBuf::from(named)),
    };
    let secrets = Secrets { folder: Path::new(""), output };
    place.resolve("--key", &secrets).map_err(Failure::usage_text)
}

/// A name on the command line that no source has.
pub(crate) fn unknown_source(name: &str, known: &[&str]) -> Failure {
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("there is {}", known.join(", ")),
    };
    Failure::usage_text(format!("no source is named {name:?}; {hint}"))
}

/// The environment, and files relative to the configuration.
struct Secrets<'l> {
    folder: &'l Path,
    output: &'l Output,
}

impl ReadSecrets for Secrets<'_> {
    fn env(&self, name: &str) -> Option<String> {
        // a value that is no text is of no use, and is told like one that is not set
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        let path = self.folder.join(path);
        let text = fs::read_to_string(&path)?;
        if is_open_to_others(&path) {
            self.output.warn(format!(
                "{}: others on this machine can read this secret; run `chmod 600` on it",
                path.display()
            ));
        }
        Ok(text)
    }

    fn ids(&self, path: &Path) -> io::Result<String> {
        fs::read_to_string(self.folder.join(path))
    }
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
