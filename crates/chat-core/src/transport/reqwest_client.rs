//! The transport on reqwest: no redirects, no retries of its own, capped bodies, no URL in errors.

use std::collections::HashSet;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::{HeaderValue, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::{
    BoxFuture, MAX_BODY_BYTES, MediaError, MediaErrorKind, MediaInfo, MediaLink, Transport,
    TransportError, TransportErrorKind, is_loopback,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Silence on a download that is taken for a broken connection.
const MEDIA_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// So often a download goes on after a break; each time it must have come further.
const MOST_BREAKS: u32 = 5;

/// Sends requests with reqwest. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    calls: Arc<Clients>,
    media: Arc<Clients>,
    media_policy: MediaPolicy,
    guard: Guard,
}

impl ReqwestTransport {
    /// A transport for a vendor at `base`. What goes to loopback bypasses the system's proxy, and
    /// where it is `http`, no root certificates are read.
    ///
    /// # Errors
    ///
    /// When TLS or the resolver cannot be set up: mostly, the system has no root certificates.
    pub fn new(base: &Url) -> Result<Self, TransportError> {
        let transport = Self {
            calls: Arc::default(),
            media: Arc::default(),
            media_policy: MediaPolicy::for_base(base),
            guard: Guard::default(),
        };
        transport.client_for_calls(base)?;
        Ok(transport)
    }

    fn client_for_calls(&self, url: &Url) -> Result<&reqwest::Client, TransportError> {
        self.calls.to(url, |builder| builder.timeout(CALL_TIMEOUT)).map_err(|error| {
            TransportError::new(TransportErrorKind::Setup).with_source(error.without_url())
        })
    }

    fn client_for_files(&self, url: &Url) -> Result<&reqwest::Client, MediaError> {
        let with_guard = |builder: reqwest::ClientBuilder| {
            let builder = builder.read_timeout(MEDIA_READ_TIMEOUT);
            if self.media_policy.allows_private() {
                builder
            } else {
                builder.dns_resolver(Arc::new(self.guard.clone()))
            }
        };
        self.media.to(url, with_guard).map_err(broke)
    }

    /// Fetches a file by its link into `sink`, without any header of the vendor's. If the connection
    /// breaks off, the rest is asked for, where the host can tell that it is the rest of the same
    /// file.
    ///
    /// # Errors
    ///
    /// When the link is refused by the policy or dead, the host fails, the file is larger than
    /// `limit_bytes`, the connection breaks, or `sink` fails.
    pub async fn download(
        &self,
        link: &MediaLink,
        sink: &mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> Result<MediaInfo, MediaError> {
        let url = self.media_policy.check(link)?;
        if !self.media_policy.allows_private() {
            self.guard.check(&url).await?;
        }
        let mut received = Received::default();
        loop {
            let before = received.size_bytes;
            let mut answer = self.ask_for_file(&url, &mut received, limit_bytes).await?;
            match receive(&mut answer, sink, &mut received, limit_bytes).await {
                Ok(()) => return Ok(MediaInfo::new(received.size_bytes, received.mime_type)),
                // what came is not thrown away if the host can send the rest of the same file
                Err(error)
                    if *error.kind() == MediaErrorKind::Interrupted
                        && received.size_bytes > before
                        && received.etag.is_some()
                        && received.breaks < MOST_BREAKS =>
                {
                    received.breaks += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks for a file, or for what is missing of it.
    async fn ask_for_file(
        &self,
        url: &Url,
        received: &mut Received,
        limit_bytes: u64,
    ) -> Result<reqwest::Response, MediaError> {
        let mut request = self.client_for_files(url)?.get(url.clone());
        let rest_from = received.etag.clone().filter(|_| received.size_bytes > 0);
        if let Some(etag) = &rest_from {
            let range = format!("bytes={}-", received.size_bytes);
            request = request.header(header::RANGE, range).header(header::IF_RANGE, etag);
        }
        let answer = request.send().await.map_err(broke)?;
        match answer.status().as_u16() {
            200 if rest_from.is_none() => {}
            206 if rest_from.is_some() => {
                let starts = answer.headers().get(header::CONTENT_RANGE).and_then(first_byte);
                if starts != Some(received.size_bytes) {
                    return Err(MediaError::new(MediaErrorKind::Interrupted));
                }
                return Ok(answer);
            }
            // all of it again: `sink` has the beginning already, so it must begin anew
            200 => return Err(MediaError::new(MediaErrorKind::Interrupted)),
            300..=399 => return Err(refused("it redirects to another place")),
            // object stores answer 403 for a link that ran out, and for one that never worked
            401 | 403 | 410 => return Err(MediaError::new(MediaErrorKind::Expired)),
            404 => return Err(MediaError::new(MediaErrorKind::NotFound)),
            status => return Err(MediaError::new(MediaErrorKind::Status(status))),
        }
        if answer.content_length().is_some_and(|length| length > limit_bytes) {
            return Err(MediaError::new(MediaErrorKind::TooLarge));
        }
        let headers = answer.headers();
        let mime_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        received.mime_type = mime_type.map(str::to_owned);
        // without a length, what came may be unpacked, and is no position in the file; a weak tag
        // promises no equal bytes
        received.etag = headers
            .get(header::ETAG)
            .filter(|etag| answer.content_length().is_some() && !etag.as_bytes().starts_with(b"W/"))
            .cloned();
        Ok(answer)
    }

    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(strip)?;
        let client = self.client_for_calls(request.url())?;
        let mut answer = client.execute(request).await.map_err(strip)?;
        let mut body = Vec::new();
        if let Some(length) = answer.content_length() {
            body.reserve(usize::try_from(length).unwrap_or(0).min(MAX_BODY_BYTES));
        }
        while let Some(chunk) = answer.chunk().await.map_err(strip)? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(TransportError::new(TransportErrorKind::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        Ok(response)
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(self.exchange(request))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn download<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        Box::pin(self.download(link, sink, limit_bytes))
    }
}

/// One client for each way to send, made when it is needed first: root certificates are read for each
/// that may need them, which takes milliseconds, and not every system has them.
#[derive(Debug, Default)]
struct Clients {
    /// `http` to loopback: without proxy and root certificates.
    loopback: OnceLock<reqwest::Client>,
    /// `https` to loopback: without proxy.
    loopback_tls: OnceLock<reqwest::Client>,
    elsewhere: OnceLock<reqwest::Client>,
}

impl Clients {
    /// The client for `url`; `with` adds what these clients have in common.
    fn to(
        &self,
        url: &Url,
        with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> reqwest::Result<&reqwest::Client> {
        type Change = fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder;
        let (place, route): (_, Change) = match (is_loopback(url), url.scheme()) {
            (true, "http") => (&self.loopback, |builder| without_roots(builder.no_proxy())),
            (true, _) => (&self.loopback_tls, reqwest::ClientBuilder::no_proxy),
            (false, _) => (&self.elsewhere, |builder| builder),
        };
        if let Some(made) = place.get() {
            return Ok(made);
        }
        let builder = with(reqwest::Client::builder())
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("chat-records/", env!("CARGO_PKG_VERSION")));
        let made = route(builder).build()?;
        Ok(place.get_or_init(|| made))
    }
}

#[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
fn without_roots(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.tls_certs_only([])
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
fn without_roots(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

/// What came of a file so far.
#[derive(Debug, Default)]
struct Received {
    size_bytes: u64,
    mime_type: Option<String>,
    /// Tells this file from others of its address; `None` if nothing does for sure.
    etag: Option<HeaderValue>,
    breaks: u32,
}

/// Passes a body on.
async fn receive(
    answer: &mut reqwest::Response,
    sink: &mut (dyn Write + Send),
    received: &mut Received,
    limit_bytes: u64,
) -> Result<(), MediaError> {
    while let Some(chunk) = answer.chunk().await.map_err(broke)? {
        if received.size_bytes + chunk.len() as u64 > limit_bytes {
            return Err(MediaError::new(MediaErrorKind::TooLarge));
        }
        sink.write_all(&chunk)
            .map_err(|error| MediaError::new(MediaErrorKind::Local).with_source(error))?;
        received.size_bytes += chunk.len() as u64;
    }
    Ok(())
}

fn broke(error: reqwest::Error) -> MediaError {
    MediaError::new(MediaErrorKind::Interrupted).with_source(error.without_url())
}

/// The first byte of `bytes 100-199/200`.
fn first_byte(range: &HeaderValue) -> Option<u64> {
    range.to_str().ok()?.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

/// reqwest prints the whole URL, and URLs hold keys: it is removed here, in one place.
fn strip(error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_builder() {
        TransportErrorKind::Request
    } else {
        TransportErrorKind::Interrupted
    };
    TransportError::new(kind).with_source(error.without_url())
}

/// Where files may be fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a third policy would have to be decided everywhere")]
pub enum MediaPolicy {
    /// `https` to public addresses.
    PublicHttps,
    /// Anything that the simulator on this machine may hand out.
    Loopback,
}

impl MediaPolicy {
    /// The policy for a vendor at `base`: links of a vendor on loopback may point to loopback.
    pub fn for_base(base: &Url) -> Self {
        if is_loopback(base) { Self::Loopback } else { Self::PublicHttps }
    }

    const fn allows_private(self) -> bool {
        matches!(self, Self::Loopback)
    }

    /// Reads a link, and refuses what is not to be fetched. Names are checked when they are
    /// resolved, addresses here.
    fn check(self, link: &MediaLink) -> Result<Url, MediaError> {
        let url = Url::parse(link.expose()).map_err(|_| refused("it is not a URL"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.allows_private() => {}
            _ => return Err(refused("only https is fetched")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it holds a user name or password"));
        }
        let public = match url.host() {
            Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
            // the dot that ends a full name changes nothing
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name != "localhost" && !name.ends_with(".localhost")
            }
            None => return Err(refused("it has no host")),
        };
        if public || self.allows_private() {
            Ok(url)
        } else {
            Err(refused("the address is private"))
        }
    }
}

const fn refused(why: &'static str) -> MediaError {
    MediaError::new(MediaErrorKind::Refused(why))
}

/// Resolves the names of media hosts to public addresses only, so that a link cannot reach into the
/// user's network. Other names that the client resolves are those of the user's own proxy.
#[derive(Debug, Clone, Default)]
struct Guard {
    hosts: Arc<Mutex<HashSet<String>>>,
}

impl Guard {
    /// Refuses a host whose name leads to a private address. With a proxy this look is the only
    /// one; without, the same is asked again when the connection is made. A name that is not known
    /// here may be known to the proxy.
    async fn check(&self, url: &Url) -> Result<(), MediaError> {
        let Some(Host::Domain(host)) = url.host() else { return Ok(()) };
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned());
        let Ok(mut addresses) = tokio::net::lookup_host((host, 443)).await else { return Ok(()) };
        if addresses.all(|address| is_public(address.ip())) {
            Ok(())
        } else {
            Err(refused("the address is private"))
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let is_media =
            self.hosts.lock().unwrap_or_else(PoisonError::into_inner).contains(name.as_str());
        Box::pin(async move {
            let all = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fit: Vec<SocketAddr> =
                all.filter(|address| !is_media || is_public(address.ip())).collect();
            if fit.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(fit.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [first, second, rest @ ..] = address.segments();
    if let ((0x64, 0xff9b), [0, 0, 0, 0, high, low]) = ((first, second), rest) {
        // NAT64 carries an IPv4 address in its last 32 bits
        return is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    // global unicast is 2000::/3, less what is set apart for protocols (2001::/23, Teredo among it,
    // which carries IPv4 addresses as 6to4, 2002::/16, does) and documentation (2001:db8::/32,
    // 3fff::/20)
    first & 0xe000 == 0x2000
        && first != 0x2002
        && !(first == 0x2001 && (second == 0x0db8 || second < 0x0200))
        && !(first == 0x3fff && second < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_not_public() {
        for private in [
            "10.0.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "2002:a00:1::1",
            "2001::a00:1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "::a00:1",
            "::",
            "ff02::1",
            "fec0::1",
            "2001:10::1",
            "2001:2::1",
            "3fff::1",
            "::ffff:169.254.169.254",
            "192.0.0.8",
            "192.88.99.1",
            "198.18.0.1",
            "203.0.113.7",
            "240.0.0.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "47.88.1.1", "2400:3200::1", "64:ff9b::808:808"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn links_into_the_local_network_are_refused() {
        let policy = MediaPolicy::PublicHttps;
        for link in [
            "http://example.com/a",
            "https://127.0.0.1/a",
            "https://localhost/a",
            "https://[::1]/a",
            "https://169.254.169.254/latest",
            "ftp://example.com/a",
            "https://user:pw@example.com/a",
            "https://example.com@127.0.0.1/a",
            "not a url",
            "//example.com/a",
            "file:///etc/passwd",
            "data:text/plain,a",
            "javascript:1",
            "https://0.0.0.0/a",
            "https://127.1/a",
            "https://2130706433/a",
            "https://0x7f000001/a",
            "https://0177.0.0.1/a",
            "https://127.0.0.1./a",
            "https://127。0。0。1/a",
            "https://①②⑦.0.0.1/a",
            "https://[::ffff:10.0.0.1]/a",
            "https://[::ffff:a00:1]/a",
            "https://[64:ff9b::7f00:1]/a",
            "https://LOCALHOST:8443/a",
            "https://localhost./a",
            "https://printer.localhost/a",
        ] {
            let error = policy.check(&MediaLink::new(link, None)).unwrap_err();
            assert!(matches!(error.kind(), MediaErrorKind::Refused(_)), "{link}");
        }
        assert!(policy.check(&MediaLink::new("https://example.com/a?b=c", None)).is_ok());
        assert!(MediaPolicy::Loopback.check(&MediaLink::new("http://127.0.0.1:9/a", None)).is_ok());
    }
}
