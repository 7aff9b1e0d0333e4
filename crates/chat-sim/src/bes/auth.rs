//! Who may ask: the application's token, and on top of it a token for one user.

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::{
    options::TokenForm,
    tokens::Holder,
    words::{self, Voice},
    world::World,
};
use crate::server::{Heard, Reply};

/// The header in which clients send a user's token, and in which the vendor sends its successor.
pub(super) const SESSION_HEADER: &str = "ccmessaging-token";

/// The headers that carry credentials; a file host must never see them.
pub(super) const VENDOR_HEADERS: [&str; 3] = ["authorization", "x-app-key", SESSION_HEADER];

/// The life of the application's token if the client wishes nothing, and the longest that it may wish, in seconds.
const DEFAULT_LIFE_S: i64 = 600;
const LONGEST_LIFE_S: i64 = 3600;

/// The longest id of a user that gets a token.
const LONGEST_USER_ID: usize = 32;

/// A JSON body whose values are texts.
pub(super) struct Texts(Map<String, Value>);

impl Texts {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().map(Self)
    }

    /// A member that is a text with something in it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Is there a member that is no text?
    pub(super) fn has_other(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_string())
    }
}

/// Someone with both tokens.
pub(super) struct Caller {
    pub(super) holder: Holder,
    /// A new token that goes along with the answer.
    pub(super) renewed: Option<String>,
}

impl World {
    /// `tokenByAkSk`: a token for the application.
    pub(super) fn issue_access(&self, heard: &Heard) -> Reply {
        let Some(body) = Texts::read(&heard.body) else {
            return words::gateway(400, "the body is no JSON object");
        };
        let (Some(app_key), Some(app_secret)) = (body.get("app_key"), body.get("app_secret"))
        else {
            return words::gateway(400, "app_key and app_secret are required");
        };
        let options = &self.options;
        if app_key != options.app_key || app_secret != options.app_secret {
            return words::gateway(401, "auth fail! app_key or app_secret is wrong");
        }
        let wish = text(&heard.headers, "x-token-expire").map_or(Ok(DEFAULT_LIFE_S), str::parse);
        let Some(life_s) = wish.ok().filter(|life_s| (1..=LONGEST_LIFE_S).contains(life_s)) else {
            return words::gateway(400, "X-Token-Expire is out of range");
        };
        let now_ms = self.now_ms();
        let token = self.tokens().issue_access(now_ms, life_s);
        let answer = json!({
            "AccessToken": token,
            "ApplyType": "Bearer",
            "CreateTime": now_ms.div_euclid(1000).to_string(),
            "Expires": life_s.to_string(),
            "Scope": options.app_key,
            "AppKey": options.app_key,
            "UserID": "Anonymous",
        });
        words::ok(answer.to_string())
    }

    /// `applyToken`: a token for a user of the channel. Any user will do, one that never wrote as well.
    pub(super) fn issue_session(&self, heard: &Heard) -> Reply {
        if let Err(refused) = self.check_access(&heard.headers) {
            return *refused;
        }
        let Some(body) = Texts::read(&heard.body) else {
            return words::chat(400, "the body is no JSON object");
        };
        let required = ["userId", "userName", "channelId", "locale"].map(|name| body.get(name));
        let [Some(user_id), Some(_), Some(channel_id), Some(_)] = required else {
            return words::chat(400, "userId, userName, channelId and locale are required");
        };
        if user_id.chars().count() > LONGEST_USER_ID {
            return words::chat(400, "userId is too long");
        }
        if channel_id != self.options.channel_id {
            return words::code(Voice::Chat, 1, "the channel does not exist");
        }
        let holder = Holder { channel_id: channel_id.to_owned(), user_id: user_id.to_owned() };
        let token = self.tokens().issue_session(holder, self.now_ms());
        let answer = match self.options.token_form {
            TokenForm::Object => json!({ "resultCode": "0", "token": token }),
            TokenForm::Quoted => json!({ "token": format!("\"{token}\"") }),
            TokenForm::Text => json!(token),
        };
        words::ok(answer.to_string())
    }

    /// Checks both tokens of a request, the application's first.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Box<Reply>> {
        self.check_access(headers)?;
        let refused =
            || Box::new(words::chat(401, "unauthorized: ccmessaging-token is missing or expired"));
        let token = text(headers, SESSION_HEADER).ok_or_else(refused)?;
        let (holder, renewed) = self.tokens().session(token, self.now_ms()).ok_or_else(refused)?;
        Ok(Caller { holder, renewed })
    }

    fn check_access(&self, headers: &HeaderMap) -> Result<(), Box<Reply>> {
        let (Some(app_key), Some(authorization)) =
            (text(headers, "x-app-key"), text(headers, "authorization"))
        else {
            return Err(Box::new(words::gateway(401, "auth fail! a header is missing")));
        };
        // exactly one space
        let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
        let is_known = self.tokens().has_access(token, self.now_ms());
        if !is_known || app_key != self.options.app_key {
            let info = "auth fail! illegal or expired token info. Please check it";
            return Err(Box::new(words::gateway(403, info)));
        }
        Ok(())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
}
