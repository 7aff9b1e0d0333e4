//! Messages that are there twice: their ids became known when other messages had them.

use rusqlite::Connection;

use super::{Difference, VerifyReport};

pub(super) fn check(db: &Connection, report: &mut VerifyReport) -> rusqlite::Result<()> {
    let mut query = db.prepare(
        "SELECT s.name, m.record_id, t.record_id FROM twice t JOIN message m ON m.id = t.message
         JOIN source s ON s.id = m.source ORDER BY t.message",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (source, id, other): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let how = format!("it is there a second time, as message {other}");
        let difference = Difference::new(format!("message {id}"), &how);
        report.differences.push(Difference { source: Some(source), id: Some(id), ..difference });
    }
    Ok(())
}
