//! A worktree in which a release is made before the real one is touched.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

use super::history::Git;
use crate::command::{self, cargo};

/// The worktree; it is removed at the end.
#[derive(Debug)]
pub(super) struct Rehearsal<'git> {
    git: &'git Git<'git>,
    target: PathBuf,
    place: TempDir,
}

impl<'git> Rehearsal<'git> {
    /// Checks the last commit out below `target`, which is also where cargo builds.
    pub(super) fn begin(git: &'git Git<'git>, target: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(target)?;
        let place = tempfile::Builder::new().prefix("release-").tempdir_in(target)?;
        // one that was killed leaves its name behind
        command::run(&mut git.command(&["worktree", "prune"]))?;
        let rehearsal = Self { git, target: target.to_owned(), place };
        let mut add = git.command(&["worktree", "add", "--quiet", "--detach"]);
        command::run(add.arg(rehearsal.folder()).arg("HEAD"))?;
        Ok(rehearsal)
    }

    /// The root of the workspace that is changed.
    pub(super) fn folder(&self) -> &Path {
        self.place.path()
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
        command::run(self.git.command(&["diff"]).current_dir(self.folder()))
    }

    /// Commits all changes; the name of the commit.
    pub(super) fn commit(&self, message: &str) -> anyhow::Result<String> {
        let mut commit = self.git.command(&["commit", "--quiet", "--all", "--message", message]);
        command::run(commit.current_dir(self.folder()))?;
        let head =
            command::output(self.git.command(&["rev-parse", "HEAD"]).current_dir(self.folder()));
        Ok(head.context("the commit of the release has no name")?.trim().to_owned())
    }
}

impl Drop for Rehearsal<'_> {
    fn drop(&mut self) {
        let mut remove = self.git.command(&["worktree", "remove", "--force"]);
        if let Err(error) = command::run(remove.arg(self.folder())) {
            eprintln!("note: {error:#}; `git worktree prune` forgets it");
        }
    }
}
