//! Starting and stopping simulated vendors.

use std::time::Duration;

use tokio::sync::watch;

use crate::{
    Clock, Error, Faults, SecretField, SimVendor,
    bes::{BesHandle, BesOptions},
    jijyun::{JijyunHandle, JijyunOptions},
    myscrm::{MyscrmHandle, MyscrmOptions},
    nxlink::{NxlinkHandle, NxlinkOptions},
    server::{Ground, Server},
};

/// Which vendors to simulate, and how all of them behave.
#[derive(Debug, Clone, Default)]
pub struct SimOptions {
    clock: Clock,
    faults: Faults,
    port: u16,
    latency: Duration,
    max_per_second: Option<u32>,
    silent_limit: bool,
    media_rate: Option<u64>,
    nxlink: Option<NxlinkOptions>,
    bes: Option<BesOptions>,
    jijyun: Option<JijyunOptions>,
    myscrm: Option<MyscrmOptions>,
}

impl SimOptions {
    /// Simulates every vendor there is, with `records` records each.
    pub fn all(records: u32) -> Self {
        Self::default()
            .with_nxlink(NxlinkOptions::default().with_records(records))
            .with_bes(BesOptions::default().with_records(records))
            .with_jijyun(JijyunOptions::default().with_records(records))
            .with_myscrm(MyscrmOptions::default().with_records(records))
    }

    /// Leaves out every vendor but these, by their names.
    #[must_use]
    pub fn only(mut self, vendors: &[&str]) -> Self {
        let keep = |name| vendors.contains(&name);
        self.nxlink = self.nxlink.filter(|_| keep("nxlink"));
        self.bes = self.bes.filter(|_| keep("bes-ccmessaging"));
        self.jijyun = self.jijyun.filter(|_| keep("jijyun"));
        self.myscrm = self.myscrm.filter(|_| keep("myscrm-qw"));
        self
    }

    /// Simulates NXLink.
    #[must_use]
    pub fn with_nxlink(mut self, options: NxlinkOptions) -> Self {
        self.nxlink = Some(options);
        self
    }

    /// Simulates Huawei's online customer service.
    #[must_use]
    pub fn with_bes(mut self, options: BesOptions) -> Self {
        self.bes = Some(options);
        self
    }

    /// Simulates Yuju AI.
    #[must_use]
    pub fn with_jijyun(mut self, options: JijyunOptions) -> Self {
        self.jijyun = Some(options);
        self
    }

    /// Simulates the enterprise-WeChat middle platform.
    #[must_use]
    pub fn with_myscrm(mut self, options: MyscrmOptions) -> Self {
        self.myscrm = Some(options);
        self
    }

    /// The clock to use; default is one that shows real time.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What should go wrong. Rules without a vendor count for each vendor by itself.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// The first port: vendors take two each, in the order of [`Sim::vendors`], one for the API and the next one for files.
    /// 0, the default, takes free ones.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How long every request waits before it is looked at, in milliseconds of real time; default 0.
    #[must_use]
    pub fn with_latency_ms(mut self, latency_ms: u64) -> Self {
        self.latency = Duration::from_millis(latency_ms);
        self
    }

    /// How many API requests a vendor takes in any second of real time; more are answered with HTTP 429 and
    /// `Retry-After: 1`, and fault rules do not see them. Not limited by default.
    #[must_use]
    pub fn with_max_per_second(mut self, max_per_second: u32) -> Self {
        self.max_per_second = Some(max_per_second);
        self
    }

    /// Whether requests above the limit are refused without a `Retry-After`; default false.
    #[must_use]
    pub fn with_silent_limit(mut self, silent_limit: bool) -> Self {
        self.silent_limit = silent_limit;
        self
    }

    /// How many bytes of files a vendor sends in a second, over all connections together. Not limited by default.
    #[must_use]
    pub fn with_media_rate(mut self, bytes_per_second: u64) -> Self {
        self.media_rate = Some(bytes_per_second);
        self
    }
}

/// Running simulated vendors. Dropping it stops them.
#[derive(Debug)]
pub struct Sim {
    clock: Clock,
    nxlink: Option<NxlinkHandle>,
    bes: Option<BesHandle>,
    jijyun: Option<JijyunHandle>,
    myscrm: Option<MyscrmHandle>,
    servers: Vec<Server>,
    stop: watch::Sender<bool>,
}

impl Sim {
    /// Starts all vendors of the options on loopback; they answer when this returns. Needs a running Tokio runtime.
    ///
    /// # Errors
    ///
    /// When a setting makes no sense, when a fault rule names a vendor that cannot be simulated, and when a port cannot be
    /// listened on.
    pub async fn start(options: SimOptions) -> Result<Self, Error> {
        let SimOptions {
            clock,
            faults,
            port,
            latency,
            max_per_second,
            silent_limit,
            media_rate,
            nxlink,
            bes,
            jijyun,
            myscrm,
        } = options;
        faults.check()?;
        let stop = watch::Sender::new(false);
        let mut ground = Ground {
            clock: clock.clone(),
            faults,
            latency,
            max_per_second,
            silent_limit,
            media_rate,
            port,
            stop: &stop,
            servers: Vec::new(),
        };
        let nxlink = match nxlink {
            Some(options) => Some(NxlinkHandle::start(options, &mut ground).await?),
            None => None,
        };
        let bes = match bes {
            Some(options) => Some(BesHandle::start(options, &mut ground).await?),
            None => None,
        };
        let jijyun = match jijyun {
            Some(options) => Some(JijyunHandle::start(options, &mut ground).await?),
            None => None,
        };
        let myscrm = match myscrm {
            Some(options) => Some(MyscrmHandle::start(options, &mut ground).await?),
            None => None,
        };
        let servers = ground.servers;
        Ok(Self { clock, nxlink, bes, jijyun, myscrm, servers, stop })
    }

    /// The simulated vendors.
    pub fn vendors(&self) -> impl Iterator<Item = &dyn SimVendor> {
        let nxlink = self.nxlink().map(|vendor| vendor as &dyn SimVendor);
        let bes = self.bes().map(|vendor| vendor as &dyn SimVendor);
        let jijyun = self.jijyun().map(|vendor| vendor as &dyn SimVendor);
        let myscrm = self.myscrm().map(|vendor| vendor as &dyn SimVendor);
        [nxlink, bes, jijyun, myscrm].into_iter().flatten()
    }

    /// The vendor with this name, if it is simulated.
    pub fn vendor(&self, name: &str) -> Option<&dyn SimVendor> {
        self.vendors().find(|vendor| vendor.name() == name)
    }

    /// NXLink, if it is simulated.
    pub fn nxlink(&self) -> Option<&NxlinkHandle> {
        self.nxlink.as_ref()
    }

    /// Huawei's online customer service, if it is simulated.
    pub fn bes(&self) -> Option<&BesHandle> {
        self.bes.as_ref()
    }

    /// Yuju AI, if it is simulated.
    pub fn jijyun(&self) -> Option<&JijyunHandle> {
        self.jijyun.as_ref()
    }

    /// The enterprise-WeChat middle platform, if it is simulated.
    pub fn myscrm(&self) -> Option<&MyscrmHandle> {
        self.myscrm.as_ref()
    }

    /// The clock of all vendors.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The `[sources.<vendor>]` sections of a `chat-records.toml` for all running vendors. `secret` says how each secret
    /// is written there: by value, or as a reference to where the caller put it.
    ///
    /// ```
    /// # async fn f() -> Result<(), chat_sim::Error> {
    /// use chat_sim::{Sim, SimOptions, nxlink::NxlinkOptions};
    ///
    /// let sim = Sim::start(SimOptions::default().with_nxlink(NxlinkOptions::default())).await?;
    /// let toml = sim.config_toml(|secret| secret.to_plain());
    /// assert!(toml.contains("[sources.nxlink]"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn config_toml(&self, mut secret: impl FnMut(SecretField<'_>) -> String) -> String {
        let sections: Vec<_> =
            self.vendors().map(|vendor| vendor.config_toml(&mut secret)).collect();
        sections.join("\n")
    }

    /// Stops listening, lets open answers end for up to a second, and stops.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        for server in self.servers {
            server.stopped().await;
        }
    }
}
