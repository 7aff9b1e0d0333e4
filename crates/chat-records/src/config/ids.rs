//! Whose records to read: users, chats, customers.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use super::secret::ReadSecrets;

/// Ids of users, chats or customers. `Debug` shows how many, or where they come from.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ids {
    /// These.
    Given(Vec<String>),
    /// Those in a file, one a line, with a name behind a tab if there is one; empty lines and those
    /// that begin with `#` are left out. A relative path is meant from the folder of the
    /// configuration.
    File(PathBuf),
    /// Those that the vendor lists.
    Asked,
}

/// An id, and the name that a file has beside it.
type Named = (String, Option<String>);

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(ids) => write!(f, "Given({} ids)", ids.len()),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Asked => f.write_str("Asked"),
        }
    }
}

impl Ids {
    /// Refuses what would be read as nothing, or twice.
    pub(super) fn checked(ids: Vec<String>) -> Result<Self, String> {
        check(&ids).map(|()| Self::Given(ids))
    }

    /// The ids, or what is wrong, as the rest of a sentence about `key`; `None`: ask the vendor.
    #[allow(dead_code, reason = "without any vendor, there is no source to build")]
    pub(crate) fn resolve(
        &self,
        key: &str,
        read: &dyn ReadSecrets,
    ) -> Result<Option<Vec<String>>, String> {
        let named = self.resolve_named(key, read)?;
        Ok(named.map(|named| named.into_iter().map(|(id, _)| id).collect()))
    }

    /// The same, with the names that a file has.
    #[allow(dead_code, reason = "not every vendor asks for names")]
    pub(crate) fn resolve_named(
        &self,
        key: &str,
        read: &dyn ReadSecrets,
    ) -> Result<Option<Vec<Named>>, String> {
        let path = match self {
            Self::Given(ids) => {
                return Ok(Some(ids.iter().map(|id| (id.clone(), None)).collect()));
            }
            Self::Asked => return Ok(None),
            Self::File(path) => path,
        };
        let shown = path.display();
        let text = read
            .ids(path)
            .map_err(|error| format!("{key}_file: the file {shown} cannot be read: {error}"))?;
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let named: Vec<Named> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| match line.split_once('\t') {
                Some((id, name)) => (id.trim().to_owned(), Some(name.trim().to_owned())),
                None => (line.to_owned(), None),
            })
            .collect();
        let ids: Vec<String> = named.iter().map(|(id, _)| id.clone()).collect();
        check(&ids).map_err(|problem| format!("{key}_file: the file {shown} {problem}"))?;
        Ok(Some(named))
    }
}

fn check(ids: &[String]) -> Result<(), String> {
    if ids.is_empty() {
        return Err("names nobody; a sync would find nothing".to_owned());
    }
    let mut seen = HashSet::new();
    for (index, id) in ids.iter().enumerate() {
        let number = index + 1;
        if id.is_empty() || id.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(format!("has an id that is empty or holds white space (number {number})"));
        }
        if !seen.insert(id) {
            return Err(format!("has an id twice (number {number})"));
        }
    }
    Ok(())
}
