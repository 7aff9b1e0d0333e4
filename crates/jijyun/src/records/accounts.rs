//! `GET /v1/api/ai/marketing/bot/list`, after the vendor's page "获取当前企业托管账号列表" (hosted
//! accounts). What the answer holds could not be read there.

use std::fmt;

use chat_core::{Endpoint, Page, Url, http};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::envelope::{Rows, read_answer};
use super::fields::first_text;
use super::wire;
use crate::error::Error;

/// The names that the vendor's other pages give to the id of a hosted account, surest first.
const ID_KEYS: [&str; 5] = ["imBotId", "im_bot_id", "botWxid", "bot_wxid", "wxid"];

/// Lists the WeCom accounts that the vendor hosts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostedAccountsRequest;

impl HostedAccountsRequest {
    /// The call has no parameters but the key.
    pub const fn new() -> Self {
        Self
    }
}

impl Endpoint for HostedAccountsRequest {
    type Output = Page<HostedAccount>;
    type Error = Error;
    const NAME: &'static str = "bot/list";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        wire::get(base, &["v1", "api", "ai", "marketing", "bot", "list"], &[])
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<HostedAccount>, Error> {
        let (rows, body) = read_answer(Self::NAME, answer, Rows::read)?;
        Ok(rows.into_page(body))
    }
}

/// A hosted account. Its keys are not documented: [`field`](Self::field) looks one up, and
/// [`Page::raw_record`] has the bytes. `Debug` shows the id.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostedAccount(Value);

impl HostedAccount {
    /// The id that histories are asked by (`imBotId`), under any name that other pages of the
    /// vendor give to it.
    pub fn im_bot_id(&self) -> Option<String> {
        first_text(&self.0, &ID_KEYS)
    }

    /// The value of a key, if it is a text or a number.
    pub fn field(&self, key: &str) -> Option<String> {
        first_text(&self.0, &[key])
    }
}

impl fmt::Debug for HostedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedAccount").field("id", &self.im_bot_id()).finish_non_exhaustive()
    }
}
