//! One table of the file: its keys by type, and errors that name the place.

use std::path::PathBuf;

use chat_core::{Secret, Url, UtcOffset, WallTime, check_base_url, is_loopback};
use toml::{Table, Value};

use super::error::ConfigError;
use super::ids::Ids;
use super::nearest::hint;
use super::secret::SecretRef;

const SECRET_FORMS: &str = "{ env = \"NAME\" } or { file = \"PATH\" }";

/// A table whose keys are all known.
pub(crate) struct Keys<'t> {
    file: &'t str,
    place: &'t str,
    table: &'t Table,
}

impl<'t> Keys<'t> {
    /// Takes the table if it has no unknown key.
    pub(crate) fn new(
        file: &'t str,
        place: &'t str,
        table: &'t Table,
        known: &[&str],
    ) -> Result<Self, ConfigError> {
        let keys = Self { file, place, table };
        match table.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(keys.error(format!("unknown key {key:?}{}", hint(key, known)))),
            None => Ok(keys),
        }
    }

    pub(crate) fn error(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::new(self.file, self.place, problem)
    }

    /// The value is there but of another type. Its text stays out: it may be a misplaced secret.
    fn wrong_type(&self, key: &str, wanted: &str, found: &Value) -> ConfigError {
        self.error(format!("{key} must be {wanted}, found {}", type_name(found)))
    }

    /// `why` says what the key is for, so that whoever reads the error can fill it in.
    fn missing(&self, key: &str, why: &str) -> ConfigError {
        self.error(format!("{key} is missing: {why}"))
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&'t str>, ConfigError> {
        match self.table.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_type(key, "a string", other)),
        }
    }

    /// True if the key is there, whatever its value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// True if the value is a string, whatever it says.
    pub(crate) fn has_text(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(Value::is_str)
    }

    pub(crate) fn required_text(&self, key: &str, why: &str) -> Result<&'t str, ConfigError> {
        self.text(key)?.ok_or_else(|| self.missing(key, why))
    }

    /// A whole number from `least` to `most`, both included.
    pub(crate) fn number(
        &self,
        key: &str,
        least: u32,
        most: u32,
    ) -> Result<Option<u32>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let Value::Integer(number) = value else {
            return Err(self.wrong_type(key, "a whole number", value));
        };
        match u32::try_from(*number) {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(self
                .error(format!("{key} = {number} is out of range; it can be {least} to {most}"))),
        }
    }

    /// The same, which must be there.
    pub(crate) fn required_number(
        &self,
        key: &str,
        least: u32,
        most: u32,
        why: &str,
    ) -> Result<u32, ConfigError> {
        self.number(key, least, most)?.ok_or_else(|| self.missing(key, why))
    }

    /// An id that is a number to the vendor; a string of digits is taken as well.
    pub(crate) fn required_id(&self, key: &str, why: &str) -> Result<i64, ConfigError> {
        let number = match self.table.get(key) {
            None => return Err(self.missing(key, why)),
            Some(Value::Integer(number)) => Some(*number),
            Some(Value::String(text)) => text.parse().ok(),
            Some(other) => return Err(self.wrong_type(key, "a whole number", other)),
        };
        number
            .filter(|number| *number >= 0)
            .ok_or_else(|| self.error(format!("{key} must be a whole number that is not negative")))
    }

    /// One of a few words.
    pub(crate) fn choice(
        &self,
        key: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let found = words.iter().find(|word| **word == text).copied();
        found.map(Some).ok_or_else(|| {
            self.error(format!("{key} = {text:?} is not known; it can be {}", words.join(" or ")))
        })
    }

    /// An address that credentials may travel to.
    pub(crate) fn required_base_url(&self, key: &str, why: &str) -> Result<Url, ConfigError> {
        let text = self.required_text(key, why)?;
        // the address is not repeated: someone may have put a password into it
        let url = Url::parse(text).map_err(|_| {
            self.error(format!("{key} is not a web address; it starts with https://"))
        })?;
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(self.error(format!(
                "{key}: plain http would show the credentials to the network; use https:// (http \
                 is accepted for loopback addresses only)"
            )));
        }
        check_base_url(&url, false).map_err(|error| self.error(format!("{key}: {error}")))?;
        Ok(url)
    }

    pub(crate) fn required_offset(&self, key: &str, why: &str) -> Result<UtcOffset, ConfigError> {
        self.offset(key)?.ok_or_else(|| self.missing(key, why))
    }

    pub(crate) fn offset(&self, key: &str) -> Result<Option<UtcOffset>, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let offset = text.parse().map_err(|_| {
            self.error(format!(
                "{key} = {text:?} is not an offset from UTC; write it as \"+08:00\""
            ))
        })?;
        Ok(Some(offset))
    }

    /// A date, or a date and time, on the wall clock of the source.
    pub(crate) fn required_date(&self, key: &str, why: &str) -> Result<WallTime, ConfigError> {
        let text = match self.table.get(key) {
            None => return Err(self.missing(key, why)),
            Some(Value::String(text)) => text.clone(),
            // TOML has dates of its own; no need to insist on quotes
            Some(Value::Datetime(date)) => date.to_string(),
            Some(other) => {
                return Err(self.wrong_type(key, "a date such as \"2025-01-01\"", other));
            }
        };
        text.parse().map_err(|_| {
            self.error(format!("{key} = {text:?} is not a date; write it as \"2025-01-01\""))
        })
    }

    /// Another address of the same vendor, if there is one.
    pub(crate) fn base_url(&self, key: &str) -> Result<Option<Url>, ConfigError> {
        match self.table.get(key) {
            None => Ok(None),
            Some(_) => self.required_base_url(key, "").map(Some),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, ConfigError> {
        match self.table.get(key) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong_type(key, "true or false", other)),
        }
    }

    /// Ids: a list of strings under `key`, a file with one a line under `<key>_file`, or a word
    /// that says that the vendor is to be asked.
    pub(crate) fn ids(&self, key: &str, word: Option<&str>) -> Result<Option<Ids>, ConfigError> {
        let file_key = format!("{key}_file");
        let forms = match word {
            Some(word) => format!("a list of strings, or {word:?}"),
            None => "a list of strings".to_owned(),
        };
        match (self.table.get(key), self.text(&file_key)?) {
            (Some(_), Some(_)) => {
                Err(self.error(format!("both {key} and {file_key} are given; keep one of them")))
            }
            (None, None) => Ok(None),
            (None, Some("")) => Err(self.error(format!("{file_key} is empty; give the path"))),
            (None, Some(path)) => Ok(Some(Ids::File(PathBuf::from(path)))),
            (Some(Value::String(text)), None) if Some(text.as_str()) == word => {
                Ok(Some(Ids::Asked))
            }
            (Some(Value::Array(list)), None) => self.id_list(key, list).map(Some),
            (Some(other), None) => Err(self.wrong_type(key, &forms, other)),
        }
    }

    /// The same, which must be there.
    pub(crate) fn required_ids(
        &self,
        key: &str,
        word: Option<&str>,
        why: &str,
    ) -> Result<Ids, ConfigError> {
        self.ids(key, word)?.ok_or_else(|| self.missing(key, why))
    }

    /// Keys that are known, and of no use beside the others.
    pub(crate) fn refuse(&self, keys: &[&str], why: &str) -> Result<(), ConfigError> {
        match keys.iter().find(|key| self.has(key)) {
            Some(key) => Err(self.error(format!("{key} has no meaning here: {why}"))),
            None => Ok(()),
        }
    }

    fn id_list(&self, key: &str, list: &[Value]) -> Result<Ids, ConfigError> {
        let ids = list.iter().map(|value| match value {
            Value::String(id) => Ok(id.clone()),
            other => Err(self.wrong_type(key, "a list of strings", other)),
        });
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        Ids::checked(ids).map_err(|problem| self.error(format!("{key} {problem}")))
    }

    /// A list of secrets, in the order in which they are to be tried.
    pub(crate) fn secrets(
        &self,
        key: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<SecretRef>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(Vec::new()) };
        let Value::Array(list) = value else {
            return Err(self.wrong_type(key, "a list of { env = \"NAME\" }", value));
        };
        list.iter().map(|value| self.secret_value(key, value, warnings)).collect()
    }

    /// A table of names and secrets.
    pub(crate) fn named_secrets(
        &self,
        key: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<(String, SecretRef)>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(Vec::new()) };
        let Value::Table(table) = value else {
            return Err(self.wrong_type(
                key,
                "a table such as { NAME = { env = \"NAME\" } }",
                value,
            ));
        };
        let named = table.iter().map(|(name, value)| {
            let key = format!("{key}.{name}");
            Ok((name.clone(), self.secret_value(&key, value, warnings)?))
        });
        named.collect()
    }

    /// A secret, or where it comes from. A plain one adds a warning.
    pub(crate) fn required_secret(
        &self,
        key: &str,
        why: &str,
        warnings: &mut Vec<String>,
    ) -> Result<SecretRef, ConfigError> {
        match self.table.get(key) {
            None => Err(self.missing(key, &format!("{why}; write {key} = {SECRET_FORMS}"))),
            Some(value) => self.secret_value(key, value, warnings),
        }
    }

    /// The same, which may be absent.
    pub(crate) fn secret(
        &self,
        key: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Option<SecretRef>, ConfigError> {
        self.table.get(key).map(|value| self.secret_value(key, value, warnings)).transpose()
    }

    fn secret_value(
        &self,
        key: &str,
        value: &Value,
        warnings: &mut Vec<String>,
    ) -> Result<SecretRef, ConfigError> {
        match value {
            Value::String(text) if text.trim().is_empty() => {
                Err(self.error(format!("{key} is empty; write {key} = {SECRET_FORMS}")))
            }
            Value::String(text) if text.chars().any(char::is_control) => Err(self.error(format!(
                "{key} holds a line break or another control character; a secret is one line"
            ))),
            Value::String(text) => {
                warnings.push(
                    self.error(format!(
                        "{key} stands in the file in plain text; better write {key} = \
                         {SECRET_FORMS}"
                    ))
                    .to_string(),
                );
                Ok(SecretRef::Plain(Secret::new(text.as_str())))
            }
            Value::Table(table) => self.secret_table(key, table),
            other => Err(self.wrong_type(key, SECRET_FORMS, other)),
        }
    }

    fn secret_table(&self, key: &str, table: &Table) -> Result<SecretRef, ConfigError> {
        let place = format!("{}: {key}", self.place);
        let keys = Keys::new(self.file, &place, table, &["env", "file"])?;
        match (keys.text("env")?, keys.text("file")?) {
            (Some(name), None) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let starts_well = name.starts_with(|c: char| plain(c) && !c.is_ascii_digit());
                if !starts_well || !name.chars().all(plain) {
                    // not repeated: it may be the secret itself in the wrong place
                    return Err(keys.error(
                        "env is not the name of an environment variable; names have letters, \
                         digits and _, and no digit in front",
                    ));
                }
                Ok(SecretRef::Env(name.to_owned()))
            }
            (None, Some("")) => Err(keys.error("file is empty; give the path of the file")),
            (None, Some(path)) => Ok(SecretRef::File(PathBuf::from(path))),
            (Some(_), Some(_)) => Err(keys.error("both env and file are given; keep one of them")),
            (None, None) => Err(keys.error("neither env nor file is given; add one of them")),
        }
    }
}

const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
