//! The first page: what the archive holds.

use axum::extract::State;
use maud::{Markup, html};

use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::visit::Visit;

/// The sources and how much each has.
pub(crate) async fn page(State(app): State<App>, visit: Visit) -> Result<Markup, Failure> {
    let sources = app.read(|reader| Ok(reader.status()?)).await?;
    let words = visit.words;
    let content = html! {
        h1 { (words.frame.home) }
        ul.rows {
            @for source in &sources {
                li {
                    strong dir="auto" { (source.source) } " " span { (source.vendor) } " "
                    span { ((words.thread.messages)(source.messages)) }
                }
            }
        }
        p { a.button href=(visit.places().page("conversations")) { (words.frame.conversations) } }
    };
    Ok(Frame::new(&visit, words.frame.home).at("").show(content))
}
