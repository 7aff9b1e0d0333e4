//! Where the key goes, where it does not, and which key.

use jijyun::chat_core::http::Request;
use jijyun::chat_core::{Authorize, Endpoint, UnixMillis, Url};
use jijyun::{
    AssistantsRequest, CheckRequest, ContactRequest, ContactsRequest, Credentials, Error,
    HistoryRequest, HostedAccountsRequest, HostedHistoryRequest, RecordsRequest,
};

use crate::{CUSTOMER, HOST};

async fn authorized<E: Endpoint<Error = Error>>(
    endpoint: &E,
    credentials: &Credentials,
) -> Request<Vec<u8>> {
    let mut request = endpoint.build_request(&Url::parse(HOST).unwrap()).unwrap();
    credentials.authorize(&mut request, UnixMillis::new(0)).await.unwrap();
    request
}

/// The values of `apiKey` in a request's address.
fn keys(request: &Request<Vec<u8>>) -> Vec<String> {
    let url = Url::parse(&request.uri().to_string()).unwrap();
    let pairs = url.query_pairs().filter(|(name, _)| name == "apiKey");
    pairs.map(|(_, value)| value.into_owned()).collect()
}

#[tokio::test]
async fn the_key_is_in_the_query_and_nowhere_else() {
    let request =
        authorized(&RecordsRequest::new(CUSTOMER), &Credentials::new("fixture-key")).await;
    assert_eq!(request.uri().query(), Some("apiKey=fixture-key"));
    assert_eq!(request.uri().path(), "/v1/openapi/chat/record");
    for (name, value) in request.headers() {
        assert!(!value.to_str().unwrap().contains("fixture"), "{name}");
    }
    assert!(!String::from_utf8_lossy(request.body()).contains("fixture"));
}

#[tokio::test]
async fn every_character_of_a_key_arrives() {
    for key in ["a+b", "a&b=c", "a%2Fb", "a#b?c/d", "\"key\"", "钥匙"] {
        let request = authorized(&RecordsRequest::new(CUSTOMER), &Credentials::new(key)).await;
        assert_eq!(keys(&request), [key]);
        let request = authorized(&ContactRequest::new(CUSTOMER), &Credentials::new(key)).await;
        assert_eq!(keys(&request), [key]);
        assert!(request.uri().query().unwrap().starts_with("contact_id="));
    }
}

#[tokio::test]
async fn another_key_goes_to_the_calls_of_the_other_page_only() {
    let two = Credentials::new("main").with_marketing_key("marketing");
    let one = Credentials::new("main");
    assert_eq!(keys(&authorized(&HostedAccountsRequest::new(), &two).await), ["marketing"]);
    assert_eq!(keys(&authorized(&HostedAccountsRequest::new(), &one).await), ["main"]);
    assert_eq!(keys(&authorized(&RecordsRequest::new(CUSTOMER), &two).await), ["main"]);
    assert_eq!(keys(&authorized(&CheckRequest::new(), &two).await), ["main"]);
    assert_eq!(keys(&authorized(&ContactsRequest::new(), &two).await), ["main"]);
    assert_eq!(keys(&authorized(&AssistantsRequest::new(), &two).await), ["main"]);
    assert_eq!(keys(&authorized(&HistoryRequest::new("c"), &two).await), ["main"]);
    let day = HostedHistoryRequest::new("1", "2025-08-06");
    assert_eq!(keys(&authorized(&day, &two).await), ["main"]);
}

#[cfg(feature = "client")]
mod attempts {
    use jijyun::RecordsRequest;
    use jijyun::chat_core::{ReplayTransport, TransportErrorKind};

    use super::keys;
    use crate::{CUSTOMER, client, fixture};

    #[tokio::test]
    async fn each_attempt_has_the_key_once() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(503, "")
                .fail(TransportErrorKind::Timeout)
                .answer(200, fixture("page-text.json")),
        );
        client.records(&RecordsRequest::new(CUSTOMER)).await.unwrap();
        let requests = transport.take_requests();
        assert_eq!(requests.len(), 3);
        for request in &requests {
            assert_eq!(keys(request), ["fixture+key"]);
            assert_eq!(request.body(), requests[0].body());
        }
        assert_eq!((client.calls().requests, client.calls().retries), (3, 2));
    }
}
