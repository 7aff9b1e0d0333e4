//! The signature of requests to the management interface: `auth-v2`, HMAC-SHA256 in two steps.

use axum::{
    extract::Query as UriQuery,
    http::{HeaderMap, Uri},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::server::Heard;

/// How far a request's time may be from the server's clock. No page says it.
const TOLERANCE_MS: u64 = 15 * 60 * 1000;

/// After how many wrong signatures in a row a caller is locked out, and for how long.
const MOST_WRONG: u32 = 5;
const LOCKED_MS: i64 = 10 * 60 * 1000;

/// Counts wrong signatures.
#[derive(Debug, Default)]
pub(super) struct Lock {
    wrong: u32,
    last_wrong_ms: i64,
}

impl Lock {
    pub(super) fn is_shut(&mut self, now_ms: i64) -> bool {
        if now_ms - self.last_wrong_ms >= LOCKED_MS {
            self.wrong = 0;
        }
        self.wrong >= MOST_WRONG
    }

    pub(super) fn count(&mut self, is_right: bool, now_ms: i64) {
        if is_right {
            self.wrong = 0;
        } else {
            self.wrong += 1;
            self.last_wrong_ms = now_ms;
        }
    }
}

/// Is the request signed with these keys, and at about this time?
pub(super) fn is_right(heard: &Heard, access_key: &str, secret_key: &str, now_ms: i64) -> bool {
    let authorization = heard
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let Some((prefix, signature)) = authorization.rsplit_once('/') else { return false };
    let parts: Vec<&str> = prefix.split('/').collect();
    let ["auth-v2", key, at, signed_headers] = parts.as_slice() else { return false };
    let in_time = at
        .parse::<Timestamp>()
        .is_ok_and(|at| at.as_millisecond().abs_diff(now_ms) <= TOLERANCE_MS);
    let signs_host = signed_headers.split(';').any(|name| name == "host");
    let canonical =
        canonical(heard.method.as_str(), &heard.uri, signed_headers, &heard.headers, &heard.body);
    *key == access_key
        && in_time
        && signs_host
        && canonical
            .is_some_and(|canonical| signature == self::signature(secret_key, prefix, &canonical))
}

/// The signature itself. The key of the second step is the text of the first one's result.
fn signature(secret_key: &str, prefix: &str, canonical: &str) -> String {
    let signing_key = hex::encode(mac(secret_key.as_bytes(), prefix.as_bytes()));
    hex::encode(mac(signing_key.as_bytes(), canonical.as_bytes()))
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// What is signed; `None` if a signed header is missing.
fn canonical(
    method: &str,
    uri: &Uri,
    signed_headers: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    let mut lines = vec![method.to_owned(), uri.path().to_owned()];
    let query = UriQuery::<Vec<(String, String)>>::try_from_uri(uri).map(|UriQuery(pairs)| pairs);
    let query = query.unwrap_or_default();
    if !query.is_empty() {
        let encode = |(key, value): (String, String)| {
            format!("{}={}", encoded(key.as_bytes()), encoded(value.as_bytes()))
        };
        let mut pairs: Vec<String> = query.into_iter().map(encode).collect();
        pairs.sort();
        lines.push(pairs.join("&"));
    }
    lines.push(signed_headers.to_owned());
    let mut signed = Vec::new();
    for name in signed_headers.split(';') {
        let value = headers.get(name)?.to_str().ok()?.trim();
        signed.push(format!("{}:{}", encoded(name.as_bytes()), encoded(value.as_bytes())));
    }
    signed.sort();
    lines.append(&mut signed);
    lines.push(encoded(body));
    Some(lines.join("\n"))
}

/// Everything but letters, digits and `-._~` as `%XX`.
fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([*byte]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(
        method: &str,
        uri: &str,
        at: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> (String, String) {
        let map: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let mut names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let names = names.join(";");
        let canonical =
            canonical(method, &uri.parse().unwrap(), &names, &map, body.as_bytes()).unwrap();
        let prefix = format!("auth-v2/TESTAK/{at}/{names}");
        let signature = signature("TESTSK", &prefix, &canonical);
        (canonical, signature)
    }

    // the vectors were computed with three other implementations, one of them the vendor's own demonstration
    #[test]
    fn vectors_come_out() {
        let (canonical, signature) = signed(
            "POST",
            "/CCFS/resource/ccfs/queryBillData",
            "2024-10-31T14:06:52Z",
            &[("host", "cc.example.test:28443")],
            r#"{"request":{"version":"2.0"},"msgBody":{"dataType":"call"}}"#,
        );
        assert_eq!(
            canonical,
            "POST\n/CCFS/resource/ccfs/queryBillData\nhost\nhost:cc.example.test%3A28443\n\
             %7B%22request%22%3A%7B%22version%22%3A%222.0%22%7D%2C%22msgBody%22%3A%7B%22dataType%22%3A%22call%22%7D%7D"
        );
        assert_eq!(signature, "f5f4fe6e86c26be38e548553fc3781bbf3e202bd49d569508cdee046e91f96b3");

        let headers = [
            ("host", "10.22.26.181:28080"),
            ("content-type", "application/json;charset=UTF-8"),
            ("content-length", "22"),
        ];
        let body = r#"{"say":"Hello world!"}"#;
        for (at, expected) in [
            (
                "2024-10-31T14:06:52Z",
                "9ac3c4b98175038f4e3958dd63f25bb505117d5a1209c93516b4fda879425964",
            ),
            (
                "2024-10-31T14:06:52.123Z",
                "cc2b4a75c2579a5e9c1636a807d374b59cfc39bfe01a2a1fbe09b4828508e868",
            ),
        ] {
            let (_, signature) = signed("POST", "/rest/cmsapp/v1/ping", at, &headers, body);
            assert_eq!(signature, expected, "{at}");
        }

        let (canonical, signature) = signed(
            "GET",
            "/rest/cmsapp/v1/x?b=%E4%B8%AD%20%E6%96%87&a=&c=1%2B1%2F2",
            "2024-10-31T14:06:52Z",
            &[("host", "h.example.test")],
            "",
        );
        assert_eq!(
            canonical,
            "GET\n/rest/cmsapp/v1/x\na=&b=%E4%B8%AD%20%E6%96%87&c=1%2B1%2F2\nhost\nhost:h.example.test\n"
        );
        assert_eq!(signature, "dd536776467138c3da01346d7aaa6ab14e0195875b11d155a1a2054813bb825b");

        let (_, signature) = signed(
            "POST",
            "/rest/cmsapp/v2/openapi/vdn/querycalls",
            "2024-10-31T14:06:52Z",
            &[
                ("content-length", "18"),
                ("content-type", "application/json;charset=UTF-8"),
                ("host", "cc.example.test:28443"),
            ],
            r#"{"q":"查询 a/b"}"#,
        );
        assert_eq!(signature, "b927d4f390cd901be620274dc8621816b90ae1a0a360cb824125cb8ca4ed418a");
    }
}
