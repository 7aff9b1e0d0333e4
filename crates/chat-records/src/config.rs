//! The configuration file: `chat-records.toml`.
//!
//! Reading it touches neither files nor the environment: the caller hands over the text, and a
//! [`ReadSecrets`] when sources are built. So a configuration can come from anywhere, and a
//! program that only looks at an archive needs no secret.
//!
//! ```
//! use chat_records::config::Config;
//!
//! let error = Config::parse("chat-records.toml", "archiv = \"archive\"").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     r#"chat-records.toml: unknown key "archiv"; did you mean "archive"?"#
//! );
//! ```

mod error;
mod ids;
#[allow(dead_code, reason = "without any vendor, nobody reads a source's table")]
mod keys;
mod nearest;
mod secret;

use std::path::PathBuf;

use chat_core::Secret;
use toml::{Table, Value};

pub use error::ConfigError;
pub use ids::Ids;
pub(crate) use keys::Keys;
pub use nearest::nearest;
pub use secret::{ReadSecrets, SecretRef};

use crate::SourceConfig;

/// Where the archive is, and which sources fill it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The archive's folder. A relative one is meant from the folder of the file.
    pub archive: PathBuf,
    /// The sources, in the order of their names.
    pub sources: Vec<SourceConfig>,
    /// What works but should be changed, a sentence each.
    pub warnings: Vec<String>,
    seal_key: Option<SecretRef>,
    file: String,
}

/// A shorter one could be guessed.
const LEAST_SEAL_KEY_CHARS: usize = 16;

impl Config {
    /// Reads the text of a configuration file. `file` is its name, for the errors.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, a key is unknown, missing or of the wrong type, a value cannot be
    /// used, or a source names a vendor that this build does not have. The error names the file,
    /// the table and the key.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let table = text.parse::<Table>().map_err(|error| syntax_error(file, text, &error))?;
        let mut warnings = Vec::new();
        let keys = Keys::new(file, "", &table, &["archive", "seal_key", "sources"])?;
        let archive = keys.text("archive")?.unwrap_or("archive");
        if archive.is_empty() {
            return Err(keys.error("archive is empty; give the folder of the archive"));
        }
        let tables = match table.get("sources") {
            None => return Err(no_sources(&keys)),
            Some(Value::Table(tables)) if tables.is_empty() => return Err(no_sources(&keys)),
            Some(Value::Table(tables)) => tables,
            Some(_) => {
                return Err(keys.error("sources must be tables; write [sources.NAME] for each"));
            }
        };
        let sources = tables
            .iter()
            .map(|(name, value)| source(file, name, value, &mut warnings))
            .collect::<Result<_, _>>()?;
        let seal_key = keys.secret("seal_key", &mut warnings)?;
        let archive = PathBuf::from(archive);
        Ok(Self { archive, sources, warnings, seal_key, file: file.to_owned() })
    }

    /// The key that an archive's ledger is sealed with, if one is configured.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is short enough to be guessed.
    pub fn seal_key(&self, secrets: &dyn ReadSecrets) -> Result<Option<Secret>, ConfigError> {
        let Some(place) = &self.seal_key else { return Ok(None) };
        let wrong = |problem: String| ConfigError::new(&self.file, "", problem);
        let key = place.resolve("seal_key", secrets).map_err(wrong)?;
        if key.expose().chars().count() < LEAST_SEAL_KEY_CHARS {
            return Err(wrong(format!(
                "seal_key must have at least {LEAST_SEAL_KEY_CHARS} characters, or it can be \
                 guessed; `openssl rand -hex 32` makes one"
            )));
        }
        Ok(Some(key))
    }

    /// The source of this name.
    pub fn source(&self, name: &str) -> Option<&SourceConfig> {
        self.sources.iter().find(|source| source.name == name)
    }
}

fn source(
    file: &str,
    name: &str,
    value: &Value,
    warnings: &mut Vec<String>,
) -> Result<SourceConfig, ConfigError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(allowed) {
        // the name may hold anything, so it is quoted
        return Err(ConfigError::new(
            file,
            "[sources]",
            format!("the source name {name:?} cannot be used; use letters, digits, - and _"),
        ));
    }
    let Value::Table(table) = value else {
        return Err(ConfigError::new(
            file,
            "[sources]",
            format!("{name} must be a table; write [sources.{name}] and its keys below"),
        ));
    };
    SourceConfig::read(file, name, table, warnings)
}

fn no_sources(keys: &Keys<'_>) -> ConfigError {
    keys.error("no source is configured; add a table such as [sources.NAME]")
}

/// Where the text stops being TOML. The text itself stays out: the line may hold a secret.
fn syntax_error(file: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let place = error.span().map_or_else(String::new, |span| {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        format!("line {line}, column {column}")
    });
    let what = error.message().replace('\n', ", ");
    ConfigError::new(file, place, format!("this is not valid TOML: {what}"))
}
