//! `GET /v1/openapi/check`, after the vendor's page "验证apiKey" (check of the key).

use chat_core::{DecodeError, Endpoint, Loose, Url, http, read_object};
use serde::Deserialize;

use super::envelope::{Opened, read_answer};
use super::wire;
use crate::error::{Error, Failure};

/// Asks whether the key is valid. The answer has no envelope: `{"success": true}`, or HTTP status
/// 401. A success that does not say `true` counts as no.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckRequest;

impl CheckRequest {
    /// The call has no parameters.
    pub const fn new() -> Self {
        Self
    }
}

impl Endpoint for CheckRequest {
    type Output = bool;
    type Error = Error;
    const NAME: &'static str = "check";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        wire::get(base, &["v1", "openapi", "check"], &[])
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<bool, Error> {
        // under a bad status there is either the usual envelope or nothing to believe
        let is_success = answer.status().is_success();
        let read = |body: &str| if is_success { success(body) } else { refusal(body) };
        read_answer(Self::NAME, answer, read).map(|(is_valid, _)| is_valid)
    }
}

fn success(body: &str) -> Result<bool, Failure> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(default, borrow)]
        success: Loose<'a>,
        #[serde(default, borrow, rename = "Code")]
        code: Loose<'a>,
    }
    let answer: Answer<'_> = read_object(body)?;
    if answer.code.json().is_some() {
        // not expected here, but the vendor's reason is worth more than a bare no
        Opened::read(body)?;
    }
    Ok(answer.success.text().is_some_and(|success| success == "true"))
}

fn refusal(body: &str) -> Result<bool, Failure> {
    Opened::read(body)?;
    Err(DecodeError::new("it claims success").into())
}
