//! Reads a span of time without async: no runtime, and a transport of one's own over `ureq`.
//!
//! ```text
//! NXLINK_BASE_URL=http://127.0.0.1:… NXLINK_TENANT_ID=1 NXLINK_APPKEY=… \
//! NXLINK_ACCESS_KEY=… NXLINK_ACCESS_SECRET=… cargo run -p nxlink --example nxlink-blocking
//! ```
//!
//! `cargo run -p chat-records-cli -- sim nxlink` serves such an account. Here `ureq` is built without
//! TLS; with its default features the same program reads from the vendor. Of this crate it needs no
//! more than `default-features = false, features = ["client"]`.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::env;
use std::error::Error;
use std::future::ready;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nxlink::chat_core::{
    BoxFuture, MAX_BODY_BYTES, Transport, TransportError, TransportErrorKind, http,
};
use nxlink::{Client, Credentials, RecordsRequest};

type Answer = Result<http::Response<Vec<u8>>, TransportError>;

/// Sends with `ureq`, which blocks: every future is ready when it is made.
#[derive(Debug)]
struct Blocking(ureq::Agent);

impl Blocking {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            // any status is an answer, and redirects are not followed
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(60)));
        Self(config.build().new_agent())
    }

    fn answer(&self, request: http::Request<Vec<u8>>) -> Answer {
        let mut answer = self.0.run(request).map_err(|error| failed(&error))?;
        let limit = MAX_BODY_BYTES as u64;
        let body = answer.body_mut().with_config().limit(limit).read_to_vec();
        let body = body.map_err(|error| failed(&error))?;
        Ok(answer.map(|_| body))
    }
}

impl Transport for Blocking {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Answer> {
        Box::pin(ready(self.answer(request)))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        thread::sleep(duration);
        Box::pin(ready(()))
    }
}

/// The kind says whether asking again may help. The error itself may quote the URL, which holds the
/// appkey, so it goes no further.
fn failed(error: &ureq::Error) -> TransportError {
    TransportError::new(match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => TransportErrorKind::Connect,
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::Io(_) | ureq::Error::Protocol(_) => TransportErrorKind::Interrupted,
        ureq::Error::BodyExceedsLimit(_) => TransportErrorKind::TooLarge,
        _ => TransportErrorKind::Request,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::new(
        variable("NXLINK_TENANT_ID")?.parse()?,
        variable("NXLINK_APPKEY")?,
        variable("NXLINK_ACCESS_KEY")?,
        variable("NXLINK_ACCESS_SECRET")?,
    );
    let client = Client::builder(variable("NXLINK_BASE_URL")?, credentials)
        .with_transport(Arc::new(Blocking::new()))
        .build()?;

    let mut pager = client.records_pager(RecordsRequest::new());
    let (mut records, mut count) = (0, 0);
    // a future whose parts are all ready needs nobody to wake it
    while let Some(page) = pollster::block_on(pager.next_page())? {
        records += page.items.len();
        count += 1;
    }
    println!("{records} records on {count} pages, by {} requests", client.calls().requests);
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("set {name}"))
}
