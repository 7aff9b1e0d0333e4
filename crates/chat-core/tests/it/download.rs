//! Files over real sockets: what is sent, what is refused, what is noticed.

use chat_core::{
    MediaErrorKind, MediaLink, ReqwestTransport, Transport, TransportErrorKind, Url, http,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers one request with these bytes; returns the request.
async fn serve(listener: TcpListener, answer: Vec<u8>) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).await.unwrap();
    stream.write_all(&answer).await.unwrap();
    stream.shutdown().await.unwrap();
    String::from_utf8_lossy(&request[..read]).into_owned()
}

async fn fetch(answer: &str, limit: u64) -> (Result<Vec<u8>, MediaErrorKind>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let transport = ReqwestTransport::new(&Url::parse(&base).unwrap()).unwrap();
    let link = MediaLink::new(format!("{base}file?Expires=1&sig=a%2Bb"), None);
    let mut file = Vec::new();
    let (request, result) = tokio::join!(
        serve(listener, answer.as_bytes().to_vec()),
        transport.download(&link, &mut file, limit)
    );
    (result.map(|_| file).map_err(|error| error.kind().clone()), request)
}

#[tokio::test]
async fn a_file_comes_whole_and_the_query_goes_out_as_it_is() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-type: image/png\r\n\r\nfile";
    let (file, request) = fetch(answer, 100).await;
    assert_eq!(file.unwrap(), b"file");
    assert!(request.starts_with("GET /file?Expires=1&sig=a%2Bb HTTP/1.1\r\n"), "{request}");
}

#[tokio::test]
async fn what_is_not_the_file_is_told_apart() {
    for (answer, kind) in [
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", MediaErrorKind::Expired),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", MediaErrorKind::NotFound),
        ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", MediaErrorKind::Status(503)),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            MediaErrorKind::Refused("it redirects to another place"),
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\nfile", MediaErrorKind::TooLarge),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nc8\r\nfile",
            MediaErrorKind::Interrupted,
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\nfile", MediaErrorKind::Interrupted),
    ] {
        let (file, _) = fetch(answer, 100).await;
        assert_eq!(file.unwrap_err(), kind, "{answer}");
    }
}

/// Answers requests one after the other, each on a connection of its own; returns the requests.
async fn fetch_from(answers: &[&str]) -> (Result<Vec<u8>, MediaErrorKind>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let transport = ReqwestTransport::new(&Url::parse(&base).unwrap()).unwrap();
    let link = MediaLink::new(format!("{base}file"), None);
    let serve = async {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            requests.push(String::from_utf8_lossy(&request[..read]).to_lowercase());
        }
        requests
    };
    let mut file = Vec::new();
    let (requests, result) = tokio::join!(serve, transport.download(&link, &mut file, 100));
    (result.map(|_| file).map_err(|error| error.kind().clone()), requests)
}

const HALF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\netag: \"one\"\r\n\r\nfour";

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_was() {
    let rest = "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 4-7/8\r\ncontent-length: 4\r\n\r\nmore";
    let (file, requests) = fetch_from(&[HALF, rest]).await;
    assert_eq!(file.unwrap(), b"fourmore");
    assert!(!requests[0].contains("range"));
    assert!(requests[1].contains("\r\nrange: bytes=4-\r\n"), "{}", requests[1]);
    assert!(requests[1].contains("\r\nif-range: \"one\"\r\n"), "{}", requests[1]);
    // and it may break off again
    let part =
        "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 4-7/8\r\ncontent-length: 4\r\n\r\nmo";
    let end =
        "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 6-7/8\r\ncontent-length: 2\r\n\r\nre";
    let (file, requests) = fetch_from(&[HALF, part, end]).await;
    assert_eq!(file.unwrap(), b"fourmore");
    assert!(requests[2].contains("\r\nrange: bytes=6-\r\n"), "{}", requests[2]);
}

#[tokio::test]
async fn two_halves_of_different_files_are_not_put_together() {
    for (second, kind) in [
        // the file has changed, or the host knows no parts
        ("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsomemore", MediaErrorKind::Interrupted),
        (
            "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 3-7/8\r\ncontent-length: 5\r\n\r\nrmore",
            MediaErrorKind::Interrupted,
        ),
        (
            "HTTP/1.1 206 Partial Content\r\ncontent-length: 4\r\n\r\nmore",
            MediaErrorKind::Interrupted,
        ),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", MediaErrorKind::Expired),
    ] {
        let (file, _) = fetch_from(&[HALF, second]).await;
        assert_eq!(file.unwrap_err(), kind, "{second}");
    }
    // without a tag that promises equal bytes, and without progress, nothing is asked for again
    for first in [
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nfour",
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\netag: W/\"one\"\r\n\r\nfour",
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\netag: \"one\"\r\n\r\n",
    ] {
        let (file, _) = fetch_from(&[first]).await;
        assert_eq!(file.unwrap_err(), MediaErrorKind::Interrupted, "{first}");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_wherever_it_leads() {
    for (status, target) in [
        ("301 Moved", "http://127.0.0.1:1/"),
        ("302 Found", "http://169.254.169.254/"),
        ("303 See Other", "/elsewhere"),
        ("307 Temporary", "//10.0.0.1/"),
        ("308 Permanent", "file:///a"),
    ] {
        let answer =
            format!("HTTP/1.1 {status}\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let (file, _) = fetch_from(&[&answer]).await;
        let kind = MediaErrorKind::Refused("it redirects to another place");
        assert_eq!(file.unwrap_err(), kind, "{status} {target}");
    }
}

#[tokio::test]
async fn more_than_was_announced_is_not_taken() {
    let (file, _) =
        fetch_from(&["HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfile and more"]).await;
    assert_eq!(file.unwrap(), b"file");
    let long = "x".repeat(101);
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n{long}\r\n");
    let (file, _) = fetch_from(&[&chunked]).await;
    assert_eq!(file.unwrap_err(), MediaErrorKind::TooLarge);
}

#[tokio::test]
async fn a_broken_answer_is_an_error_without_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let transport = ReqwestTransport::new(&Url::parse(&base).unwrap()).unwrap();
    let request = http::Request::get(format!("{base}?key=MARKER")).body(Vec::new()).unwrap();
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"list\":".to_vec();
    let (_, result) = tokio::join!(serve(listener, answer), transport.send(request));
    let error = result.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Interrupted);
    let mut shown = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        shown = format!("{shown} {error} {error:?}");
        cause = error.source();
    }
    assert!(!shown.contains("MARKER"), "{shown}");
}
