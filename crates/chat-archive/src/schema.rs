//! The schema, and how an older archive becomes a newer one.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::layout::Layout;

/// Marks the file as ours for `file(1)` and for other versions of this program: "chat".
const APPLICATION_ID: i64 = 0x6368_6174;

/// Step `i` brings an archive from version `i` to version `i + 1`. Steps that were released are
/// never edited.
const STEPS: &[&str] = &[include_str!("schema.sql")];

fn known_version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Checks that a database is one we can read.
pub(crate) fn check(db: &Connection, layout: &Layout) -> Result<(), ArchiveError> {
    let found = version(db, layout)?;
    if found > known_version() {
        let kind = ArchiveErrorKind::Newer { found, known: known_version() };
        return Err(ArchiveError::new(kind, &layout.dir));
    }
    Ok(())
}

/// True for a file without any table: a run ended before its first step, or somebody emptied it.
pub(crate) fn is_empty(db: &Connection, layout: &Layout) -> Result<bool, ArchiveError> {
    Ok(version(db, layout)? == 0)
}

/// Brings a database to the newest version, all steps or none.
pub(crate) fn migrate(db: &mut Connection, layout: &Layout) -> Result<(), ArchiveError> {
    if version(db, layout)? == known_version() {
        return Ok(());
    }
    let run = |db: &mut Connection| {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
            tx.execute_batch(step)?;
        }
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", known_version())?;
        tx.commit()
    };
    run(db).map_err(|error| layout.sql(error))
}

fn version(db: &Connection, layout: &Layout) -> Result<i64, ArchiveError> {
    let read = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let version = read("user_version").map_err(|error| layout.sql(error))?;
    let application = read("application_id").map_err(|error| layout.sql(error))?;
    let tables = "SELECT count(*) FROM sqlite_master";
    let tables: i64 =
        db.query_row(tables, [], |row| row.get(0)).map_err(|error| layout.sql(error))?;
    if application != APPLICATION_ID && (version > 0 || tables > 0) {
        return Err(ArchiveError::corrupt("it is a database of another program", &layout.dir));
    }
    Ok(version)
}
