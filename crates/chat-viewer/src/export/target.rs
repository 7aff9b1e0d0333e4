//! The folder of an export: written beside its name, and given the name when all of it is there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::ExportError;

/// A file of this name and content marks a folder as ours.
const MARK: &str = "chat-records.json";
const FORMAT: &str = "chat-records html";

/// A folder that is being written.
#[derive(Debug)]
pub(super) struct Target {
    wanted: PathBuf,
    temporary: TempDir,
}

impl Target {
    /// Begins a folder beside the wanted one. What is there already must be empty, or an earlier
    /// export: nothing else is ever replaced.
    pub(super) fn begin(wanted: &Path, archive: &Path) -> Result<Self, ExportError> {
        let fail = |source| ExportError::Write { path: wanted.to_owned(), source };
        if wanted.file_name().is_none() {
            return Err(ExportError::Taken { path: wanted.to_owned() });
        }
        // a link stays a link: the folder that it names is replaced
        let real = fs::canonicalize(wanted).unwrap_or_else(|_| wanted.to_owned());
        let beside = real.parent().filter(|parent| !parent.as_os_str().is_empty());
        let beside = beside.unwrap_or_else(|| Path::new("."));
        // neither may the archive be replaced with what is around it, nor may anything lie in it
        let archive = fs::canonicalize(archive).map_err(fail)?;
        let is_within = fs::canonicalize(beside).is_ok_and(|beside| beside.starts_with(&archive));
        if is_within || archive.starts_with(&real) {
            return Err(ExportError::Overlaps { path: wanted.to_owned() });
        }
        if !may_replace(&real).map_err(fail)? {
            return Err(ExportError::Taken { path: wanted.to_owned() });
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".chat-records-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let temporary = builder.tempdir_in(beside).map_err(fail)?;
        Ok(Self { wanted: real, temporary })
    }

    /// Where it is written.
    pub(super) fn dir(&self) -> &Path {
        self.temporary.path()
    }

    /// Marks the folder as an export and gives it its name. An earlier export of that name changes
    /// places with it in one step where the system can do that.
    pub(super) fn finish(self, facts: &serde_json::Value) -> io::Result<()> {
        let mark = serde_json::json!({ "format": FORMAT, "version": 1, "export": facts });
        write(&self.dir().join(MARK), serde_json::to_string_pretty(&mark)?.as_bytes())?;
        sync(self.dir())?;
        // somebody may have put something there in the meantime
        if !may_replace(&self.wanted)? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if self.wanted.exists() {
            exchange(self.dir(), &self.wanted)?;
            // what the temporary name stands for now is the earlier export
            self.temporary.close()?;
        } else {
            fs::rename(self.dir(), &self.wanted)?;
            // the name is gone, and with it what there was to remove
            drop(self.temporary.keep());
        }
        if let Some(parent) = self.wanted.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_dir(parent)?;
        }
        Ok(())
    }
}

/// Whether nothing of value is lost if the folder is replaced.
fn may_replace(folder: &Path) -> io::Result<bool> {
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
        Ok(found) if !found.is_dir() => return Ok(false),
        Ok(_) => {}
    }
    if fs::read_dir(folder)?.next().is_none() {
        return Ok(true);
    }
    let Ok(mark) = fs::read(folder.join(MARK)) else { return Ok(false) };
    let mark: serde_json::Value = serde_json::from_slice(&mark).unwrap_or_default();
    Ok(mark.get("format").and_then(serde_json::Value::as_str) == Some(FORMAT))
}

#[cfg(target_os = "linux")]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
        // a file system that cannot
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => exchange_in_steps(new, old),
        done => done.map_err(io::Error::from),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    exchange_in_steps(new, old)
}

/// Between the steps neither has the name, but both are whole.
fn exchange_in_steps(new: &Path, old: &Path) -> io::Result<()> {
    let mut aside = new.as_os_str().to_owned();
    aside.push(".old");
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

/// Makes all that was written durable before the name stands for it. Once for the whole file
/// system: a hundred thousand small files one by one would take longer than all else.
#[cfg(target_os = "linux")]
fn sync(dir: &Path) -> io::Result<()> {
    rustix::fs::syncfs(File::open(dir)?).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn sync(dir: &Path) -> io::Result<()> {
    sync_dir(dir)
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Creates a folder for the owner only.
pub(super) fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a file for the owner only.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file for the owner only.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}
