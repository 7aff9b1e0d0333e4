//! The files of the workspace, read once. Checks take a tree, so that tests can hand them a small one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

/// Paths relative to the root, with `/`, and the text of each file that is text.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Reads all files below `root` that git tracks or would track; without git, all but `target`.
    pub(crate) fn load(root: &Path) -> anyhow::Result<Self> {
        let paths = match git_files(root) {
            Some(paths) => paths,
            None => walk(root)?,
        };
        let mut files = BTreeMap::new();
        for path in paths {
            let file = root.join(&path);
            // A deleted file is listed by git until the deletion is committed.
            if !file.is_file() {
                continue;
            }
            let bytes = fs::read(&file).with_context(|| format!("{path} could not be read"))?;
            files.insert(path, String::from_utf8(bytes).ok());
        }
        Ok(Self { files })
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned())));
        Self { files: files.collect() }
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The text of a file; `None` if it is missing or not text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Path and text of every text file.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The paths below a folder, relative to it.
    pub(crate) fn below<'tree>(&'tree self, folder: &str) -> impl Iterator<Item = &'tree str> {
        let prefix = format!("{folder}/");
        self.files.keys().filter_map(move |path| path.strip_prefix(&prefix))
    }

    /// The names of the folders in a folder.
    pub(crate) fn folders(&self, folder: &str) -> BTreeSet<&str> {
        self.below(folder).filter_map(|path| Some(path.split_once('/')?.0)).collect()
    }

    /// A manifest; empty if it is missing or not TOML, which cargo itself reports.
    pub(crate) fn manifest(&self, path: &str) -> toml::Table {
        self.text(path).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

fn git_files(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn walk(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder))
            .with_context(|| format!("{folder}/ could not be read"))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if !entry.path().is_dir() {
                paths.push(path);
            } else if name != "target" && name != ".git" {
                folders.push(path);
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_git_is_walked_but_not_target() {
        let root = tempfile::tempdir().unwrap();
        for path in ["crates/one/src/lib.rs", "target/debug/out", "Cargo.toml"] {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "text").unwrap();
        }
        let tree = Tree::load(root.path()).unwrap();
        assert_eq!(tree.paths().collect::<Vec<_>>(), ["Cargo.toml", "crates/one/src/lib.rs"]);
        assert_eq!(tree.folders("crates").into_iter().collect::<Vec<_>>(), ["one"]);
        assert_eq!(tree.text("Cargo.toml"), Some("text"));
    }
}
