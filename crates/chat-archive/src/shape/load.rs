//! The shape in the database.

use std::collections::BTreeMap;

use chat_core::model::Model;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::facts::What;
use super::tree::{Fact, Sighting, Tree};
use super::{Shapes, Taken};

/// The row of a source.
pub(super) fn source(db: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    db.query_row("SELECT id FROM source WHERE name = ?1", [name], |row| row.get(0)).optional()
}

/// What is kept of a source.
pub(super) fn read(db: &Connection, source: i64, model: Model) -> rusqlite::Result<Shapes> {
    let taken = db
        .query_row(
            "SELECT page, pages, records FROM shape_taken WHERE source = ?1",
            [source],
            |row| Ok(Taken { page: row.get(0)?, pages: row.get(1)?, records: row.get(2)? }),
        )
        .optional()?
        .unwrap_or_default();
    let mut tree = Tree::new(model);
    let mut places: BTreeMap<i64, usize> = BTreeMap::new();
    let mut paths = db.prepare(
        "SELECT id, parent, name, seen, objects, after, last_of, shortest, longest,
                first_page, first_record, first_ms, last_ms
         FROM shape_path WHERE source = ?1 ORDER BY id",
    )?;
    let mut rows = paths.query([source])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let parent: Option<i64> = row.get(1)?;
        let above = parent.and_then(|parent| places.get(&parent).copied());
        if parent.is_some() && above.is_none() {
            continue;
        }
        let index = tree.add(above, &row.get::<_, String>(2)?);
        places.insert(id, index);
        if let Some(node) = tree.nodes.get_mut(index) {
            node.id = Some(id);
            node.is_dirty = false;
            node.seen = row.get(3)?;
            node.objects = row.get(4)?;
            node.after = row.get(5)?;
            node.last_of = row.get(6)?;
            node.shortest = row.get(7)?;
            node.longest = row.get(8)?;
            node.first = sighting(row, 9)?;
            node.last_ms = row.get(12)?;
        }
    }
    let mut facts = db.prepare(
        "SELECT f.path, f.what, f.value, f.seen, f.after, f.first_page, f.first_record, f.first_ms,
                f.last_ms
         FROM shape_fact f JOIN shape_path p ON p.id = f.path WHERE p.source = ?1
         ORDER BY f.path, f.after",
    )?;
    let mut rows = facts.query([source])?;
    while let Some(row) = rows.next()? {
        let node = places.get(&row.get(0)?).and_then(|index| tree.nodes.get_mut(*index));
        let what = What::parse(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?);
        if let (Some(node), Some(what)) = (node, what) {
            node.facts.push(Fact {
                what,
                seen: row.get(3)?,
                after: row.get(4)?,
                first: sighting(row, 5)?,
                last_ms: row.get(8)?,
            });
        }
    }
    Ok(Shapes { tree, taken })
}

fn sighting(row: &Row<'_>, from: usize) -> rusqlite::Result<Sighting> {
    Ok(Sighting { page: row.get(from)?, record: row.get(from + 1)?, ms: row.get(from + 2)? })
}

/// Writes what changed.
pub(super) fn write(
    tx: &Transaction<'_>,
    source: i64,
    shapes: &mut Shapes,
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO shape_path (source, parent, name, path, seen, objects, after, last_of,
             shortest, longest, first_page, first_record, first_ms, last_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let mut update = tx.prepare_cached(
        "UPDATE shape_path SET seen = ?2, objects = ?3, last_of = ?4, shortest = ?5, longest = ?6,
             last_ms = ?7 WHERE id = ?1",
    )?;
    let mut fact = tx.prepare_cached(
        "INSERT INTO shape_fact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (path, what, value) DO UPDATE SET seen = ?4, last_ms = ?9",
    )?;
    for index in 0..shapes.tree.nodes.len() {
        let Some(node) = shapes.tree.nodes.get(index).filter(|node| node.is_dirty) else {
            continue;
        };
        let id = if let Some(id) = node.id {
            update.execute(params![
                id,
                node.seen,
                node.objects,
                node.last_of,
                node.shortest,
                node.longest,
                node.last_ms
            ])?;
            id
        } else {
            let above = node.parent.and_then(|parent| shapes.tree.nodes.get(parent));
            insert.execute(params![
                source,
                above.and_then(|above| above.id),
                node.name,
                node.path,
                node.seen,
                node.objects,
                node.after,
                node.last_of,
                node.shortest,
                node.longest,
                node.first.page,
                node.first.record,
                node.first.ms,
                node.last_ms
            ])?;
            tx.last_insert_rowid()
        };
        for noted in &node.facts {
            fact.execute(params![
                id,
                noted.what.name(),
                noted.what.value(),
                noted.seen,
                noted.after,
                noted.first.page,
                noted.first.record,
                noted.first.ms,
                noted.last_ms
            ])?;
        }
        if let Some(node) = shapes.tree.nodes.get_mut(index) {
            node.id = Some(id);
            node.is_dirty = false;
        }
    }
    let taken = shapes.taken;
    tx.execute(
        "INSERT OR REPLACE INTO shape_taken VALUES (?1, ?2, ?3, ?4)",
        params![source, taken.page, taken.pages, taken.records],
    )
    .map(drop)
}
