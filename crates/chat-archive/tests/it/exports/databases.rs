//! SQLite databases against the JSON lines.

use chat_archive::{ConversationFilter, Filter};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::{Flat, archive, assert_same, expected, expected_conversations, filter, value};

fn cell(row: &Row<'_>, name: &str) -> Value {
    match row.get_ref(name).unwrap() {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => int.into(),
        ValueRef::Text(text) => value(name, String::from_utf8(text.to_vec()).unwrap()),
        other => panic!("{name}: {other:?}"),
    }
}

fn rows(db: &Connection, sql: &str) -> Vec<Flat> {
    let mut query = db.prepare(sql).unwrap();
    let names: Vec<String> = query.column_names().iter().map(ToString::to_string).collect();
    let rows = query.query_map([], |row| {
        Ok(names.iter().map(|name| (name.clone(), cell(row, name))).collect())
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The list that a table has of a row.
fn list(db: &Connection, table: &str, key: &str, number: &Value) -> Vec<Flat> {
    let sql = format!("SELECT * FROM {table} WHERE {key} = {number} ORDER BY ordinal");
    let mut list = rows(db, &sql);
    for (at, row) in list.iter_mut().enumerate() {
        assert_eq!(row.remove("ordinal"), Some(json!(at)));
        row.remove(key);
    }
    list
}

fn checked(path: &std::path::Path) -> Connection {
    let db = Connection::open(path).unwrap();
    let one = |sql: &str| rows(&db, sql);
    assert_eq!(one("PRAGMA integrity_check")[0]["integrity_check"], "ok");
    assert!(one("PRAGMA foreign_key_check").is_empty());
    assert_eq!(one("PRAGMA user_version")[0]["user_version"], 1);
    db
}

/// The messages of a database as the JSON lines have them.
fn messages(db: &Connection) -> Vec<Flat> {
    let mut messages = rows(db, "SELECT * FROM messages ORDER BY number");
    for row in &mut messages {
        let number = row.remove("number").unwrap();
        row.insert("recipients".into(), json!(list(db, "recipients", "message", &number)));
        row.insert("attachments".into(), json!(list(db, "attachments", "message", &number)));
        let reactions = list(db, "reactions", "message", &number);
        let reactions: Vec<&Value> = reactions.iter().map(|row| &row["reaction"]).collect();
        row.insert("reactions".into(), json!(reactions));
        row.remove("conversation");
    }
    messages
}

#[test]
fn a_database_of_messages_says_what_the_json_lines_say() {
    let fixture = archive();
    let reader = fixture.reader();
    let path = fixture.dir.path().join("messages.db");
    let export = |filter: &Filter| {
        std::fs::File::create(&path).unwrap();
        reader.export_sqlite(filter, &path, &mut |_| Ok(())).unwrap();
        checked(&path)
    };
    for without_raw in [false, true] {
        let filter = filter(false, without_raw);
        assert_same(&messages(&export(&filter)), &expected(&reader, &filter));
    }

    // earlier forms are in a table of their own; both together are all lines
    let all = filter(true, false);
    let db = export(&all);
    let newest = messages(&db);
    assert_same(&newest, &expected(&reader, &filter(false, false)));
    let mut versions = rows(&db, "SELECT * FROM versions ORDER BY message, version");
    for version in &mut versions {
        let message = version.remove("message").unwrap();
        let sql = format!("SELECT id FROM messages WHERE number = {message}");
        assert_eq!(rows(&db, &sql)[0]["id"], version["id"]);
    }
    let earlier: Vec<Flat> =
        expected(&reader, &all).into_iter().filter(|line| !newest.contains(line)).collect();
    assert_eq!(versions.len(), 3);
    assert_eq!(versions, earlier);
}

#[test]
fn its_conversations_are_those_of_its_messages() {
    let fixture = archive();
    let reader = fixture.reader();
    let path = fixture.dir.path().join("messages.db");
    let mut filter = Filter::default();
    filter.kind = Some("text".to_owned());
    filter.from_ms = Some(0);
    std::fs::File::create(&path).unwrap();
    reader.export_sqlite(&filter, &path, &mut |_| Ok(())).unwrap();
    let db = checked(&path);
    let from_messages = "SELECT conversation AS number, vendor, source, conversation_id,
            count(*) AS messages, sum(direction IS 'inbound') AS inbound,
            sum(direction IS 'outbound') AS outbound,
            (SELECT count(*) FROM attachments a JOIN messages o ON o.number = a.message
             WHERE o.conversation = m.conversation) AS files,
            min(sent_at_ms) AS first_sent_at_ms, max(sent_at_ms) AS last_sent_at_ms
        FROM messages m GROUP BY conversation, source, conversation_id ORDER BY number";
    let summed = rows(&db, from_messages);
    assert!(summed.len() > 3);
    assert_eq!(rows(&db, "SELECT * FROM conversations ORDER BY number"), summed);
}

#[test]
fn a_database_of_conversations_says_what_the_json_lines_say() {
    let fixture = archive();
    let reader = fixture.reader();
    let path = fixture.dir.path().join("conversations.db");
    let all = ConversationFilter::default();
    std::fs::File::create(&path).unwrap();
    reader.export_conversations_sqlite(&all, &path, &mut |_| Ok(())).unwrap();
    let db = checked(&path);
    let mut found = rows(&db, "SELECT * FROM conversations ORDER BY number");
    for row in &mut found {
        let number = row.remove("number").unwrap();
        let people = list(&db, "participants", "conversation", &number);
        for (key, side) in [("customers", "customer"), ("agents", "agent")] {
            let mut of_side: Vec<Flat> =
                people.iter().filter(|one| one["side"] == side).cloned().collect();
            for one in &mut of_side {
                one.remove("side");
            }
            row.insert(key.into(), json!(of_side));
        }
        for (key, word) in [("kinds", "kind"), ("statuses", "status")] {
            let sql = format!("SELECT * FROM {key} WHERE conversation = {number}");
            let counts: Flat = rows(&db, &sql)
                .iter()
                .map(|row| (row[word].as_str().unwrap().to_owned(), row["messages"].clone()))
                .collect();
            row.insert(key.into(), json!(counts));
        }
    }
    assert_same(&found, &expected_conversations(&reader));
}
