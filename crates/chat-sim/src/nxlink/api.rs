//! The records endpoint: checks, faults, the page.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use axum::http::{HeaderMap, Method};

use super::{
    data::Data,
    query::{ApiError, Asked, Query},
    render::Renderer,
    sign,
    world::World,
};
use crate::{
    faults::{Action, Draft, Edit, Host},
    log::Outcome,
    server::{Answer, Gate, Heard, Noted, Reply, Site},
};

const PATH: &str = "/saas/openapi/chat/records";

/// About the length of a rendered record.
const RECORD_BYTES: usize = 700;

/// The API's listener.
pub(super) struct Gateway(pub(super) Arc<World>);

/// A request to the API.
pub(super) struct Call {
    heard: Heard,
    query: Result<Query, ApiError>,
}

impl Site for Gateway {
    type Asked = Call;

    fn gate(&self) -> &Gate {
        &self.0.gate
    }

    fn hear(&self, heard: Heard) -> (Call, Noted) {
        let asked = Asked::new(&heard.uri);
        let noted = Noted {
            host: Host::Api,
            path: heard.uri.path().to_owned(),
            page_number: asked.number("page_number"),
            start_time: asked.get("start_time").map(str::to_owned),
            end_time: asked.get("end_time").map(str::to_owned),
            ..Noted::default()
        };
        let options = &self.0.options;
        let query = Query::check(&asked, options.tenant_id, &options.appkey);
        (Call { heard, query }, noted)
    }

    fn has_record(&self, call: &Call, ordinal: u64) -> bool {
        call.query.as_ref().is_ok_and(|query| {
            self.0.data().select(query).ordinals.iter().any(|at| *at as u64 == ordinal)
        })
    }

    fn fault(&self, _: &Call, action: &Action) -> Option<Reply> {
        let Action::Api { code, message } = action else { return None };
        Some(self.0.error(&ApiError::new(*code, message)))
    }

    fn answer(&self, Call { heard, query }: &Call, edits: &[Edit]) -> Reply {
        if heard.uri.path() != PATH {
            return not_found(404, "Not Found");
        }
        if heard.method != Method::GET {
            return not_found(405, "Method Not Allowed");
        }
        match self
            .0
            .authorized(&heard.headers, &heard.body)
            .and(query.as_ref().map_err(Clone::clone))
        {
            Ok(query) => Reply::new(self.0.page(query, edits), Outcome::Ok),
            Err(error) => self.0.error(&error),
        }
    }
}

fn not_found(status: u16, reason: &str) -> Reply {
    let body = format!("{{\"status\":{status},\"error\":\"{reason}\"}}");
    Reply::of_status(Answer::new(status, "application/json", body))
}

impl World {
    fn authorized(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), ApiError> {
        let options = &self.options;
        sign::check(
            headers,
            body,
            &options.access_key,
            &options.access_secret,
            self.gate.clock.now_ms(),
        )
    }

    fn error(&self, error: &ApiError) -> Reply {
        let message = serde_json::Value::from(error.message.as_str());
        let body = format!(
            "{{\"code\":{},\"message\":{message},\"traceId\":\"{}\"}}",
            error.code,
            self.trace_id()
        );
        let answer = Answer::new(200, "application/json;charset=UTF-8", body);
        Reply::new(answer, Outcome::Api(error.code))
    }

    /// A success, spoiled as the rules want it.
    fn page(&self, query: &Query, edits: &[Edit]) -> Answer {
        for edit in edits {
            match edit.action {
                Action::InsertAtHead { count } => {
                    self.data_mut().insert_at_head(count, self.now_wall_ms());
                }
                Action::InsertInWindow { count } => self.data_mut().insert_in_window(count, query),
                _ => {}
            }
        }
        let data = self.data();
        let mut wanted = query.clone();
        if edits.iter().any(|edit| edit.action == Action::RepeatPage) {
            wanted.page_number = query.page_number.saturating_sub(1).max(1);
        }
        let selection = data.select(&wanted);
        let Draft { rows, total, expired_media, .. } =
            Draft::new(selection.ordinals, selection.total, edits);

        let mut body = Vec::with_capacity(256 + rows.len() * RECORD_BYTES);
        let head = format!(
            "{{\"code\":0,\"message\":null,\"traceId\":\"{}\",\"total\":{total},\"page_number\":{},\"page_size\":{},\"list\":[",
            self.trace_id(),
            query.page_number,
            query.page_size
        );
        body.extend_from_slice(head.as_bytes());
        let mut renderer = self.renderer(&data, query.agent_account.as_deref(), expired_media);
        let mut sent =
            self.sent.as_ref().map(|sent| sent.lock().unwrap_or_else(PoisonError::into_inner));
        for (index, (ordinal, tweak)) in rows.into_iter().enumerate() {
            let Some(row) = data.rows.get(ordinal) else { continue };
            if index > 0 {
                body.push(b',');
            }
            let start = body.len();
            renderer.record(*row, tweak, &mut body);
            if let (Some(sent), None) = (&mut sent, tweak.bad) {
                sent.insert(row.id, body.get(start..).unwrap_or_default().into());
            }
        }
        body.extend_from_slice(b"]}");
        Answer::new(200, "application/json;charset=UTF-8", body)
    }

    pub(super) fn renderer<'a>(
        &'a self,
        data: &'a Data,
        asked_account: Option<&'a str>,
        expired: bool,
    ) -> Renderer<'a> {
        let now_s = self.gate.clock.now_ms().div_euclid(1000);
        let life_s = i64::try_from(self.options.media_life.as_secs()).unwrap_or(i64::MAX);
        Renderer {
            data,
            signer: &self.signer,
            tenant_id: self.options.tenant_id,
            now_ms: self.now_wall_ms(),
            links_expire_s: if expired { now_s - 1 } else { now_s.saturating_add(life_s) },
            asked_account,
            scratch: String::new(),
        }
    }

    fn trace_id(&self) -> String {
        let n = self.answered.fetch_add(1, Ordering::Relaxed);
        let now_ms = self.gate.clock.now_ms();
        format!(
            "{:016x}{n:016x}.316.{now_ms}{:04}",
            self.options.seed ^ 0x5ee0_e742_7dd5_8c43,
            n % 10_000
        )
    }
}
