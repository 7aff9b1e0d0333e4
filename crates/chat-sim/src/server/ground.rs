//! What all vendors stand on: one clock, one set of rules, and ports one after the other.

use std::{sync::Arc, time::Duration};

use axum::Router;
use tokio::sync::watch;

use super::{Bandwidth, Bound, Gate, RateLimit, Server, Site, site};
use crate::{Clock, Error, Faults, faults::Engine, log::RequestLog};

/// What a vendor needs to start.
pub(crate) struct Ground<'a> {
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) latency: Duration,
    pub(crate) max_per_second: Option<u32>,
    pub(crate) silent_limit: bool,
    pub(crate) media_rate: Option<u64>,
    /// The next port that is given away; 0 takes free ones.
    pub(crate) port: u16,
    pub(crate) stop: &'a watch::Sender<bool>,
    pub(crate) servers: Vec<Server>,
}

impl Ground<'_> {
    /// The gate of a vendor to which only these kinds of faults make sense.
    pub(crate) fn gate(&self, vendor: &'static str, kinds: &'static [&'static str]) -> Gate {
        Gate {
            clock: self.clock.clone(),
            faults: Engine::new(vendor, kinds, self.faults.clone()),
            log: RequestLog::default(),
            latency: self.latency,
            limit: RateLimit::new(self.max_per_second, self.silent_limit),
            media_line: self.media_rate.map(Bandwidth::new),
        }
    }

    /// A vendor's two listeners: two ports in a row, or two free ones.
    pub(crate) async fn bind_pair(&mut self) -> Result<[Bound; 2], Error> {
        Ok([self.bind().await?, self.bind().await?])
    }

    /// Lets a listener answer.
    pub(crate) fn serve<S: Site>(&mut self, bound: Bound, site: Arc<S>) {
        let app = Router::new().fallback(site::handle::<S>).with_state(site);
        self.servers.push(bound.serve(app, self.stop));
    }

    async fn bind(&mut self) -> Result<Bound, Error> {
        let bound = Bound::new(self.port).await?;
        if self.port != 0 {
            // after the last port there is none: it is taken, and the error says so
            self.port = self.port.saturating_add(1);
        }
        Ok(bound)
    }
}
