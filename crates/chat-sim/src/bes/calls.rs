//! `querycalls` of the management interface: the calls of the last two days, of which chats are some.

use serde_json::{Value, json};

use super::{
    render, sign,
    words::{self, Voice},
    world::World,
};
use crate::server::{Heard, Reply};

const DAY_MS: i64 = 86_400_000;

const LARGEST_LIMIT: u64 = 100;

/// A code of the vendor: a parameter is wrong.
const INVALID_PARAMETER: i64 = 100_002;

impl World {
    pub(super) fn calls(&self, heard: &Heard) -> Reply {
        let (now_ms, path) = (self.now_ms(), heard.uri.path());
        let mut lock = self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if lock.is_shut(now_ms) {
            return words::cms(403, "Forbidden", "the address is locked", path, now_ms);
        }
        let options = &self.options;
        let is_right = sign::is_right(heard, &options.access_key, &options.secret_key, now_ms);
        lock.count(is_right, now_ms);
        if !is_right {
            return words::cms(401, "Unauthorized", "the signature is wrong", path, now_ms);
        }
        match Asked::read(&heard.body, now_ms) {
            Some(asked) => words::ok(self.found_calls(&asked).to_string()),
            None => words::code(Voice::Cms, INVALID_PARAMETER, "invalid parameter"),
        }
    }

    fn found_calls(&self, asked: &Asked) -> Value {
        let data = self.data();
        let mut found = Vec::new();
        for (user, timeline) in data.timelines.iter().enumerate() {
            let Some(id) = data.users.get(user) else { continue };
            if asked.caller.as_ref().is_some_and(|caller| caller != id) {
                continue;
            }
            for (call, talk) in timeline.calls.iter().enumerate() {
                let begun_ms = talk.start_s.saturating_mul(1000);
                if (asked.begin_ms..=asked.end_ms).contains(&begun_ms) {
                    found.push((begun_ms, talk.end_s.saturating_mul(1000), user, call, id));
                }
            }
        }
        found.sort_unstable();
        let clamp = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let page = found.iter().skip(clamp(asked.offset)).take(clamp(asked.limit));
        let rows: Vec<Value> = page
            .map(|(begun_ms, ended_ms, user, call, id)| {
                let small = |n: usize| u32::try_from(n).unwrap_or(0);
                let mut call_id = String::new();
                let start_s = begun_ms.div_euclid(1000);
                render::write_call_id(data.seed, small(*user), small(*call), start_s, &mut call_id);
                json!({
                    "callId": call_id,
                    "callerNo": id,
                    "calleeNo": "10001",
                    "callBegin": begun_ms.to_string(),
                    "callEnd": ended_ms.to_string(),
                    "mediaType": "53",
                    "subMediaType": "1",
                })
            })
            .collect();
        json!({
            "resultCode": "0100000",
            "resultDesc": { "count": found.len().to_string(), "data": rows },
        })
    }
}

/// What is asked, if the vendor accepts it.
struct Asked {
    begin_ms: i64,
    end_ms: i64,
    caller: Option<String>,
    limit: u64,
    offset: u64,
}

impl Asked {
    fn read(body: &[u8], now_ms: i64) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let number = |name: &str| body.get(name)?.as_i64();
        number("ccId").filter(|id| (1..=65_535).contains(id))?;
        number("vdn").filter(|id| (1..=5_000).contains(id))?;
        body.get("isCallIn")?.as_str().filter(|text| matches!(*text, "true" | "false"))?;
        let today_ms = now_ms - now_ms.rem_euclid(DAY_MS);
        let begin_ms = number("beginDate").filter(|ms| *ms >= today_ms - DAY_MS)?;
        let end_ms = number("endDate").filter(|ms| (begin_ms..today_ms + DAY_MS).contains(ms))?;
        let natural = |name: &str| body.get(name)?.as_u64();
        Some(Self {
            begin_ms,
            end_ms,
            caller: body.get("callerNo").and_then(Value::as_str).map(str::to_owned),
            limit: natural("limit").filter(|limit| (1..=LARGEST_LIMIT).contains(limit))?,
            offset: natural("offset")?,
        })
    }
}
