//! Sums up conversations: what the list of them shows and filters by.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::kept::{Person, Role};

/// Conversations that one transaction sums up.
const CONVERSATIONS: usize = 200;
/// The same while a page may come at any time.
const IDLE_CONVERSATIONS: usize = 50;
/// People of a conversation that are kept by name; a group may have had thousands.
const PEOPLE: usize = 500;
/// People whose messages are counted to find those who wrote most; bounds the memory.
const COUNTED_PEOPLE: usize = 5_000;

/// Someone in a conversation, as stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    #[serde(flatten)]
    pub(crate) person: Person,
    pub(crate) messages: u64,
}

/// Messages of a conversation that is short.
const SHORT: usize = 200;

/// What was met so far of a conversation.
#[derive(Default)]
struct Sum {
    messages: u64,
    inbound: u64,
    outbound: u64,
    files: u64,
    first_sent_ms: Option<i64>,
    last: Option<Last>,
    asked_ms: Option<i64>,
    first_response_ms: Option<i64>,
    first_responder: Option<String>,
    customers: People,
    agents: People,
    kinds: BTreeMap<String, u64>,
    statuses: BTreeMap<String, u64>,
    /// To whom the last message of each direction went; others have no direction.
    met: Vec<(Option<String>, Option<String>)>,
}

/// Someone, as a row shows them.
#[derive(Clone, Copy)]
struct Seen<'r> {
    id: Option<&'r str>,
    name: Option<&'r str>,
    kind: Option<&'r str>,
}

impl Seen<'_> {
    fn is_nobody(self) -> bool {
        self.id.is_none() && self.name.is_none() && self.kind.is_none()
    }

    fn is(self, person: &Person) -> bool {
        self.id == person.id.as_deref()
            && self.name == person.name.as_deref()
            && self.kind == person.kind.as_deref()
    }

    fn to_person(self) -> Person {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Person { id: owned(self.id), name: owned(self.name), kind: owned(self.kind) }
    }
}

/// People, and how many messages are theirs.
#[derive(Default)]
struct People {
    list: Vec<(Person, u64)>,
    places: HashMap<Person, usize>,
    /// Who was counted last: most likely the next one too.
    last: usize,
}

struct Last {
    message: i64,
    sent_ms: Option<i64>,
    seen_ms: i64,
    offset: Option<i64>,
}

/// A conversation that the vendor names: its source, and its id.
pub(crate) type Key = (i64, String);

/// Sums up some of the stale conversations; says how many.
pub(super) fn sum_up(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    let mut stale =
        tx.prepare_cached("SELECT DISTINCT source, conversation_id FROM stale LIMIT ?1")?;
    let stale = stale.query_map([CONVERSATIONS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let stale = stale.collect::<rusqlite::Result<Vec<(i64, Option<String>)>>>()?;
    for (source, conversation) in &stale {
        sum_up_one(tx, *source, conversation.as_deref())?;
    }
    Ok(stale.len())
}

/// Sums up some of the stale conversations behind this one that are short enough to be summed up
/// again soon; says where to go on, if there may be more. Messages in none are left to the end.
pub(super) fn sum_up_short(tx: &Transaction<'_>, after: &Key) -> rusqlite::Result<Option<Key>> {
    let mut stale = tx.prepare_cached(
        "SELECT DISTINCT source, conversation_id FROM stale
         WHERE (source, conversation_id) > (?1, ?2) AND conversation_id IS NOT NULL
         ORDER BY source, conversation_id LIMIT ?3",
    )?;
    let stale = stale.query_map(params![after.0, after.1, IDLE_CONVERSATIONS], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let mut stale = stale.collect::<rusqlite::Result<Vec<Key>>>()?;
    for (source, conversation) in &stale {
        if !is_long(tx, *source, Some(conversation))? {
            sum_up_one(tx, *source, Some(conversation))?;
        }
    }
    Ok(stale.pop())
}

fn sum_up_one(
    tx: &Transaction<'_>,
    source: i64,
    conversation: Option<&str>,
) -> rusqlite::Result<()> {
    Sum::of(tx, source, conversation)?.save(tx, source, conversation)?;
    tx.prepare_cached("DELETE FROM stale WHERE source = ?1 AND conversation_id IS ?2")?
        .execute(params![source, conversation])
        .map(drop)
}

/// True if a conversation has more messages than are worth to be read again for a few new ones.
fn is_long(
    tx: &Transaction<'_>,
    source: i64,
    conversation: Option<&str>,
) -> rusqlite::Result<bool> {
    let mut find = tx.prepare_cached(
        "SELECT 1 FROM message WHERE source = ?1 AND conversation_id IS ?2 LIMIT 1 OFFSET ?3",
    )?;
    find.exists(params![source, conversation, SHORT])
}

macro_rules! select_messages {
    ($lists:literal, $order:literal) => {
        concat!(
            "SELECT m.id, m.sent_at_ms, m.sent_offset, m.first_seen_ms, m.direction, m.kind,
                    CASE WHEN m.status IS NOT 'deleted' AND EXISTS (SELECT 1 FROM recall)
                              AND EXISTS (SELECT 1 FROM recall r WHERE r.message = m.id)
                    THEN 'recalled' ELSE m.status END,
                    m.sender_id, m.sender_name, m.sender_kind, m.recipients,
                    (SELECT count(*) FROM attachment a
                     WHERE a.message = m.id AND a.last_version >= m.version
                       AND a.first_version <= m.version)
             FROM message m ",
            $lists,
            " WHERE m.source = ?1 AND m.conversation_id IS ?2 ORDER BY ",
            $order
        )
    };
}

/// The messages of a conversation of a source of which nothing is in lists: in the order of an
/// index, so that nothing is sorted.
const BY_TIME: &str = select_messages!("", "m.sent_at_ms, m.id");
/// Those of any other source.
const IN_LISTS: &str = select_messages!(
    "LEFT JOIN sequence q ON q.message = m.id AND q.part = m.part AND q.named = 0",
    "m.sent_at_ms, q.ordinal, m.id"
);

impl Sum {
    fn of(tx: &Transaction<'_>, source: i64, conversation: Option<&str>) -> rusqlite::Result<Self> {
        let is_listed = tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sequence WHERE source = ?1)")?
            .query_row([source], |row| row.get(0))?;
        let mut query = tx.prepare_cached(if is_listed { IN_LISTS } else { BY_TIME })?;
        let mut rows = query.query(params![source, conversation])?;
        let mut sum = Self::default();
        while let Some(row) = rows.next()? {
            let last = Last {
                message: row.get(0)?,
                sent_ms: row.get(1)?,
                offset: row.get(2)?,
                seen_ms: row.get(3)?,
            };
            // borrowed: a copy of each text would cost more than to count it
            let text =
                |column| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
            let direction = text(4)?;
            let sender = Seen { id: text(7)?, name: text(8)?, kind: text(9)? };
            // those in no conversation are of several people, who did not answer each other
            if conversation.is_some() {
                sum.response(direction, sender, last.sent_ms);
            }
            sum.people(direction, sender, text(10)?);
            sum.messages += 1;
            sum.files += row.get::<_, u64>(11)?;
            add(&mut sum.kinds, text(5)?.unwrap_or_default());
            if let Some(status) = text(6)? {
                add(&mut sum.statuses, status);
            }
            sum.first_sent_ms = sum.first_sent_ms.or(last.sent_ms);
            sum.last = Some(last);
        }
        Ok(sum)
    }

    /// From the first message of a customer to the first answer that neither a bot nor the platform
    /// gave.
    fn response(&mut self, direction: Option<&str>, sender: Seen<'_>, sent_ms: Option<i64>) {
        let is_agent = Role::of_sender(sender.kind, direction) == Role::Agent;
        match direction {
            Some("inbound") => self.asked_ms = self.asked_ms.or(sent_ms),
            Some("outbound") if is_agent && sender.kind != Some("bot") => {
                let waited = self.asked_ms.zip(sent_ms);
                let waited = waited.and_then(|(asked, sent)| sent.checked_sub(asked));
                if self.first_response_ms.is_none() && waited.is_some() {
                    self.first_response_ms = waited;
                    self.first_responder = sender.name.or(sender.id).map(str::to_owned);
                }
            }
            _ => {}
        }
    }

    fn people(&mut self, direction: Option<&str>, sender: Seen<'_>, recipients: Option<&str>) {
        self.inbound += u64::from(direction == Some("inbound"));
        self.outbound += u64::from(direction == Some("outbound"));
        self.person(Role::of_sender(sender.kind, direction), sender, 1);
        let met = self.met.iter_mut().find(|(way, _)| way.as_deref() == direction);
        match met {
            // most messages go to whom the one before went
            Some((_, last)) if last.as_deref() == recipients => return,
            Some((_, last)) => *last = recipients.map(str::to_owned),
            None => {
                self.met.push((direction.map(str::to_owned), recipients.map(str::to_owned)));
            }
        }
        let list = recipients.and_then(|list| serde_json::from_str::<Vec<Person>>(list).ok());
        for person in list.unwrap_or_default() {
            let seen = Seen {
                id: person.id.as_deref(),
                name: person.name.as_deref(),
                kind: person.kind.as_deref(),
            };
            self.person(Role::of_recipient(seen.kind, direction), seen, 0);
        }
    }

    fn person(&mut self, role: Role, seen: Seen<'_>, messages: u64) {
        match role {
            _ if seen.is_nobody() => {}
            Role::Customer => self.customers.count(seen, messages),
            Role::Agent => self.agents.count(seen, messages),
            Role::System => {}
        }
    }

    fn save(
        self,
        tx: &Transaction<'_>,
        source: i64,
        conversation: Option<&str>,
    ) -> rusqlite::Result<()> {
        let known: Option<i64> = tx
            .prepare_cached(
                "SELECT id FROM conversation WHERE source = ?1 AND conversation_id IS ?2",
            )?
            .query_row(params![source, conversation], |row| row.get(0))
            .optional()?;
        let Some(last) = self.last else {
            tx.prepare_cached("DELETE FROM conversation WHERE id = ?1")?.execute([known])?;
            return Ok(());
        };
        let (customers, customer_words) = members(self.customers);
        let (agents, agent_words) = members(self.agents);
        tx.prepare_cached(
            "INSERT OR REPLACE INTO conversation (id, source, conversation_id, messages, inbound,
                 outbound, files, first_sent_ms, last_sent_ms, last_offset, last_ms, last_message,
                 first_response_ms, first_responder, customers, agents, kinds, statuses, customer_words,
                 agent_words)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20)",
        )?
        .execute(params![
            known,
            source,
            conversation,
            self.messages,
            self.inbound,
            self.outbound,
            self.files,
            self.first_sent_ms,
            last.sent_ms,
            last.offset,
            last.sent_ms.unwrap_or(last.seen_ms),
            last.message,
            self.first_response_ms,
            self.first_responder,
            customers,
            agents,
            counts(&self.kinds),
            counts(&self.statuses),
            customer_words,
            agent_words,
        ])
        .map(drop)
    }
}

impl People {
    /// Counts for someone who is known already, or for whom there is room.
    fn count(&mut self, seen: Seen<'_>, messages: u64) {
        if let Some((_, counted)) =
            self.list.get_mut(self.last).filter(|(person, _)| seen.is(person))
        {
            *counted += messages;
            return;
        }
        let person = seen.to_person();
        if let Some(place) = self.places.get(&person) {
            self.last = *place;
            if let Some((_, counted)) = self.list.get_mut(*place) {
                *counted += messages;
            }
        } else if self.list.len() < COUNTED_PEOPLE {
            self.last = self.list.len();
            self.places.insert(person.clone(), self.last);
            self.list.push((person, messages));
        }
    }
}

fn add(counts: &mut BTreeMap<String, u64>, word: &str) {
    if let Some(count) = counts.get_mut(word) {
        *count += 1;
    } else {
        counts.insert(word.to_owned(), 1);
    }
}

fn counts(counts: &BTreeMap<String, u64>) -> String {
    serde_json::to_string(counts).unwrap_or_default()
}

/// The list, most messages first, and the words to find them by.
fn members(found: People) -> (String, String) {
    let counted = found.list.into_iter();
    let mut list: Vec<_> = counted.map(|(person, messages)| Member { person, messages }).collect();
    list.sort_by(|a, b| b.messages.cmp(&a.messages).then_with(|| a.person.cmp(&b.person)));
    list.truncate(PEOPLE);
    let mut words = String::new();
    for Member { person, .. } in &list {
        for word in [&person.name, &person.id].into_iter().flatten() {
            words.push_str(&word.to_lowercase());
            words.push('\n');
        }
    }
    (serde_json::to_string(&list).unwrap_or_default(), words)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::BY_TIME;

    #[test]
    fn messages_without_lists_are_summed_up_in_the_order_of_an_index() -> rusqlite::Result<()> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(include_str!("../schema.sql"))?;
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {BY_TIME}"))?;
        let steps = plan.query_map((1, "c"), |row| row.get::<_, String>(3))?;
        let steps = steps.collect::<rusqlite::Result<Vec<_>>>()?;
        assert!(steps.iter().any(|step| step.contains("message_thread")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
        Ok(())
    }
}
