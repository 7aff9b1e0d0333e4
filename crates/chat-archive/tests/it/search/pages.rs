//! Pages of hits, filters, counts, facets.

use chat_archive::{ConversationFilter, ListPlace, SearchOrder, SearchQuery};
use chat_core::{
    ConversationId, Direction, Kind, Participant, ParticipantId, SentAt, Status, UtcOffset,
};

use super::{found_by, holding};
use crate::support::{Fixture, Record, page};

/// Midnight of 2025, eight hours east of UTC.
const NEW_YEAR_MS: i64 = 1_735_660_800_000;
const DAY_MS: i64 = 86_400_000;

fn query(typed: &str) -> SearchQuery {
    SearchQuery::parse(typed).unwrap()
}

#[test]
fn pages_are_newest_first_and_complete() {
    let texts: Vec<String> = (0..57).map(|id| format!("第{id}个 页")).collect();
    let fixture = holding(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let reader = fixture.reader();
    for order in [SearchOrder::Newest, SearchOrder::Relevance] {
        for size in [1, 10, 56, 57, 58] {
            let mut query = query("页");
            query.order = order;
            let (mut ids, mut after) = (Vec::new(), None);
            loop {
                let page = reader.search(&query, after, size).unwrap();
                assert!(page.hits.len() <= size && !page.hits.is_empty());
                ids.extend(page.hits.iter().map(|hit| hit.message.id.parse::<u32>().unwrap()));
                assert!(page.hits.iter().all(|hit| hit.conversation == Some(1)));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert!(ids.is_sorted_by(|a, b| a > b), "{ids:?}");
            assert_eq!(ids.len(), 57);
        }
    }
    assert!(reader.search(&query("页"), None, 0).unwrap().hits.is_empty());
    assert!(reader.search(&query("页"), Some(i64::MIN), 10).unwrap().hits.is_empty());
    let mut best = query("页");
    best.order = SearchOrder::Relevance;
    for place in [i64::MIN, -1, i64::MAX] {
        let _ = reader.search(&best, Some(place), 10).unwrap();
    }
}

#[test]
fn relevance_puts_what_fits_best_first() {
    let fixture = holding(&[
        "发票发票发票",
        "这是一条很长很长的消息，里面提到了一次发票，还有许多别的事情",
        "没有",
    ]);
    let mut query = query("发票");
    query.order = SearchOrder::Relevance;
    let page = fixture.reader().search(&query, None, 10).unwrap();
    let ids: Vec<&str> = page.hits.iter().map(|hit| &*hit.message.id).collect();
    assert_eq!(ids, ["0", "1"]);
}

/// Twelve messages that differ in all that can be filtered by.
fn varied() -> Fixture {
    let mut fixture = Fixture::new();
    let ids: Vec<String> = (0..12).map(|id| id.to_string()).collect();
    let mut page = page(&ids.iter().map(|id| Record::new(id, "同样的话")).collect::<Vec<_>>());
    for (index, record) in page.records.iter_mut().enumerate() {
        let message = &mut record.message;
        message.conversation_id = Some(ConversationId::new(format!("c{}", index % 3)));
        message.direction = Some([Direction::Inbound, Direction::Outbound][index % 2]);
        message.kind = [Kind::Text, Kind::Template, Kind::File][index / 4].clone();
        message.status = Some([Status::Read, Status::Failed][index % 2].clone());
        message.sender = Some(
            Participant::new(None)
                .with_id(Some(ParticipantId::new(format!("p{}", index % 4))))
                .with_name(Some(format!("人{}", index % 4))),
        );
        let (month, day) = (index / 4 + 1, index % 4 * 7 + 1);
        let wall = format!("2025-{month:02}-{day:02} 00:00:00").parse().unwrap();
        message.sent_at = Some(SentAt::zoned(wall, "+08:00".parse::<UtcOffset>().unwrap()));
    }
    fixture.store_page(&page);
    fixture.archive().index(&|| false).unwrap();
    fixture
}

/// Changes a query.
type Change = fn(&mut SearchQuery);

#[test]
fn filters_choose() {
    let fixture = varied();
    let reader = fixture.reader();
    let cases: [(Change, &[usize]); 12] = [
        (|_| {}, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        (|query| query.filter.source = Some("src".into()), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        (|query| query.filter.source = Some("other".into()), &[]),
        (|query| query.filter.from_ms = Some(NEW_YEAR_MS + 73 * DAY_MS), &[10, 11]),
        (|query| query.filter.to_ms = Some(NEW_YEAR_MS + DAY_MS), &[0]),
        (|query| query.filter.sender = Some("p1".into()), &[1, 5, 9]),
        (|query| query.filter.sender = Some("人1".into()), &[1, 5, 9]),
        (|query| query.filter.kind = Some("file".into()), &[8, 9, 10, 11]),
        (|query| query.direction = Some("inbound".into()), &[0, 2, 4, 6, 8, 10]),
        (|query| query.status = Some("failed".into()), &[1, 3, 5, 7, 9, 11]),
        (|query| query.conversation = Some(99), &[]),
        (
            |query| {
                query.direction = Some("outbound".into());
                query.filter.kind = Some("text".into());
            },
            &[1, 3],
        ),
    ];
    for (change, expected) in cases {
        let mut query = query("同样");
        change(&mut query);
        assert_eq!(found_by(&reader, &query), expected, "{query:?}");
        let count = reader.count_hits(&query).unwrap();
        assert_eq!((count.hits, count.is_exact), (expected.len() as u64, true));
        query.order = SearchOrder::Relevance;
        assert_eq!(found_by(&reader, &query), expected, "{query:?}");
    }
    let conversations =
        reader.conversations(&ConversationFilter::default(), ListPlace::First, 10).unwrap();
    for conversation in conversations.conversations {
        let mut query = query("同样");
        query.conversation = Some(conversation.number);
        let page = reader.search(&query, None, 10).unwrap();
        assert_eq!(page.hits.len(), 4);
        for hit in page.hits {
            assert_eq!(hit.message.conversation_id, conversation.conversation_id);
            assert_eq!(hit.conversation, Some(conversation.number));
        }
    }
}

#[test]
fn facets_tell_what_the_hits_are() {
    let fixture = varied();
    let facets = fixture.reader().facets(&query("同样")).unwrap();
    assert_eq!((facets.hits, facets.is_all), (12, true));
    assert_eq!(facets.sources, [("src".to_owned(), 12)].into());
    let kinds = [("file", 4), ("template", 4), ("text", 4)];
    assert_eq!(facets.kinds, kinds.map(|(kind, hits)| (kind.to_owned(), hits)).into());
    // the first was sent at midnight of the new year, eight hours east
    let months = [("2025-01", 4), ("2025-02", 4), ("2025-03", 4)];
    assert_eq!(facets.months, months.map(|(month, hits)| (month.to_owned(), hits)).into());
    let mut few = query("同样");
    few.filter.kind = Some("file".into());
    assert_eq!(fixture.reader().facets(&few).unwrap().hits, 4);
}

#[test]
fn what_filters_let_pass_is_ranked_however_much_they_leave_out() {
    let fixture = holding(&["常见", "常见 常见"]);
    let db = rusqlite::Connection::open(fixture.path().join("archive.db")).unwrap();
    db.execute(
        "WITH RECURSIVE n (id) AS (SELECT 3 UNION ALL SELECT id + 1 FROM n WHERE id < 12000)
         INSERT INTO search (rowid, text) SELECT id, '常 见' FROM n",
        [],
    )
    .unwrap();
    let mut query = query("常见");
    query.order = SearchOrder::Relevance;
    let reader = fixture.reader();
    assert!(reader.search(&query, None, 10).unwrap().is_bounded);
    query.filter.kind = Some("text".into());
    let page = reader.search(&query, None, 10).unwrap();
    assert_eq!((page.hits.len(), page.next, page.is_bounded), (2, None, false));
}

#[test]
fn what_would_take_long_is_bounded_and_says_so() {
    let fixture = holding(&["常见"]);
    let db = rusqlite::Connection::open(fixture.path().join("archive.db")).unwrap();
    // hits that no filter lets pass, for they have no message
    db.execute(
        "WITH RECURSIVE n (id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM n WHERE id < 110000)
         INSERT INTO search (rowid, text) SELECT id, '常 见' FROM n",
        [],
    )
    .unwrap();
    let reader = fixture.reader();
    let mut query = query("常见");
    let count = reader.count_hits(&query).unwrap();
    assert_eq!((count.hits, count.is_exact), (100_000, false));
    query.filter.kind = Some("text".into());
    assert!(!reader.count_hits(&query).unwrap().is_exact);
    assert!(!reader.facets(&query).unwrap().is_all);
    let first = reader.search(&query, None, 10).unwrap();
    assert_eq!((first.hits.len(), first.next.is_some()), (0, true));
    assert_eq!(found_by(&reader, &query), [0]);
}
