//! A server on a real socket that answers every request with the same bytes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use super::vendors::Vendor;

/// What is answered instead of records.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) is_gzip: bool,
    pub(crate) body: Arc<Vec<u8>>,
    /// How often the body is sent, one behind the other; the length is then not said before.
    pub(crate) times: usize,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        let body = Arc::new(body.into());
        let content_type = "application/json";
        Self { status: "200 OK", content_type, is_gzip: false, body, times: 1 }
    }
}

pub(crate) struct Server {
    address: SocketAddr,
}

impl Server {
    /// Serves a vendor: its tokens as they should be, and for all else this answer.
    pub(crate) fn start(vendor: &Vendor, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let tokens = vendor.tokens;
        // it ends with the test's process
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = answer.clone();
                // a client that goes away in the middle of a body is what is wanted
                thread::spawn(move || serve(stream, tokens, &answer).ok());
            }
        });
        Self { address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(mut stream: TcpStream, tokens: &[(&str, &str)], answer: &Answer) -> std::io::Result<()> {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    // all of the headers, and the body as far as it comes along: nobody reads it
    while !seen.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        seen.extend_from_slice(&buffer[..read]);
    }
    let head = String::from_utf8_lossy(&seen).into_owned();
    let length = head.to_ascii_lowercase();
    let length = length.split_once("content-length:").and_then(|(_, rest)| {
        rest.lines().next().and_then(|line| line.trim().parse::<usize>().ok())
    });
    let begun = seen.len() - head.find("\r\n\r\n").unwrap_or_default() - 4;
    let rest = u64::try_from(length.unwrap_or(0).saturating_sub(begun)).unwrap_or(0);
    std::io::copy(&mut (&stream).take(rest), &mut std::io::sink())?;
    let path = head.split(' ').nth(1).unwrap_or_default();
    let token = tokens.iter().find(|(part, _)| path.contains(part));
    let token = token.map(|(_, token)| Answer::ok(*token));
    let answer = token.as_ref().unwrap_or(answer);
    let coding = if answer.is_gzip { "content-encoding: gzip\r\n" } else { "" };
    let length = match answer.times {
        1 => format!("content-length: {}\r\n", answer.body.len()),
        _ => String::new(),
    };
    write!(
        stream,
        "HTTP/1.1 {}\r\ncontent-type: {}\r\n{coding}{length}connection: close\r\n\r\n",
        answer.status, answer.content_type
    )?;
    for _ in 0..answer.times {
        stream.write_all(&answer.body)?;
    }
    stream.flush()
}
