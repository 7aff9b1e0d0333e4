//! Common headers, the clock and the signature, in the vendor's order.

use chat_sim::nxlink::NxlinkOptions;
use serde_json::Value;

use crate::support::{Fixture, PATH, small, start};

/// The inputs of the published vectors.
async fn vector_fixture() -> Fixture {
    let options = NxlinkOptions::default()
        .with_records(10)
        .with_access_key("fme2na3kdi3ki")
        .with_access_secret("abciiiko2k3");
    let fixture = start(options).await;
    fixture.sim.clock().freeze_at(1_655_710_885_431);
    fixture
}

async fn code_with(fixture: &Fixture, headers: &[(&str, &str)]) -> i64 {
    let mut request = fixture
        .client
        .get(format!("{}{PATH}", fixture.nxlink().base_url()))
        .query(&fixture.query(&[]));
    let mut all = fixture.headers();
    all.retain(|(name, _)| !headers.iter().any(|(changed, _)| changed == name));
    for (name, value) in
        all.iter().map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied())
    {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let json: Value = answer.json().await.unwrap();
    json["code"].as_i64().unwrap()
}

#[tokio::test]
async fn accepts_the_vector_of_this_endpoint() {
    let fixture = vector_fixture().await;
    let md5 = "948ab46c078bff467f1b17c24a0ecc37";
    let sha256 = "49f4b5a4b191465271ab63ae83bce7773847a3b0cc54b632dc5049b81d457f4a";
    let ts = ("ts", "1655710885431");
    assert_eq!(code_with(&fixture, &[ts, ("sign", md5)]).await, 0);
    assert_eq!(code_with(&fixture, &[ts, ("sign", &md5.to_uppercase())]).await, 0);
    assert_eq!(code_with(&fixture, &[ts, ("sign", md5), ("algorithm", "MD5")]).await, 0);
    assert_eq!(code_with(&fixture, &[ts, ("sign", sha256), ("algorithm", "SHA256")]).await, 0);
    assert_eq!(code_with(&fixture, &[ts, ("sign", sha256)]).await, 1003);
    assert_eq!(code_with(&fixture, &[ts, ("sign", md5), ("algorithm", "sha256")]).await, 1003);
    assert_eq!(code_with(&fixture, &[ts, ("sign", md5), ("algorithm", "sha1")]).await, 1003);
}

#[tokio::test]
async fn refuses_signatures_of_common_mistakes() {
    let fixture = vector_fixture().await;
    for wrong in [
        "eec135bf75c21863883d9b98ba2fed58", // body {} signed
        "382f0202c7470aa5f8ebe6cca5b55f05", // body null signed
        "777f824cf11694692dc74b3b2ae43b27", // the query signed as a body
        "6e9506557d1f289501d333ee2c365826", // the illustration in parameter tables
        "87c3560d3331ae23f1021e2025722354", // another business type and action
    ] {
        assert_eq!(code_with(&fixture, &[("sign", wrong)]).await, 1003, "{wrong}");
    }
}

#[tokio::test]
async fn a_sent_body_is_part_of_the_signed_text() {
    let fixture = vector_fixture().await;
    let sent = |sign: &'static str, body: &'static str| {
        let request = fixture.request(&[]).body(body);
        let (client, mut request) = (fixture.client.clone(), request.build().unwrap());
        request.headers_mut().insert("sign", sign.parse().unwrap());
        async move {
            client.execute(request).await.unwrap().json::<Value>().await.unwrap()["code"].clone()
        }
    };
    assert_eq!(sent("eec135bf75c21863883d9b98ba2fed58", "{}").await, 0);
    assert_eq!(sent("948ab46c078bff467f1b17c24a0ecc37", "{}").await, 1003);
    // vector E: the pretty bytes as they are, not as they could be written
    assert_eq!(
        sent("94bbd66002121eda542baf65350a3a02", "{\"name\":\"牛小信\",\"id\":10001}").await,
        0
    );
}

#[tokio::test]
async fn checks_come_in_order() {
    let fixture = start(small()).await;
    for header in ["accessKey", "ts", "bizType", "action", "sign"] {
        assert_eq!(code_with(&fixture, &[(header, "")]).await, 1001, "{header}");
    }
    let now_ms = fixture.sim.clock().now_ms();
    let late = (now_ms - 60_001).to_string();
    let wrong = [
        ("accessKey", "nobody"),
        ("bizType", "1"),
        ("ts", "soon"),
        ("sign", "0"),
        ("Content-Type", "text/plain"),
    ];
    // each entry repairs what the one before was refused for
    assert_eq!(code_with(&fixture, &wrong).await, 1002);
    assert_eq!(code_with(&fixture, &[("action", "send")]).await, 1002);
    assert_eq!(code_with(&fixture, &[wrong[0], wrong[2], wrong[3], wrong[4]]).await, 1005);
    assert_eq!(code_with(&fixture, &[wrong[2], wrong[3], wrong[4]]).await, 1004);
    assert_eq!(code_with(&fixture, &[("ts", &late), wrong[3]]).await, 1004);
    assert_eq!(code_with(&fixture, &[wrong[3], wrong[4]]).await, 1003);
    assert_eq!(code_with(&fixture, &[wrong[4]]).await, 1003);
    assert_eq!(code_with(&fixture, &[("Content-Type", "")]).await, 1003);
    assert_eq!(
        code_with(&fixture, &[("Content-Type", "application/json; charset=utf-8")]).await,
        0
    );
}

#[tokio::test]
async fn tolerates_a_minute_either_way_by_the_virtual_clock() {
    let fixture = start(small()).await;
    let clock = fixture.sim.clock();
    let request_at = |ms: i64| {
        clock.freeze_at(ms);
        fixture.request(&[])
    };
    let (now_ms, minute_ms) = (clock.now_ms(), 60_000);
    for (signed_at, server_at, code) in [
        (now_ms, now_ms + minute_ms, 0),
        (now_ms, now_ms - minute_ms, 0),
        (now_ms, now_ms + minute_ms + 1, 1004),
        (now_ms, now_ms - minute_ms - 1, 1004),
    ] {
        let request = request_at(signed_at);
        clock.freeze_at(server_at);
        let answer = request.send().await.unwrap();
        // by the date header a client can find out how far off its clock is
        let date = answer.headers()["date"].to_str().unwrap().to_owned();
        assert_eq!(date.len(), "Thu, 16 Oct 2025 06:00:00 GMT".len());
        assert!(date.starts_with("Thu, 16 Oct 2025 0"), "{date}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code);
    }
}
