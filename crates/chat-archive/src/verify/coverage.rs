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
           AND coalesce((SELECT w.to_ms FROM temp.walked w
                         WHERE w.part = c.part AND w.from_ms < c.to_ms
                         ORDER BY w.from_ms DESC LIMIT 1), c.from_ms) <= c.from_ms",
    ),
];

/// The stretches of time that were walked. They are disjoint, so of those that begin before a
/// window ends, the last one tells whether any lies in it.
const WALKED: &str = "
    CREATE TEMP TABLE walked (part INTEGER, from_ms INTEGER, to_ms INTEGER,
        PRIMARY KEY (part, from_ms)) WITHOUT ROWID;
    INSERT INTO walked
    WITH
    span AS (SELECT DISTINCT part, from_ms, to_ms FROM page),
    begun AS (
        SELECT part, from_ms, to_ms,
               coalesce(from_ms > max(to_ms) OVER (PARTITION BY part ORDER BY from_ms, to_ms
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS is_apart
        FROM span),
    numbered AS (
        SELECT part, from_ms, to_ms,
               sum(is_apart) OVER (PARTITION BY part ORDER BY from_ms, to_ms
                   ROWS UNBOUNDED PRECEDING) AS stretch
        FROM begun)
    SELECT part, min(from_ms), max(to_ms) FROM numbered GROUP BY part, stretch";

pub(super) fn check(db: &Connection, report: &mut VerifyReport) -> rusqlite::Result<()> {
    db.execute_batch(WALKED)?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::{Connection, StatementStatus};

    use super::{CONTRADICTIONS, WALKED};

    fn archive() -> rusqlite::Result<Connection> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(include_str!("../schema.sql"))?;
        db.pragma_update(None, "foreign_keys", false)?;
        Ok(db)
    }

    const PAGE: &str = "INSERT INTO page (part, from_ms, to_ms, fetched_ms, root, body_bytes, new,
                            changed) SELECT 1, ?1, ?2, 1, x'00', 1, 0, 0";
    const COVERED: &str = "INSERT INTO covered SELECT 1, ?1, ?2, 'proven', 0, 0, 0, NULL, 1";

    fn never_read(db: &Connection) -> rusqlite::Result<(Vec<(i64, i64)>, i32)> {
        db.execute_batch(WALKED)?;
        let [.., (_, sql)] = CONTRADICTIONS;
        let mut query = db.prepare(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(1)?, row.get(2)?)))?;
        let found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok((found, query.get_status(StatementStatus::VmStep)))
    }

    #[test]
    fn many_windows_cost_a_look_each() -> rusqlite::Result<()> {
        let db = archive()?;
        for at in 0..1000 {
            db.execute(PAGE, [at * 20, at * 20 + 5])?;
            db.execute(COVERED, [at * 20 + 10, at * 20 + 15])?;
        }
        let (found, steps) = never_read(&db)?;
        assert_eq!(found.len(), 1000);
        assert!(steps < 100_000, "{steps}");
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn windows_without_a_page_are_found(
            walked in prop::collection::vec((0_i64..60, 1_i64..9), 0..12),
            lengths in prop::collection::vec(1_i64..9, 0..12),
        ) {
            let db = archive().unwrap();
            for (from, length) in &walked {
                db.execute(PAGE, [from, &(from + length)]).unwrap();
            }
            let mut expected = Vec::new();
            let mut from = 0;
            for length in lengths {
                let to = from + length;
                db.execute(COVERED, [from, to]).unwrap();
                if !walked.iter().any(|(at, length)| *at < to && at + length > from) {
                    expected.push((from, to));
                }
                from = to;
            }
            prop_assert_eq!(never_read(&db).unwrap().0, expected);
        }
    }
}
