//! Secrets, texts, names and links stay where they belong.

use std::fmt::Write as _;

use chat_core::{PageRequest, SourcePage};

use super::{Check, Suite, World, answers::first_request, ensure, walk};

/// Texts as short as this occur by chance.
const SHORT: usize = 4;

pub(super) async fn nothing_personal_in_debug_or_errors(suite: &Suite<'_>) -> Check {
    let world = suite.world(300).await?;
    let mut shown = String::new();
    let mut personal = Vec::new();
    let windows = walk::windows(&world)?;
    for partition in world.source.partitions().await.map_err(|error| error.to_string())? {
        for window in &windows {
            let request = PageRequest::first(partition.clone(), *window);
            let page = world.source.fetch(&request).await.map_err(|error| error.to_string())?;
            let _ = write!(shown, "{page:?}");
            collect(&page, &mut personal);
        }
    }
    let request = first_request(&world).await?;
    for rule in [
        "kind = \"api\"\ncode = 77\nmessage = \"no\"",
        "kind = \"html\"",
        "kind = \"truncate\"",
        "kind = \"http\"\nstatus = 401",
        "kind = \"http\"\nstatus = 403",
    ] {
        show_failure(&world, rule, &request, &mut shown).await?;
    }
    let source = &world.source;
    let _ = write!(shown, "{source:?} {} {:?}", source.fingerprint(), source.notices());
    let _ = write!(shown, "{:?}", source.capabilities());
    for secret in world.vendor()?.secrets() {
        ensure(!shown.contains(&secret), || "a secret is shown".to_owned())?;
    }
    for (what, value) in personal {
        ensure(value.len() <= SHORT || !shown.contains(&value), || format!("a {what} is shown"))?;
    }
    Ok(())
}

fn collect(page: &SourcePage, personal: &mut Vec<(&'static str, String)>) {
    for message in page.records.iter().map(|record| &record.message) {
        personal.extend(message.text.clone().map(|text| ("text", text)));
        let people = message.sender.iter().chain(&message.recipients);
        personal.extend(people.filter_map(|who| Some(("name", who.name.clone()?))));
        for attachment in &message.attachments {
            let link = attachment.link.as_ref().map(|link| ("link", link.expose().to_owned()));
            personal.extend(link);
        }
    }
}

async fn show_failure(
    world: &World,
    rule: &str,
    request: &PageRequest,
    shown: &mut String,
) -> Check {
    if !world.faults(&format!("[[fault]]\nalways = true\n{rule}\n"))? {
        return Ok(());
    }
    if let Err(error) = world.source.fetch(request).await {
        let _ = write!(shown, "{error} {error:?}");
    }
    Ok(())
}
