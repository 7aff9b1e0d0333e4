//! The list of conversations: each filter chooses what a look at every conversation chooses, and
//! turning pages shows each of them once.

use chat_archive::{ConversationFilter, ConversationSummary, ListPlace, Reader};
use chat_core::{
    ConversationId, Direction, Kind, Participant, ParticipantId, SenderKind, SentAt, Status,
    UnixMillis,
};

use crate::support::{Fixture, Record, page};

const START_MS: i64 = 1_760_000_000_000;

fn archive() -> Fixture {
    let mut fixture = Fixture::new();
    let other = fixture.archive().source("other", "made-up", "1", &[]).unwrap().0;
    let whole = chat_core::Partition::whole();
    let part = fixture.archive().partition(other, &whole).unwrap();
    let mut rng = fastrand::Rng::with_seed(3);
    for batch in 0..20 {
        if batch == 10 {
            (fixture.source, fixture.partition) = (other, part);
        }
        let records: Vec<_> =
            (0..20).map(|at| Record::new(&format!("{batch}-{at}"), "text")).collect();
        let mut page = page(&records);
        for record in &mut page.records {
            let message = &mut record.message;
            message.conversation_id = Some(ConversationId::new(format!("c{}", rng.u8(0..70))));
            // many at the same instant, and some at none
            let sent = UnixMillis::new(START_MS + 60_000 * rng.i64(0..40));
            message.sent_at = (rng.u8(0..9) > 0).then(|| SentAt::stated(sent));
            let (kind, direction, names) = if rng.bool() {
                (SenderKind::Customer, Direction::Inbound, ["张伟", "Ünal", "ann%_"])
            } else {
                (SenderKind::Agent, Direction::Outbound, ["客服", "Bob", "'\"--"])
            };
            let name = names[usize::from(rng.u8(0..3))].to_owned();
            let id = ParticipantId::new(format!("id-{}", rng.u8(0..9)));
            message.direction = Some(direction);
            message.sender =
                Some(Participant::new(Some(kind)).with_id(Some(id)).with_name(Some(name)));
            let rare = rng.u8(0..60) == 0;
            message.kind = if rare { Kind::from("\"odd\":") } else { Kind::Text };
            message.status =
                Some(Status::from(if rng.u8(0..60) == 0 { "deleted" } else { "read" }));
        }
        fixture.store_page(&page);
    }
    fixture.archive().index(&|| false).unwrap();
    fixture
}

/// All that pass, from page to page; each page says truly whether there are others beside it.
fn forward(reader: &Reader, filter: &ConversationFilter, size: usize) -> Vec<ConversationSummary> {
    let mut all: Vec<ConversationSummary> = Vec::new();
    loop {
        let place = all.last().map_or(ListPlace::First, |last| ListPlace::Older(last.key()));
        let page = reader.conversations(filter, place, size).unwrap();
        assert_eq!(page.has_newer, !all.is_empty());
        assert!(page.conversations.len() == size || !page.has_older);
        all.extend(page.conversations);
        if !page.has_older {
            return all;
        }
    }
}

/// The same from the end to the beginning.
fn backward(
    reader: &Reader,
    filter: &ConversationFilter,
    last: &ConversationSummary,
    size: usize,
) -> Vec<i64> {
    let mut numbers = vec![last.number];
    let mut key = last.key();
    loop {
        let page = reader.conversations(filter, ListPlace::Newer(key), size).unwrap();
        assert!(page.has_older);
        numbers.splice(0..0, page.conversations.iter().map(|one| one.number));
        match page.conversations.first() {
            Some(first) if page.has_newer => key = first.key(),
            _ => return numbers,
        }
    }
}

fn holds(list: &[chat_archive::Party], word: &str) -> bool {
    let word = word.to_lowercase();
    list.iter().any(|party| {
        let words = [&party.person.id, &party.person.name];
        words.into_iter().flatten().any(|known| known.to_lowercase().contains(&word))
    })
}

fn passes(one: &ConversationSummary, filter: &ConversationFilter) -> bool {
    filter.source.as_ref().is_none_or(|source| *source == one.source)
        && filter.customer.as_ref().is_none_or(|word| holds(&one.customers, word))
        && filter.agent.as_ref().is_none_or(|word| holds(&one.agents, word))
        && filter.kind.as_ref().is_none_or(|kind| one.kinds.contains_key(kind))
        && filter.status.as_ref().is_none_or(|status| one.statuses.contains_key(status))
        && filter.from_ms.is_none_or(|from| one.last_sent_ms.is_some_and(|last| last >= from))
        && filter.to_ms.is_none_or(|to| one.first_sent_ms.is_some_and(|first| first < to))
}

type Change<'a> = &'a dyn Fn(&mut ConversationFilter);

#[test]
fn each_filter_chooses_what_a_look_at_every_conversation_chooses() {
    let fixture = archive();
    let reader = fixture.reader();
    let all = forward(&reader, &ConversationFilter::default(), 7);
    assert!(all.len() > 100, "{}", all.len());
    assert!(all.is_sorted_by(|a, b| a.key().last_ms >= b.key().last_ms));
    let at = |minute: i64| Some(START_MS + 60_000 * minute);
    let text = |word: &str| Some(word.to_owned());
    let filters: [Change<'_>; 13] = [
        &|filter| filter.source = text("src"),
        &|filter| filter.source = text("nobody"),
        &|filter| filter.customer = text("伟"),
        &|filter| filter.customer = text("ÜNAL"),
        &|filter| filter.customer = text("%_"),
        &|filter| filter.agent = text("'\"--"),
        &|filter| filter.agent = text("id-7"),
        &|filter| filter.kind = text("\"odd\":"),
        &|filter| filter.status = text("deleted"),
        &|filter| filter.from_ms = at(38),
        &|filter| filter.to_ms = at(3),
        &|filter| (filter.from_ms, filter.to_ms) = (at(20), at(21)),
        &|filter| {
            (filter.source, filter.customer, filter.status) =
                (text("other"), text("id"), text("read"));
        },
    ];
    for (number, change) in filters.iter().enumerate() {
        let mut filter = ConversationFilter::default();
        change(&mut filter);
        let expected: Vec<_> =
            all.iter().filter(|one| passes(one, &filter)).map(|one| one.number).collect();
        assert!(expected.len() < all.len(), "filter {number} leaves nothing out");
        assert_eq!(expected.is_empty(), number == 1, "filter {number}");
        for size in [1, 4, 500] {
            let found = forward(&reader, &filter, size);
            let numbers: Vec<_> = found.iter().map(|one| one.number).collect();
            assert_eq!(numbers, expected, "filter {number}");
            if let Some(last) = found.last() {
                assert_eq!(backward(&reader, &filter, last, size), expected, "filter {number}");
            }
        }
        assert_eq!(reader.count_conversations(&filter, 500).unwrap(), expected.len());
        assert_eq!(reader.count_conversations(&filter, 2).unwrap(), expected.len().min(2));
    }
}

#[test]
fn a_conversation_that_moves_to_the_front_meanwhile_is_shown_once_and_hides_no_other() {
    let mut fixture = archive();
    let before = forward(&fixture.reader(), &ConversationFilter::default(), 500);
    let mut shown: Vec<i64> = Vec::new();
    let mut key = None;
    // one that was shown, and one that was not yet, get messages between two pages
    let moved = [before[3].clone(), before[60].clone()];
    loop {
        let place = key.map_or(ListPlace::First, ListPlace::Older);
        let page =
            fixture.reader().conversations(&ConversationFilter::default(), place, 10).unwrap();
        shown.extend(page.conversations.iter().map(|one| one.number));
        key = page.conversations.last().map(ConversationSummary::key);
        if shown.len() == 20 {
            for (at, one) in moved.iter().enumerate() {
                let mut page = page_of_one(&format!("late-{at}"));
                let message = &mut page.records[0].message;
                message.conversation_id = one.conversation_id.clone().map(ConversationId::new);
                let late = UnixMillis::new(START_MS + 86_400_000 + i64::try_from(at).unwrap());
                message.sent_at = Some(SentAt::stated(late));
                let whole = chat_core::Partition::whole();
                fixture.source =
                    fixture.archive().source(&one.source, "made-up", "1", &[]).unwrap().0;
                let source = fixture.source;
                fixture.partition = fixture.archive().partition(source, &whole).unwrap();
                fixture.store_page(&page);
            }
            fixture.archive().index(&|| false).unwrap();
        }
        if !page.has_older {
            break;
        }
    }
    // the one that was not shown yet is at the front now, where the way back leads
    let first = fixture
        .reader()
        .conversations(&ConversationFilter::default(), ListPlace::First, 2)
        .unwrap();
    let front: Vec<_> = first.conversations.iter().map(|one| one.number).collect();
    assert_eq!(front, [moved[1].number, moved[0].number]);
    shown.push(front[0]);
    let mut expected: Vec<_> = before.iter().map(|one| one.number).collect();
    expected.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, expected);
}

fn page_of_one(id: &str) -> chat_core::SourcePage {
    page(&[Record::new(id, "late")])
}
