//! The two listeners: which operation a request is for, and who answers it.

use std::sync::Arc;

use axum::http::{HeaderName, Method};

use super::{
    auth::{Caller, SESSION_HEADER},
    history,
    words::{self, Voice},
    world::World,
};
use crate::{
    faults::{Action, Edit, Host},
    server::{Answer, Gate, Heard, Noted, Reply, Site},
};

/// One of the two listeners.
pub(super) struct Door {
    pub(super) world: Arc<World>,
    /// The first one has the API. The second one has files, and tokens of the application if they are to be elsewhere.
    pub(super) is_first: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    TokenByAkSk,
    ApplyToken,
    History,
    Download,
    QueryCalls,
    LinkedFile,
    Unknown,
}

/// A request.
pub(super) struct Call {
    heard: Heard,
    operation: Operation,
    /// The body, if the history is asked for.
    history: Option<history::Asked>,
}

impl Door {
    fn operation(&self, path: &str) -> Operation {
        let has_access_tokens = self.is_first != self.world.options.has_token_listener;
        match path {
            "/apigovernance/api/oauth/tokenByAkSk" if has_access_tokens => Operation::TokenByAkSk,
            "/apiaccess/ccmessaging/applyToken" if self.is_first => Operation::ApplyToken,
            "/apiaccess/ccmessaging/queryHistoryChatMessage" if self.is_first => Operation::History,
            "/apiaccess/ccmessaging/downloadFileStream" if self.is_first => Operation::Download,
            "/rest/cmsapp/v2/openapi/vdn/querycalls" if self.is_first => Operation::QueryCalls,
            _ if !self.is_first && path.starts_with("/bes/") => Operation::LinkedFile,
            _ => Operation::Unknown,
        }
    }
}

impl Site for Door {
    type Asked = Call;

    fn gate(&self) -> &Gate {
        &self.world.gate
    }

    fn hear(&self, heard: Heard) -> (Call, Noted) {
        let path = heard.uri.path();
        let operation = self.operation(path);
        let mut noted = Noted {
            host: match operation {
                Operation::TokenByAkSk | Operation::ApplyToken => Host::Token,
                Operation::Download | Operation::LinkedFile => Host::Media,
                _ => Host::Api,
            },
            path: match operation {
                Operation::LinkedFile => format!("media{path}"),
                _ => path.to_owned(),
            },
            ..Noted::default()
        };
        let mut call = Call { operation, history: None, heard };
        if operation == Operation::History {
            let asked = history::Asked::read(&call.heard.body);
            noted.partition.clone_from(&asked.user_id);
            noted.start_time.clone_from(&asked.start_time);
            noted.end_time.clone_from(&asked.end_time);
            noted.page_number = asked.page_number;
            call.history = Some(asked);
        }
        (call, noted)
    }

    fn has_record(&self, call: &Call, ordinal: u64) -> bool {
        match (call.operation, &call.history) {
            (_, Some(asked)) => self.world.history_has(asked, ordinal),
            (Operation::Download, _) => {
                let found = self.world.file_asked_for(&call.heard.body);
                found.and_then(|found| found.ordinal).is_some_and(|at| at as u64 == ordinal)
            }
            _ => false,
        }
    }

    fn fault(&self, call: &Call, action: &Action) -> Option<Reply> {
        let voice = match call.operation {
            Operation::TokenByAkSk => Voice::Gateway,
            Operation::QueryCalls => Voice::Cms,
            // a host of files has no words of the vendor
            Operation::LinkedFile => return None,
            _ => Voice::Chat,
        };
        words::fault(voice, action, call.heard.uri.path(), self.world.now_ms())
    }

    fn answer(&self, call: &Call, edits: &[Edit]) -> Reply {
        for edit in edits {
            if let Action::TokenExpired { token } = &edit.action {
                self.world.tokens().end(token.as_deref());
            }
        }
        let Call { heard, operation, history } = call;
        match (operation, history) {
            (Operation::Unknown, _) => words::chat(404, "not found"),
            (Operation::LinkedFile, _) => self.world.linked_file(heard, edits),
            _ if heard.method != Method::POST => words::chat(405, "method not allowed"),
            (Operation::TokenByAkSk, _) => self.world.issue_access(heard),
            (Operation::ApplyToken, _) => self.world.issue_session(heard),
            (Operation::QueryCalls, _) => self.world.calls(heard),
            (_, Some(asked)) => {
                self.for_caller(heard, |caller| self.world.history(caller, asked, edits))
            }
            (_, None) => {
                self.for_caller(heard, |caller| self.world.download(caller, &heard.body, edits))
            }
        }
    }
}

impl Door {
    /// Answers someone with both tokens, and sends a new one along if theirs ends soon.
    fn for_caller(&self, heard: &Heard, answer: impl FnOnce(&Caller) -> Reply) -> Reply {
        let caller = match self.world.caller(&heard.headers) {
            Ok(caller) => caller,
            Err(refused) => return *refused,
        };
        let reply = answer(&caller);
        match caller.renewed {
            Some(token) => Reply { answer: with_token(reply.answer, token), ..reply },
            None => reply,
        }
    }
}

fn with_token(answer: Answer, token: String) -> Answer {
    answer.with_header(HeaderName::from_static(SESSION_HEADER), token)
}
