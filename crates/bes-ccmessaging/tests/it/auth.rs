//! The chain of tokens: order of calls, one renewal for many, renewal ahead of the end, renewal
//! when refused, and replacement by an answer.

use bes_ccmessaging::User;

use crate::{USER, credentials};

#[test]
fn credentials_name_the_channel() {
    let credentials = credentials();
    assert_eq!((credentials.channel_id(), credentials.channel()), (crate::CHANNEL_ID, "WEB"));
    assert_eq!(User::new(USER).with_name("n").name(), "n");
    assert_eq!(User::from(USER).id(), USER);
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

    use bes_ccmessaging::chat_core::http::Request;
    use bes_ccmessaging::chat_core::{
        ErrorKind, ReplayTransport, TransportErrorKind, UnixMillis, VendorError,
    };
    use bes_ccmessaging::{Client, Credentials, Error, RecordsRequest, User};

    use crate::server::Server;
    use crate::{
        CHANNEL_ID, NOW_MS, USER, access_token, after_tokens, answer, builder, client, fixture,
        header, member, messaging_token, operations, page_of, with_header,
    };

    const HISTORY: &str = "queryHistoryChatMessage";

    /// The two tokens of a request.
    fn tokens(request: &Request<Vec<u8>>) -> (&str, &str) {
        (header(request, "authorization"), header(request, "ccmessaging-token"))
    }

    #[tokio::test]
    async fn tokens_are_fetched_in_order_and_used_again() {
        let transport = after_tokens().answer(200, page_of(0..1)).answer(200, page_of(0..1));
        let (client, transport) = client(transport);
        let request = client.records_of(User::new(USER).with_name("客户甲"));
        client.records(&request).await.unwrap();
        client.clone().records(&request).await.unwrap();
        let requests = transport.take_requests();
        assert_eq!(operations(&requests), ["tokenByAkSk", "applyToken", HISTORY, HISTORY]);
        assert_eq!(client.calls().requests, 4);

        let access = &requests[0];
        assert_eq!(header(access, "x-token-expire"), "600");
        assert_eq!(
            (&*member(access, "app_key"), &*member(access, "app_secret")),
            ("fixture-key", "fixture-secret")
        );
        assert!(!access.headers().contains_key("authorization"));
        let messaging = &requests[1];
        assert_eq!(header(messaging, "authorization"), "Bearer access-1");
        assert_eq!(header(messaging, "x-app-key"), "fixture-key");
        assert!(!messaging.headers().contains_key("ccmessaging-token"));
        assert_eq!(
            ["userId", "userName", "channelId", "locale"].map(|name| member(messaging, name)),
            [USER, "客户甲", CHANNEL_ID, "zh"]
        );
        for history in &requests[2..] {
            assert_eq!(tokens(history), ("Bearer access-1", "token-1"));
            assert_eq!(header(history, "x-app-key"), "fixture-key");
            assert_eq!(header(history, "content-type"), "application/json");
            for name in ["authorization", "x-app-key", "ccmessaging-token"] {
                assert!(history.headers()[name].is_sensitive(), "{name}");
            }
        }
    }

    #[tokio::test]
    async fn a_token_is_sent_exactly_as_it_came() {
        let token = "eyJmaXh0dXJlIjoxfQ%3D%3D";
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(200, access_token("access-1"))
                .answer(200, format!(r#"{{"token":"\"{token}\""}}"#))
                .answer(200, page_of(0..1)),
        );
        client.records(&client.records_of(USER)).await.unwrap();
        assert_eq!(header(&transport.take_requests()[2], "ccmessaging-token"), token);
    }

    #[tokio::test]
    async fn access_tokens_may_come_from_another_place() {
        let transport = Arc::new(after_tokens().answer(200, page_of(0..1)));
        let client = builder()
            .with_token_url("https://bes.example.com:28070")
            .with_token_lifetime_s(3600)
            .with_locale("en_US")
            .with_transport(transport.clone())
            .build()
            .unwrap();
        client.records(&client.records_of(USER)).await.unwrap();
        let requests = transport.take_requests();
        let places: Vec<String> =
            requests.iter().map(|request| request.uri().to_string()).collect();
        assert_eq!(
            places,
            [
                "https://bes.example.com:28070/apigovernance/api/oauth/tokenByAkSk",
                "https://bes.example.com/apiaccess/ccmessaging/applyToken",
                "https://bes.example.com/apiaccess/ccmessaging/queryHistoryChatMessage",
            ]
        );
        assert_eq!(header(&requests[0], "x-token-expire"), "3600");
        assert_eq!(member(&requests[1], "locale"), "en_US");
    }

    #[tokio::test]
    async fn each_user_of_each_channel_has_a_token() {
        let (client, transport) = client(
            after_tokens()
                .answer(200, page_of(0..1))
                .answer(200, messaging_token("token-2"))
                .answer(200, page_of(0..1))
                .answer(200, messaging_token("token-3"))
                .answer(200, page_of(0..1))
                .answer(200, page_of(0..1)),
        );
        let elsewhere = RecordsRequest::new("200000000000000002", "WECHAT", USER);
        for request in [
            client.records_of(USER),
            client.records_of("other"),
            elsewhere,
            client.records_of(USER),
        ] {
            client.records(&request).await.unwrap();
        }
        let requests = transport.take_requests();
        let history = requests.iter().filter(|request| request.uri().path().ends_with(HISTORY));
        let used: Vec<&str> = history.map(|request| header(request, "ccmessaging-token")).collect();
        assert_eq!(used, ["token-1", "token-2", "token-3", "token-1"]);
        assert_eq!(operations(&requests).iter().filter(|name| **name == "tokenByAkSk").count(), 1);
    }

    /// A client whose clock is set by hand.
    fn timed(transport: ReplayTransport) -> (Client, Arc<ReplayTransport>, Arc<AtomicI64>) {
        let (transport, clock) = (Arc::new(transport), Arc::new(AtomicI64::new(NOW_MS)));
        let hand = Arc::clone(&clock);
        let client = builder()
            .with_transport(transport.clone())
            .with_clock(Arc::new(move || UnixMillis::new(hand.load(Ordering::Relaxed))))
            .build()
            .unwrap();
        (client, transport, clock)
    }

    async fn read_at(client: &Client, clock: &AtomicI64, after_s: i64) {
        clock.store(NOW_MS + after_s * 1000, Ordering::Relaxed);
        client.records(&client.records_of(USER)).await.unwrap();
    }

    #[tokio::test]
    async fn tokens_are_renewed_before_they_end() {
        let (client, transport, clock) = timed(
            after_tokens()
                .answer(200, page_of(0..1))
                .answer(200, page_of(0..1))
                .answer(200, access_token("access-2"))
                .answer(200, page_of(0..1))
                .answer(200, access_token("access-3"))
                .answer(200, messaging_token("token-2"))
                .answer(200, page_of(0..1)),
        );
        // four fifths of 600 seconds; 50 minutes
        for after_s in [0, 479, 480, 3000] {
            read_at(&client, &clock, after_s).await;
        }
        let requests = transport.take_requests();
        assert_eq!(
            operations(&requests),
            [
                "tokenByAkSk",
                "applyToken",
                HISTORY,
                HISTORY,
                "tokenByAkSk",
                HISTORY,
                "tokenByAkSk",
                "applyToken",
                HISTORY
            ]
        );
        assert_eq!(tokens(&requests[5]), ("Bearer access-2", "token-1"));
        assert_eq!(header(&requests[7], "authorization"), "Bearer access-3");
        assert_eq!(tokens(&requests[8]), ("Bearer access-3", "token-2"));
    }

    #[tokio::test]
    async fn short_and_unsaid_lifetimes_are_borne() {
        // a minute before the end of 200 s; half of 60 s; what was asked for where nothing is said
        for (expires, fresh_s, old_s) in [
            (r#""200""#, 139, 140),
            ("60", 29, 30),
            ("null", 479, 480),
            (r#""soon""#, 479, 480),
            ("0", 479, 480),
        ] {
            let body = |token: &str| format!(r#"{{"AccessToken":"{token}","Expires":{expires}}}"#);
            let (client, transport, clock) = timed(
                ReplayTransport::new()
                    .answer(200, body("access-1"))
                    .answer(200, messaging_token("token-1"))
                    .answer(200, page_of(0..1))
                    .answer(200, page_of(0..1))
                    .answer(200, body("access-2"))
                    .answer(200, page_of(0..1)),
            );
            for after_s in [0, fresh_s, old_s] {
                read_at(&client, &clock, after_s).await;
            }
            assert_eq!(operations(&transport.take_requests())[4], "tokenByAkSk", "{expires}");
        }
    }

    #[tokio::test]
    async fn a_clock_that_was_set_back_makes_tokens_old() {
        let (client, transport, clock) = timed(
            after_tokens()
                .answer(200, page_of(0..1))
                .answer(200, access_token("access-2"))
                .answer(200, messaging_token("token-2"))
                .answer(200, page_of(0..1)),
        );
        read_at(&client, &clock, 0).await;
        read_at(&client, &clock, -7200).await;
        assert_eq!(tokens(&transport.take_requests()[5]), ("Bearer access-2", "token-2"));
    }

    #[tokio::test]
    async fn refused_tokens_are_renewed_in_their_order_once() {
        for refusal in [
            answer(401, ""),
            answer(401, fixture("error-http-401.json")),
            answer(401, "<html>unauthorized</html>"),
            answer(401, r#"{"resultCode":"1","resultDesc":"fixture"}"#),
            answer(403, fixture("error-http-403-token.json")),
        ] {
            let (client, transport) = client(
                after_tokens()
                    .answer_with(refusal)
                    .answer(200, access_token("access-2"))
                    .answer(200, messaging_token("token-2"))
                    .answer(200, page_of(0..1)),
            );
            client.records(&client.records_of(USER)).await.unwrap();
            let requests = transport.take_requests();
            assert_eq!(operations(&requests)[2..], [HISTORY, "tokenByAkSk", "applyToken", HISTORY]);
            assert_eq!(header(&requests[4], "authorization"), "Bearer access-2");
            assert_eq!(tokens(&requests[5]), ("Bearer access-2", "token-2"));
            assert_eq!(transport.waits().len(), 0, "at once");
        }
    }

    #[tokio::test]
    async fn a_second_refusal_is_final() {
        let (client, transport) = client(
            after_tokens()
                .answer(401, "")
                .answer(200, access_token("access-2"))
                .answer(200, messaging_token("token-2"))
                .answer(401, "")
                .answer(200, page_of(0..1)),
        );
        let error = client.records(&client.records_of(USER)).await.unwrap_err();
        assert!(matches!(error, Error::Status { status: 401, .. }));
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert!(error.advice().unwrap().starts_with("fresh tokens were refused too"));
        assert_eq!(transport.take_requests().len(), 6);
    }

    #[tokio::test]
    async fn other_refusals_renew_nothing() {
        for (status, body) in [
            (403, fixture("error-http-403.json")),
            (403, b"<html>blocked</html>".to_vec()),
            (400, Vec::new()),
            (404, Vec::new()),
            (200, fixture("error-1.json")),
            (500, fixture("error-http-500.json")),
        ] {
            let (client, transport) = client(after_tokens().answer(status, body));
            client.records(&client.records_of(USER)).await.unwrap_err();
            assert_eq!(transport.take_requests().len(), 3, "{status}");
        }
    }

    #[tokio::test]
    async fn what_keeps_tokens_from_being_renewed_is_the_error() {
        let (client, transport) = client(
            after_tokens()
                .answer(401, "")
                .answer(200, r#"{"errorCode":"60000001","exceptionInfo":"fixture: key revoked"}"#),
        );
        let error = client.records(&client.records_of(USER)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "bes-ccmessaging refused oauth/tokenByAkSk with code 60000001: fixture: key revoked"
        );
        assert_eq!(operations(&transport.take_requests())[2..], [HISTORY, "tokenByAkSk"]);
    }

    #[tokio::test]
    async fn an_access_token_that_apply_token_refuses_is_renewed_once() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(200, access_token("access-1"))
                .answer(403, fixture("error-http-403-token.json"))
                .answer(200, access_token("access-2"))
                .answer(200, messaging_token("token-1"))
                .answer(200, page_of(0..1)),
        );
        client.records(&client.records_of(USER)).await.unwrap();
        let requests = transport.take_requests();
        assert_eq!(
            operations(&requests),
            ["tokenByAkSk", "applyToken", "tokenByAkSk", "applyToken", HISTORY]
        );
        assert_eq!(tokens(&requests[4]), ("Bearer access-2", "token-1"));
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(401, "")
                .answer(200, access_token("access-1"))
                .answer(200, messaging_token("token-1"))
                .answer(200, page_of(0..1)),
        );
        let error = client.records(&client.records_of(USER)).await.unwrap_err();
        assert_eq!(error.advice().unwrap(), "check the app key and the app secret");
        client.records(&client.records_of(USER)).await.unwrap();
        assert_eq!(
            operations(&transport.take_requests()),
            ["tokenByAkSk", "tokenByAkSk", "applyToken", HISTORY]
        );
    }

    #[tokio::test]
    async fn failures_that_pass_are_tried_again_with_the_same_tokens() {
        let (client, transport) = client(
            ReplayTransport::new()
                .fail(TransportErrorKind::Timeout)
                .answer(200, access_token("access-1"))
                .answer(502, "<html>")
                .answer(200, messaging_token("token-1"))
                .answer(503, "")
                .answer(200, page_of(0..1)),
        );
        client.records(&client.records_of(USER)).await.unwrap();
        let requests = transport.take_requests();
        assert_eq!(
            operations(&requests),
            ["tokenByAkSk", "tokenByAkSk", "applyToken", "applyToken", HISTORY, HISTORY]
        );
        assert_eq!(tokens(&requests[4]), tokens(&requests[5]));
        assert_eq!((client.calls().requests, client.calls().retries), (6, 3));
    }

    #[tokio::test]
    async fn a_token_in_an_answer_s_header_replaces_the_one_in_use() {
        let fresh = |status, body: String| {
            with_header(answer(status, body), "ccmessaging-token", "token-9%3D")
        };
        let (client, transport) = client(
            after_tokens()
                .answer_with(fresh(200, page_of(0..1)))
                .answer(200, page_of(0..1))
                .answer_with(with_header(answer(200, page_of(0..1)), "ccmessaging-token", ""))
                .answer(200, page_of(0..1)),
        );
        for _ in 0..4 {
            client.records(&client.records_of(USER)).await.unwrap();
        }
        let requests = transport.take_requests();
        let used: Vec<&str> =
            requests[2..].iter().map(|request| header(request, "ccmessaging-token")).collect();
        assert_eq!(used, ["token-1", "token-9%3D", "token-9%3D", "token-9%3D"]);
    }

    #[tokio::test]
    async fn a_token_that_comes_again_is_no_younger_for_it() {
        let same = || with_header(answer(200, page_of(0..1)), "ccmessaging-token", "token-1");
        let (client, transport, clock) = timed(
            after_tokens()
                .answer_with(same())
                .answer(200, access_token("access-2"))
                .answer_with(same())
                .answer(200, access_token("access-3"))
                .answer(200, messaging_token("token-2"))
                .answer(200, page_of(0..1)),
        );
        for after_s in [0, 2000, 3000] {
            read_at(&client, &clock, after_s).await;
        }
        assert_eq!(tokens(&transport.take_requests()[7]), ("Bearer access-3", "token-2"));
    }

    #[tokio::test]
    async fn a_late_answer_does_not_replace_a_token_that_was_renewed() {
        // the first two calls go out with one token; each answer brings another
        let answered = AtomicU32::new(0);
        let server = Arc::new(Server::new(Vec::new()).instead(move |operation, _| {
            (operation == HISTORY).then(|| {
                let fresh = ["token-a", "token-b", "", ""];
                let number = answered.fetch_add(1, Ordering::Relaxed) as usize;
                with_header(answer(200, page_of(0..1)), "ccmessaging-token", fresh[number])
            })
        }));
        let client = server.client();
        read_many(&client, 2).await;
        read_many(&client, 1).await;
        let requests = server.seen();
        let used: Vec<&str> = requests
            .iter()
            .filter(|request| request.uri().path().ends_with(HISTORY))
            .map(|request| header(request, "ccmessaging-token"))
            .collect();
        assert_eq!(used, ["token-1", "token-1", "token-a"]);
    }

    #[tokio::test]
    async fn a_token_in_a_header_is_read_like_one_in_a_body() {
        for (value, used) in [("\"token-2\"", "token-2"), ("token 2", "token-1")] {
            let (client, transport) = client(
                after_tokens()
                    .answer_with(with_header(
                        answer(200, page_of(0..1)),
                        "ccmessaging-token",
                        value,
                    ))
                    .answer(200, page_of(0..1)),
            );
            for _ in 0..2 {
                client.records(&client.records_of(USER)).await.unwrap();
            }
            assert_eq!(header(&transport.take_requests()[3], "ccmessaging-token"), used);
        }
    }

    #[tokio::test]
    async fn a_replacement_that_comes_with_a_refusal_is_used() {
        let refusal = with_header(answer(401, ""), "ccmessaging-token", "token-2");
        let (client, transport) = client(
            after_tokens()
                .answer_with(refusal)
                .answer(200, access_token("access-2"))
                .answer(200, page_of(0..1)),
        );
        client.records(&client.records_of(USER)).await.unwrap();
        let requests = transport.take_requests();
        assert_eq!(operations(&requests)[2..], [HISTORY, "tokenByAkSk", HISTORY]);
        assert_eq!(tokens(&requests[4]), ("Bearer access-2", "token-2"));
    }

    async fn read_many(client: &Client, times: usize) {
        let tasks: Vec<_> = (0..times)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.records(&client.records_of(USER)).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    }

    fn count(requests: &[Request<Vec<u8>>], operation: &str) -> usize {
        operations(requests).iter().filter(|name| **name == operation).count()
    }

    #[tokio::test]
    async fn many_calls_at_once_wait_for_one_token() {
        let server =
            Arc::new(Server::new(Vec::new()).instead(|operation, _| {
                (operation == HISTORY).then(|| answer(200, page_of(0..1)))
            }));
        read_many(&server.client(), 20).await;
        let requests = server.seen();
        assert_eq!(count(&requests, "tokenByAkSk"), 1);
        assert_eq!(count(&requests, "applyToken"), 1);
        assert_eq!(count(&requests, HISTORY), 20);
    }

    #[tokio::test]
    async fn many_calls_refused_at_once_renew_once() {
        let issued = [AtomicU32::new(0), AtomicU32::new(0)];
        let left = AtomicI64::new(20);
        let server = Arc::new(Server::new(Vec::new()).instead(move |operation, _| {
            let next = |index: usize| issued[index].fetch_add(1, Ordering::Relaxed) + 1;
            Some(match operation {
                "tokenByAkSk" => answer(200, access_token(&format!("access-{}", next(0)))),
                "applyToken" => answer(200, messaging_token(&format!("token-{}", next(1)))),
                // the first call of each task is refused
                _ if left.fetch_sub(1, Ordering::Relaxed) > 0 => answer(401, ""),
                _ => answer(200, page_of(0..1)),
            })
        }));
        read_many(&server.client(), 20).await;
        let requests = server.seen();
        assert_eq!(count(&requests, "tokenByAkSk"), 2);
        assert_eq!(count(&requests, "applyToken"), 2);
        assert_eq!(count(&requests, HISTORY), 40);
        let last = requests.last().unwrap();
        assert_eq!(tokens(last), ("Bearer access-2", "token-2"));
    }

    #[tokio::test]
    async fn a_key_that_no_header_carries_is_refused_before_anything_is_sent() {
        let credentials = Credentials::new("key\u{7f}", "s", CHANNEL_ID, "WEB");
        let built = Client::builder("https://bes.example.com", credentials)
            .with_transport(Arc::new(ReplayTransport::new()))
            .build();
        assert!(matches!(built, Err(Error::InvalidRequest { .. })));
    }
}
