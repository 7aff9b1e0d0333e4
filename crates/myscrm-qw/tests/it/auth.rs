//! What proves who is calling: the application id, extra parameters and headers, the hook.

use std::sync::Arc;

use myscrm_qw::chat_core::http::{HeaderValue, Request};
use myscrm_qw::chat_core::{Authorize, Endpoint, UnixMillis, Url};
use myscrm_qw::{Authorizer, Credentials, Error};

use crate::{NOW_MS, credentials, records_request};

async fn authorized(authorizer: &Authorizer) -> Result<Request<Vec<u8>>, Error> {
    let base = Url::parse("https://nbd-api.myscrm.cn").unwrap();
    let mut request = records_request().build_request(&base).unwrap();
    authorizer.authorize(&mut request, UnixMillis::new(NOW_MS)).await.map(|()| request)
}

#[tokio::test]
async fn the_application_id_is_all_by_default() {
    let request = authorized(&Authorizer::new(credentials())).await.unwrap();
    assert!(request.uri().query().unwrap().ends_with("&app_id=fixture-app%2Bid"));
    assert!(request.headers().is_empty());
}

#[tokio::test]
async fn extra_parameters_and_headers_are_sent_and_sensitive() {
    let credentials = credentials()
        .with_extra_query([("orgcode", "a b"), ("sign", "客")])
        .with_extra_headers([("X-Gateway-Key", "secret")])
        .with_extra_headers(vec![("Cookie".to_owned(), "session".to_owned())]);
    let request = authorized(&Authorizer::new(credentials)).await.unwrap();
    let query = request.uri().query().unwrap();
    assert!(query.ends_with("&orgcode=a%20b&sign=%E5%AE%A2"), "{query}");
    for (name, value) in [("x-gateway-key", "secret"), ("cookie", "session")] {
        assert_eq!(request.headers()[name], value);
        assert!(request.headers()[name].is_sensitive());
    }
}

#[tokio::test]
async fn the_hook_sees_the_finished_request_and_the_time() {
    let authorizer = Authorizer::new(credentials().with_extra_query([("orgcode", "o")])).with_hook(
        Arc::new(|request, now| {
            let length = request.uri().query().unwrap().len();
            assert!(request.uri().query().unwrap().contains("orgcode=o"));
            let signed = HeaderValue::from_str(&format!("{} {length}", now.get())).unwrap();
            request.headers_mut().insert("x-signed", signed);
        }),
    );
    let request = authorized(&authorizer).await.unwrap();
    let length = request.uri().query().unwrap().len();
    assert_eq!(request.headers()["x-signed"], format!("{NOW_MS} {length}"));
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_an_invalid_request() {
    let wrong = Credentials::new("a").with_extra_headers([("x", "line\nend")]);
    let error = authorized(&Authorizer::new(wrong)).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }));
}

#[cfg(feature = "client")]
mod attempts {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use myscrm_qw::chat_core::http::HeaderValue;
    use myscrm_qw::chat_core::{ReplayTransport, TransportErrorKind, UnixMillis};

    use crate::{NOW_MS, builder, page_of, records_request};

    #[tokio::test]
    async fn the_hook_has_its_turn_in_each_attempt() {
        let transport = Arc::new(
            ReplayTransport::new()
                .answer(502, "<html>bad gateway</html>")
                .fail(TransportErrorKind::Timeout)
                .answer(200, page_of(0..1, "")),
        );
        let clock = AtomicI64::new(NOW_MS);
        let client = builder()
            .with_transport(transport.clone())
            .with_clock(Arc::new(move || UnixMillis::new(clock.fetch_add(1000, Ordering::Relaxed))))
            .with_request_hook(Arc::new(|request, now| {
                request.headers_mut().insert("x-time", HeaderValue::from(now.get()));
            }))
            .build()
            .unwrap();
        client.records(&records_request()).await.unwrap();
        let requests = transport.take_requests();
        assert_eq!(requests.len(), 3);
        for pair in requests.windows(2) {
            assert_ne!(pair[0].headers()["x-time"], pair[1].headers()["x-time"]);
            assert_eq!(pair[0].uri(), pair[1].uri());
        }
        assert_eq!((client.calls().requests, client.calls().retries), (3, 2));
    }
}
