//! Where a secret comes from.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use chat_core::Secret;

/// Where a secret comes from: `{ env = "NAME" }`, `{ file = "PATH" }`, or a plain string.
///
/// `Debug` shows the place, never a value.
#[derive(Clone)]
#[non_exhaustive]
pub enum SecretRef {
    /// The environment variable of this name.
    Env(String),
    /// The file at this path. A relative one is meant from the folder of the configuration.
    File(PathBuf),
    /// The value itself stands in the configuration.
    Plain(Secret),
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => f.debug_tuple("Env").field(name).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Plain(_) => f.write_str("Plain([REDACTED])"),
        }
    }
}

/// Reads what a [`SecretRef`] points at. Libraries read neither the environment nor files, so
/// the program brings this along.
pub trait ReadSecrets {
    /// The value of an environment variable; `None` if it is not set.
    fn env(&self, name: &str) -> Option<String>;

    /// The text of a file, at a path as it stands in the configuration.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    fn file(&self, path: &Path) -> io::Result<String>;

    /// The text of a file that holds no secret: ids, one a line.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    fn ids(&self, path: &Path) -> io::Result<String> {
        self.file(path)
    }
}

impl SecretRef {
    /// The secret. `key` is what it is for, for the errors.
    ///
    /// # Errors
    ///
    /// In words: what is wrong, and what to do.
    pub fn resolve(&self, key: &str, read: &dyn ReadSecrets) -> Result<Secret, String> {
        let (value, origin) = match self {
            Self::Plain(secret) => return Ok(secret.clone()),
            Self::Env(name) => {
                let value = read.env(name).ok_or_else(|| {
                    format!(
                        "{key}: the environment variable {name} is not set; set it, or use \
                         {{ file = \"PATH\" }}"
                    )
                })?;
                (value, format!("the environment variable {name}"))
            }
            Self::File(path) => {
                let value = read.file(path).map_err(|error| {
                    format!("{key}: the file {} cannot be read: {error}", path.display())
                })?;
                (value, format!("the file {}", path.display()))
            }
        };
        // editors and `echo` end a file with a line break that is not part of the secret
        let value = value.trim();
        if value.is_empty() {
            return Err(format!("{key}: {origin} is empty; put the secret there"));
        }
        if value.chars().any(char::is_control) {
            return Err(format!(
                "{key}: {origin} holds a line break or another control character; a secret is one \
                 line"
            ));
        }
        Ok(Secret::new(value))
    }
}
