//! Known signatures, headers, the clock, and signing anew in each attempt.

use nxlink::chat_core::{Authorize, Endpoint, UnixMillis, Url};
use nxlink::{Credentials, Error, RecordsRequest, SignatureAlgorithm, SignedParts, Signer};

use crate::{ACCESS_KEY, ACCESS_SECRET, NOW_MS, credentials};

/// Name, `bizType`, `action`, body, MD5, SHA-256. The MD5 of A, B and C is published in the
/// vendor's calling convention; the others were computed with Python's hashlib.
const VECTORS: [(&str, &str, &str, &str, &str, &str); 7] = [
    (
        "A",
        "1",
        "send",
        r#"{"name":"牛小信","id":10001}"#,
        "87c3560d3331ae23f1021e2025722354",
        "e0eec2c99ef80f269a82795e2223f618ebfc0616c8b6c8c7d438021ec38ad0eb",
    ),
    (
        "B",
        "1",
        "send",
        r#"{"id":10001,"name":"牛小信"}"#,
        "7750759da06333f20d0640be09355e34",
        "d04863619d46121592cdb312ec0a91c148a1f5daea64930ad0e1fb31a04dc808",
    ),
    (
        "C",
        "1",
        "send",
        r#"{"id": 10001, "name": "牛小信"}"#,
        "d0c24a9886c629330d7f3f2056c65bc2",
        "feaa901c8a317a0f5e488dd7d9ae046742afa0d0a70f415817c835873efa4cb7",
    ),
    (
        "D",
        "2",
        "mt",
        "",
        "948ab46c078bff467f1b17c24a0ecc37",
        "49f4b5a4b191465271ab63ae83bce7773847a3b0cc54b632dc5049b81d457f4a",
    ),
    (
        "E",
        "2",
        "mt",
        r#"{"name":"牛小信","id":10001}"#,
        "94bbd66002121eda542baf65350a3a02",
        "6dd790535e756d96373cc79d5b0f4da04541394bfff05078c8e996d2d843d24a",
    ),
    (
        "F",
        "8",
        "cc",
        r#"{"tenantId":144,"size":100,"page":1}"#,
        "a441527e9f8518ad4e8d2c61887747ba",
        "b2d7185cd1e00e5ca7d30a34593ecc7e1fdbea5fbb8451e950f95b35a7de2dd3",
    ),
    (
        "G",
        "2",
        "mt",
        r#"{"statuses":[{"id":"wamid.TEST","status":"read"}]}"#,
        "a96488d86c73753a41f1dea2d7aad044",
        "732313a0d4e9d48d7966486c5ac13b08d6ac55ab27efe5fb9599e76769c8184f",
    ),
];

#[test]
fn all_known_signatures_are_met() {
    let ts = NOW_MS.to_string();
    for (name, biz_type, action, body, md5, sha256) in VECTORS {
        let parts = SignedParts::new(ACCESS_KEY, &ts, biz_type, action, body.as_bytes());
        assert_eq!(parts.sign(SignatureAlgorithm::Md5, ACCESS_SECRET), md5, "{name}");
        assert_eq!(parts.sign(SignatureAlgorithm::Sha256, ACCESS_SECRET), sha256, "{name}");
    }
}

#[tokio::test]
async fn a_listing_is_signed_without_body_and_query() {
    let request = signed(SignatureAlgorithm::Md5).await;
    let sign = request.headers()["sign"].to_str().unwrap();
    assert_eq!(sign, "948ab46c078bff467f1b17c24a0ecc37");
    for (mistake, digest) in [
        ("an empty object as body", "eec135bf75c21863883d9b98ba2fed58"),
        ("null as body", "382f0202c7470aa5f8ebe6cca5b55f05"),
        ("the query as body", "777f824cf11694692dc74b3b2ae43b27"),
    ] {
        assert_ne!(sign, digest, "{mistake}");
    }
    assert!(request.body().is_empty());
}

#[test]
fn the_mistakes_have_the_signatures_that_they_are_known_by() {
    let ts = NOW_MS.to_string();
    let query = "page_number=1&page_size=10&tenant_id=1&appkey=pem2kje&channel=2";
    for (body, digest) in [
        ("{}", "eec135bf75c21863883d9b98ba2fed58"),
        ("null", "382f0202c7470aa5f8ebe6cca5b55f05"),
        (query, "777f824cf11694692dc74b3b2ae43b27"),
    ] {
        let parts = SignedParts::new(ACCESS_KEY, &ts, "2", "mt", body.as_bytes());
        assert_eq!(parts.sign(SignatureAlgorithm::Md5, ACCESS_SECRET), digest, "{body}");
    }
}

async fn signed(algorithm: SignatureAlgorithm) -> nxlink::chat_core::http::Request<Vec<u8>> {
    let base = Url::parse("https://api-hk.nxlink.ai").unwrap();
    let mut request = RecordsRequest::new().build_request(&base).unwrap();
    let signer = Signer::new(credentials(), algorithm);
    signer.authorize(&mut request, UnixMillis::new(NOW_MS)).await.unwrap();
    request
}

#[tokio::test]
async fn the_headers_are_those_of_the_vendor_s_table() {
    let request = signed(SignatureAlgorithm::Md5).await;
    let mut names: Vec<&str> =
        request.headers().keys().map(nxlink::chat_core::http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accesskey", "action", "biztype", "content-type", "sign", "ts"]);
    for (name, value) in [
        ("accessKey", ACCESS_KEY),
        ("ts", "1655710885431"),
        ("bizType", "2"),
        ("action", "mt"),
        ("Content-Type", "application/json"),
    ] {
        assert_eq!(request.headers()[name], value);
    }
    assert!(request.headers()["accesskey"].is_sensitive());
    assert!(request.headers()["sign"].is_sensitive());
}

#[tokio::test]
async fn sha256_is_announced_and_md5_is_not() {
    let request = signed(SignatureAlgorithm::Sha256).await;
    assert_eq!(request.headers()["algorithm"], "sha256");
    assert_eq!(request.headers()["sign"], VECTORS[3].5);
    assert!(!signed(SignatureAlgorithm::Md5).await.headers().contains_key("algorithm"));
}

#[tokio::test]
async fn tenant_and_application_are_encoded_into_the_query() {
    let request = signed(SignatureAlgorithm::Md5).await;
    assert!(request.uri().query().unwrap().ends_with("&tenant_id=1&appkey=fixture%2Bappkey"));
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_an_invalid_request() {
    let base = Url::parse("https://api-hk.nxlink.ai").unwrap();
    let mut request = RecordsRequest::new().build_request(&base).unwrap();
    let signer = Signer::new(Credentials::new(1, "a", "key\n", "s"), SignatureAlgorithm::Md5);
    let error = signer.authorize(&mut request, UnixMillis::new(NOW_MS)).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }));
}

#[cfg(feature = "client")]
mod attempts {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use nxlink::chat_core::http::{Request, Response};
    use nxlink::chat_core::{ReplayTransport, TransportErrorKind, UnixMillis, VendorError};
    use nxlink::{ApiCode, Error, RecordsRequest};

    use crate::{NOW_MS, answer, builder, client, fixture, page_of, with_header};

    /// The server's clock is 300 seconds ahead of the local one.
    fn expired() -> Response<Vec<u8>> {
        let refusal = answer(200, fixture("error-1004.json"));
        with_header(refusal, "date", "Mon, 20 Jun 2022 07:46:25 GMT")
    }

    fn header<'a>(request: &'a Request<Vec<u8>>, name: &str) -> &'a str {
        request.headers()[name].to_str().unwrap()
    }

    #[tokio::test]
    async fn each_attempt_is_signed_anew() {
        let transport = Arc::new(
            ReplayTransport::new()
                .answer(502, "<html>bad gateway</html>")
                .fail(TransportErrorKind::Timeout)
                .answer(200, page_of(0..1, 1)),
        );
        let clock = AtomicI64::new(NOW_MS);
        let client = builder()
            .with_transport(transport.clone())
            .with_clock(Arc::new(move || UnixMillis::new(clock.fetch_add(1000, Ordering::Relaxed))))
            .build()
            .unwrap();
        client.records(&RecordsRequest::new()).await.unwrap();
        let requests = transport.take_requests();
        assert_eq!(requests.len(), 3);
        for pair in requests.windows(2) {
            assert_ne!(header(&pair[0], "ts"), header(&pair[1], "ts"));
            assert_ne!(header(&pair[0], "sign"), header(&pair[1], "sign"));
            assert_eq!(pair[0].uri(), pair[1].uri());
        }
        assert_eq!((client.calls().requests, client.calls().retries), (3, 2));
    }

    #[tokio::test]
    async fn a_wrong_clock_is_corrected_once_and_for_all() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer_with(expired())
                .answer(200, page_of(0..1, 1))
                .answer(200, page_of(0..1, 1)),
        );
        client.records(&RecordsRequest::new()).await.unwrap();
        client.clone().records(&RecordsRequest::new()).await.unwrap();
        let requests = transport.take_requests();
        let times: Vec<&str> = requests.iter().map(|request| header(request, "ts")).collect();
        // the header has whole seconds: 431 ms are lost
        assert_eq!(times, ["1655710885431", "1655711185000", "1655711185000"]);
        assert_eq!(transport.waits(), [Duration::ZERO; 0], "at once");
        assert_eq!(client.clock_offset_ms(), 299_569);
    }

    #[tokio::test]
    async fn a_clock_that_stays_wrong_is_reported_with_the_distance() {
        let (client, transport) =
            client(ReplayTransport::new().answer_with(expired()).answer_with(expired()));
        let error = client.records(&RecordsRequest::new()).await.unwrap_err();
        assert_eq!(transport.take_requests().len(), 2);
        assert!(matches!(
            error,
            Error::Api { code: ApiCode::TimestampExpired, clock_offset_ms: Some(299_569), .. }
        ));
        assert_eq!(
            error.advice().unwrap(),
            "the local clock is 300 s behind the server's: correct it"
        );
    }

    #[tokio::test]
    async fn without_the_server_s_time_it_is_tried_again_with_patience() {
        let mut queue = ReplayTransport::new();
        for _ in 0..5 {
            queue = queue.answer(200, fixture("error-1004.json"));
        }
        let (client, transport) = client(queue);
        let error = client.records(&RecordsRequest::new()).await.unwrap_err();
        assert_eq!(transport.take_requests().len(), 5);
        assert_eq!(transport.waits().len(), 4);
        assert_eq!(
            error.advice().unwrap(),
            "check the local clock: it may be at most 60 seconds off"
        );
    }

    #[tokio::test]
    async fn a_clock_that_agrees_is_not_blamed() {
        let on_time = || {
            let refusal = answer(200, fixture("error-1004.json"));
            with_header(refusal, "date", "Mon, 20 Jun 2022 07:41:26 GMT")
        };
        let (client, _) =
            client(ReplayTransport::new().answer_with(on_time()).answer_with(on_time()));
        let error = client.records(&RecordsRequest::new()).await.unwrap_err();
        assert!(error.advice().unwrap().contains("the local clock agrees"));
    }
}
