//! One message: where it stands, its forms, its bytes.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::places::Places as _;
use crate::render::bubble;
use crate::visit::Visit;

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

/// All about a message.
pub(crate) async fn page(
    State(app): State<App>,
    visit: Visit,
    Path(number): Path<i64>,
) -> Result<Markup, Failure> {
    let forms = app.read(move |reader| Ok(reader.forms(number)?)).await?;
    if forms.is_empty() {
        return Err(Failure::NotFound);
    }
    let (words, places) = (visit.words, visit.places());
    let content = html! {
        h1 { (words.message.title) }
        @if let Some(place) = places.message(number) {
            p { a.button href=(place) { (words.message.in_conversation) } }
        }
        h2 { (words.message.history) }
        @for form in forms.iter().rev() {
            section.form {
                h3 { ((words.message.version)(form.version)) }
                (bubble::content(form, words, places))
                @if let Some(raw) = form.raw.as_deref() {
                    details {
                        summary { (words.message.raw) }
                        pre dir="auto" { (raw.get()) }
                        p { (words.message.raw_digest) ": " code { (hex::encode(Sha256::digest(raw.get()))) } }
                    }
                }
            }
        }
    };
    Ok(Frame::new(&visit, words.message.title).at("conversations").show(content))
}
