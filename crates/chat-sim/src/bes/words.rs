//! What the vendor says when something is wrong: three manners of speaking, by what was asked.

use serde_json::{Value, json};

use crate::{
    faults::Action,
    log::Outcome,
    server::{Answer, Reply},
};

const JSON: &str = "application/json;charset=UTF-8";

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// The API gateway, which issues the application's tokens and checks them.
    Gateway,
    /// The online chat.
    Chat,
    /// The call center's management interface.
    Cms,
}

/// A success, or an error with HTTP 200.
pub(super) fn ok(body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(Answer::new(200, JSON, body), Outcome::Ok)
}

/// An HTTP error of the gateway.
pub(super) fn gateway(status: u16, info: &str) -> Reply {
    let body = json!({ "errorCode": "0", "exceptionInfo": info });
    Reply::of_status(Answer::new(status, JSON, body.to_string()))
}

/// An HTTP error of the online chat.
pub(super) fn chat(status: u16, description: &str) -> Reply {
    let body = json!({ "resultCode": "1", "resultDesc": description });
    Reply::of_status(Answer::new(status, JSON, body.to_string()))
}

/// An HTTP error of the management interface.
pub(super) fn cms(status: u16, error: &str, message: &str, path: &str, now_ms: i64) -> Reply {
    let body = json!({
        "timestamp": now_ms, "status": status, "error": error, "message": message, "path": path
    });
    Reply::of_status(Answer::new(status, JSON, body.to_string()))
}

/// HTTP 200 with an error code.
pub(super) fn code(voice: Voice, code: i64, description: &str) -> Reply {
    let body: Value = match voice {
        Voice::Gateway => json!({ "errorCode": code.to_string(), "exceptionInfo": description }),
        Voice::Chat => json!({ "resultCode": code.to_string(), "resultDesc": description }),
        // with its leading zero
        Voice::Cms => json!({ "resultCode": format!("{code:07}"), "resultDesc": description }),
    };
    Reply::new(Answer::new(200, JSON, body.to_string()), Outcome::Api(code))
}

/// A fault that replaces the answer. What a proxy in front of the vendor would send has no words of the vendor.
pub(super) fn fault(voice: Voice, action: &Action, path: &str, now_ms: i64) -> Option<Reply> {
    match action {
        Action::Api { code, message } => Some(self::code(voice, *code, message)),
        Action::Http { status, retry_after: None, body: None } => match (voice, *status) {
            (Voice::Chat, status @ (400 | 401 | 404 | 500)) => Some(chat(status, "request failed")),
            (Voice::Cms, status @ (401 | 403)) => {
                Some(cms(status, "Refused", "request failed", path, now_ms))
            }
            (_, status @ (401 | 403)) => Some(gateway(status, "auth fail! request is refused")),
            _ => None,
        },
        Action::Media404 => Some(code(voice, 13, "download file from storage failed")),
        _ => None,
    }
}
