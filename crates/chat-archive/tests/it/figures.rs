//! Figures are those that a plain count over the exported lines gives.

use std::collections::{BTreeMap, BTreeSet};

use chat_archive::{FigureFilter, Figures, Tally};
use chat_core::{
    ConversationId, Direction, Kind, Participant, ParticipantId, PlatformId, SenderKind, SentAt,
    Status, UnixMillis, UtcOffset, WallTime,
};
use serde_json::Value;

use crate::support::{Fixture, Record, page};

const DAY_MS: i64 = 86_400_000;
const START_MS: i64 = 1_760_000_000_000;

/// Two sources that tell times in different offsets, with people, kinds and states of all sorts;
/// some messages are recalled, some without a time, a name or an id of their sender.
fn archive() -> Fixture {
    let mut fixture = Fixture::new();
    let other = fixture.archive().source("other", "made-up", "1", &[]).unwrap().0;
    let whole = chat_core::Partition::whole();
    let part = fixture.archive().partition(other, &whole).unwrap();
    let mut rng = fastrand::Rng::with_seed(7);
    for batch in 0..40 {
        if batch == 20 {
            (fixture.source, fixture.partition) = (other, part);
        }
        let records: Vec<_> =
            (0..20).map(|at| Record::new(&format!("{batch}-{at}"), "text")).collect();
        let mut page = page(&records);
        for (at, record) in page.records.iter_mut().enumerate() {
            let message = &mut record.message;
            message.conversation_id = match rng.u8(0..20) {
                0 => None,
                _ => Some(ConversationId::new(format!("c{}", rng.u8(0..60)))),
            };
            let minutes = if batch < 20 { 480 } else { -330 };
            let offset = UtcOffset::from_minutes(minutes).unwrap();
            let sent = UnixMillis::new(START_MS + rng.i64(0..9 * DAY_MS));
            message.sent_at = match rng.u8(0..15) {
                0 => None,
                _ => Some(SentAt::zoned(WallTime::of(sent, offset), offset)),
            };
            message.direction = [
                Some(Direction::Inbound),
                Some(Direction::Outbound),
                Some(Direction::System),
                None,
            ][usize::from(rng.u8(0..10) / 4) + usize::from(rng.u8(0..12) == 0)];
            let is_customer = message.direction == Some(Direction::Inbound);
            let kind = match rng.u8(0..8) {
                0 => None,
                1 => Some(SenderKind::Bot),
                2 => Some(SenderKind::System),
                _ if is_customer => Some(SenderKind::Customer),
                _ => Some(SenderKind::Agent),
            };
            let who = rng.u8(0..5);
            let id = (rng.u8(0..6) > 0).then(|| ParticipantId::new(format!("p{who}{kind:?}")));
            let name = (rng.u8(0..6) > 0).then(|| format!("n{who}{kind:?}"));
            message.sender = Some(Participant::new(kind).with_id(id).with_name(name));
            message.kind =
                [Kind::Text, Kind::Image, Kind::Template][usize::from(rng.u8(0..3))].clone();
            message.status = ["", "queued", "sent", "delivered", "read", "failed", "deleted"]
                .get(usize::from(rng.u8(0..7)))
                .filter(|word| !word.is_empty())
                .map(|word| Status::from(*word));
            message.platform_id = Some(PlatformId::new(format!("{batch}-{at}")));
            if rng.u8(0..20) == 0 {
                message.recalls = Some(PlatformId::new(format!("{batch}-{}", rng.u8(0..20))));
            }
        }
        fixture.store_page(&page);
    }
    fixture.archive().index(&|| false).unwrap();
    fixture
}

/// The day and hour on the wall, from the text of the exported time alone.
fn wall(line: &Value) -> Option<(i64, usize)> {
    let text = line["sent_at"].as_str()?;
    let midnight: WallTime = text[..10].parse().unwrap();
    Some((midnight.at(UtcOffset::UTC).get() / DAY_MS, text[11..13].parse().unwrap()))
}

fn chosen(filter: &FigureFilter, source: &str, day: Option<i64>) -> bool {
    filter.source.as_deref().is_none_or(|wanted| wanted == source)
        && match day {
            Some(day) => {
                filter.from_day.is_none_or(|from| day >= from)
                    && filter.to_day.is_none_or(|to| day <= to)
            }
            None => filter.from_day.is_none() && filter.to_day.is_none(),
        }
}

/// Whoever is neither a customer nor the platform works for the business.
fn agent(line: &Value) -> Option<String> {
    let sender = &line["sender"];
    let works = match sender["kind"].as_str() {
        Some("customer" | "system") => false,
        Some(_) => true,
        None => line["direction"] != "inbound" && line["direction"] != "system",
    };
    let key = sender["id"].as_str().or(sender["name"].as_str())?;
    works.then(|| format!("{} {key}", line["source"].as_str().unwrap()))
}

#[derive(Debug, Default, PartialEq)]
struct Recount {
    messages: [u64; 3],
    without_time: u64,
    days: BTreeMap<(i64, String), [u64; 3]>,
    hours: BTreeMap<(usize, usize), [u64; 3]>,
    kinds: BTreeMap<String, u64>,
    statuses: BTreeMap<String, u64>,
    written: BTreeMap<String, u64>,
    taken: BTreeMap<String, u64>,
    waits: Vec<i64>,
    unanswered: u64,
}

/// Counts the lines of an export; conversations stand in it one after the other.
fn recount(lines: &[Value], filter: &FigureFilter) -> Recount {
    let mut count = Recount::default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for line in lines {
        let (source, at) = (text(&line["source"]).unwrap(), wall(line));
        if !chosen(filter, &source, at.map(|(day, _)| day)) {
            continue;
        }
        let direction = match line["direction"].as_str() {
            Some("inbound") => 0,
            Some("outbound") => 1,
            _ => 2,
        };
        count.messages[direction] += 1;
        match at {
            Some((day, hour)) => {
                count.days.entry((day, source)).or_default()[direction] += 1;
                let weekday = usize::try_from((day + 3) % 7).unwrap();
                count.hours.entry((weekday, hour)).or_default()[direction] += 1;
            }
            None => count.without_time += 1,
        }
        *count.kinds.entry(text(&line["kind"]).unwrap()).or_default() += 1;
        if direction == 1 {
            *count.statuses.entry(text(&line["status"]).unwrap_or_default()).or_default() += 1;
        }
        if let Some(agent) = agent(line) {
            *count.written.entry(agent).or_default() += 1;
        }
    }
    let key = |line: &Value| (text(&line["source"]), text(&line["conversation_id"]));
    for conversation in lines.chunk_by(|a, b| key(a) == key(b)) {
        let source = conversation[0]["source"].as_str().unwrap();
        let began = conversation.iter().find_map(wall).map(|(day, _)| day);
        if !chosen(filter, source, began) {
            continue;
        }
        let agents: BTreeSet<_> = conversation.iter().filter_map(agent).collect();
        for agent in agents {
            *count.taken.entry(agent).or_default() += 1;
        }
        // those in no conversation did not answer each other
        if conversation[0]["conversation_id"].is_null() {
            continue;
        }
        let inbound = |line: &&Value| line["direction"] == "inbound";
        let asked =
            conversation.iter().position(|line| inbound(&line) && line["sent_at_ms"].is_i64());
        let answer = asked.and_then(|at| {
            conversation[at..].iter().find(|line| {
                line["direction"] == "outbound"
                    && !["bot", "system", "customer"]
                        .iter()
                        .any(|kind| line["sender"]["kind"] == *kind)
            })
        });
        match answer {
            Some(answer) => count.waits.push(
                answer["sent_at_ms"].as_i64().unwrap()
                    - conversation[asked.unwrap()]["sent_at_ms"].as_i64().unwrap(),
            ),
            None => {
                count.unanswered += u64::from(conversation.iter().any(|line| inbound(&line)));
            }
        }
    }
    count.waits.sort_unstable();
    count
}

/// The same of the archive's own figures, but for the waits.
fn told(figures: &Figures) -> Recount {
    let three = |traffic: chat_archive::Traffic| [traffic.inbound, traffic.outbound, traffic.other];
    let mut told = Recount {
        messages: three(figures.messages),
        without_time: figures.without_time,
        kinds: figures.kinds.iter().cloned().collect(),
        statuses: figures.statuses.clone(),
        unanswered: figures.responses.unanswered,
        ..Recount::default()
    };
    for (day, sources) in &figures.days {
        for (source, traffic) in sources {
            told.days.insert((*day, source.clone()), three(*traffic));
        }
    }
    for (weekday, hours) in figures.hours.iter().enumerate() {
        for (hour, traffic) in hours.iter().enumerate().filter(|(_, of)| of.all() > 0) {
            told.hours.insert((weekday, hour), three(*traffic));
        }
    }
    if figures.without_status > 0 {
        told.statuses.insert(String::new(), figures.without_status);
    }
    for agent in &figures.agents {
        let key = agent.person.id.as_ref().or(agent.person.name.as_ref()).unwrap();
        let key = format!("{} {key}", agent.source);
        if agent.messages > 0 {
            told.written.insert(key.clone(), agent.messages);
        }
        if agent.conversations > 0 {
            told.taken.insert(key, agent.conversations);
        }
    }
    told
}

/// The least wait that so many percent of all do not pass.
fn rank(waits: &[i64], percent: usize) -> Option<i64> {
    let reached = |wait: &&i64| {
        waits.iter().filter(|other| other <= wait).count() * 100 >= waits.len() * percent
    };
    waits.iter().filter(reached).min().copied()
}

#[test]
fn figures_are_those_of_the_exported_lines() {
    let fixture = archive();
    let lines = fixture.lines();
    let tally: Tally = fixture.reader().tally().unwrap();
    assert_eq!(tally.sources(), ["other", "src"]);
    let (first, last) = tally.days().unwrap();
    let filters = [
        (None, None, None),
        (Some("src"), None, None),
        (Some("other"), None, Some(first + 3)),
        (None, Some(first + 2), Some(last - 2)),
        (None, Some(last), None),
        (Some("nobody"), None, None),
    ];
    for (source, from_day, to_day) in filters {
        let mut filter = FigureFilter::default();
        (filter.source, filter.from_day, filter.to_day) =
            (source.map(Into::into), from_day, to_day);
        let mut expected = recount(&lines, &filter);
        let figures = tally.figures(&filter);
        let waits = std::mem::take(&mut expected.waits);
        assert_eq!(told(&figures), expected, "{filter:?}");
        assert_eq!(source == Some("nobody"), expected.messages == [0, 0, 0]);

        let responses = &figures.responses;
        assert_eq!(responses.answered, waits.len() as u64, "{filter:?}");
        assert_eq!(responses.median_ms, rank(&waits, 50), "{filter:?}");
        assert_eq!(responses.p90_ms, rank(&waits, 90), "{filter:?}");
        let mut from = i64::MIN;
        for (to, conversations) in &responses.spans {
            let to = to.unwrap_or(i64::MAX);
            let inside = waits.iter().filter(|wait| (from..to).contains(*wait)).count();
            assert_eq!(*conversations, inside as u64, "{filter:?}: from {from} to {to}");
            from = to;
        }
        let first_responses = figures.agents.iter().map(|agent| agent.first_responses);
        assert_eq!(first_responses.sum::<u64>(), responses.answered, "{filter:?}");
        for agent in &figures.agents {
            assert_eq!(agent.first_responses > 0, agent.median_response_ms.is_some());
        }
    }
}

#[test]
fn an_empty_archive_has_no_figures() {
    let fixture = Fixture::new();
    let tally = fixture.reader().tally().unwrap();
    assert_eq!(tally.days(), None);
    let figures = tally.figures(&FigureFilter::default());
    assert_eq!(figures.messages.all(), 0);
    assert_eq!((figures.responses.median_ms, figures.responses.p90_ms), (None, None));
    assert!(figures.agents.is_empty() && figures.kinds.is_empty());
}
