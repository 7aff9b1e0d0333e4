//! A server of chat history as the vendor's pages leave it open, without a socket: it lets other
//! tasks run before each answer.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bes_ccmessaging::chat_core::http::{Request, Response};
use bes_ccmessaging::chat_core::{BoxFuture, Transport, TransportError};
use serde_json::{Value, json};

use crate::{access_token, answer, messaging_token};

/// What `offset` counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Offset {
    Records,
    PagesFrom0,
    PagesFrom1,
    Ignored,
}

type Handler = dyn Fn(&str, &Value) -> Option<Response<Vec<u8>>> + Send + Sync;

#[expect(clippy::struct_excessive_bools, reason = "servers differ in many ways")]
pub(crate) struct Server {
    /// Id and time of each record.
    pub(crate) records: Vec<(u32, i64)>,
    /// The most records that it gives, whatever it is asked for.
    pub(crate) cap: usize,
    /// So many rows of each answer come twice, beyond the cap.
    pub(crate) twice: usize,
    pub(crate) offset: Offset,
    /// Ids of records that cannot be read.
    pub(crate) bad: Vec<u32>,
    /// The first record of each listing is stored twice.
    pub(crate) first_twice: bool,
    /// Records at the bounds count.
    pub(crate) inclusive: bool,
    /// Times are compared in whole seconds.
    pub(crate) by_second: bool,
    pub(crate) newest_first: bool,
    pub(crate) ignores_times: bool,
    /// Answers instead, to an operation and its body.
    pub(crate) instead: Option<Box<Handler>>,
    seen: Mutex<Vec<Request<Vec<u8>>>>,
}

impl Server {
    pub(crate) fn new(records: Vec<(u32, i64)>) -> Self {
        Self {
            records,
            cap: 100,
            twice: 0,
            offset: Offset::Records,
            bad: Vec::new(),
            first_twice: false,
            inclusive: true,
            by_second: false,
            newest_first: false,
            ignores_times: false,
            instead: None,
            seen: Mutex::default(),
        }
    }

    pub(crate) fn instead(
        mut self,
        handler: impl Fn(&str, &Value) -> Option<Response<Vec<u8>>> + Send + Sync + 'static,
    ) -> Self {
        self.instead = Some(Box::new(handler));
        self
    }

    pub(crate) fn seen(&self) -> Vec<Request<Vec<u8>>> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    pub(crate) fn client(self: &Arc<Self>) -> bes_ccmessaging::Client {
        crate::builder().with_transport(self.clone()).build().unwrap()
    }

    fn answer(&self, operation: &str, body: &Value) -> Response<Vec<u8>> {
        if let Some(answer) = self.instead.as_ref().and_then(|instead| instead(operation, body)) {
            return answer;
        }
        match operation {
            "tokenByAkSk" => answer(200, access_token("access-1")),
            "applyToken" => answer(200, messaging_token("token-1")),
            "queryHistoryChatMessage" => answer(200, self.history(body).to_string()),
            other => panic!("nobody asked for {other}"),
        }
    }

    fn history(&self, body: &Value) -> Value {
        let number = |name: &str| body[name].as_str().and_then(|text| text.parse::<i64>().ok());
        let grain = if self.by_second { 1000 } else { 1 };
        let edge = i64::from(!self.inclusive);
        let from = number("startTime").unwrap().div_euclid(grain) + edge;
        let to = number("endTime").unwrap().div_euclid(grain) - edge;
        let mut found: Vec<_> = self
            .records
            .iter()
            .filter(|(_, at)| self.ignores_times || (from..=to).contains(&at.div_euclid(grain)))
            .collect();
        found.sort_by_key(|(id, at)| (*at, *id));
        if self.newest_first {
            found.reverse();
        }
        if let Some(first) = found.first().copied().filter(|_| self.first_twice) {
            found.insert(0, first);
        }
        let limit = usize::try_from(number("limit").unwrap()).unwrap().min(self.cap);
        let offset = usize::try_from(number("offset").unwrap()).unwrap();
        let skip = match self.offset {
            Offset::Records => offset,
            Offset::PagesFrom0 => offset * limit,
            Offset::PagesFrom1 => offset.saturating_sub(1) * limit,
            Offset::Ignored => 0,
        };
        let here: Vec<_> = found.into_iter().skip(skip).take(limit).collect();
        let again = here.iter().take(self.twice);
        let list: Vec<Value> = here
            .iter()
            .chain(again)
            .map(|(id, at)| {
                let is_bad = self.bad.contains(id);
                let id = if is_bad { json!({ "bad": id }) } else { json!(id.to_string()) };
                json!({"id": id, "sendTime": at})
            })
            .collect();
        json!({"messageList": list, "resultCode": "0", "resultDesc": "success"})
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Transport for Server {
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, TransportError>> {
        let operation = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let body = serde_json::from_slice(request.body()).unwrap();
        self.seen.lock().unwrap().push(request);
        Box::pin(async move {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            Ok(self.answer(&operation, &body))
        })
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
