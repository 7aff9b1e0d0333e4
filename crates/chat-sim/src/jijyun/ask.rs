//! What is asked: paths, methods, bodies, and the vendor's complaints about them.

use std::borrow::Cow;

use axum::{
    extract::Query as UriQuery,
    http::{HeaderMap, Method, Uri, header},
};
use serde_json::{Map, Value};

use super::times;
use crate::server::Heard;

/// The largest page of a hosted account's history that is answered.
const LARGEST_PAGE: usize = 500;

/// Why a call is refused, in the words of `Data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) Cow<'static, str>);

impl Refusal {
    fn missing(name: &str) -> Self {
        Self(format!("缺少参数: {name}").into())
    }

    fn wrong(name: &str) -> Self {
        Self(format!("参数错误: {name}").into())
    }

    pub(super) const NO_CONTACT: Self = Self(Cow::Borrowed("联系人不存在"));
    pub(super) const NO_CHAT: Self = Self(Cow::Borrowed("会话不存在"));
    pub(super) const NO_ACCOUNT: Self = Self(Cow::Borrowed("托管账号不存在"));
}

/// Of which time messages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// So many days back from now.
    Days(u32),
    /// From one millisecond to another one, both included.
    Between(i64, i64),
}

/// What `chat/record` is asked.
#[derive(Debug)]
pub(super) struct RecordAsk {
    pub(super) customer_id: String,
    pub(super) span: Span,
    pub(super) start_time: String,
    pub(super) end_time: String,
}

/// What `corpwechat/message/history` is asked; the account is not looked up yet.
#[derive(Debug)]
pub(super) struct HistoryAsk {
    pub(super) im_bot_id: String,
    pub(super) from_ms: i64,
    pub(super) page_size: usize,
    pub(super) after: u64,
    pub(super) day: String,
}

/// A page of a hosted account's history.
#[derive(Debug)]
pub(super) struct HostedAsk {
    pub(super) account: u8,
    pub(super) from_ms: i64,
    pub(super) page_size: usize,
    pub(super) after: u64,
}

/// A condition on contacts: all that is known of is equality.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) key: ContactKey,
    pub(super) value: String,
}

/// What contacts can be found by.
#[derive(Debug, Clone, Copy)]
pub(super) enum ContactKey {
    Id,
    Name,
    Mobile,
}

/// A call that is answered in the envelope.
#[derive(Debug)]
pub(super) enum Ask {
    Record(RecordAsk),
    Detail { chat_id: String },
    History(HistoryAsk),
    Contacts(Vec<Condition>),
    Contact { id: String },
    Assistants,
    Accounts,
}

/// A call, or why it is none.
pub(super) enum Heeded {
    /// Is the key good?
    Check,
    Ask(Ask),
    Refused(Refusal),
    /// HTTP 404 or 405.
    Unserved(u16),
}

/// The path of a call, its method and how it is read.
type Route = (&'static str, Method, fn(&Heard) -> Result<Heeded, Refusal>);

const ROUTES: [Route; 8] = [
    ("/v1/openapi/chat/record", Method::POST, |heard| Ok(Heeded::Ask(Ask::Record(record(heard)?)))),
    ("/v1/openapi/chat/history/detail", Method::POST, |heard| {
        Ok(Heeded::Ask(Ask::Detail { chat_id: Body::new(heard)?.text("chat_id")? }))
    }),
    ("/v1/openapi/chat/corpwechat/message/history", Method::POST, |heard| {
        Ok(Heeded::Ask(Ask::History(history(heard)?)))
    }),
    ("/v1/openapi/contacts", Method::POST, |heard| {
        Ok(Heeded::Ask(Ask::Contacts(contacts(heard)?)))
    }),
    ("/v1/openapi/contacts", Method::GET, |heard| {
        let id = query(&heard.uri, "contact_id").ok_or_else(|| Refusal::missing("contact_id"))?;
        Ok(Heeded::Ask(Ask::Contact { id }))
    }),
    ("/v1/openapi/check", Method::GET, |_| Ok(Heeded::Check)),
    ("/v1/openapi/aibot-list", Method::GET, |_| Ok(Heeded::Ask(Ask::Assistants))),
    ("/v1/api/ai/marketing/bot/list", Method::GET, |_| Ok(Heeded::Ask(Ask::Accounts))),
];

/// Reads a request, whoever sends it.
pub(super) fn heed(heard: &Heard) -> Heeded {
    let mut unserved = 404;
    for (path, method, read) in &ROUTES {
        if heard.uri.path() != *path {
            continue;
        }
        if heard.method == *method {
            return read(heard).unwrap_or_else(Heeded::Refused);
        }
        unserved = 405;
    }
    Heeded::Unserved(unserved)
}

/// The first value of a query parameter; an empty one counts as absent.
pub(super) fn query(uri: &Uri, name: &str) -> Option<String> {
    let UriQuery(pairs): UriQuery<Vec<(String, String)>> = UriQuery::try_from_uri(uri).ok()?;
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|v| !v.is_empty())
}

/// The seven keys of the vendor's sample, each in its shape. What the elements of the lists are is not documented, so
/// only empty lists are taken.
fn record(heard: &Heard) -> Result<RecordAsk, Refusal> {
    let body = Body::new(heard)?;
    let customer_id = body.text("customer_id")?;
    let days = body.text("days")?;
    let (start_time, end_time) = (body.text("start_time")?, body.text("end_time")?);
    for name in ["chat_source", "chat_robot", "seat_member"] {
        if !body.list(name)?.is_empty() {
            return Err(Refusal::wrong(name));
        }
    }
    let span = match (start_time.as_str(), end_time.as_str()) {
        ("", "") => {
            let days = days.parse().ok().filter(|days| *days >= 1);
            Span::Days(days.ok_or_else(|| Refusal::wrong("days"))?)
        }
        (start, end) => {
            let (from_ms, _) = times::span_ms(start).ok_or_else(|| Refusal::wrong("start_time"))?;
            let (_, until_ms) = times::span_ms(end).ok_or_else(|| Refusal::wrong("end_time"))?;
            Span::Between(from_ms, until_ms)
        }
    };
    Ok(RecordAsk { customer_id, span, start_time, end_time })
}

/// All four values are text.
fn history(heard: &Heard) -> Result<HistoryAsk, Refusal> {
    let body = Body::new(heard)?;
    let day = body.text("snapshotDay")?;
    let page_size = body.text("pageSize")?.parse().ok().filter(|n| (1..=LARGEST_PAGE).contains(n));
    Ok(HistoryAsk {
        im_bot_id: body.text("imBotId")?,
        from_ms: times::day_start_ms(&day).ok_or_else(|| Refusal::wrong("snapshotDay"))?,
        page_size: page_size.ok_or_else(|| Refusal::wrong("pageSize"))?,
        after: body.text("seq")?.parse().map_err(|_| Refusal::wrong("seq"))?,
        day,
    })
}

fn contacts(heard: &Heard) -> Result<Vec<Condition>, Refusal> {
    let body = Body::new(heard)?;
    let condition = |value: &Value| {
        let filter = value.as_object().ok_or_else(|| Refusal::wrong("filter"))?;
        let text = |name: &str| text(filter, name);
        if text("filter_condition")? != "equal" {
            return Err(Refusal::wrong("filter_condition"));
        }
        let key = match text("filter_key")?.as_str() {
            "id" => ContactKey::Id,
            "name" => ContactKey::Name,
            "mobile" => ContactKey::Mobile,
            _ => return Err(Refusal::wrong("filter_key")),
        };
        Ok(Condition { key, value: text("filter_value")? })
    };
    body.list("filter")?.iter().map(condition).collect()
}

/// The JSON object of a request.
struct Body(Map<String, Value>);

impl Body {
    fn new(heard: &Heard) -> Result<Self, Refusal> {
        if !is_json(&heard.headers) {
            return Err(Refusal::wrong("Content-Type"));
        }
        match serde_json::from_slice(&heard.body) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            _ => Err(Refusal::wrong("body")),
        }
    }

    fn text(&self, name: &str) -> Result<String, Refusal> {
        text(&self.0, name)
    }

    fn list(&self, name: &str) -> Result<&[Value], Refusal> {
        match self.0.get(name) {
            None => Err(Refusal::missing(name)),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(Refusal::wrong(name)),
        }
    }
}

fn text(map: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    match map.get(name) {
        None => Err(Refusal::missing(name)),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(Refusal::wrong(name)),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}
