//! What all simulated vendors share on the wire: listening, latency, the rate limit, dates and broken answers.

mod answer;
mod bandwidth;
mod connection;
mod ground;
mod site;

use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, serve::Listener as _};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::Instant};

pub(crate) use answer::{Answer, Throttle, replacement, send};
pub(crate) use bandwidth::Bandwidth;
pub(crate) use connection::KillSwitch;
use connection::KillableListener;
pub(crate) use ground::Ground;
pub(crate) use site::{Heard, Noted, Reply, Site};

use crate::{Clock, Error, faults::Engine, log::RequestLog};

/// How long open connections may take to end on shutdown.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(1);

/// What every request to a vendor passes through, and what is known about them afterwards.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) clock: Clock,
    pub(crate) faults: Engine,
    pub(crate) log: RequestLog,
    pub(crate) latency: Duration,
    pub(crate) limit: RateLimit,
    /// What all downloads share.
    pub(crate) media_line: Option<Bandwidth>,
}

/// At most so many requests in any second of real time.
#[derive(Debug)]
pub(crate) struct RateLimit {
    max_per_second: Option<usize>,
    /// It does not say when to come again.
    pub(crate) is_silent: bool,
    recent: Mutex<VecDeque<Instant>>,
}

impl RateLimit {
    pub(crate) fn new(max_per_second: Option<u32>, is_silent: bool) -> Self {
        Self {
            max_per_second: max_per_second.and_then(|max| usize::try_from(max).ok()),
            is_silent,
            recent: Mutex::default(),
        }
    }

    /// True if the request is within the limit; only such requests count.
    pub(crate) fn admits(&self) -> bool {
        let Some(max) = self.max_per_second else { return true };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while recent.front().is_some_and(|at| now.duration_since(*at) >= Duration::from_secs(1)) {
            recent.pop_front();
        }
        let admitted = recent.len() < max;
        if admitted {
            recent.push_back(now);
        }
        admitted
    }
}

/// A listener that is bound but does not answer yet: its address is known before what it serves is made.
pub(crate) struct Bound {
    listener: KillableListener,
    pub(crate) address: SocketAddr,
}

impl Bound {
    /// Binds to loopback; port 0 takes any free port.
    pub(crate) async fn new(port: u16) -> Result<Self, Error> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let fail = |source| Error::Bind { address, source };
        let listener = KillableListener(TcpListener::bind(address).await.map_err(fail)?);
        let address = listener.local_addr().map_err(fail)?;
        Ok(Self { listener, address })
    }

    pub(crate) fn serve(self, app: Router, stop: &watch::Sender<bool>) -> Server {
        let mut stopped = stop.subscribe();
        let served =
            axum::serve(self.listener, app.into_make_service_with_connect_info::<KillSwitch>());
        let served = served.with_graceful_shutdown(async move {
            // an error means that the sender is gone, which is a reason to stop as well
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        Server(tokio::spawn(async move {
            let _ = served.await;
        }))
    }
}

/// A running listener; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server(JoinHandle<()>);

impl Server {
    /// Waits for open connections, but not for long.
    pub(crate) async fn stopped(mut self) {
        // whatever still runs is aborted by the drop
        let _ = tokio::time::timeout(SHUTDOWN_PATIENCE, &mut self.0).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}
