//! The list of conversations, the one with the newest message first.

use axum::extract::State;
use axum::http::Uri;
use chat_archive::{ConversationFilter, ConversationKey, ConversationSummary, ListPlace};
use maud::{Markup, html};
use serde::Deserialize;

use super::{asked, filled};
use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::visit::Visit;

const PAGE: usize = 50;

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "filled")]
    last: Option<i64>,
    #[serde(default, deserialize_with = "filled")]
    number: Option<i64>,
}

/// A page of the list.
pub(crate) async fn page(
    State(app): State<App>,
    visit: Visit,
    uri: Uri,
) -> Result<Markup, Failure> {
    let asked: Asked = asked(&uri)?;
    let key = asked.last.zip(asked.number);
    let place = key.map_or(ListPlace::First, |(last_ms, number)| {
        ListPlace::Older(ConversationKey { last_ms, number })
    });
    let found = app
        .read(move |reader| {
            Ok(reader.conversations(&ConversationFilter::default(), place, PAGE)?)
        })
        .await?;
    let (words, places) = (visit.words, visit.places());
    let (has_older, found) = (found.has_older, found.conversations);
    let next = found.last().filter(|_| has_older).map(ConversationSummary::key);
    let content = html! {
        h1 { (words.frame.conversations) }
        @if found.is_empty() { p.empty { (words.thread.empty) } }
        ul.rows {
            @for one in &found {
                li {
                    a href=(places.conversation(one.number)) dir="auto" {
                        (one.conversation_id.as_deref().unwrap_or(words.thread.no_id))
                    }
                    " " span { ((words.thread.messages)(one.messages)) }
                }
            }
        }
        @if let Some(key) = next {
            a.button href=(places.page(&format!("conversations?last={}&number={}", key.last_ms, key.number))) {
                (words.thread.later)
            }
        }
    };
    Ok(Frame::new(&visit, words.frame.conversations).at("conversations").show(content))
}
