//! Files that are whole or not there.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::signals::Unfinished;

/// Writes beside the file and renames at the end, so that the name never stands for a part. What
/// is no regular file (a device, a pipe) is written to directly.
pub(crate) fn to_file<T>(
    path: &Path,
    write: &mut dyn FnMut(&mut (dyn Write + Send)) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let real = real(path)?;
    if real.exists() && !real.is_file() {
        let file = File::options().write(true).open(&real);
        return write(&mut file.with_context(|| cannot(path))?);
    }
    replace(path, &real, |temporary| write(temporary.as_file_mut()))
}

/// The same for what needs the name of a file to write to.
pub(super) fn to_path<T>(
    path: &Path,
    write: &mut dyn FnMut(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let real = real(path)?;
    if real.exists() && !real.is_file() {
        anyhow::bail!("{} is no regular file; name one that is, or a new one", path.display());
    }
    replace(path, &real, |temporary| write(temporary.path()))
}

/// Nothing is ever written into the archive's folder: it could take the place of the archive.
pub(crate) fn refuse_within(archive: &Path, path: &Path) -> Result<(), Failure> {
    let Ok(archive) = fs::canonicalize(archive) else { return Ok(()) };
    if resolved(path).is_some_and(|path| path.starts_with(archive)) {
        return Err(Failure::usage_text(format!(
            "{} is in the archive's folder, where only the archive is kept; name another place",
            path.display()
        )));
    }
    Ok(())
}

/// A link stays a link: the file that it names is replaced, or made.
fn real(path: &Path) -> anyhow::Result<PathBuf> {
    if path.is_dir() {
        anyhow::bail!("{} is a folder; name a file in it", path.display());
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        let (why, shown) = (cannot(path), folder.display());
        anyhow::bail!("{why}: {shown} is no folder; make it first, or name another place");
    }
    resolved(path).with_context(|| cannot(path))
}

/// Where a file is or will be; `None` if its folder is not there, or links go around in a circle.
fn resolved(path: &Path) -> Option<PathBuf> {
    /// As many as systems follow.
    const LINKS: usize = 40;
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        if let Ok(real) = fs::canonicalize(&path) {
            return Some(real);
        }
        let folder = fs::canonicalize(folder_of(&path)).ok()?;
        match fs::read_link(&path) {
            // it names a file that is not there yet
            Ok(named) => path = folder.join(named),
            Err(_) => return Some(folder.join(path.file_name()?)),
        }
    }
    None
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn cannot(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}

fn replace<T>(
    shown: &Path,
    path: &Path,
    write: impl FnOnce(&mut NamedTempFile) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let fail = || cannot(shown);
    let folder = folder_of(path);
    let make =
        || tempfile::Builder::new().prefix(".chat-records-").suffix(".part").tempfile_in(folder);
    // in this order: the file goes away before it is forgotten
    let (unfinished, mut temporary) = Unfinished::create(make).with_context(fail)?;
    let written = write(&mut temporary)?;
    temporary.as_file().sync_all().with_context(fail)?;
    let named = unfinished.name(|| temporary.persist(path));
    named.map_err(|error| error.error).with_context(fail)?;
    // the rename is durable once the folder is
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(fail)?;
    Ok(written)
}
