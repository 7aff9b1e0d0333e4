//! The API's listener: key, allowance, faults, and the answers in their envelope.

use std::sync::{Arc, atomic::Ordering};

use axum::http::header;

use super::{
    JijyunOptions, NoRecords,
    ask::{self, Ask, Heeded, RecordAsk, Refusal},
    contacts,
    data::{Data, Row},
    people,
    world::World,
};
use crate::{
    faults::{Action, Draft, Edit, Host, Tweak},
    log::Outcome,
    mix::Mix,
    server::{Answer, Gate, Heard, Noted, Reply, Site},
};

/// The code of a success, and that of every refusal that is known.
const SUCCESS: i64 = 2000;
const REFUSED: i64 = 4000;

const JSON: &str = "application/json";

/// About the length of a rendered message.
const ROW_BYTES: usize = 160;

/// The API's listener.
pub(super) struct Gateway(pub(super) Arc<World>);

/// A request to the API.
pub(super) struct Call {
    key: Option<String>,
    heeded: Heeded,
}

impl Site for Gateway {
    type Asked = Call;

    fn gate(&self) -> &Gate {
        &self.0.gate
    }

    fn hear(&self, heard: Heard) -> (Call, Noted) {
        let heeded = ask::heed(&heard);
        let mut noted =
            Noted { host: Host::Api, path: heard.uri.path().to_owned(), ..Noted::default() };
        let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        match &heeded {
            Heeded::Ask(Ask::Record(ask)) => {
                noted.partition = stated(&ask.customer_id);
                noted.start_time = stated(&ask.start_time);
                noted.end_time = stated(&ask.end_time);
            }
            Heeded::Ask(Ask::Detail { chat_id }) => noted.partition = stated(chat_id),
            Heeded::Ask(Ask::History(ask)) => {
                noted.partition = stated(&ask.im_bot_id);
                noted.start_time = stated(&ask.day);
            }
            _ => {}
        }
        (Call { key: ask::query(&heard.uri, "apiKey"), heeded }, noted)
    }

    fn has_record(&self, call: &Call, ordinal: u64) -> bool {
        let Heeded::Ask(ask) = &call.heeded else { return false };
        let found = self.0.ordinals(&self.0.data(), ask).unwrap_or_default();
        found.into_iter().any(|at| at as u64 == ordinal)
    }

    fn fault(&self, call: &Call, action: &Action) -> Option<Reply> {
        match action {
            Action::Api { .. } if matches!(call.heeded, Heeded::Check) => {
                let answer = Answer::new(200, JSON, r#"{"success":false}"#);
                Some(Reply::new(answer, Outcome::Api(REFUSED)))
            }
            Action::Api { code, message } => Some(self.0.error(*code, message)),
            Action::Http { status, retry_after, body: None } => {
                let mut reply = status_answer(*status)?;
                if let Some(seconds) = retry_after {
                    reply.answer =
                        reply.answer.with_header(header::RETRY_AFTER, seconds.to_string());
                }
                Some(reply)
            }
            _ => None,
        }
    }

    fn answer(&self, Call { key, heeded }: &Call, edits: &[Edit]) -> Reply {
        let world = &self.0;
        if key.as_deref() != Some(world.options.api_key.as_str()) {
            return Reply::of_status(http_error(401));
        }
        let ask = match heeded {
            Heeded::Ask(ask) => Ok(ask),
            Heeded::Refused(refusal) => Err(refusal.clone()),
            Heeded::Check => {
                return Reply::of_status(Answer::new(200, JSON, r#"{"success":true}"#));
            }
            Heeded::Unserved(status) => {
                let body = format!("{{\"error\":\"HTTP {status}\"}}");
                return Reply::of_status(Answer::new(*status, JSON, body));
            }
        };
        if !world.pays() {
            return Reply::of_status(http_error(402));
        }
        ask.and_then(|ask| world.success(ask, edits))
            .unwrap_or_else(|refusal| world.error(REFUSED, &refusal.0))
    }
}

/// What the vendor sends with a status that means something to it.
fn status_answer(status: u16) -> Option<Reply> {
    matches!(status, 401 | 402 | 429).then(|| Reply::of_status(http_error(status)))
}

fn http_error(status: u16) -> Answer {
    let reason = match status {
        401 => "没有权限",
        402 => "API请求次数不足",
        _ => "Too Many Requests in one second",
    };
    Answer::new(status, "text/plain;charset=UTF-8", reason)
}

impl World {
    /// The reason is in `Data`, as text.
    fn error(&self, code: i64, reason: &str) -> Reply {
        let reason = serde_json::Value::from(reason);
        let body = format!(
            "{{\"Code\":{code},\"Data\":{reason},\"Msg\":\"失败\",\"RequestId\":\"{}\"}}",
            self.request_id()
        );
        Reply::new(Answer::new(200, JSON, body), Outcome::Api(code))
    }

    fn success(&self, ask: &Ask, edits: &[Edit]) -> Result<Reply, Refusal> {
        self.insert(ask, edits)?;
        let data = self.data();
        let ordinals = self.ordinals(&data, ask)?;
        let draft = Draft::new(ordinals, 0, edits);
        let mut body = Vec::with_capacity(256 + draft.rows.len() * ROW_BYTES);
        body.extend_from_slice(format!("{{\"Code\":{SUCCESS},\"Data\":").as_bytes());
        match ask {
            Ask::Record(_) => self.write_record(&data, &draft, &mut body),
            Ask::Detail { .. } => self.write_detail(&data, &draft, &mut body),
            Ask::History(ask) => {
                self.write_hosted(&data, &self.hosted_ask(ask)?, &draft, &mut body);
            }
            Ask::Contacts(filter) => self.write_contacts(&data, filter, &mut body),
            Ask::Contact { id } => self.write_contact(&data, id, &mut body)?,
            Ask::Assistants => contacts::write_assistants(&mut body),
            Ask::Accounts => {
                contacts::write_accounts(data.seed, self.options.hosted_accounts, &mut body);
            }
        }
        body.extend_from_slice(",\"Msg\":\"成功\"".as_bytes());
        if matches!(ask, Ask::Record(_) | Ask::Detail { .. } | Ask::History(_)) {
            body.extend_from_slice(format!(",\"RequestId\":\"{}\"", self.request_id()).as_bytes());
        }
        body.push(b'}');
        Ok(Reply::new(Answer::new(200, JSON, body), Outcome::Ok))
    }

    /// The messages of an answer in its order; none for calls about something else.
    fn ordinals(&self, data: &Data, ask: &Ask) -> Result<Vec<usize>, Refusal> {
        match ask {
            Ask::Record(RecordAsk { customer_id, span, .. }) => {
                let JijyunOptions { order, cut_after, .. } = &self.options;
                let now_ms = self.gate.clock.now_ms();
                data.select_record(customer_id, *span, now_ms, *order, *cut_after)
                    .ok_or(Refusal::NO_CONTACT)
            }
            Ask::Detail { chat_id } => {
                let conversation = data.chat(chat_id).ok_or(Refusal::NO_CHAT)?;
                let mut found = data.select_conversation(conversation, i64::MIN, i64::MAX);
                found.reverse();
                Ok(found)
            }
            Ask::History(ask) => Ok(data.select_hosted(&self.hosted_ask(ask)?)),
            Ask::Contacts(_) | Ask::Contact { .. } | Ask::Assistants | Ask::Accounts => {
                Ok(Vec::new())
            }
        }
    }

    /// Inserts what rules want inserted before the answer.
    fn insert(&self, ask: &Ask, edits: &[Edit]) -> Result<(), Refusal> {
        for edit in edits {
            match edit.action {
                Action::InsertAtHead { count } => {
                    self.data_mut().insert_at_head(count, self.gate.clock.now_ms());
                }
                Action::InsertInWindow { count } => {
                    let mut data = self.data_mut();
                    for _ in 0..count {
                        let Some(middle) = data.middle(self.ordinals(&data, ask)?) else { break };
                        data.insert_after(middle);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Appends conversations with their messages.
    fn write_record(&self, data: &Data, draft: &Draft, out: &mut Vec<u8>) {
        if draft.rows.is_empty() {
            return self.write_nothing(out);
        }
        let rows = draft.rows.iter();
        let rows: Vec<(Row, Tweak)> =
            rows.filter_map(|(ordinal, tweak)| Some((*data.rows.get(*ordinal)?, *tweak))).collect();
        let mut renderer = self.renderer(data);
        let chunks = rows.chunk_by(|(one, _), (next, _)| one.conversation == next.conversation);
        out.push(b'[');
        for (index, chunk) in chunks.enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let talk = chunk.first().and_then(|(row, _)| data.conversation(*row));
            out.extend_from_slice(b"{\"chat_id\":\"");
            out.extend_from_slice(talk.map_or("", |talk| &talk.chat_id).as_bytes());
            out.extend_from_slice(b"\",\"messages\":");
            self.write_rows(chunk.iter().copied(), out, |row, tweak, out| {
                renderer.record(row, tweak, out);
            });
            out.push(b'}');
        }
        out.push(b']');
    }

    /// Appends an object with a whole conversation.
    fn write_detail(&self, data: &Data, draft: &Draft, out: &mut Vec<u8>) {
        let mut renderer = self.renderer(data);
        let rows = draft.rows.iter();
        let rows = rows.filter_map(|(ordinal, tweak)| Some((*data.rows.get(*ordinal)?, *tweak)));
        out.extend_from_slice(b"{\"message\":");
        self.write_rows(rows, out, |row, tweak, out| renderer.detail(row, tweak, out));
        out.push(b'}');
    }

    /// Appends a list, or what stands for one without elements.
    pub(super) fn write_rows(
        &self,
        rows: impl Iterator<Item = (Row, Tweak)>,
        out: &mut Vec<u8>,
        mut write: impl FnMut(Row, Tweak, &mut Vec<u8>),
    ) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return self.write_nothing(out);
        }
        let mut separator = b'[';
        for (row, tweak) in rows {
            out.push(separator);
            separator = b',';
            write(row, tweak, out);
        }
        out.push(b']');
    }

    fn write_nothing(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self.options.no_records {
            NoRecords::EmptyList => b"[]",
            NoRecords::Null => b"null",
        });
    }

    fn request_id(&self) -> String {
        let n = self.answered.fetch_add(1, Ordering::Relaxed);
        let mut id = String::new();
        people::write_uuid(&mut Mix::of(&[self.options.seed, 29, n]), &mut id);
        id
    }
}
