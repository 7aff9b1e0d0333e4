//! The API's listener: from a request to an answer in the vendor's envelope.

use std::sync::{Arc, atomic::Ordering};

use axum::http::Method;

use super::{
    calls::{self, Call},
    query::{ApiError, Asked},
    render::{Fields, Habits},
    world::World,
};
use crate::{
    faults::{Action, Edit, Host},
    log::Outcome,
    server::{Answer, Gate, Heard, Noted, Reply, Site},
};

const JSON: &str = "application/json; charset=utf-8";

/// The API's listener.
pub(super) struct Gateway(pub(super) Arc<World>);

/// A request to the API; without a call if there is nothing at its path.
pub(super) struct Request {
    method: Method,
    call: Option<Result<Call, ApiError>>,
}

impl Site for Gateway {
    type Asked = Request;

    fn gate(&self) -> &Gate {
        &self.0.gate
    }

    fn hear(&self, heard: Heard) -> (Request, Noted) {
        let asked = Asked::new(&heard.uri);
        let path = heard.uri.path();
        let call = self.0.read(path, &asked, &heard.headers);
        let page_number = match &call {
            Some(Ok(Call::Pull(pull))) => {
                Some(1 + pull.walk.cursor.map_or(0, |cursor| u64::from(cursor.page)))
            }
            _ => None,
        };
        let is_pull = path == calls::PULL || path == calls::RAW_PULL;
        let noted = Noted {
            host: Host::Api,
            path: path.to_owned(),
            partition: if is_pull { asked.shown("chat_id") } else { None },
            page_number,
            start_time: asked.shown("start_time"),
            end_time: asked.shown("end_time"),
        };
        (Request { method: heard.method, call }, noted)
    }

    fn has_record(&self, request: &Request, ordinal: u64) -> bool {
        let data = self.0.data();
        let has = |entry| self.0.ordinal(&data, entry) as u64 == ordinal;
        match &request.call {
            Some(Ok(Call::Pull(pull))) => {
                self.0.find_page(&data, pull).entries.into_iter().any(has)
            }
            Some(Ok(Call::RawGet { entry, .. })) => has(*entry),
            _ => false,
        }
    }

    fn fault(&self, _: &Request, action: &Action) -> Option<Reply> {
        let Action::Api { code, message } = action else { return None };
        let message = if message.is_empty() { "ok" } else { message };
        Some(self.0.error(&ApiError { code: *code, message: message.to_owned() }))
    }

    fn answer(&self, request: &Request, edits: &[Edit]) -> Reply {
        let world = &self.0;
        let body = match &request.call {
            None => return of_status(404, "Not Found"),
            Some(_) if request.method != Method::GET => {
                return of_status(405, "Method Not Allowed");
            }
            Some(Err(error)) => return world.error(error),
            Some(Ok(Call::Pull(pull))) => world.pull(pull, edits),
            Some(Ok(Call::RawGet { entry, thumb })) => {
                world.raw_record(*entry, thumb.as_ref(), edits)
            }
            Some(Ok(Call::ExternalUsers { since_ms, walk })) => {
                world.external_users(*since_ms, walk)
            }
            Some(Ok(Call::Groups { member_id, is_employee, name, walk })) => {
                world.groups(member_id, *is_employee, name, walk)
            }
            Some(Ok(Call::SingleChat { chat })) => world.single_chat(*chat),
        };
        Reply::new(Answer::new(200, JSON, body), Outcome::Ok)
    }
}

fn of_status(status: u16, reason: &'static str) -> Reply {
    Reply::of_status(Answer::new(status, "text/plain; charset=utf-8", reason))
}

impl World {
    /// The answer's number.
    pub(super) fn next_answer(&self) -> u64 {
        self.answered.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn habits(&self) -> Habits {
        Habits {
            integers_as_text: self.options.integers_as_text,
            zeros_absent: self.options.zeros_absent,
        }
    }

    /// A success; `write` adds what is in it.
    pub(super) fn success(&self, write: impl FnOnce(&mut Fields<'_>)) -> Vec<u8> {
        self.envelope(0, "ok", write)
    }

    fn error(&self, error: &ApiError) -> Reply {
        let message = if self.options.errors_say_ok { "ok" } else { &error.message };
        let body = self.envelope(error.code, message, |_| {});
        Reply::new(Answer::new(200, JSON, body), Outcome::Api(error.code))
    }

    fn envelope(&self, code: i64, message: &str, write: impl FnOnce(&mut Fields<'_>)) -> Vec<u8> {
        let mut body = Vec::with_capacity(1024);
        let mut fields = Fields::new(&mut body, &[], self.habits());
        fields.raw("errcode", &code.to_string());
        fields.text("errmsg", message);
        write(&mut fields);
        fields.end();
        body
    }
}
