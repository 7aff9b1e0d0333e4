//! All of it, once, as it was sent.

use std::collections::BTreeMap;

use chat_core::{IdOrigin, Message, PageRequest, Partition, Window, Windowing};

use super::{
    Check, Suite, World, ensure,
    walk::{self, Seen, Walked},
};
use crate::TrueRecord;

const RECORDS: u32 = 300;

/// What can go wrong with any vendor: a simulator without it would let its source pass unseen.
const FAULTS: [&str; 11] = [
    "http",
    "html",
    "empty",
    "truncate",
    "reset",
    "api",
    "unknown_enum",
    "unknown_keys",
    "null_required",
    "bad_record",
    "duplicate_rows",
];

pub(super) async fn describes_itself(suite: &Suite<'_>) -> Check {
    let world = suite.world(20).await?;
    let source = &world.source;
    let name = world.vendor()?.name();
    ensure(source.vendor() == name, || format!("it says it is {}, not {name}", source.vendor()))?;
    ensure(!source.name().is_empty(), || "it has no name".to_owned())?;
    let known = world.vendor()?.fault_kinds();
    let lacking: Vec<&str> = FAULTS.into_iter().filter(|kind| !known.contains(kind)).collect();
    ensure(lacking.is_empty(), || format!("its simulator knows no faults {lacking:?}"))?;
    ensure(source.capabilities().page_size > 0, || "its pages hold nothing".to_owned())?;
    let again = suite.source(&world.sim, |toml| toml)?;
    ensure(source.fingerprint() == again.fingerprint(), || {
        "its fingerprint differs from one built the same way".to_owned()
    })?;
    source.check().await.map_err(|error| format!("check fails: {error}"))?;
    ensure(source.calls().requests > 0, || "check made no call".to_owned())?;
    let partitions = source.partitions().await.map_err(|error| error.to_string())?;
    let mut listed: Vec<String> = partitions.into_iter().map(|partition| partition.key).collect();
    listed.sort();
    let mut wanted = world.vendor()?.partitions();
    wanted.sort();
    ensure(listed == wanted, || format!("{} partitions, not {}", listed.len(), wanted.len()))
}

pub(super) async fn every_record_once_with_its_bytes(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    let walked = walk::everything(&world).await?;
    complete(&world, &walked)
}

/// Every record of the vendor is there, with bytes that say the same.
pub(super) fn complete(world: &World, walked: &Walked) -> Check {
    let records = world.vendor()?.records();
    ensure(walked.skipped == 0, || format!("{} records could not be read", walked.skipped))?;
    let by_id = walked.by_id();
    let (named, unnamed): (Vec<&TrueRecord>, Vec<&TrueRecord>) =
        records.iter().partition(|record| record.id.is_some());
    ensure(by_id.len() == named.len(), || {
        format!("{} different records with ids, not {}", by_id.len(), named.len())
    })?;
    for record in named {
        let key = (record.partition.as_str(), record.id.as_deref().unwrap_or_default());
        let seen = by_id.get(&key).ok_or_else(|| format!("record {key:?} is missing"))?;
        let same = seen.raw == record.raw || world.source.same_content(&seen.raw, &record.raw);
        ensure(same, || format!("record {key:?} has other bytes"))?;
        ensure(seen.message.id_origin == IdOrigin::Vendor, || {
            "its id is not the vendor's".to_owned()
        })?;
        let sent_ms = seen.message.sent_at.map(|sent| sent.instant.get());
        ensure(record.sent_at_ms.is_none() || sent_ms == record.sent_at_ms, || {
            format!("record {key:?} was sent at {:?}, not {sent_ms:?}", record.sent_at_ms)
        })?;
        conversation(record, &seen.message)?;
    }
    let found = lists(walked.without_id().into_iter().map(|seen| {
        (seen.message.conversation_id.as_ref().map_or("", |id| id.as_str()), seen.raw.as_slice())
    }));
    let wanted = lists(unnamed.iter().map(|record| {
        (record.conversation_id.as_deref().unwrap_or_default(), record.raw.as_slice())
    }));
    ensure(found == wanted, || {
        format!("{} records without ids, not {}, or others", found.len(), wanted.len())
    })
}

fn conversation(record: &TrueRecord, message: &Message) -> Check {
    let found = message.conversation_id.as_ref().map(chat_core::ConversationId::as_str);
    ensure(record.conversation_id.is_none() || found == record.conversation_id.as_deref(), || {
        format!("a record of conversation {:?} is in {found:?}", record.conversation_id)
    })
}

/// How often each record is in each conversation.
fn lists<'a>(
    records: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> BTreeMap<(&'a str, &'a [u8]), usize> {
    let mut lists = BTreeMap::new();
    for record in records {
        *lists.entry(record).or_insert(0) += 1;
    }
    lists
}

pub(super) async fn pages_from_first_to_last(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    let walked = walk::everything(&world).await?;
    let partitions = world.vendor()?.partitions().len();
    let most = world.source.capabilities().page_size;
    let is_whole = !matches!(world.source.capabilities().windowing, Windowing::Closed { .. });
    ensure(walked.pages >= partitions, || format!("{} pages only", walked.pages))?;
    ensure(is_whole || walked.records.len() <= walked.pages * most as usize, || {
        format!("{} records on {} pages of at most {most}", walked.records.len(), walked.pages)
    })
}

pub(super) async fn an_empty_span_is_an_empty_page(suite: &Suite<'_>) -> Check {
    let world = suite.world(20).await?;
    let Windowing::Closed { grain_ms, .. } = world.source.capabilities().windowing else {
        return Ok(());
    };
    let first = walk::windows(&world)?.into_iter().flatten().next();
    let Some(first) = first else { return Ok(()) };
    // far enough from the first record for any overlap of the asked spans
    let before = first.from_ms - 40 * grain_ms.max(3_600_000);
    let window = Window::new(before, before + grain_ms);
    for partition in world.source.partitions().await.map_err(|error| error.to_string())? {
        let request = PageRequest::first(partition, Some(window));
        let page = world.source.fetch(&request).await.map_err(|error| error.to_string())?;
        ensure(page.records.is_empty() && page.skipped.is_empty(), || "it has records".to_owned())?;
        ensure(page.next.is_none() && !page.may_be_cut, || "it promises more".to_owned())?;
        ensure(page.total.is_none_or(|total| total == 0), || "it counts some".to_owned())?;
    }
    Ok(())
}

pub(super) async fn a_listing_goes_on_from_a_saved_cursor(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    let windows = walk::windows(&world)?;
    for partition in world.source.partitions().await.map_err(|error| error.to_string())? {
        for window in &windows {
            let request = PageRequest::first(partition.clone(), *window);
            let first = world.source.fetch(&request).await.map_err(|error| error.to_string())?;
            let Some(cursor) = first.next.clone().filter(|_| !first.may_be_cut) else { continue };
            let mut whole = Walked::default();
            walk::rest(&*world.source, request.clone(), first.clone(), &mut whole).await?;
            // another process, which knows the request as text only
            let saved = serde_json::to_string(&request.clone().at(Some(cursor)))
                .map_err(|error| error.to_string())?;
            let resumed: PageRequest =
                serde_json::from_str(&saved).map_err(|error| error.to_string())?;
            let other = suite.source(&world.sim, |toml| toml)?;
            let page = other.fetch(&resumed).await.map_err(|error| error.to_string())?;
            let mut tail = Walked::default();
            walk::rest(&*other, resumed, page, &mut tail).await?;
            let ids = |walked: &Walked| -> Vec<String> {
                walked.records.iter().map(|seen| seen.message.id.to_string()).collect()
            };
            let all = ids(&whole);
            ensure(
                all.ends_with(&ids(&tail)) && all.len() == first.records.len() + tail.records.len(),
                || "another source goes on with other records".to_owned(),
            )?;
            return Ok(());
        }
    }
    // every listing fits on a page
    Ok(())
}

pub(super) async fn a_second_reading_says_the_same(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    let first = walk::everything(&world).await?;
    let second = walk::everything(&world).await?;
    // what a source learns of the vendor may change the pages, but no record
    let (first_ids, second_ids) = (first.by_id(), second.by_id());
    ensure(first_ids.keys().eq(second_ids.keys()), || "other records".to_owned())?;
    let (first_lists, second_lists) = (first.without_id(), second.without_id());
    ensure(first_lists.len() == second_lists.len(), || "another number of records".to_owned())?;
    let named = first_ids.values().copied().zip(second_ids.values().copied());
    for (one, other) in named.chain(first_lists.into_iter().zip(second_lists)) {
        let same = world.source.same_content(&one.raw, &other.raw);
        ensure(same && alike(one, other), || {
            format!("record {} reads differently a second time", one.message.id)
        })?;
    }
    Ok(())
}

/// True if two forms of a message differ in nothing but links.
fn alike(one: &Seen, other: &Seen) -> bool {
    let without_links = |seen: &Seen| {
        let mut message = seen.message.clone();
        for attachment in &mut message.attachments {
            attachment.link = None;
        }
        message
    };
    one.partition == other.partition && without_links(one) == without_links(other)
}

pub(super) async fn stored_answers_read_as_they_came(suite: &Suite<'_>) -> Check {
    let world = suite.world(200).await?;
    for partition in world.source.partitions().await.map_err(|error| error.to_string())? {
        for window in walk::windows(&world)? {
            stored_answer(&world, &partition, window).await?;
        }
    }
    Ok(())
}

async fn stored_answer(world: &World, partition: &Partition, window: Option<Window>) -> Check {
    let request = PageRequest::first(partition.clone(), window);
    let page = world.source.fetch(&request).await.map_err(|error| error.to_string())?;
    let body = page.raw.as_bytes().to_vec();
    let read = world.source.read(partition, body).map_err(|error| error.to_string())?;
    let seen = |page: &chat_core::SourcePage| -> Vec<Seen> {
        let seen = page.records.iter().map(|record| Seen {
            partition: partition.key.clone(),
            message: record.message.clone(),
            raw: page.raw.record(&record.span).to_vec(),
        });
        seen.collect()
    };
    let (came, stored) = (seen(&page), seen(&read));
    let same = came.len() == stored.len()
        && came.iter().zip(&stored).all(|(one, other)| one.raw == other.raw && alike(one, other));
    ensure(same, || "a stored answer gives other messages than it came with".to_owned())
}

pub(super) async fn files_arrive_whole(suite: &Suite<'_>) -> Check {
    let world = suite.world(200).await?;
    let walked = walk::everything(&world).await?;
    let vendor = world.vendor()?;
    let by_id = walked.by_id();
    let mut fetched = 0;
    for record in vendor.records() {
        let files = vendor.files(&record);
        let Some(id) = record.id.as_deref().filter(|_| !files.is_empty()) else { continue };
        let Some(seen) = by_id.get(&(record.partition.as_str(), id)) else { continue };
        let links: Vec<_> =
            seen.message.attachments.iter().filter_map(|file| file.link.as_ref()).collect();
        ensure(links.len() == files.len(), || {
            format!("record {id} has {} links for {} files", links.len(), files.len())
        })?;
        for (link, file) in links.into_iter().zip(&files) {
            let mut bytes = Vec::new();
            let got = world.source.fetch_media(link, &mut bytes, 1 << 24).await;
            got.map_err(|error| format!("a file of record {id}: {error}"))?;
            ensure(bytes == file.bytes, || format!("a file of record {id} differs"))?;
            fetched += 1;
        }
        if fetched >= 10 {
            break;
        }
    }
    Ok(())
}
