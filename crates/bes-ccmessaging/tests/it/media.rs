//! The answers of downloads.

use bes_ccmessaging::chat_core::{Endpoint, ErrorKind, Retry, VendorError};
use bes_ccmessaging::{ApiCode, DownloadRequest, DownloadedFile, Error};

use crate::{CHANNEL_ID, USER, answer};

fn read(status: u16, body: &str) -> Result<DownloadedFile, Error> {
    DownloadRequest::new(CHANNEL_ID, USER, "key", "jpg").read_response(answer(status, body))
}

/// A good answer with this stream.
fn file(stream: &str) -> String {
    format!(r#"{{"resultCode":"0","resultDesc":"success","fileStream":"{stream}"}}"#)
}

#[test]
fn base64_is_read_with_line_breaks_and_without_padding() {
    for stream in ["aGVsbG8=", "aGVsbG8", "aGVs\\r\\nbG8=\\n", "aGVs bG8=", "aGVs\\nbG9="] {
        let found = read(200, &file(stream)).unwrap();
        assert_eq!(found.bytes, b"hello", "{stream}");
        assert!(found.file_url.is_none());
    }
    let body =
        r#"{"fileUrl":"https://files.example.com/1","resultCode":0,"fileStream":"aGVsbG8="}"#;
    let found = read(200, body).unwrap();
    assert_eq!(found.file_url.unwrap().expose(), "https://files.example.com/1");
}

#[test]
fn what_is_no_file_is_an_error() {
    for body in [
        file(""),
        file("not base64!"),
        r#"{"resultCode":"0"}"#.to_owned(),
        r#"{"resultCode":"0","fileStream":null}"#.to_owned(),
        r#"{"fileStream":"aGVsbG8="}"#.to_owned(),
    ] {
        let error = read(200, &body).unwrap_err();
        assert!(matches!(error, Error::Decode { is_garbled: false, .. }), "{body}: {error:?}");
        assert_eq!(error.retry(), Retry::Never);
    }
    assert!(matches!(read(500, &file("aGVsbG8=")), Err(Error::Status { status: 500, .. })));
}

#[test]
fn codes_mean_what_they_mean_for_downloads() {
    for (number, code, kind, advice) in [
        ("401", ApiCode::MissingFileId, ErrorKind::InvalidRequest, "names no file"),
        ("13", ApiCode::FileFailed, ErrorKind::InvalidRequest, "2 MB"),
        ("2", ApiCode::MissingIdentity, ErrorKind::Auth, "check the channel id"),
    ] {
        for number in [format!("\"{number}\""), number.to_owned()] {
            let body = format!(r#"{{"resultCode":{number},"resultDesc":"fixture"}}"#);
            let error = read(200, &body).unwrap_err();
            assert!(matches!(&error, Error::Api { code: found, .. } if *found == code));
            assert_eq!((error.kind(), error.retry()), (kind, Retry::Never), "{number}");
            assert!(error.advice().unwrap().contains(advice), "{number}");
            assert!(!error.asks_smaller_window());
        }
    }
}

#[test]
fn documented_types_are_served_and_no_others() {
    for served in ["jpg", "JPG", "png", "bpm", "bmp", "mp3", "aac", "mp4", "txt", "csv", "richtext"]
    {
        assert!(DownloadRequest::is_served(served), "{served}");
    }
    for other in ["exe", "", "html", "jp", "svg"] {
        assert!(!DownloadRequest::is_served(other), "{other}");
    }
}

#[cfg(feature = "client")]
mod client {
    use std::io::{Error as IoError, Write};

    use bes_ccmessaging::chat_core::{
        MediaError, MediaErrorKind, MediaInfo, MediaLink, ReplayTransport, Source,
        TransportErrorKind,
    };
    use bes_ccmessaging::{DownloadRequest, RecordSource, User};
    use serde_json::{Value, json};

    use super::file;
    use crate::{
        CHANNEL_ID, USER, access_token, after_tokens, answer, client, header, member,
        messaging_token, operations, with_header,
    };

    fn link(more: &Value) -> MediaLink {
        let mut target = json!({"user": USER, "file_id": "100-x/a", "file_type": "jpg",
            "is_library_file": false, "size_bytes": null});
        for (key, value) in more.as_object().unwrap() {
            target[key] = value.clone();
        }
        MediaLink::new(target.to_string(), None)
    }

    async fn fetch(
        transport: ReplayTransport,
        link: &MediaLink,
        limit_bytes: u64,
    ) -> (Result<MediaInfo, MediaError>, Vec<u8>, usize) {
        let (client, transport) = client(transport);
        let source = RecordSource::new("bes", client, vec![User::new(USER)]);
        let mut sink = Vec::new();
        let fetched = source.fetch_media(link, &mut sink, limit_bytes).await;
        (fetched, sink, transport.take_requests().len())
    }

    #[tokio::test]
    async fn a_file_is_fetched_with_its_user_s_tokens() {
        let (client, transport) = client(after_tokens().answer(200, file("aGVsbG8=")));
        let user = User::new(USER).with_name("客户甲");
        let source = RecordSource::new("bes", client, vec![user]);
        let mut sink = Vec::new();
        let library = link(&json!({"is_library_file": true, "size_bytes": 5}));
        let info = source.fetch_media(&library, &mut sink, 5).await.unwrap();
        assert_eq!((info.size_bytes, info.mime_type, &sink[..]), (5, None, &b"hello"[..]));
        let requests = transport.take_requests();
        assert_eq!(operations(&requests), ["tokenByAkSk", "applyToken", "downloadFileStream"]);
        assert_eq!(member(&requests[1], "userName"), "客户甲");
        assert_eq!(header(&requests[2], "ccmessaging-token"), "token-1");
        assert_eq!(
            ["fileId", "channel", "fileType", "multiMedia"].map(|name| member(&requests[2], name)),
            ["100-x/a", "WEB", "jpg", "multiMedia"]
        );
    }

    #[tokio::test]
    async fn sizes_are_watched() {
        let good = || after_tokens().answer(200, file("aGVsbG8="));
        let (fetched, sink, _) = fetch(good(), &link(&json!({})), 4).await;
        assert_eq!(fetched.unwrap_err().kind(), &MediaErrorKind::TooLarge);
        assert!(sink.is_empty());
        let (fetched, sink, _) = fetch(good(), &link(&json!({"size_bytes": 6})), 10).await;
        assert_eq!(fetched.unwrap_err().kind(), &MediaErrorKind::Interrupted);
        assert!(sink.is_empty());
        // the size is the sender's word: a longer file is whole at any rate
        let (fetched, sink, _) = fetch(good(), &link(&json!({"size_bytes": 4})), 10).await;
        assert_eq!((fetched.unwrap().size_bytes, &sink[..]), (5, &b"hello"[..]));
    }

    #[tokio::test]
    async fn what_cannot_be_had_is_not_asked_for() {
        for (link, why) in [
            (link(&json!({"file_type": "exe"})), "the vendor does not serve files of its type"),
            (link(&json!({"file_type": null})), "the message does not say its type"),
            (link(&json!({"file_id": ""})), "it names no file that can be had"),
            (link(&json!({"file_id": 7})), "it is no file of this vendor's"),
            (MediaLink::new("https://files.example.com/1", None), "it is no file of this vendor's"),
        ] {
            let (fetched, _, sent) = fetch(ReplayTransport::new(), &link, 10).await;
            let error = fetched.unwrap_err();
            assert_eq!(error.kind(), &MediaErrorKind::Refused(why));
            assert!(!error.kind().is_retryable());
            assert_eq!(sent, 0, "{why}");
        }
    }

    #[tokio::test]
    async fn codes_and_statuses_become_reasons() {
        let code = |code: &str| format!(r#"{{"resultCode":"{code}","resultDesc":"fixture"}}"#);
        for (status, body, kind, sent) in [
            (200, code("401"), MediaErrorKind::NotFound, 3),
            (404, String::new(), MediaErrorKind::Status(404), 3),
            (403, "<html>".to_owned(), MediaErrorKind::Status(403), 3),
            (200, file(""), MediaErrorKind::Interrupted, 3),
        ] {
            let (fetched, _, requests) =
                fetch(after_tokens().answer(status, body), &link(&json!({})), 10).await;
            assert_eq!((fetched.unwrap_err().kind(), requests), (&kind, sent));
        }
        for number in ["13", "1", "77"] {
            let (fetched, ..) =
                fetch(after_tokens().answer(200, code(number)), &link(&json!({})), 10).await;
            let error = fetched.unwrap_err();
            assert!(matches!(error.kind(), MediaErrorKind::Refused(_)), "{number}");
        }
        let broken = after_tokens().fail(TransportErrorKind::TooLarge);
        let (fetched, ..) = fetch(broken, &link(&json!({})), 10).await;
        assert_eq!(fetched.unwrap_err().kind(), &MediaErrorKind::Interrupted);
    }

    #[tokio::test]
    async fn the_code_401_is_no_expired_token_but_the_status_is() {
        let missing = r#"{"resultCode":"401","resultDesc":"fixture"}"#;
        let (_, _, sent) = fetch(after_tokens().answer(200, missing), &link(&json!({})), 10).await;
        assert_eq!(sent, 3);
        // a token without an identity is refused with a code of its own
        let nobody = r#"{"resultCode":"2","resultDesc":"fixture"}"#;
        for refusal in [answer(401, ""), answer(200, nobody)] {
            let transport = after_tokens()
                .answer_with(refusal)
                .answer(200, access_token("access-2"))
                .answer(200, messaging_token("token-2"))
                .answer(200, file("aGVsbG8="));
            let (fetched, sink, sent) = fetch(transport, &link(&json!({})), 10).await;
            assert_eq!((fetched.unwrap().size_bytes, &sink[..], sent), (5, &b"hello"[..], 6));
        }
        let twice = after_tokens()
            .answer(200, nobody)
            .answer(200, access_token("access-2"))
            .answer(200, messaging_token("token-2"))
            .answer(200, nobody);
        let (fetched, _, sent) = fetch(twice, &link(&json!({})), 10).await;
        assert!(matches!(fetched.unwrap_err().kind(), MediaErrorKind::Refused(_)));
        assert_eq!(sent, 6);
    }

    #[tokio::test]
    async fn a_fresh_token_in_the_answer_is_kept() {
        let fresh = with_header(answer(200, file("aGVsbG8=")), "ccmessaging-token", "token-2");
        let (client, transport) =
            client(after_tokens().answer_with(fresh).answer(200, file("aGVsbG8=")));
        let request = DownloadRequest::new(CHANNEL_ID, USER, "key", "jpg");
        client.download(&request).await.unwrap();
        client.download(&request).await.unwrap();
        assert_eq!(header(&transport.take_requests()[3], "ccmessaging-token"), "token-2");
    }

    #[tokio::test]
    async fn a_full_disk_is_ours() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> Result<usize, IoError> {
                Err(IoError::from(std::io::ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> Result<(), IoError> {
                Ok(())
            }
        }
        let (client, _) = client(after_tokens().answer(200, file("aGVsbG8=")));
        let source = RecordSource::new("bes", client, vec![User::new(USER)]);
        let error = source.fetch_media(&link(&json!({})), &mut Full, 10).await.unwrap_err();
        assert_eq!(error.kind(), &MediaErrorKind::Local);
        assert_eq!(error.into_io().unwrap().kind(), std::io::ErrorKind::StorageFull);
    }
}
