//! A worktree in which a release is made before the real one is touched.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command::{self, cargo, git};
use crate::worktree::Worktree;

/// The worktree, and the folder in which cargo builds.
#[derive(Debug)]
pub(super) struct Rehearsal {
    worktree: Worktree,
    target: PathBuf,
}

impl Rehearsal {
    /// Checks the last commit out below `target`.
    pub(super) fn begin(root: &Path, target: &Path) -> anyhow::Result<Self> {
        let worktree = Worktree::add(root, target.join("rehearsal"))?;
        Ok(Self { worktree, target: target.to_owned() })
    }

    /// The root of the workspace that is changed.
    pub(super) fn folder(&self) -> &Path {
        self.worktree.folder()
    }

    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Writes the new version into the lock file, and nothing else.
    pub(super) fn update_lock_file(&self) -> anyhow::Result<()> {
        let mut update = cargo(&["update", "--workspace", "--offline", "--quiet"]);
        command::run(update.current_dir(self.folder()))
    }

    pub(super) fn show_changes(&self) -> anyhow::Result<()> {
        command::run(&mut git(self.folder(), &["diff"]))
    }

    /// Commits all changes; the name of the commit.
    pub(super) fn commit(&self, message: &str) -> anyhow::Result<String> {
        let commit = ["commit", "--quiet", "--all", "--message", message];
        command::run(&mut git(self.folder(), &commit))?;
        let head = command::output(&mut git(self.folder(), &["rev-parse", "HEAD"]));
        Ok(head.context("the commit of the release has no name")?.trim().to_owned())
    }
}
