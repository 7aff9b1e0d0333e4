//! The two tokens that open the history: one for the application, one for a user of a channel.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::mix::Mix;

/// How long a token of `applyToken` lives.
pub(super) const SESSION_LIFE_MS: i64 = 60 * 60 * 1000;

/// How long before its end the vendor sends a new one along with an answer.
const RENEWAL_MS: i64 = 5 * 60 * 1000;

/// What fault rules call the tokens.
const ACCESS: &str = "access";
const SESSION: &str = "ccmessaging";

/// Whom a token of `applyToken` is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) channel_id: String,
    pub(super) user_id: String,
}

/// The tokens that were issued.
#[derive(Debug)]
pub(super) struct Tokens {
    seed: u64,
    issued: u64,
    /// Tokens of the application, and when they end.
    access: HashMap<String, i64>,
    sessions: HashMap<String, (Holder, i64)>,
}

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, issued: 0, access: HashMap::new(), sessions: HashMap::new() }
    }

    pub(super) fn issue_access(&mut self, now_ms: i64, life_s: i64) -> String {
        let mut mix = self.mix(31);
        let token = format!("{:016x}{:016x}", mix.next(), mix.next());
        self.access.insert(token.clone(), now_ms + life_s * 1000);
        token
    }

    pub(super) fn has_access(&self, token: &str, now_ms: i64) -> bool {
        self.access.get(token).is_some_and(|ends_ms| now_ms < *ends_ms)
    }

    /// Percent-encoded base64 of a JSON object, as in the vendor's sample; there is always something percent-encoded in it,
    /// so that a client that decodes it has another token.
    pub(super) fn issue_session(&mut self, holder: Holder, now_ms: i64) -> String {
        let mut mix = self.mix(32);
        let quoted = |text: &str| serde_json::Value::from(text);
        let mut json = format!(
            "{{\"createTime\":\"{now_ms}\",\"nonce\":\"{:016x}\",\"userId\":{},\"channelId\":{}}}",
            mix.next(),
            quoted(&holder.user_id),
            quoted(&holder.channel_id)
        );
        if json.len().is_multiple_of(3) {
            json.push(' ');
        }
        let token = STANDARD.encode(json);
        let token = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        self.sessions.insert(token.clone(), (holder, now_ms + SESSION_LIFE_MS));
        token
    }

    /// Whom a token is for, and a new one if it ends soon.
    pub(super) fn session(&mut self, token: &str, now_ms: i64) -> Option<(Holder, Option<String>)> {
        let (holder, ends_ms) = self.sessions.get(token)?.clone();
        if now_ms >= ends_ms {
            return None;
        }
        let ends_soon = ends_ms - now_ms <= RENEWAL_MS;
        let renewed = ends_soon.then(|| self.issue_session(holder.clone(), now_ms));
        Some((holder, renewed))
    }

    /// Ends all tokens with this name, or all.
    pub(super) fn end(&mut self, name: Option<&str>) {
        if name.is_none_or(|name| name == ACCESS) {
            self.access.clear();
        }
        if name.is_none_or(|name| name == SESSION) {
            self.sessions.clear();
        }
    }

    /// Those that are in use.
    pub(super) fn living(&self, now_ms: i64) -> Vec<String> {
        let access = self.access.iter().filter(|(_, ends_ms)| now_ms < **ends_ms);
        let sessions = self.sessions.iter().filter(|(_, (_, ends_ms))| now_ms < *ends_ms);
        access
            .map(|(token, _)| token.clone())
            .chain(sessions.map(|(token, _)| token.clone()))
            .collect()
    }

    fn mix(&mut self, kind: u64) -> Mix {
        self.issued += 1;
        Mix::of(&[self.seed, kind, self.issued])
    }
}
