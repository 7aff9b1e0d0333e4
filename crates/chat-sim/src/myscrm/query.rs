//! A query as it came, read as strictly as protobuf's decoders in Go do it.

use axum::{extract::Query as UriQuery, http::Uri};

/// An error in the vendor's envelope. The vendor documents no codes; these are invented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) code: i64,
    pub(super) message: String,
}

impl ApiError {
    /// Nobody may ask like this.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self { code: 40_001, message: message.into() }
    }

    /// A parameter is missing or no value of its type.
    pub(super) fn parameter(name: &str, reason: &str) -> Self {
        Self { code: 40_002, message: format!("invalid parameter {name}: {reason}") }
    }

    /// The cursor was not issued to this request, or not lately.
    pub(super) fn cursor(reason: &str) -> Self {
        Self { code: 40_003, message: format!("invalid cursor: {reason}") }
    }

    /// The window is too long.
    pub(super) fn window(message: impl Into<String>) -> Self {
        Self { code: 40_004, message: message.into() }
    }

    /// There is no such thing.
    pub(super) fn missing(name: &str) -> Self {
        Self { code: 40_005, message: format!("{name} not found") }
    }
}

/// The query as it came.
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(super) fn new(uri: &Uri) -> Self {
        Self(UriQuery::try_from_uri(uri).map(|UriQuery(pairs)| pairs).unwrap_or_default())
    }

    /// A text; an absent one is empty.
    pub(super) fn text(&self, name: &str) -> Result<&str, ApiError> {
        Ok(self.find(name)?.unwrap_or_default())
    }

    /// A text that must not be empty.
    pub(super) fn required(&self, name: &str) -> Result<&str, ApiError> {
        Some(self.text(name)?)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| ApiError::parameter(name, "is required"))
    }

    /// An unsigned integer: digits and nothing else.
    pub(super) fn uint(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.find(name)?.map(|text| digits(name, text)).transpose()
    }

    /// Unix milliseconds.
    pub(super) fn time(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let time = self.uint(name)?;
        time.map(|ms| i64::try_from(ms).map_err(|_| ApiError::parameter(name, "is no time")))
            .transpose()
    }

    /// Unix milliseconds in a parameter that is a text: an empty one is none.
    pub(super) fn time_text(&self, name: &str) -> Result<Option<i64>, ApiError> {
        if self.text(name)?.is_empty() { Ok(None) } else { self.time(name) }
    }

    /// `true` or `false`; absent is false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.find(name)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::parameter(name, "must be true or false")),
        }
    }

    /// What the log shows, without judging it.
    pub(super) fn shown(&self, name: &str) -> Option<String> {
        let text = self.find(name).ok().flatten()?;
        Some(text).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn find(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values =
            self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(ApiError::parameter(name, "is there twice")),
            (value, None) => Ok(value),
        }
    }
}

fn digits(name: &str, text: &str) -> Result<u64, ApiError> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_plain { text.parse().ok() } else { None };
    number.ok_or_else(|| ApiError::parameter(name, "is no unsigned integer"))
}
