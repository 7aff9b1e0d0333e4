//! What a source is built with if it shall only read stored pages again: no secret, no network.

use std::io;
use std::path::Path;
use std::time::Duration;

use chat_core::{BoxFuture, Transport, TransportError, TransportErrorKind, http};

use crate::config::ReadSecrets;

/// Stands for every secret. It has the form of the strictest of them, a 256-bit key in Base64; and
/// it opens nothing.
const PLACEHOLDER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Has nothing to tell, so that a secret which is not set stops nobody from reading.
pub(super) struct NoSecrets;

impl ReadSecrets for NoSecrets {
    fn env(&self, _: &str) -> Option<String> {
        Some(PLACEHOLDER.to_owned())
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Ok(PLACEHOLDER.to_owned())
    }

    fn ids(&self, _: &Path) -> io::Result<String> {
        Ok("nobody".to_owned())
    }
}

/// Sends nothing.
#[derive(Debug)]
pub(super) struct Offline;

impl Transport for Offline {
    fn send(
        &self,
        _: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let refused = TransportError::new(TransportErrorKind::Request)
            .with_source("the source was made to read stored pages only");
        Box::pin(std::future::ready(Err(refused)))
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
