//! A second working tree of the repository, for work that must not touch the first.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{self, git};

/// The last commit, checked out in a folder; removed at the end.
#[derive(Debug)]
pub(crate) struct Worktree {
    root: PathBuf,
    folder: PathBuf,
}

impl Worktree {
    /// Checks out the last commit of the repository in `root`. The folder has the same name each
    /// time, so that cargo can use again what it built there.
    pub(crate) fn add(root: &Path, folder: PathBuf) -> anyhow::Result<Self> {
        // one that was killed is still there
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        command::run(&mut git(root, &["worktree", "prune"]))?;
        let mut add = git(root, &["worktree", "add", "--quiet", "--detach"]);
        command::run(add.arg(&folder).arg("HEAD"))?;
        Ok(Self { root: root.to_owned(), folder })
    }

    /// Its root.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        let mut remove = git(&self.root, &["worktree", "remove", "--force"]);
        if let Err(error) = command::run(remove.arg(&self.folder)) {
            eprintln!("note: {error:#}; the next run removes it");
        }
    }
}
