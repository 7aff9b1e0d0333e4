//! `queryHistoryChatMessage`: what is asked, and the page.

use super::{
    auth::{Caller, Texts},
    data::Wanted,
    options::{EmptyList, LONGEST_USER_ID, OffsetUnit},
    words,
    world::World,
};
use crate::{
    faults::{Action, Draft, Edit},
    server::Reply,
};

/// About the length of a rendered record.
const RECORD_BYTES: usize = 800;

/// The body of a request, before anyone judged it.
pub(super) struct Asked {
    pub(super) user_id: Option<String>,
    pub(super) start_time: Option<String>,
    pub(super) end_time: Option<String>,
    pub(super) page_number: Option<u64>,
    query: Result<Query, Refused>,
}

/// A body that makes sense.
#[derive(Debug, Clone)]
struct Query {
    user_id: String,
    channel_id: String,
    channel: String,
    from_ms: Option<i64>,
    until_ms: Option<i64>,
    limit: u64,
    offset: u64,
}

/// What the vendor has against it.
#[derive(Debug, Clone, Copy)]
struct Refused {
    status: u16,
    description: &'static str,
}

impl Asked {
    pub(super) fn read(body: &[u8]) -> Self {
        let texts = Texts::read(body);
        let text = |name| texts.as_ref().and_then(|texts| texts.get(name)).map(str::to_owned);
        let query = match &texts {
            Some(texts) => Query::check(texts),
            None => Err(Refused { status: 400, description: "the body is no JSON object" }),
        };
        let page_number =
            query.as_ref().ok().and_then(|query| query.offset.checked_div(query.limit));
        Self {
            user_id: text("userId"),
            start_time: text("startTime"),
            end_time: text("endTime"),
            page_number: page_number.map(|before| before + 1),
            query,
        }
    }
}

impl Query {
    fn check(texts: &Texts) -> Result<Self, Refused> {
        let bad = |description| Refused { status: 400, description };
        let names = ["channelId", "userId", "limit", "offset", "channel", "startTime", "endTime"];
        if names.into_iter().any(|name| texts.has_other(name)) {
            return Err(bad("every value is a text"));
        }
        let text = |name, missing| texts.get(name).map(str::to_owned).ok_or(bad(missing));
        let channel_id = text("channelId", "channelId is required")?;
        let user_id = text("userId", "userId is required")?;
        let limit = text("limit", "limit is required")?;
        let offset = text("offset", "offset is required")?;
        let channel = text("channel", "channel is required")?;
        if user_id.chars().count() > LONGEST_USER_ID {
            return Err(bad("userId is too long"));
        }
        let failed = |description| Refused { status: 500, description };
        let time = |name, description| match texts.get(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| failed(description)),
        };
        let query = Self {
            user_id,
            channel_id,
            channel,
            from_ms: time("startTime", "check startTime")?,
            until_ms: time("endTime", "check endTime")?,
            limit: limit.parse().ok().filter(|n| *n > 0).ok_or(failed("check limit"))?,
            offset: offset.parse().map_err(|_| failed("check offset"))?,
        };
        if query.from_ms.zip(query.until_ms).is_some_and(|(from, until)| from > until) {
            return Err(failed("check startTime and endTime"));
        }
        Ok(query)
    }
}

impl World {
    /// Would the answer contain the record with this ordinal?
    pub(super) fn history_has(&self, asked: &Asked, ordinal: u64) -> bool {
        let Some(wanted) = asked.query.as_ref().ok().and_then(|query| self.wanted(query)) else {
            return false;
        };
        let page = self.data().page(&wanted, &self.options);
        page.into_iter().any(|at| at as u64 == ordinal)
    }

    pub(super) fn history(&self, caller: &Caller, asked: &Asked, edits: &[Edit]) -> Reply {
        let query = match &asked.query {
            Ok(query) => query,
            Err(Refused { status, description }) => return words::chat(*status, description),
        };
        // the token says whose history it opens
        if query.user_id != caller.holder.user_id || query.channel_id != caller.holder.channel_id {
            return words::chat(401, "unauthorized: the token belongs to another user");
        }
        let is_refused = |oldest_ms| query.from_ms.is_none_or(|from_ms| from_ms < oldest_ms);
        if self.options.refused_before_ms.is_some_and(is_refused) {
            return words::chat(500, "check startTime");
        }
        match self.wanted(query) {
            Some(wanted) => self.page(wanted, edits),
            None => words::ok(self.nothing()),
        }
    }

    /// `None` if there can be nothing: a user who never wrote, another channel type.
    fn wanted(&self, query: &Query) -> Option<Wanted> {
        let Query { from_ms, until_ms, limit, offset, .. } = *query;
        let user = self.data().user(&query.user_id)?;
        let is_ours = query.channel == self.options.channel;
        is_ours.then_some(Wanted { user, from_ms, until_ms, limit, offset })
    }

    fn page(&self, mut wanted: Wanted, edits: &[Edit]) -> Reply {
        for edit in edits {
            match edit.action {
                Action::InsertAtHead { count } => {
                    let now_s = self.now_ms().div_euclid(1000);
                    self.data_mut().insert_later(wanted.user, count, now_s);
                }
                Action::InsertInWindow { count } => {
                    self.data_mut().insert_in_window(&wanted, count, &self.options);
                }
                Action::RepeatPage => {
                    let back = if self.options.offset_unit == OffsetUnit::Records {
                        wanted.limit
                    } else {
                        1
                    };
                    wanted.offset = wanted.offset.saturating_sub(back);
                }
                _ => {}
            }
        }
        let data = self.data();
        let draft = Draft::new(data.page(&wanted, &self.options), 0, edits);
        if draft.rows.is_empty() {
            return words::ok(self.nothing());
        }
        let mut body = Vec::with_capacity(256 + draft.rows.len() * RECORD_BYTES);
        body.extend_from_slice(b"{\"messageList\":[");
        let mut renderer = self.renderer(&data);
        let base = data.base(wanted.user);
        let rows = data.timelines.get(wanted.user).map(|timeline| timeline.rows.as_slice());
        let rows = rows.unwrap_or_default();
        for (index, (ordinal, tweak)) in draft.rows.into_iter().enumerate() {
            let Some(row) = ordinal.checked_sub(base).and_then(|at| rows.get(at)) else { continue };
            if index > 0 {
                body.push(b',');
            }
            renderer.record(wanted.user, *row, tweak, &mut body);
        }
        body.extend_from_slice(b"],\"resultCode\":\"0\",\"resultDesc\":\"success\"}");
        words::ok(body)
    }

    fn nothing(&self) -> &'static str {
        match self.options.empty_list {
            EmptyList::Array => r#"{"messageList":[],"resultCode":"0","resultDesc":"success"}"#,
            EmptyList::Null => r#"{"messageList":null,"resultCode":"0","resultDesc":"success"}"#,
            EmptyList::Absent => r#"{"resultCode":"0","resultDesc":"success"}"#,
        }
    }
}
