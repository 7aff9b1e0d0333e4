//! Known signatures of `auth-v2`. The keys and hosts are made up; the digests were computed with
//! Python's hmac and with OpenSSL, and all but D with the vendor's own demonstration code.

use bes_ccmessaging::chat_core::http::Request;
use bes_ccmessaging::chat_core::{Authorize, UnixMillis};
use bes_ccmessaging::{AccessKey, CallsSigner, SignedRequest, TimestampForm};

const AK: &str = "TESTAK";
const SK: &str = "TESTSK";
const SECONDS: &str = "2024-10-31T14:06:52Z";
/// The same in milliseconds since 1970, and 123 more.
const INSTANT: UnixMillis = UnixMillis::new(1_730_383_612_123);

const BODY_A: &str = r#"{"request":{"version":"2.0"},"msgBody":{"dataType":"call"}}"#;

fn vector_a() -> SignedRequest<'static> {
    SignedRequest::new("POST", "/CCFS/resource/ccfs/queryBillData")
        .with_header("Host", "cc.example.test:28443")
        .with_body(BODY_A.as_bytes())
}

fn vector_b() -> SignedRequest<'static> {
    SignedRequest::new("POST", "/rest/cmsapp/v1/ping")
        .with_header("Host", "10.22.26.181:28080")
        .with_header("Content-Type", "application/json;charset=UTF-8")
        .with_header("Content-Length", "22")
        .with_body(br#"{"say":"Hello world!"}"#)
}

#[test]
fn a_post_with_one_signed_header() {
    assert_eq!(BODY_A.len(), 59);
    assert_eq!(
        vector_a().authorization(AK, SK, SECONDS),
        "auth-v2/TESTAK/2024-10-31T14:06:52Z/host/\
         f5f4fe6e86c26be38e548553fc3781bbf3e202bd49d569508cdee046e91f96b3"
    );
}

#[test]
fn b_post_with_three_signed_headers_in_any_order_and_case() {
    assert_eq!(
        vector_b().authorization(AK, SK, SECONDS),
        "auth-v2/TESTAK/2024-10-31T14:06:52Z/content-length;content-type;host/\
         9ac3c4b98175038f4e3958dd63f25bb505117d5a1209c93516b4fda879425964"
    );
    let turned = SignedRequest::new("POST", "/rest/cmsapp/v1/ping")
        .with_header("content-type", " application/json;charset=UTF-8 ")
        .with_header("Content-Length", "22")
        .with_header("HOST", "10.22.26.181:28080")
        .with_body(br#"{"say":"Hello world!"}"#);
    assert_eq!(turned.sign(AK, SK, SECONDS), vector_b().sign(AK, SK, SECONDS));
}

#[test]
fn c_get_with_a_query_and_no_body() {
    let request = SignedRequest::new("GET", "/rest/cmsapp/v1/x")
        .with_header("host", "h.example.test")
        .with_parameter("b", "中 文")
        .with_parameter("a", "")
        .with_parameter("c", "1+1/2");
    assert_eq!(
        request.sign(AK, SK, SECONDS),
        "dd536776467138c3da01346d7aaa6ab14e0195875b11d155a1a2054813bb825b"
    );
}

#[test]
fn d_with_milliseconds() {
    let timestamp = TimestampForm::Milliseconds.write(INSTANT);
    assert_eq!(timestamp, "2024-10-31T14:06:52.123Z");
    assert_eq!(
        vector_b().sign(AK, SK, &timestamp),
        "cc2b4a75c2579a5e9c1636a807d374b59cfc39bfe01a2a1fbe09b4828508e868"
    );
}

#[test]
fn e_with_chinese_in_the_body() {
    let body = r#"{"q":"查询 a/b"}"#;
    assert_eq!(body.len(), 18);
    let request = SignedRequest::new("POST", "/rest/cmsapp/v2/openapi/vdn/querycalls")
        .with_header("content-length", "18")
        .with_header("content-type", "application/json;charset=UTF-8")
        .with_header("host", "cc.example.test:28443")
        .with_body(body.as_bytes());
    assert_eq!(
        request.sign(AK, SK, SECONDS),
        "b927d4f390cd901be620274dc8621816b90ae1a0a360cb824125cb8ca4ed418a"
    );
}

#[test]
fn the_two_known_mistakes_are_not_made() {
    let signature = vector_a().sign(AK, SK, SECONDS);
    for (mistake, digest) in [
        (
            "an empty line for a query that is not there",
            "3dd669b0ace47c24f886619d3b7923f95d87be15de360ac6a0701456ddfdf60d",
        ),
        (
            "a body that is not encoded",
            "1083fe0cc2cc90ac10df26f0502bd739953844dba260ef2d84a8a9aa686fe898",
        ),
    ] {
        assert_ne!(signature, digest, "{mistake}");
    }
}

#[test]
fn times_are_written_in_both_forms() {
    assert_eq!(TimestampForm::default(), TimestampForm::Seconds);
    assert_eq!(TimestampForm::Seconds.write(INSTANT), SECONDS);
    let whole = UnixMillis::new(1_730_383_612_000);
    assert_eq!(TimestampForm::Milliseconds.write(whole), "2024-10-31T14:06:52.000Z");
}

#[tokio::test]
async fn a_request_is_signed_as_it_stands() {
    let signer = CallsSigner::new(AccessKey::new(AK, SK), TimestampForm::Seconds);
    let mut request =
        Request::post("https://cc.example.test:28443/CCFS/resource/ccfs/queryBillData")
            .body(BODY_A.as_bytes().to_vec())
            .unwrap();
    signer.authorize(&mut request, INSTANT).await.unwrap();
    let value = &request.headers()["authorization"];
    assert!(value.is_sensitive());
    assert_eq!(value.to_str().unwrap(), vector_a().authorization(AK, SK, SECONDS));
    assert_eq!(request.body(), BODY_A.as_bytes());
}
