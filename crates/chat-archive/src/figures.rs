//! Figures for charts: how many messages when, of which kind, from whom, how far they got, and how
//! long customers wait. All is counted once, by source and day; any choice of those is then quick.

mod count;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::kept::Person;

/// Upper ends of the spans that first responses are sorted into, in milliseconds.
const WAITS_MS: [i64; 6] = [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000];

/// Messages by direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// From customers.
    pub inbound: u64,
    /// To customers.
    pub outbound: u64,
    /// All others.
    pub other: u64,
}

impl Traffic {
    /// All of them.
    pub const fn all(self) -> u64 {
        self.inbound + self.outbound + self.other
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.inbound += other.inbound;
        self.outbound += other.outbound;
        self.other += other.other;
    }
}

/// What figures are wanted of. The default is all there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FigureFilter {
    /// Of this source.
    pub source: Option<String>,
    /// From this day on, in days since 1970-01-01 where the vendor's times are told.
    pub from_day: Option<i64>,
    /// Up to this day, itself included.
    pub to_day: Option<i64>,
}

/// All that was counted at one moment, by source and day. Its memory grows with the days, and by a
/// few bytes for each conversation that was answered; not with the messages.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    sources: Vec<String>,
    kinds: Vec<String>,
    statuses: Vec<String>,
    agents: Vec<Agent>,
    cells: BTreeMap<CellKey, Cell>,
}

/// Source, and day; `None`: messages that the vendor gives no time.
type CellKey = (usize, Option<i64>);

#[derive(Debug, Clone)]
struct Agent {
    source: usize,
    person: Person,
}

/// What belongs to one source and day.
#[derive(Debug, Clone, Default)]
struct Cell {
    traffic: Traffic,
    hours: Vec<Traffic>,
    kinds: BTreeMap<usize, u64>,
    /// Of outbound messages; `None`: the vendor says nothing of them.
    statuses: BTreeMap<Option<usize>, u64>,
    /// Messages by agent.
    written: BTreeMap<usize, u64>,
    /// Of conversations that began on the day: those that an agent wrote in.
    taken: BTreeMap<usize, u64>,
    /// Who gave the first answer, and after how long.
    waits: Vec<(usize, i64)>,
    /// Those that customers wrote in and nobody answered.
    unanswered: u64,
}

/// Figures of a source or all, of a span or all time. Messages count where they were sent,
/// conversations and first responses where the conversation began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// All messages.
    pub messages: Traffic,
    /// Those that the vendor gives no time: in no figure by time, and only counted if all time is
    /// asked for.
    pub without_time: u64,
    /// By day, then source.
    pub days: BTreeMap<i64, BTreeMap<String, Traffic>>,
    /// By weekday from Monday on, then hour: 7 × 24.
    pub hours: Vec<Vec<Traffic>>,
    /// First responses.
    pub responses: Responses,
    /// Whoever wrote for the business, most messages first.
    pub agents: Vec<AgentFigures>,
    /// Messages by kind, most first.
    pub kinds: Vec<(String, u64)>,
    /// Outbound messages by how far they got.
    pub statuses: BTreeMap<String, u64>,
    /// Outbound messages of which the vendor does not say how far they got.
    pub without_status: u64,
}

/// How long customers waited for the first answer of a person. Messages in no conversation are
/// left out: they did not answer each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Responses {
    /// Conversations with an answer.
    pub answered: u64,
    /// Conversations that a customer wrote in and nobody answered.
    pub unanswered: u64,
    /// Half of them waited at most so long, in milliseconds.
    pub median_ms: Option<i64>,
    /// Nine of ten waited at most so long, in milliseconds.
    pub p90_ms: Option<i64>,
    /// How many waited less than so many milliseconds and not less than the one before; `None`:
    /// all that waited longer.
    pub spans: Vec<(Option<i64>, u64)>,
}

/// What someone wrote for the business.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentFigures {
    /// The source.
    pub source: String,
    /// Who.
    pub person: Person,
    /// Messages.
    pub messages: u64,
    /// Conversations that they wrote in.
    pub conversations: u64,
    /// First answers of conversations.
    pub first_responses: u64,
    /// Half of the customers whom they answered first waited at most so long, in milliseconds.
    pub median_response_ms: Option<i64>,
}

impl Tally {
    /// The names of the sources.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The kinds that messages have, in no order.
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }

    /// The first and the last day of all.
    pub fn days(&self) -> Option<(i64, i64)> {
        let days = || self.cells.keys().filter_map(|(_, day)| *day);
        days().min().zip(days().max())
    }

    /// The figures of what passes the filter.
    pub fn figures(&self, filter: &FigureFilter) -> Figures {
        let mut figures =
            Figures { hours: vec![vec![Traffic::default(); 24]; 7], ..Figures::default() };
        let mut kinds = vec![0; self.kinds.len()];
        let mut agents = vec![(0, 0); self.agents.len()];
        let mut waits = Vec::new();
        for ((source, day), cell) in &self.cells {
            let Some(name) = self.sources.get(*source) else { continue };
            if filter.source.as_ref().is_some_and(|wanted| wanted != name) || !filter.has(*day) {
                continue;
            }
            figures.messages += cell.traffic;
            match day {
                Some(day) => figures.add_day(name, *day, cell),
                None => figures.without_time += cell.traffic.all(),
            }
            add(&mut kinds, &cell.kinds, |total| total);
            add(&mut agents, &cell.written, |(written, _)| written);
            add(&mut agents, &cell.taken, |(_, taken)| taken);
            for (status, messages) in &cell.statuses {
                match status.and_then(|status| self.statuses.get(status)) {
                    Some(word) => *figures.statuses.entry(word.clone()).or_default() += messages,
                    None => figures.without_status += messages,
                }
            }
            waits.extend_from_slice(&cell.waits);
            figures.responses.unanswered += cell.unanswered;
        }
        figures.kinds = self.kinds.iter().cloned().zip(kinds).filter(|(_, n)| *n > 0).collect();
        figures.kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        // by agent, and of each the shortest first
        waits.sort_unstable();
        figures.agents = self.agent_figures(&agents, &waits);
        figures.responses.count(waits.into_iter().map(|(_, wait)| wait).collect());
        figures
    }

    fn agent_figures(&self, counted: &[(u64, u64)], waits: &[(usize, i64)]) -> Vec<AgentFigures> {
        let mut all = Vec::new();
        for (number, (agent, (messages, conversations))) in
            self.agents.iter().zip(counted).enumerate()
        {
            let begin = waits.partition_point(|(of, _)| *of < number);
            let end = waits.partition_point(|(of, _)| *of <= number);
            let own = waits.get(begin..end).unwrap_or_default();
            if (*messages, *conversations, own.len()) == (0, 0, 0) {
                continue;
            }
            all.push(AgentFigures {
                source: self.sources.get(agent.source).cloned().unwrap_or_default(),
                person: agent.person.clone(),
                messages: *messages,
                conversations: *conversations,
                first_responses: own.len() as u64,
                median_response_ms: rank(own, 50).map(|(_, wait)| *wait),
            });
        }
        all.sort_by(|a, b| {
            let order = b.messages.cmp(&a.messages);
            order.then_with(|| (&a.source, &a.person).cmp(&(&b.source, &b.person)))
        });
        all
    }
}

impl FigureFilter {
    fn has(&self, day: Option<i64>) -> bool {
        match day {
            Some(day) => {
                self.from_day.is_none_or(|from| from <= day)
                    && self.to_day.is_none_or(|to| day <= to)
            }
            None => self.from_day.is_none() && self.to_day.is_none(),
        }
    }
}

impl Figures {
    fn add_day(&mut self, source: &str, day: i64, cell: &Cell) {
        if cell.traffic.all() > 0 {
            let of_day = self.days.entry(day).or_default();
            *of_day.entry(source.to_owned()).or_default() += cell.traffic;
        }
        // 1970-01-01 was a Thursday
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default();
        let hours = self.hours.get_mut(weekday).into_iter().flatten();
        hours.zip(&cell.hours).for_each(|(total, traffic)| *total += *traffic);
    }
}

impl Responses {
    fn count(&mut self, mut waits: Vec<i64>) {
        waits.sort_unstable();
        self.answered = waits.len() as u64;
        self.median_ms = rank(&waits, 50).copied();
        self.p90_ms = rank(&waits, 90).copied();
        let mut begin = 0;
        for end_ms in WAITS_MS.into_iter().map(Some).chain([None]) {
            let end = match end_ms {
                Some(ms) => waits.partition_point(|wait| *wait < ms),
                None => waits.len(),
            };
            self.spans.push((end_ms, (end - begin) as u64));
            begin = end;
        }
    }
}

/// The least of a sorted list that so many percent of it do not pass.
fn rank<T>(sorted: &[T], percent: usize) -> Option<&T> {
    sorted.get((sorted.len() * percent).div_ceil(100).checked_sub(1)?)
}

fn add<T>(totals: &mut [T], counted: &BTreeMap<usize, u64>, of: impl Fn(&mut T) -> &mut u64) {
    for (number, count) in counted {
        if let Some(total) = totals.get_mut(*number) {
            *of(total) += count;
        }
    }
}
