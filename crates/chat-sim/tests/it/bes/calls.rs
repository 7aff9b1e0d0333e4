//! Calls: the signature, the range, the pages.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::Response;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{CALLS, DAY_MS, Fixture, small, start};
use crate::support::NOW_MS;
use chat_sim::SimVendor;

fn mac(key: &str, text: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    hex::encode(mac.chain_update(text).finalize().into_bytes())
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => write!(out, "%{byte:02X}").unwrap(),
        }
    }
    out
}

impl Fixture {
    /// Signs host and type as the documents say.
    async fn calls_with(&self, body: &Value, secret_key: &str, at: &str) -> Response {
        let bes = self.bes();
        let host = bes.base_url().trim_start_matches("http://");
        let body = body.to_string();
        let prefix = format!("auth-v2/{}/{at}/content-type;host", bes.access_key());
        let canonical = format!(
            "POST\n{CALLS}\ncontent-type;host\ncontent-type:application%2Fjson\nhost:{}\n{}",
            encoded(host),
            encoded(&body)
        );
        let signature = mac(&mac(secret_key, &prefix), &canonical);
        self.client
            .post(format!("{}{CALLS}", bes.base_url()))
            .header("Content-Type", "application/json")
            .header("Authorization", format!("{prefix}/{signature}"))
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn calls(&self, body: &Value) -> Value {
        let at = Timestamp::from_millisecond(NOW_MS).unwrap().to_string();
        let answer = self.calls_with(body, self.bes().secret_key(), &at).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }
}

fn asked() -> Value {
    let yesterday = NOW_MS - NOW_MS % DAY_MS - DAY_MS;
    json!({
        "ccId": 1, "vdn": 1, "beginDate": yesterday, "endDate": yesterday + 2 * DAY_MS - 1,
        "isCallIn": "true", "limit": 100, "offset": 0
    })
}

#[tokio::test]
async fn calls_of_two_days_name_users() {
    let fixture = start(small().with_records(2_000).with_span_days(10)).await;
    let answer = fixture.calls(&asked()).await;
    assert_eq!(answer["resultCode"], "0100000");
    let rows = answer["resultDesc"]["data"].as_array().unwrap();
    assert_eq!(answer["resultDesc"]["count"], rows.len().to_string());
    assert!(rows.len() > 5, "{answer}");
    let (users, records) = (fixture.bes().partitions(), fixture.bes().records());
    for row in rows {
        assert_eq!((&row["mediaType"], &row["subMediaType"]), (&json!("53"), &json!("1")));
        let caller = row["callerNo"].as_str().unwrap();
        assert!(users.iter().any(|user| user == caller));
        let call = row["callId"].as_str().unwrap();
        let is_known = records.iter().any(|record| {
            record.partition == caller && String::from_utf8_lossy(&record.raw).contains(call)
        });
        assert!(is_known, "{row}");
        let ms = |key: &str| row[key].as_str().unwrap().parse::<i64>().unwrap();
        assert!(ms("callBegin") <= ms("callEnd"));
    }

    let mut pages = Vec::new();
    for offset in (0..rows.len()).step_by(3) {
        let mut body = asked();
        body["limit"] = 3.into();
        body["offset"] = offset.into();
        let page = fixture.calls(&body).await;
        pages.extend(page["resultDesc"]["data"].as_array().unwrap().clone());
    }
    assert_eq!(pages, *rows);

    let mut body = asked();
    body["callerNo"] = rows[0]["callerNo"].clone();
    let of_one = fixture.calls(&body).await;
    let of_one = of_one["resultDesc"]["data"].as_array().unwrap().clone();
    assert!(of_one.iter().all(|row| row["callerNo"] == rows[0]["callerNo"]));
}

#[tokio::test]
async fn parameters_are_checked() {
    let fixture = start(small()).await;
    for (key, value) in [
        ("ccId", json!(0)),
        ("vdn", json!(5_001)),
        ("isCallIn", json!(true)),
        ("limit", json!(101)),
        ("offset", json!(-1)),
        ("beginDate", json!(NOW_MS - 3 * DAY_MS)),
        ("endDate", json!(NOW_MS + 2 * DAY_MS)),
    ] {
        let mut body = asked();
        body[key] = value;
        let answer = fixture.calls(&body).await;
        assert_eq!(answer["resultCode"], "0100002", "{key}");
        assert!(answer["resultDesc"].is_string(), "{key}");
    }
}

#[tokio::test]
async fn wrong_signatures_lead_to_a_lock() {
    let fixture = start(small()).await;
    let secret = fixture.bes().secret_key().to_owned();
    let now = Timestamp::from_millisecond(NOW_MS).unwrap().to_string();
    let with_ms = now.replace('Z', ".123Z");
    assert_eq!(fixture.calls_with(&asked(), &secret, &with_ms).await.status(), 200);
    let early = Timestamp::from_millisecond(NOW_MS - 3_600_000).unwrap().to_string();
    let answer = fixture.calls_with(&asked(), &secret, &early).await;
    assert_eq!(answer.status(), 401);
    let body: Value = answer.json().await.unwrap();
    assert_eq!((&body["status"], &body["path"]), (&json!(401), &json!(CALLS)));
    for _ in 0..4 {
        assert_eq!(fixture.calls_with(&asked(), "x", &now).await.status(), 401);
    }
    assert_eq!(fixture.calls_with(&asked(), &secret, &now).await.status(), 403);
    fixture.sim.clock().advance(std::time::Duration::from_secs(600));
    assert_eq!(fixture.calls_with(&asked(), &secret, &now).await.status(), 200);
}
