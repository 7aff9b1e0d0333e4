//! Where things are on disk, who may read them, and who may write.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};
use rusqlite::{Connection, OpenFlags};

use crate::error::{ArchiveError, ArchiveErrorKind};

/// The folder of an archive.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) dir: PathBuf,
}

impl Layout {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join("archive.db")
    }

    pub(crate) fn media(&self) -> PathBuf {
        self.dir.join("media")
    }

    pub(crate) fn seal(&self) -> PathBuf {
        self.dir.join("seal.json")
    }

    /// Creates the folder and an empty database, readable by the owner only.
    pub(crate) fn create(&self) -> Result<(), ArchiveError> {
        self.create_files().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ArchiveError::new(ArchiveErrorKind::Io, &self.dir),
            _ => ArchiveError::io(error, &self.dir),
        })
    }

    fn create_files(&self) -> io::Result<()> {
        private_dir(&self.dir)?;
        private_dir(&self.media())?;
        // SQLite gives its side files the mode of the database
        private_file(&self.database()).map(drop)
    }

    /// Takes the lock of the one writer; it is held until the file is dropped.
    pub(crate) fn lock(&self) -> Result<File, ArchiveError> {
        let path = self.dir.join("archive.lock");
        let file = private_file(&path).map_err(|e| ArchiveError::io(e, &self.dir))?;
        // by its path: newer standard libraries have a method of the same name
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                Err(ArchiveError::new(ArchiveErrorKind::Locked, &self.dir))
            }
            Err(TryLockError::Error(error)) => Err(ArchiveError::io(error, &self.dir)),
        }
    }

    /// Opens the database for the one writer, and changes nothing yet.
    pub(crate) fn connect_writer(&self) -> Result<Connection, ArchiveError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || {
            let db = Connection::open_with_flags(self.database(), flags)?;
            db.busy_timeout(std::time::Duration::from_secs(10))?;
            Ok(db)
        };
        connect().map_err(|error| self.sql(error))
    }

    /// Sets the database up for writing.
    pub(crate) fn tune_writer(&self, db: &Connection) -> Result<(), ArchiveError> {
        let tune = || {
            db.pragma_update(None, "journal_mode", "WAL")?;
            // FULL: a page is on the disk before its checkpoint says so, power cuts included
            db.pragma_update(None, "synchronous", "FULL")?;
            // the one writer keeps the references itself; checking each again costs a tenth
            db.pragma_update(None, "foreign_keys", "OFF")?;
            // a form that is replaced counts as deleted, so that what was made from it is noticed
            db.pragma_update(None, "recursive_triggers", "ON")?;
            db.pragma_update(None, "cache_size", -8192)?;
            // in pages, 16 MiB: what is written again soon is brought to the database once
            db.pragma_update(None, "wal_autocheckpoint", 4096)?;
            db.set_prepared_statement_cache_capacity(64);
            Ok(())
        };
        tune().map_err(|error| self.sql(error))
    }

    /// Opens the database for reading beside the writer.
    pub(crate) fn connect_reader(&self) -> Result<Connection, ArchiveError> {
        let path = self.database();
        if !path.is_file() {
            return Err(ArchiveError::new(ArchiveErrorKind::NotFound, &self.dir));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || {
            let db = Connection::open_with_flags(&path, flags)?;
            db.busy_timeout(std::time::Duration::from_secs(10))?;
            Ok(db)
        };
        connect().map_err(|error| self.sql(error))
    }

    pub(crate) fn sql(&self, error: rusqlite::Error) -> ArchiveError {
        ArchiveError::sql(error, &self.dir)
    }
}

/// Creates a folder for the owner only; one that exists is left as it is.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file for writing, for the owner only.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a rename in a folder survive a power cut, where the system can.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(path)?.sync_all() } else { Ok(()) }
}
