//! The one look at all messages and conversations that figures are made from.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::{Agent, Cell, CellKey, Tally, Traffic};
use crate::error::ArchiveError;
use crate::index::Member;
use crate::kept::{Person, Role};
use crate::reader::Reader;

const MESSAGES: &str = "SELECT source, id, sent_at_ms, sent_offset, direction, kind, status,
        sender_id, sender_name, sender_kind
    FROM message ORDER BY id";
const RECALLED: &str = "SELECT DISTINCT message FROM recall WHERE message IS NOT NULL ORDER BY 1";
const CONVERSATIONS: &str = "SELECT source, first_sent_ms, last_offset,
        conversation_id IS NOT NULL AND inbound > 0, first_response_ms,
        first_responder, agents
    FROM conversation";

impl Reader {
    /// Counts all messages and conversations, for figures. It looks at each once; a million take
    /// about a second.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn tally(&self) -> Result<Tally, ArchiveError> {
        let count = || -> rusqlite::Result<Tally> {
            // one snapshot for all statements
            let snapshot = self.db.unchecked_transaction()?;
            let mut counting = Counting::new(&snapshot)?;
            counting.messages(&snapshot)?;
            counting.conversations(&snapshot)?;
            Ok(counting.tally)
        };
        count().map_err(|error| self.layout.sql(error))
    }
}

/// A tally in the making, and where its words stand in its lists.
#[derive(Default)]
struct Counting {
    tally: Tally,
    sources: HashMap<i64, usize>,
    kinds: HashMap<String, usize>,
    statuses: HashMap<String, usize>,
    /// By the source's place: id, else name.
    agents: Vec<HashMap<String, usize>>,
}

impl Counting {
    fn new(db: &Connection) -> rusqlite::Result<Self> {
        let mut counting = Self::default();
        let mut sources = db.prepare("SELECT id, name FROM source ORDER BY name")?;
        let mut rows = sources.query([])?;
        while let Some(row) = rows.next()? {
            counting.sources.insert(row.get(0)?, counting.tally.sources.len());
            counting.tally.sources.push(row.get(1)?);
            counting.agents.push(HashMap::new());
        }
        Ok(counting)
    }

    fn messages(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut recalled = db.prepare(RECALLED)?;
        let mut recalled = recalled.query_map([], |row| row.get::<_, i64>(0))?;
        let mut next_recalled = recalled.next().transpose()?;
        let mut messages = db.prepare(MESSAGES)?;
        let mut rows = messages.query([])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(1)?;
            while next_recalled.is_some_and(|recalled| recalled < number) {
                next_recalled = recalled.next().transpose()?;
            }
            self.message(row, next_recalled == Some(number))?;
        }
        Ok(())
    }

    fn message(&mut self, row: &Row<'_>, is_recalled: bool) -> rusqlite::Result<()> {
        let Some(source) = self.source(row)? else { return Ok(()) };
        let wall_ms = wall_ms(row.get(2)?, row.get(3)?);
        let direction = text(row, 4)?;
        let kind = place(&mut self.kinds, &mut self.tally.kinds, text(row, 5)?.unwrap_or_default());
        let status = match text(row, 6)? {
            Some("deleted") => Some("deleted"),
            _ if is_recalled => Some("recalled"),
            status => status,
        };
        let (id, name, word) = (text(row, 7)?, text(row, 8)?, text(row, 9)?);
        let agent = if Role::of_sender(word, direction) == Role::Agent {
            let person = || Person {
                id: id.map(str::to_owned),
                name: name.map(str::to_owned),
                kind: word.map(str::to_owned),
            };
            id.or(name).map(|key| self.agent(source, key, person))
        } else {
            None
        };
        let status = (direction == Some("outbound")).then(|| {
            status.map(|status| place(&mut self.statuses, &mut self.tally.statuses, status))
        });
        let traffic = match direction {
            Some("inbound") => Traffic { inbound: 1, ..Traffic::default() },
            Some("outbound") => Traffic { outbound: 1, ..Traffic::default() },
            _ => Traffic { other: 1, ..Traffic::default() },
        };
        let cell = self.cell((source, wall_ms.map(day)));
        cell.traffic += traffic;
        if let Some(hour) = wall_ms.and_then(|ms| usize::try_from(ms.rem_euclid(DAY_MS)).ok()) {
            cell.hours.resize(24, Traffic::default());
            cell.hours.iter_mut().skip(hour / HOUR_MS).take(1).for_each(|hour| *hour += traffic);
        }
        *cell.kinds.entry(kind).or_default() += 1;
        if let Some(status) = status {
            *cell.statuses.entry(status).or_default() += 1;
        }
        if let Some(agent) = agent {
            *cell.written.entry(agent).or_default() += 1;
        }
        Ok(())
    }

    fn conversations(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut conversations = db.prepare(CONVERSATIONS)?;
        let mut rows = conversations.query([])?;
        while let Some(row) = rows.next()? {
            let Some(source) = self.source(row)? else { continue };
            let began = wall_ms(row.get(1)?, row.get(2)?).map(day);
            let was_asked: bool = row.get(3)?;
            let wait: Option<i64> = row.get(4)?;
            let responder = text(row, 5)?;
            let members: Vec<Member> =
                serde_json::from_str(text(row, 6)?.unwrap_or_default()).unwrap_or_default();
            let (mut answered_by, mut taken) = (None, Vec::new());
            for Member { person, messages } in members {
                if messages == 0 {
                    continue;
                }
                let Some(key) = person.id.clone().or_else(|| person.name.clone()) else { continue };
                let said = person.name.as_ref().or(person.id.as_ref());
                let is_responder = answered_by.is_none() && said.map(String::as_str) == responder;
                let agent = self.agent(source, &key, || person);
                taken.push(agent);
                if is_responder {
                    answered_by = Some(agent);
                }
            }
            // one who changed the name is there twice
            taken.sort_unstable();
            taken.dedup();
            let cell = self.cell((source, began));
            for agent in taken {
                *cell.taken.entry(agent).or_default() += 1;
            }
            match (wait, responder) {
                (Some(wait), responder) => {
                    let name = responder.unwrap_or_default();
                    let person = || Person { name: Some(name.to_owned()), ..Person::default() };
                    let agent = match answered_by {
                        Some(agent) => agent,
                        None => self.agent(source, name, person),
                    };
                    self.cell((source, began)).waits.push((agent, wait));
                }
                (None, _) if was_asked => self.cell((source, began)).unanswered += 1,
                _ => {}
            }
        }
        Ok(())
    }

    /// The place of the source that a row begins with.
    fn source(&self, row: &Row<'_>) -> rusqlite::Result<Option<usize>> {
        Ok(self.sources.get(&row.get(0)?).copied())
    }

    fn agent(&mut self, source: usize, key: &str, person: impl FnOnce() -> Person) -> usize {
        let Some(known) = self.agents.get_mut(source) else { return usize::MAX };
        if let Some(agent) = known.get(key) {
            return *agent;
        }
        let agent = self.tally.agents.len();
        known.insert(key.to_owned(), agent);
        self.tally.agents.push(Agent { source, person: person() });
        agent
    }

    fn cell(&mut self, key: CellKey) -> &mut Cell {
        self.tally.cells.entry(key).or_default()
    }
}

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: usize = 3_600_000;

/// What the clock on the vendor's wall showed, in milliseconds.
fn wall_ms(sent_at_ms: Option<i64>, offset_minutes: Option<i64>) -> Option<i64> {
    Some(sent_at_ms?.saturating_add(offset_minutes.unwrap_or(0).saturating_mul(60_000)))
}

const fn day(wall_ms: i64) -> i64 {
    wall_ms.div_euclid(DAY_MS)
}

/// A text of a row without a copy of it.
fn text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Option<&'a str>> {
    match row.get_ref(column)? {
        ValueRef::Text(text) => Ok(std::str::from_utf8(text).ok()),
        _ => Ok(None),
    }
}

fn place(known: &mut HashMap<String, usize>, list: &mut Vec<String>, word: &str) -> usize {
    if let Some(place) = known.get(word) {
        return *place;
    }
    let place = list.len();
    known.insert(word.to_owned(), place);
    list.push(word.to_owned());
    place
}
