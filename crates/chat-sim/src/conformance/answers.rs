//! What comes instead of a good answer, and what is made of it.

use chat_core::{ErrorKind, PageRequest};

use super::{
    Check, Suite, World,
    completeness::complete,
    ensure,
    walk::{self, Walked},
};
use crate::TrueRecord;

const RECORDS: u32 = 120;

/// The request for the first page of the first partition. To be made before anything goes wrong.
pub(super) async fn first_request(world: &World) -> Result<PageRequest, String> {
    let partitions = world.source.partitions().await.map_err(|error| error.to_string())?;
    let partition = partitions.into_iter().next().ok_or("it has no partition")?;
    let window = walk::windows(world)?.into_iter().next().flatten();
    Ok(PageRequest::first(partition, window))
}

/// A rule that each request for records fails in this way.
fn always(rule: &str) -> String {
    format!("[[fault]]\nalways = true\n{rule}\n")
}

/// The same for the first request only.
fn once(rule: &str) -> String {
    format!("[[fault]]\nfirst = 1\n{rule}\n")
}

/// What passes by itself: server errors, too many calls, garbled answers, broken connections.
const PASSING: [&str; 8] = [
    "kind = \"http\"\nstatus = 502",
    "kind = \"http\"\nstatus = 503",
    "kind = \"http\"\nstatus = 429",
    "kind = \"http\"\nstatus = 429\nretry_after = 1",
    "kind = \"html\"",
    "kind = \"empty\"",
    "kind = \"truncate\"",
    "kind = \"reset\"",
];

pub(super) async fn what_passes_is_tried_again(suite: &Suite<'_>) -> Check {
    for rule in PASSING {
        let world = suite.world(RECORDS).await?;
        if !world.faults(&once(rule))? {
            continue;
        }
        let walked =
            walk::everything(&world).await.map_err(|error| format!("{rule:?}: {error}"))?;
        complete(&world, &walked).map_err(|problem| format!("{rule:?}: {problem}"))?;
        ensure(world.source.calls().retries > 0, || format!("{rule:?}: no retry is counted"))?;
    }
    Ok(())
}

pub(super) async fn what_does_not_pass_is_an_error(suite: &Suite<'_>) -> Check {
    for rule in PASSING {
        let world = suite.world(RECORDS).await?;
        let request = first_request(&world).await?;
        if !world.faults(&always(rule))? {
            continue;
        }
        match world.source.fetch(&request).await {
            Ok(_) => return Err(format!("{rule:?}: it gives a page")),
            Err(error) => {
                ensure(error.attempts > 1, || format!("{rule:?}: {} attempts", error.attempts))?;
                let limited = error.kind == ErrorKind::RateLimited;
                ensure(limited == rule.contains("429"), || format!("{rule:?}: {:?}", error.kind))?;
            }
        }
    }
    Ok(())
}

pub(super) async fn an_error_inside_a_success_is_an_error(suite: &Suite<'_>) -> Check {
    for code in [-1, 1, 4000, 30_001] {
        let world = suite.world(RECORDS).await?;
        let request = first_request(&world).await?;
        let rule = format!("kind = \"api\"\ncode = {code}\nmessage = \"ok\"");
        if !world.faults(&always(&rule))? {
            return Ok(());
        }
        match world.source.fetch(&request).await {
            Ok(page) => return Err(format!("code {code}: {} records", page.records.len())),
            Err(error) => {
                let said = error.vendor_code.clone().unwrap_or_default();
                ensure(said.contains(&code.to_string()), || {
                    format!("code {code}: the error says {said:?}")
                })?;
            }
        }
    }
    Ok(())
}

pub(super) async fn answers_that_are_none_are_errors(suite: &Suite<'_>) -> Check {
    for body in ["[]", "{}", "null", "0", "\\\"text\\\"", "{\\\"unexpected\\\":true}"] {
        let world = suite.world(RECORDS).await?;
        let request = first_request(&world).await?;
        let rule = format!("kind = \"http\"\nstatus = 200\nbody = \"{body}\"");
        if world.faults(&always(&rule))? && world.source.fetch(&request).await.is_ok() {
            return Err(format!("{body} is taken for a page"));
        }
    }
    Ok(())
}

pub(super) async fn a_cursor_that_repeats_is_no_progress(suite: &Suite<'_>) -> Check {
    for kind in ["repeat_cursor", "repeat_page"] {
        let world = suite.world(300).await?;
        if !world.faults(&always(&format!("kind = \"{kind}\"")))? {
            continue;
        }
        // an error, or all of it, but no loop, which the limit on pages would stop; a page that
        // comes again in place of another is for a count to notice, which nobody compares here
        match walk::everything(&world).await {
            Err(error) => ensure(!error.contains("does not end"), || format!("{kind}: {error}"))?,
            Ok(walked) if kind == "repeat_cursor" => complete(&world, &walked)?,
            Ok(_) => {}
        }
    }
    Ok(())
}

pub(super) async fn unknown_words_and_keys_cost_nothing(suite: &Suite<'_>) -> Check {
    for kind in ["unknown_enum", "unknown_keys"] {
        let world = suite.world(RECORDS).await?;
        if world.faults(&always(&format!("kind = \"{kind}\"")))? {
            same_ids(&world, kind).await?;
        }
    }
    Ok(())
}

pub(super) async fn nulls_cost_no_record(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    if world.faults(&always("kind = \"null_required\""))? {
        let walked = walk::everything(&world).await?;
        let records = world.vendor()?.records().len();
        let seen = distinct(&walked) + walked.skipped;
        ensure(seen >= records, || format!("{seen} records, not {records}"))?;
    }
    Ok(())
}

/// All records are there, whatever else they say.
async fn same_ids(world: &World, what: &str) -> Check {
    let walked = walk::everything(world).await.map_err(|error| format!("{what}: {error}"))?;
    ensure(walked.skipped == 0, || format!("{what}: {} records are skipped", walked.skipped))?;
    let records = world.vendor()?.records();
    let seen = distinct(&walked);
    ensure(seen == records.len(), || format!("{what}: {seen} records, not {}", records.len()))
}

fn distinct(walked: &Walked) -> usize {
    walked.by_id().len() + walked.without_id().len()
}

pub(super) async fn a_bad_record_costs_itself_only(suite: &Suite<'_>) -> Check {
    for form in ["id", "text"] {
        let world = suite.world(RECORDS).await?;
        let records: Vec<TrueRecord> = world.vendor()?.records();
        let rule = format!("[[fault]]\nrecord = 7\nkind = \"bad_record\"\nform = \"{form}\"\n");
        if !world.faults(&rule)? {
            continue;
        }
        let walked = walk::everything(&world).await.map_err(|error| format!("{form}: {error}"))?;
        let seen = distinct(&walked);
        ensure(seen == records.len() - 1, || format!("{form}: {seen} of {}", records.len()))?;
        ensure(walked.skipped > 0, || format!("{form}: nothing is skipped"))?;
    }
    Ok(())
}

pub(super) async fn rows_that_come_twice_are_told_by_their_ids(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    if !world.faults(&always("kind = \"duplicate_rows\"\ncount = 2"))? {
        return Ok(());
    }
    let walked = walk::everything(&world).await?;
    if walked.without_id().is_empty() {
        complete(&world, &walked)?;
    }
    Ok(())
}

pub(super) async fn credentials_that_end_are_renewed(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    if !world.faults("[[fault]]\nat = [2, 9]\nkind = \"token_expired\"\n")? {
        return Ok(());
    }
    let walked = walk::everything(&world).await?;
    complete(&world, &walked)
}

pub(super) async fn wrong_credentials_are_refused(suite: &Suite<'_>) -> Check {
    let world = suite.world(RECORDS).await?;
    for secret in world.vendor()?.secrets() {
        let source = match suite.source(&world.sim, |toml| toml.replace(&secret, "wrong")) {
            Ok(source) => source,
            Err(problem) => {
                // refused before anything is sent, which is better still
                ensure(!problem.contains(&secret), || "the error shows the secret".to_owned())?;
                continue;
            }
        };
        match source.check().await {
            // a value that the vendor made, or that this configuration does not hold
            Ok(()) if world.sim.config_toml(|field| field.to_plain()).contains(&secret) => {
                return Err("check passes with a wrong secret".to_owned());
            }
            Ok(()) => {}
            Err(error) => {
                ensure(error.kind == ErrorKind::Auth || error.vendor_code.is_some(), || {
                    format!("a wrong secret is a failure of kind {:?}", error.kind)
                })?;
                ensure(!format!("{error} {error:?}").contains(&secret), || {
                    "the error shows the secret".to_owned()
                })?;
            }
        }
    }
    Ok(())
}
