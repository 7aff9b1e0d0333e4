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
