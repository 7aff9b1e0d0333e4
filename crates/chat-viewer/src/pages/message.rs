//! One message: where it stands, all its fields, its files, its forms, its bytes.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chat_archive::{KeptFile, KeptMessage, Person};
use maud::{Markup, html};
use serde::Deserialize;

use super::conversation::entry;
use super::{asked, filled};
use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::places::{Places as _, Served};
use crate::render::bubble::Entry;
use crate::render::when::{self, Wall};
use crate::render::{bubble, difference, json, text, thread};
use crate::visit::Visit;
use crate::words::{Fields, Words};

/// Forms on a page.
const FORMS: usize = 10;
/// Bytes of a record that the page shows: a record can be megabytes.
const MOST_RAW: usize = 50_000;
/// Characters of a text that the page shows.
const MOST_TEXT: usize = 50_000;
/// Characters of a field.
const MOST_FIELD: usize = 2_000;
/// Files of a form.
const MOST_FILES: usize = 50;

/// Leads to the message in its conversation.
pub(crate) async fn jump(
    State(app): State<App>,
    visit: Visit,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let found = app.read(move |reader| Ok(reader.conversation_of(number)?)).await?;
    let conversation = visit.places().conversation(found.ok_or(Failure::NotFound)?);
    let place = format!("{conversation}?at={number}#m{number}");
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

/// Which forms: those with lower versions.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "filled")]
    before: Option<i64>,
}

/// All about a message.
pub(crate) async fn page(
    State(app): State<App>,
    visit: Visit,
    Path(number): Path<i64>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let asked: Asked = asked(&uri)?;
    app.read(move |reader| {
        let message = reader.message(number)?.ok_or(Failure::NotFound)?;
        let entry = entry(reader, message)?;
        // one more, to tell what the oldest of those shown changed
        let forms = reader.forms_before(number, asked.before.unwrap_or(i64::MAX), FORMS + 1)?;
        Ok(shown(&entry, &forms, &visit))
    })
    .await
}

fn shown(entry: &Entry, forms: &[KeptMessage], visit: &Visit) -> Markup {
    let (words, places) = (visit.words, visit.places());
    let number = entry.message.number;
    let hidden = forms.len().saturating_sub(FORMS);
    let oldest = forms.get(hidden).map(|form| form.version);
    let title =
        format!("{} {}", words.message.title, text::plain(&entry.message.id, bubble::LONGEST_NAME));
    let content = html! {
        h1 dir="auto" { (title) }
        p { a.button href=[places.message(number)] { (words.message.in_conversation) } }
        (thread::shown(std::slice::from_ref(entry), None, words, places))
        h2 { (words.message.fields) }
        (fields(&entry.message, words))
        h2 { (words.message.history) }
        p.facts { (words.message.history_note) }
        @for (index, form) in forms.iter().enumerate().skip(hidden).rev() {
            @let before = index.checked_sub(1).and_then(|before| forms.get(before));
            @let is_newest = form.version == entry.message.version;
            (form_of(form, before, is_newest, words, places))
        }
        @if let (1.., Some(oldest)) = (hidden, oldest) {
            p {
                a.button href={ (places.page(&format!("message/{number}"))) "?before=" (oldest) } {
                    (words.message.earlier)
                }
            }
        }
    };
    Frame::new(visit, &title).at("conversations").class("one").show(content)
}

fn form_of(
    form: &KeptMessage,
    before: Option<&KeptMessage>,
    is_newest: bool,
    words: &Words,
    places: &Served,
) -> Markup {
    html! {
        section.form {
            h3 {
                ((words.message.version)(form.version))
                @if is_newest { " " span.tag { (words.message.newest) } }
            }
            @match before {
                Some(before) => (changes(before, form, words)),
                None => (whole_text(form, words)),
            }
            (files(&form.attachments, words, places))
            (raw(form, words))
        }
    }
}

fn whole_text(form: &KeptMessage, words: &Words) -> Markup {
    let Some(all) = form.text.as_deref() else {
        return html! { p.nothing { (words.thread.nothing) } };
    };
    let (beginning, is_cut) = text::beginning(all, MOST_TEXT);
    html! { p.text dir="auto" { (text::linked(beginning)) @if is_cut { "…" } } @if is_cut { p.facts { (bubble::coded(words.message.raw_cut)) } } }
}

/// What a form says otherwise than the one before.
fn changes(before: &KeptMessage, form: &KeptMessage, words: &Words) -> Markup {
    // both have the same rows in the same order
    let pairs = rows(before, words).into_iter().zip(rows(form, words));
    let changed: Vec<_> = pairs
        .filter(|(earlier, row)| earlier.2 != row.2 && row.1 != "version")
        .map(|(earlier, row)| (row.0, row.1, earlier.2, row.2))
        .collect();
    let texts = (before.text.as_deref().unwrap_or(""), form.text.as_deref().unwrap_or(""));
    html! {
        @if !changed.is_empty() {
            div.scroll tabindex="0" role="region" aria-label=(words.message.changed) {
                table {
                    caption { (words.message.changed) }
                    thead { tr {
                        th scope="col" { (words.message.field) }
                        th scope="col" { (words.message.before) }
                        th scope="col" { (words.message.after) }
                    } }
                    tbody {
                        @for (name, key, earlier, value) in &changed {
                            tr {
                                th scope="row" { (name) " " code { (key) } }
                                td dir="auto" { (text::plain(earlier.as_deref().unwrap_or("–"), MOST_FIELD)) }
                                td dir="auto" { (text::plain(value.as_deref().unwrap_or("–"), MOST_FIELD)) }
                            }
                        }
                    }
                }
            }
        }
        @if texts.0 == texts.1 {
            p.nothing { (words.message.same_text) }
        } @else {
            p.facts { (words.message.changed_text) }
            @match difference::shown(texts.0, texts.1, words) {
                Some(difference) => (difference),
                None => (whole_text(form, words)),
            }
        }
    }
}

/// A field: its name, its key in an export, its value.
type Row = (&'static str, &'static str, Option<String>);

fn fields(message: &KeptMessage, words: &Words) -> Markup {
    html! {
        dl.fields {
            @for (name, key, value) in rows(message, words) {
                div {
                    dt { (name) " " code { (key) } }
                    dd dir="auto" { (text::plain(value.as_deref().unwrap_or("–"), MOST_FIELD)) }
                }
            }
        }
    }
}

fn rows(message: &KeptMessage, words: &Words) -> Vec<Row> {
    let names: &Fields = &words.message.fields_of;
    let offset = message.offset_minutes;
    let at = |ms: Option<i64>| {
        ms.map(|ms| Wall::new(ms, offset).map_or_else(|| ms.to_string(), Wall::full))
    };
    let own = |text: &str| Some(text.to_owned());
    let listed = |list: Vec<String>| (!list.is_empty()).then(|| list.join(", "));
    let people = message.recipients();
    vec![
        (names.vendor, "vendor", own(&message.vendor)),
        (names.source, "source", own(&message.source)),
        (names.id, "id", own(&message.id)),
        (names.id_origin, "id_origin", own(&message.id_origin)),
        (names.conversation_id, "conversation_id", message.conversation_id.clone()),
        (names.direction, "direction", message.direction.clone()),
        (names.sender, "sender", message.sender.as_ref().map(person)),
        (names.recipients, "recipients", listed(people.iter().map(person).collect())),
        (names.sent_at, "sent_at", at(message.sent_at_ms)),
        (names.sent_at_origin, "sent_at_origin", message.sent_at_origin.clone()),
        (names.updated_at, "updated_at_ms", at(message.updated_at_ms)),
        (names.received_at, "received_at_ms", at(message.received_at_ms)),
        (names.read_at, "read_at_ms", at(message.read_at_ms)),
        (names.recalled_at, "recalled_at_ms", at(message.recalled_at_ms)),
        (names.kind, "kind", own(words.thread.kinds.name(&message.kind))),
        (
            names.status,
            "status",
            message.status.as_deref().map(|status| words.thread.status.name(status).to_owned()),
        ),
        (names.reply_to, "reply_to", message.reply_to.clone()),
        (names.reactions, "reactions", listed(message.reactions())),
        (names.version, "version", Some(message.version.to_string())),
        (names.first_seen, "first_seen_ms", at(Some(message.first_seen_ms))),
        (names.last_seen, "last_seen_ms", at(Some(message.last_seen_ms))),
    ]
}

fn person(person: &Person) -> String {
    let parts = [person.name.as_deref(), person.id.as_deref(), person.kind.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn files(files: &[KeptFile], words: &Words, places: &Served) -> Markup {
    let names = &words.message;
    let row = |name: &str, value: Option<&str>| {
        html! { div { dt { (name) } dd dir="auto" { (text::plain(value.unwrap_or("–"), MOST_FIELD)) } } }
    };
    html! {
        @for file in files.iter().take(MOST_FILES) {
            section.one-file {
                h4 { (names.files) " " (file.ordinal + 1) }
                (crate::render::file::shown(file, words, places))
                dl.fields {
                    (row(names.kind, Some(words.thread.kinds.name(&file.kind))))
                    (row(names.name, file.file_name.as_deref()))
                    (row(names.state, Some(&file.state)))
                    (row(names.reason, file.reason.as_deref()))
                    (row(names.declared, file.mime_type.as_deref()))
                    (row(names.detected, file.detected_type.as_deref()))
                    (row(names.size, file.size_bytes.map(when::size).as_deref()))
                    (row(names.length, file.duration_ms.map(when::length).as_deref()))
                    (row(names.digest, file.sha256.as_deref()))
                }
            }
        }
        @if files.len() > MOST_FILES { p.facts { ((words.thread.and_more)(files.len() - MOST_FILES)) } }
    }
}

fn raw(form: &KeptMessage, words: &Words) -> Markup {
    let Some(raw) = form.raw.as_deref() else { return html! {} };
    let (shown, is_cut) = json::indented(raw.get(), MOST_RAW);
    html! {
        details.raw {
            summary { (words.message.raw) }
            p.facts { (words.message.raw_note) }
            pre tabindex="0" dir="auto" { (shown) @if is_cut { "…" } }
            @if is_cut { p.facts { (bubble::coded(words.message.raw_cut)) } }
            p.facts { (words.message.raw_digest) ": " code { (hex::encode(form.raw_sha256)) } }
        }
    }
}
