//! What can be told of coverage without asking a vendor again: whether it contradicts itself, or
//! what was stored.

use rusqlite::Connection;

use super::VerifyReport;

/// Windows that cannot be, and why.
const CONTRADICTIONS: [(&str, &str); 4] = [
    ("it has no length", "SELECT part, from_ms, to_ms FROM covered WHERE to_ms <= from_ms"),
    (
        "it overlaps the next one",
        "SELECT a.part, a.from_ms, a.to_ms FROM covered a
         WHERE EXISTS (SELECT 1 FROM covered b WHERE b.part = a.part
                       AND b.from_ms > a.from_ms AND b.from_ms < a.to_ms)",
    ),
    (
        "it is called complete, and fewer records came than the vendor has",
        "SELECT part, from_ms, to_ms FROM covered
         WHERE verdict <> 'broken' AND expected > distinct_ids + unreadable",
    ),
    (
        "it is called complete, and no page of it was ever read",
        "SELECT c.part, c.from_ms, c.to_ms FROM covered c
         WHERE c.verdict <> 'broken'
           AND NOT EXISTS (SELECT 1 FROM temp.walked w WHERE w.part = c.part
                           AND w.from_ms < c.to_ms AND w.to_ms > c.from_ms)",
    ),
];

pub(super) fn check(db: &Connection, report: &mut VerifyReport) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TEMP TABLE walked (part INTEGER, from_ms INTEGER, to_ms INTEGER,
             PRIMARY KEY (part, from_ms, to_ms)) WITHOUT ROWID;
         INSERT INTO walked SELECT DISTINCT part, from_ms, to_ms FROM page",
    )?;
    for (how, windows) in CONTRADICTIONS {
        let sql = format!(
            "SELECT s.name, w.from_ms, w.to_ms FROM ({windows}) w
             JOIN part p ON p.id = w.part JOIN source s ON s.id = p.source"
        );
        let mut query = db.prepare(&sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (source, from, to): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            report.differs(format!("coverage of {source} from {from} to {to}"), how);
            if let Some(difference) = report.differences.last_mut() {
                difference.source = Some(source);
            }
        }
    }
    db.execute_batch("DROP TABLE temp.walked")
}
