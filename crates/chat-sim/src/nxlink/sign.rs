//! Who may ask: the common headers, the clock and the signature.

use axum::http::{HeaderMap, header};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::query::ApiError;

/// The headers that carry credentials; a media host must never see them.
pub(super) const VENDOR_HEADERS: [&str; 6] =
    ["accessKey", "ts", "bizType", "action", "sign", "algorithm"];

/// How far a request's `ts` may be from the server's clock, in milliseconds.
const TOLERANCE_MS: u64 = 60_000;

/// Checks in the vendor's order: what is missing, what kind of call, who, when, and only then the signature.
pub(super) fn check(
    headers: &HeaderMap,
    body: &[u8],
    access_key: &str,
    access_secret: &str,
    now_ms: i64,
) -> Result<(), ApiError> {
    let text = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty())
    };
    let (Some(key), Some(ts), Some(biz_type), Some(action), Some(sign)) =
        (text("accessKey"), text("ts"), text("bizType"), text("action"), text("sign"))
    else {
        return Err(ApiError::new(1001, "Missing common header"));
    };
    if (biz_type, action) != ("2", "mt") {
        return Err(ApiError::new(1002, "Parameter error: check bizType and action"));
    }
    if key != access_key {
        return Err(ApiError::new(1005, "The access key does not exist"));
    }
    let in_time = ts.parse().is_ok_and(|ts: i64| ts.abs_diff(now_ms) <= TOLERANCE_MS);
    if !in_time {
        return Err(ApiError::new(1004, "Timestamp has expired"));
    }
    let wrong = || ApiError::new(1003, "Signature verification failed");
    let is_json = |kind: &str| {
        kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
    };
    if !headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_json)
    {
        return Err(wrong());
    }
    let mut signed =
        format!("accessKey={key}&action={action}&bizType={biz_type}&ts={ts}").into_bytes();
    if !body.is_empty() {
        signed.extend_from_slice(b"&body=");
        signed.extend_from_slice(body);
    }
    signed.extend_from_slice(b"&accessSecret=");
    signed.extend_from_slice(access_secret.as_bytes());
    let digest = match text("algorithm").unwrap_or("md5").to_ascii_lowercase().as_str() {
        "md5" => hex::encode(Md5::digest(&signed)),
        "sha256" => hex::encode(Sha256::digest(&signed)),
        _ => return Err(wrong()),
    };
    if sign.eq_ignore_ascii_case(&digest) { Ok(()) } else { Err(wrong()) }
}
