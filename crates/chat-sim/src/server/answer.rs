//! From an answer to what goes over the wire: whole, in drips, cut short, or reset.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::stream;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

use super::{Bandwidth, KillSwitch};
use crate::{
    Clock,
    faults::{Action, Break},
};

/// Into how many pieces a slow body is cut.
const DRIPS: usize = 20;

/// The size of a piece on a shared line.
const SHARED_PIECE: usize = 4 * 1024;

/// How long the first half of a broken body has to reach the client before the break.
const BREAK_PAUSE: Duration = Duration::from_millis(5);

/// A complete answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// How fast a body is sent.
#[derive(Debug, Clone)]
pub(crate) enum Throttle {
    None,
    /// A pause after each of about twenty pieces.
    Drip(Duration),
    BytesPerSecond(u64),
    /// Over a line that others use too.
    Shared(Bandwidth),
}

impl Throttle {
    /// The size of a piece of a body of `len` bytes, and the pause after it.
    fn piece(&self, len: usize) -> (usize, Duration) {
        match *self {
            Self::None => (len, Duration::ZERO),
            Self::Drip(pause) => (len.div_ceil(DRIPS), pause),
            Self::BytesPerSecond(rate) => {
                (usize::try_from(rate / 20).unwrap_or(usize::MAX), Duration::from_millis(50))
            }
            Self::Shared(_) => (SHARED_PIECE, Duration::ZERO),
        }
    }
}

/// Puts an answer on the wire, with the virtual clock's date.
pub(crate) fn send(
    answer: Answer,
    throttle: Throttle,
    broken: Option<Break>,
    clock: &Clock,
    switch: &KillSwitch,
) -> Response {
    let len = answer.body.len();
    let body = Bytes::from(answer.body);
    let ending = match broken {
        None => Ending::Complete,
        Some(Break::Truncate) => Ending::Cut,
        Some(Break::ResetAfterHeaders) => Ending::Reset(switch.clone()),
        Some(Break::ResetBefore) => {
            switch.kill();
            Ending::Complete
        }
        Some(Break::Endless) => Ending::Never(body.clone()),
    };
    let is_endless = matches!(ending, Ending::Never(_));
    let mut response = match (&throttle, &ending) {
        (Throttle::None, Ending::Complete) => Response::new(Body::from(body)),
        _ => Response::new(in_pieces(body, throttle, ending)),
    };
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if !is_endless {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(len));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if let Some(date) = http_date(clock.now_ms()) {
        headers.insert(header::DATE, date);
    }
    response
}

/// The answer that a fault rule sends instead of any vendor's.
pub(crate) fn replacement(action: &Action) -> Option<Answer> {
    match action {
        Action::Http { status, retry_after, body } => {
            let reason =
                StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
            let body = body.as_deref().or(reason).unwrap_or("Error");
            let content_type =
                if body.starts_with('{') { "application/json" } else { "text/plain" };
            let answer = Answer::new(*status, content_type, body);
            Some(match retry_after {
                Some(seconds) => answer.with_header(header::RETRY_AFTER, seconds.to_string()),
                None => answer,
            })
        }
        Action::Html { status } => Some(html_page(*status)),
        Action::Empty => Some(Answer::new(200, "application/json", "")),
        _ => None,
    }
}

/// What an HTML error page of a proxy looks like.
fn html_page(status: u16) -> Answer {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Error");
    let title =
        if status == 200 { "502 Bad Gateway".to_owned() } else { format!("{status} {reason}") };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::new(status, "text/html", page)
}

enum Ending {
    Complete,
    Cut,
    Reset(KillSwitch),
    /// The body again and again.
    Never(Bytes),
}

fn in_pieces(body: Bytes, throttle: Throttle, ending: Ending) -> Body {
    let (size, pause) = throttle.piece(body.len());
    let size = size.max(1);
    let rest = match ending {
        Ending::Complete | Ending::Never(_) => body,
        Ending::Cut | Ending::Reset(_) => body.slice(..body.len() / 2),
    };
    Body::from_stream(stream::unfold(
        (rest, ending, throttle, false),
        move |(mut rest, ending, throttle, begun)| async move {
            if rest.is_empty()
                && let Ending::Never(body) = &ending
            {
                rest = body.clone();
            }
            if !rest.is_empty() {
                if begun {
                    tokio::time::sleep(pause).await;
                }
                let piece = rest.split_to(size.min(rest.len()));
                if let Throttle::Shared(line) = &throttle {
                    line.carry(piece.len()).await;
                }
                return Some((Ok(piece), (rest, ending, throttle, true)));
            }
            match &ending {
                Ending::Complete | Ending::Never(_) => return None,
                Ending::Cut => tokio::time::sleep(BREAK_PAUSE).await,
                Ending::Reset(switch) => {
                    tokio::time::sleep(BREAK_PAUSE).await;
                    switch.kill();
                }
            }
            let error = io::Error::from(io::ErrorKind::ConnectionReset);
            Some((Err(error), (rest, ending, throttle, true)))
        },
    ))
}

fn http_date(now_ms: i64) -> Option<HeaderValue> {
    let now = Timestamp::from_millisecond(now_ms).ok()?;
    HeaderValue::from_str(&DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?).ok()
}
