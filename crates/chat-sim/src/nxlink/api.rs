//! The records endpoint: checks, faults, the page.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use axum::{
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, header},
    response::Response,
};

use super::{
    data::Data,
    query::{ApiError, Asked, Query},
    render::{Renderer, Tweak},
    sign,
    world::World,
};
use crate::{
    faults::{Action, BadForm, Edit, Host, Seen},
    log::{Outcome, RequestEntry},
    server::{Answer, KillSwitch, Throttle, replacement, send},
};

const PATH: &str = "/saas/openapi/chat/records";

/// A GET needs no body; a wrongly sent one is read to be signed, but not without limit.
const LARGEST_BODY_BYTES: usize = 64 * 1024;

/// About the length of a rendered record.
const RECORD_BYTES: usize = 700;

/// Answers every request to the API's listener.
pub(super) async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(switch): ConnectInfo<KillSwitch>,
    request: Request,
) -> Response {
    let gate = &world.gate;
    if !gate.latency.is_zero() {
        tokio::time::sleep(gate.latency).await;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY_BYTES).await.unwrap_or_default();
    let asked = Asked::new(&parts.uri);
    let mut entry = RequestEntry {
        path: parts.uri.path().to_owned(),
        page_number: asked.number("page_number"),
        start_time: asked.get("start_time").map(str::to_owned),
        end_time: asked.get("end_time").map(str::to_owned),
        outcome: Outcome::Broken,
        faults: Vec::new(),
    };
    if !gate.limit.admits() {
        entry.outcome = Outcome::Http(429);
        gate.log.add(entry);
        let answer = Answer::new(429, "text/plain", "Too Many Requests")
            .with_header(header::RETRY_AFTER, "1");
        return send(answer, Throttle::None, None, &gate.clock, &switch);
    }

    let query = Query::check(&asked, world.options.tenant_id, &world.options.appkey);
    let has_record = |ordinal: u64| {
        let query = query.as_ref().ok();
        query.is_some_and(|query| {
            world.data().select(query).ordinals.iter().any(|at| *at as u64 == ordinal)
        })
    };
    let page_number = entry.page_number;
    let plan = gate.faults.plan(&Seen {
        host: Host::Api,
        path: &entry.path,
        page_number,
        has_record: &has_record,
    });
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let (answer, outcome) = match plan.answer {
        Some(Action::Api { code, message }) => world.error(&ApiError { code, message }),
        Some(action) => match replacement(&action) {
            Some(answer) => {
                let status = answer.status;
                (answer, Outcome::Http(status))
            }
            None => not_found(404, "Not Found"),
        },
        None if entry.path != PATH => not_found(404, "Not Found"),
        None if parts.method != Method::GET => not_found(405, "Method Not Allowed"),
        None => match world.authorized(&parts.headers, &body).and(query) {
            Ok(query) => (world.page(query, &plan.edits), Outcome::Ok),
            Err(error) => world.error(&error),
        },
    };
    entry.outcome = if plan.broken.is_some() { Outcome::Broken } else { outcome };
    entry.faults = plan.fired;
    gate.log.add(entry);
    let throttle = plan.drip.map_or(Throttle::None, Throttle::Drip);
    send(answer, throttle, plan.broken, &gate.clock, &switch)
}

fn not_found(status: u16, reason: &str) -> (Answer, Outcome) {
    let body = format!("{{\"status\":{status},\"error\":\"{reason}\"}}");
    (Answer::new(status, "application/json", body), Outcome::Http(status))
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

    fn error(&self, error: &ApiError) -> (Answer, Outcome) {
        let message = serde_json::Value::from(error.message.as_str());
        let body = format!(
            "{{\"code\":{},\"message\":{message},\"traceId\":\"{}\"}}",
            error.code,
            self.trace_id()
        );
        (Answer::new(200, "application/json;charset=UTF-8", body), Outcome::Api(error.code))
    }

    /// A success, spoiled as the rules want it.
    fn page(&self, query: Query, edits: &[Edit]) -> Answer {
        for edit in edits {
            match edit.action {
                Action::InsertAtHead { count } => {
                    self.data_mut().insert_at_head(count, self.now_wall_ms());
                }
                Action::InsertInWindow { count } => self.data_mut().insert_in_window(count, &query),
                _ => {}
            }
        }
        let data = self.data();
        let draft = Draft::new(&data, query, edits);

        let mut body = Vec::with_capacity(256 + draft.rows.len() * RECORD_BYTES);
        let Draft { query, total, rows, expired_media } = &draft;
        let head = format!(
            "{{\"code\":0,\"message\":null,\"traceId\":\"{}\",\"total\":{total},\"page_number\":{},\"page_size\":{},\"list\":[",
            self.trace_id(),
            query.page_number,
            query.page_size
        );
        body.extend_from_slice(head.as_bytes());
        let mut renderer = self.renderer(&data, query.agent_account.as_deref(), *expired_media);
        let mut sent =
            self.sent.as_ref().map(|sent| sent.lock().unwrap_or_else(PoisonError::into_inner));
        for (index, (ordinal, tweak)) in rows.iter().enumerate() {
            let Some(row) = data.rows.get(*ordinal) else { continue };
            if index > 0 {
                body.push(b',');
            }
            let start = body.len();
            renderer.record(*row, *tweak, &mut body);
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

/// A page before it is written: what will be in it and in which state.
struct Draft {
    query: Query,
    total: i64,
    rows: Vec<(usize, Tweak)>,
    expired_media: bool,
}

impl Draft {
    fn new(data: &Data, query: Query, edits: &[Edit]) -> Self {
        let mut wanted = query.clone();
        if edits.iter().any(|edit| edit.action == Action::RepeatPage) {
            wanted.page_number = query.page_number.saturating_sub(1).max(1);
        }
        let selection = data.select(&wanted);
        let rows =
            selection.ordinals.into_iter().map(|ordinal| (ordinal, Tweak::default())).collect();
        let total = i64::try_from(selection.total).unwrap_or(i64::MAX);
        let mut draft = Self { query, total, rows, expired_media: false };
        for edit in edits {
            draft.edit(edit);
        }
        draft
    }

    fn edit(&mut self, edit: &Edit) {
        // where on the page the rule's record is, if it named one
        let anchor = edit
            .record
            .and_then(|record| self.rows.iter().position(|(ordinal, _)| *ordinal as u64 == record));
        match edit.action {
            Action::DuplicateRows { count } => {
                let start = anchor.unwrap_or(0);
                let end = start.saturating_add(clamp(count)).min(self.rows.len());
                let twice = self.rows.get(start..end).unwrap_or_default().to_vec();
                self.rows.splice(end..end, twice);
            }
            Action::ShortPage { drop } => {
                let start = anchor.unwrap_or(self.rows.len().saturating_sub(clamp(drop)));
                let end = start.saturating_add(clamp(drop)).min(self.rows.len());
                self.rows.drain(start..end);
            }
            Action::EmptyPage => self.rows.clear(),
            Action::WrongTotal { by } => self.total = self.total.saturating_add(by).max(0),
            Action::UnknownEnum => self.tweak(anchor, |tweak| tweak.unknown_enum = true),
            Action::UnknownKeys => self.tweak(anchor, |tweak| tweak.unknown_keys = true),
            Action::NullRequired => self.tweak(anchor, |tweak| tweak.nulls = true),
            Action::BadRecord { form } => self.spoil(anchor, form),
            Action::ExpiredMedia => self.expired_media = true,
            _ => {}
        }
    }

    /// Changes the anchored row, or every third one.
    fn tweak(&mut self, anchor: Option<usize>, change: impl Fn(&mut Tweak)) {
        let is_meant =
            |index: usize| anchor.map_or(index.is_multiple_of(3), |anchor| index == anchor);
        self.rows
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| is_meant(*index))
            .for_each(|(_, (_, tweak))| change(tweak));
    }

    fn spoil(&mut self, anchor: Option<usize>, form: BadForm) {
        let at = anchor.unwrap_or(self.rows.len() / 2);
        if let Some((_, tweak)) = self.rows.get_mut(at) {
            tweak.bad = Some(form);
        }
    }
}

fn clamp(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
