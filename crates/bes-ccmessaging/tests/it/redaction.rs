//! Nothing that is formatted shows keys, tokens, users, names, texts or links.

use std::error::Error as StdError;
use std::fmt::{Debug, Write};

use bes_ccmessaging::chat_core::{Endpoint, TransportError, TransportErrorKind, UnixMillis};
use bes_ccmessaging::{
    AccessKey, AccessTokenRequest, CallsRequest, CallsSigner, Conversion, Credentials,
    DownloadRequest, MessagingTokenRequest, Record, RecordsRequest, SignedRequest, TimestampForm,
    User,
};

use crate::{CHANNEL_ID, answer};

/// In every value that must not be seen.
const MARKER: &str = "MARKER";

fn marked(name: &str) -> String {
    format!("{MARKER}-{name}")
}

fn assert_silent(what: &str, shown: &str) {
    assert!(!shown.contains(MARKER), "{what} shows {shown}");
}

fn silent(value: &impl Debug) {
    assert_silent("Debug", &format!("{value:?}"));
    assert_silent("Debug", &format!("{value:#?}"));
}

fn silent_error(error: &dyn StdError) {
    let mut text = format!("{error:?} {error:#?} {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, " {error:?} {error}").unwrap();
        cause = error.source();
    }
    assert_silent("an error", &text);
}

fn credentials() -> Credentials {
    Credentials::new(marked("key"), marked("secret"), CHANNEL_ID, "WEB")
}

fn user() -> User {
    User::new(marked("user")).with_name(marked("name"))
}

/// A record with a marker in every text but ids of messages, kinds and times.
fn record() -> String {
    r#"{"id":"1","channel":"WEB","channelConfigId":"MARKER","userId":"MARKER",
    "senderNickname":"MARKER","senderAvatar":"MARKER","sendTime":"MARKER","receiveTime":1,
    "controlType":"CHAT","sourceType":"AGENT","mediaType":"IMAGE","content":"MARKER,jpg",
    "callId":"c","tenantId":"MARKER","partdbId":"MARKER","messageCode":"MARKER",
    "associationContentId":"MARKER","sendStatus":"MARKER","errorMsg":"MARKER",
    "contentKey":"MARKER","email":{"subject":"MARKER"},"multiMediaLibraryInfo":{"id":"MARKER",
    "parentTypeId":"MARKER","name":"MARKER","description":"MARKER","mediaType":"IMAGE",
    "uploadTime":"MARKER","mediaUrl":"MARKER","latitude":"MARKER","longitude":"MARKER",
    "duration":"MARKER","mediaFileType":"jpg","content":"MARKER","fileName":"MARKER",
    "fileSize":"MARKER","sizeUnit":"KB"}}"#
        .to_owned()
}

#[test]
fn credentials_signatures_and_users() {
    silent(&credentials());
    silent(&user());
    let key = AccessKey::new(MARKER, MARKER);
    silent(&key);
    silent(&CallsSigner::new(key, TimestampForm::Seconds));
    silent(
        &SignedRequest::new("POST", "/x")
            .with_header("host", MARKER)
            .with_parameter(MARKER, MARKER)
            .with_body(MARKER.as_bytes()),
    );
}

#[test]
fn requests() {
    silent(&RecordsRequest::new(CHANNEL_ID, "WEB", user()));
    silent(&DownloadRequest::new(CHANNEL_ID, user(), MARKER, MARKER));
    silent(&MessagingTokenRequest::new(CHANNEL_ID, &user(), "zh"));
    silent(&AccessTokenRequest::new(&credentials()));
    silent(&Conversion::new("s", MARKER));
}

#[test]
fn records_pages_and_messages() {
    let record: Record = serde_json::from_str(&record()).unwrap();
    silent(&record);
    silent(&record.multi_media_library_info);
    silent(&record.email);
    let message = record.to_message(&Conversion::new("s", MARKER));
    assert!(message.attachments[0].link.is_some());
    silent(&message);
    silent(&message.attachments);
    silent(&message.attachments[0].link);
    silent(&message.sender);
    silent(&message.recipients);
    let body = format!(
        r#"{{"resultCode":"0","messageList":[{}, {{"id":{{}},"content":"MARKER"}}, "MARKER",
            {{"id":["MARKER"]}}]}}"#,
        self::record()
    );
    let request = RecordsRequest::new(CHANNEL_ID, "WEB", user());
    let page = request.read_response(answer(200, body)).unwrap();
    assert_eq!((page.items.len(), page.skipped.len()), (1, 3));
    silent(&page);
}

#[test]
fn tokens_files_and_calls() {
    let token = r#"{"AccessToken":"MARKER","Expires":"600","AppKey":"MARKER","UserID":"MARKER"}"#;
    let credentials = credentials();
    silent(&AccessTokenRequest::new(&credentials).read_response(answer(200, token)).unwrap());
    let user = user();
    let messaging = MessagingTokenRequest::new(CHANNEL_ID, &user, "zh");
    silent(&messaging.read_response(answer(200, r#"{"token":"MARKER"}"#)).unwrap());
    let file = r#"{"resultCode":"0","fileStream":"TUFSS0VS","fileUrl":"https://MARKER"}"#;
    let download = DownloadRequest::new(CHANNEL_ID, "u", "key", "jpg");
    let file = download.read_response(answer(200, file)).unwrap();
    assert_eq!(file.bytes, MARKER.as_bytes());
    silent(&file);
    let calls = CallsRequest::new(1, 1, UnixMillis::new(0), UnixMillis::new(1));
    let rows = r#"{"resultCode":"0100000","resultDesc":{"data":[{"callId":"c",
        "callerNo":"MARKER","calleeNo":"MARKER","callBegin":"MARKER"},"MARKER"]}}"#;
    silent(&calls.read_response(answer(200, rows)).unwrap());
}

#[test]
fn errors_of_every_variant() {
    let records = RecordsRequest::new(CHANNEL_ID, "WEB", user());
    let credentials = credentials();
    let tokens = AccessTokenRequest::new(&credentials);
    let user = user();
    let messaging = MessagingTokenRequest::new(CHANNEL_ID, &user, "zh");
    let download = DownloadRequest::new(CHANNEL_ID, "u", "key", "jpg");
    for (status, body) in [
        (502, "<html>MARKER</html>"),
        (401, r#"{"exceptionInfo":"MARKER"}"#),
        (403, r#"{"exceptionInfo":"expired token MARKER"}"#),
        (200, "<html>MARKER</html>"),
        (200, r#"{"resultCode":"0","messageList":"MARKER","fileStream":"MARKER!"}"#),
        (200, r#"{"resultCode":{"a":"MARKER"},"token":"MARKER\n","AccessToken":"MARKER\n"}"#),
        (200, r#"{"resultCode":"1","messageList":["MARKER"],"fileStream":"MARKER"}"#),
        (200, r#"{"resultCode":"0","messageList":[{"content":"MARKER"#),
        (200, r#"{"fileStream":7,"resultCode":"0","messageList":{"MARKER":1}}"#),
    ] {
        silent_error(&records.read_response(answer(status, body)).unwrap_err());
        silent_error(&tokens.read_response(answer(status, body)).unwrap_err());
        silent_error(&messaging.read_response(answer(status, body)).unwrap_err());
        silent_error(&download.read_response(answer(status, body)).unwrap_err());
    }
    let cause = TransportError::new(TransportErrorKind::Connect);
    silent_error(&bes_ccmessaging::Error::from(cause));
    let base = bes_ccmessaging::chat_core::Url::parse("https://bes.example.com").unwrap();
    let long = RecordsRequest::new(CHANNEL_ID, "WEB", MARKER.repeat(9));
    silent_error(&long.build_request(&base).unwrap_err());
    let wrong = DownloadRequest::new(CHANNEL_ID, "u", MARKER, MARKER);
    silent_error(&wrong.build_request(&base).unwrap_err());
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use bes_ccmessaging::chat_core::{
        MediaLink, PageRequest, Partition, ReplayTransport, Source, Window,
    };
    use bes_ccmessaging::{
        AccessKey, CallsClient, Client, ClientBuilder, RecordSource, User, Users,
    };

    use super::{MARKER, assert_silent, credentials, marked, record, silent, silent_error, user};

    fn builder() -> ClientBuilder {
        Client::builder("https://bes.example.com", credentials())
            .with_min_interval(std::time::Duration::ZERO)
    }

    /// A client that gets its tokens and then this answer.
    fn client(status: u16, body: &str) -> Client {
        let transport = ReplayTransport::new()
            .answer(200, r#"{"AccessToken":"MARKER-access"}"#)
            .answer(200, r#"{"token":"MARKER-token"}"#)
            .answer(status, body)
            // nothing behind it
            .answer(200, r#"{"resultCode":"0"}"#);
        builder().with_transport(Arc::new(transport)).build().unwrap()
    }

    #[tokio::test]
    async fn clients_pagers_and_sources() {
        silent(&builder().with_token_url("https://MARKER:MARKER@a.example.com"));
        silent(&Client::builder("https://MARKER:MARKER@api.example.com/?MARKER", credentials()));
        let client = client(200, &format!(r#"{{"resultCode":"0","messageList":[{}]}}"#, record()));
        silent(&client);
        let mut pager = client.records_pager(client.records_of(user()));
        silent(&pager.next_page().await.unwrap());
        silent(&pager);
        silent(&pager.checkpoint());
        let source = RecordSource::new("s", client, vec![user()]);
        silent(&source);
        assert_silent("the fingerprint", &source.fingerprint());
        assert_silent("the notices", &source.notices().join(" "));
        silent(&Users::from(vec![User::new(MARKER)]));
        let calls =
            || CallsClient::builder("https://a.example.com", AccessKey::new(MARKER, MARKER), 1, 1);
        silent(&calls());
        silent(&calls().with_transport(Arc::new(ReplayTransport::new())).build().unwrap());
    }

    #[test]
    fn refused_base_urls() {
        for base in
            ["https://MARKER:MARKER@api.example.com", "https://api.example.com/?MARKER", "MARKER"]
        {
            silent_error(&Client::builder(base, credentials()).build().unwrap_err());
            silent_error(&builder().with_token_url(base).build().unwrap_err());
            let key = AccessKey::new(MARKER, MARKER);
            silent_error(&CallsClient::builder(base, key, 1, 1).build().unwrap_err());
        }
    }

    #[tokio::test]
    async fn what_the_vendor_repeats_in_its_answer() {
        let echo = r#"{"resultCode":"1","resultDesc":"MARKER-key, MARKER-secret, MARKER-access, MARKER-token, MARKER-user, MARKER-name"}"#;
        let failing = client(200, echo);
        let error = failing.records(&failing.records_of(user())).await.unwrap_err();
        silent_error(&error);
        assert!(error.to_string().ends_with(": ***, ***, ***, ***, ***, ***"), "{error}");
        let source = RecordSource::new("s", client(200, echo), vec![user()]);
        let window = Window::new(0, 1000);
        let request = PageRequest::first(Partition::new(marked("user")), Some(window));
        let error = source.fetch(&request).await.unwrap_err();
        silent_error(&error);
        assert_silent("the message", &error.message);

        let transport = Arc::new(
            ReplayTransport::new()
                .answer(200, r#"{"resultCode":"0100001","resultDesc":"MARKER-ak and MARKER-sk"}"#),
        );
        let key = AccessKey::new(marked("ak"), marked("sk"));
        let calls = CallsClient::builder("https://a.example.com", key, 1, 1)
            .with_transport(transport)
            .build()
            .unwrap();
        let error = calls.chat_users().await.unwrap_err();
        silent_error(&error);
        assert!(error.to_string().ends_with(": *** and ***"), "{error}");
    }

    #[tokio::test]
    async fn what_the_vendor_repeats_when_it_refuses_a_token() {
        let access = r#"{"AccessToken":"MARKER-access"}"#;
        let echo = r#"{"resultCode":"1","resultDesc":"MARKER-access of MARKER-key-MARKER-secret"}"#;
        for answers in [
            // applyToken, before any call had both tokens
            vec![access, echo],
            // tokenByAkSk
            vec![echo],
        ] {
            let queue = answers.iter().fold(ReplayTransport::new(), |q, body| q.answer(200, *body));
            let client = builder().with_transport(Arc::new(queue)).build().unwrap();
            let error = client.records(&client.records_of(user())).await.unwrap_err();
            if answers.len() > 1 {
                silent_error(&error);
                assert!(error.to_string().ends_with(": *** of ***-***"), "{error}");
            } else {
                assert!(!error.to_string().contains("MARKER-key"), "{error}");
                assert!(!error.to_string().contains("MARKER-secret"), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn codes_and_words_that_were_cut_off_show_no_secret_either() {
        let code = format!(r#"{{"resultCode":"{}\u0007MARKER-token"}}"#, "c".repeat(30));
        let words =
            format!(r#"{{"resultCode":"1","resultDesc":"{}MARKER-token"}}"#, "w".repeat(190));
        let whole = r#"{"resultCode":"MARKER-access\n"}"#.to_owned();
        for (body, shown) in [(code, "c ***"), (words, "w***"), (whole, "*** ")] {
            let failing = client(200, &body);
            let error = failing.records(&failing.records_of(user())).await.unwrap_err();
            silent_error(&error);
            assert!(error.to_string().ends_with(shown), "{error}");
            let source = RecordSource::new("s", client(200, &body), vec![user()]);
            let request =
                PageRequest::first(Partition::new(marked("user")), Some(Window::new(0, 1000)));
            let error = source.fetch(&request).await.unwrap_err();
            silent_error(&error);
            assert_silent("the message", &error.message);
            assert_silent("the code", error.vendor_code.as_deref().unwrap_or_default());
        }
        let transport = Arc::new(
            ReplayTransport::new()
                .answer(200, format!(r#"{{"resultCode":"{}MARKER-sk"}}"#, "c".repeat(35))),
        );
        let key = AccessKey::new(marked("ak"), marked("sk"));
        let calls = CallsClient::builder("https://a.example.com", key, 1, 1)
            .with_transport(transport)
            .build()
            .unwrap();
        let error = calls.chat_users().await.unwrap_err();
        assert!(!error.to_string().contains("MARK"), "{error}");
    }

    #[tokio::test]
    async fn downloads() {
        let target = r#"{"user":"MARKER","file_id":"MARKER","file_type":"jpg","is_library_file":false,"size_bytes":null}"#;
        for (status, body) in [
            (200, r#"{"resultCode":"13","resultDesc":"no"}"#),
            (500, "<html>MARKER</html>"),
            (200, r#"{"resultCode":"0","fileStream":"MARKER!"}"#),
        ] {
            let source = RecordSource::new("s", client(status, body), vec![user()]);
            let link = MediaLink::new(target, None);
            silent_error(&source.fetch_media(&link, &mut Vec::new(), 10).await.unwrap_err());
        }
    }
}
