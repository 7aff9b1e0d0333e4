//! The pages, one file each.

mod charts;
pub(crate) mod conversation;
mod conversations;
pub(crate) mod home;
mod message;
mod print;
mod search;

use axum::Router;
use axum::extract::Query;
use axum::http::Uri;
use axum::routing::get;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::failure::Failure;
use crate::{assets, media};

/// Which page answers which address.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(home::page))
        .route("/conversations", get(conversations::page))
        .route("/charts", get(charts::page))
        .route("/search", get(search::page))
        .route("/conversation/{number}", get(conversation::page))
        .route("/conversation/{number}/print", get(print::page))
        .route("/message/{number}", get(message::page))
        .route("/at/{number}", get(message::jump))
        .route("/media/{sha256}", get(media::file))
        .route("/assets/{name}", get(assets::file))
        .fallback(async || Failure::NotFound)
}

/// What the address asks for behind its `?`. Forms send empty fields, which stand for none: see
/// [`filled`].
pub(crate) fn asked<T: DeserializeOwned>(uri: &Uri) -> Result<T, Failure> {
    Query::try_from_uri(uri).map(|Query(asked)| asked).map_err(|_| Failure::BadAddress)
}

/// Reads a field of a form; an empty one is none.
pub(crate) fn filled<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr,
{
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| serde::de::Error::custom("no such value")),
    }
}

/// What stands behind the `?` of a link: the fields that have a value.
pub(crate) fn link(path: &str, fields: &[(&str, Option<String>)]) -> String {
    let mut link = path.to_owned();
    let mut sign = '?';
    for (name, value) in fields {
        if let Some(value) = value {
            link.push(sign);
            link.push_str(name);
            link.push('=');
            link.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
            sign = '&';
        }
    }
    link
}
