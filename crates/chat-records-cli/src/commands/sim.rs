//! `sim`: serves simulated vendors.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use chat_core::UtcOffset;
use chat_records::config::nearest;
use chat_sim::bes::BesOptions;
use chat_sim::jijyun::JijyunOptions;
use chat_sim::myscrm::MyscrmOptions;
use chat_sim::nxlink::NxlinkOptions;
use chat_sim::{Faults, Sim, SimOptions, VENDORS};
use serde_json::json;
use tokio::sync::oneshot;

use super::Outcome;
use crate::args::SimArgs;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::signals;

/// What the records of all simulated vendors have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) records: u32,
    pub(super) seed: u64,
    /// `None`: as each vendor has it.
    pub(super) span_days: Option<u32>,
    /// When the last record was sent; `None`: two minutes ago.
    pub(super) until_ms: Option<i64>,
    /// How long links to files live; `None`: an hour.
    pub(super) media_life_s: Option<u32>,
}

impl World {
    /// Simulates these vendors.
    pub(super) fn options(self, vendors: &[&str]) -> SimOptions {
        macro_rules! with {
            ($options:ty) => {{
                let mut options =
                    <$options>::default().with_records(self.records).with_seed(self.seed);
                if let Some(span_days) = self.span_days {
                    options = options.with_span_days(span_days);
                }
                if let Some(until_ms) = self.until_ms {
                    options = options.with_until_ms(until_ms);
                }
                options
            }};
        }
        let (mut nxlink, mut myscrm) = (with!(NxlinkOptions), with!(MyscrmOptions));
        if let Some(seconds) = self.media_life_s {
            let life = Duration::from_secs(seconds.into());
            nxlink = nxlink.with_media_life(life);
            myscrm = myscrm.with_media_life(life);
        }
        SimOptions::default()
            .with_nxlink(nxlink)
            .with_bes(with!(BesOptions))
            .with_myscrm(myscrm)
            .with_jijyun(with!(JijyunOptions))
            .only(vendors)
    }

    /// Simulates all vendors.
    pub(super) fn all(self) -> SimOptions {
        self.options(&VENDORS)
    }
}

/// Serves until Ctrl-C.
pub(super) async fn run(args: &SimArgs, output: &Output) -> Outcome {
    let vendors = vendors(&args.vendors)?;
    let world = World {
        records: args.records,
        seed: args.seed,
        span_days: args.span_days,
        until_ms: args.until.map(|when| when.first_ms(UtcOffset::UTC)),
        media_life_s: args.media_life,
    };
    let mut options = world
        .options(&vendors)
        .with_latency_ms(args.latency_ms)
        .with_port(args.port.unwrap_or(0))
        .with_faults(faults(args)?);
    if let Some(max) = args.max_per_second {
        options = options.with_max_per_second(max);
    }
    if let Some(rate) = args.media_rate {
        options = options.with_media_rate(rate);
    }
    let (stop, stopped) = oneshot::channel();
    signals::on_interrupt(move || {
        // the receiver lives until the process ends
        let _ = stop.send(());
    })?;
    let sim = Sim::start(options).await.map_err(|error| match error {
        chat_sim::Error::Bind { .. } => Failure::from(
            anyhow::Error::from(error).context("the simulator cannot start; choose another --port"),
        ),
        error => Failure::usage(error),
    })?;
    announce(&sim, output)?;
    output.note("serving until Ctrl-C");
    // an error means that the sender is gone, which is a reason to stop as well
    let _ = stopped.await;
    sim.shutdown().await;
    Ok(Exit::Good)
}

fn vendors(names: &[String]) -> Result<Vec<&str>, Failure> {
    if names.is_empty() {
        return Ok(VENDORS.to_vec());
    }
    names
        .iter()
        .map(|name| {
            VENDORS.iter().find(|vendor| *vendor == name).copied().ok_or_else(|| {
                let hint = match nearest(name, VENDORS) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("there is {}", VENDORS.join(", ")),
                };
                Failure::usage_text(format!("no simulated vendor is named {name:?}; {hint}"))
            })
        })
        .collect()
}

fn faults(args: &SimArgs) -> Result<Faults, Failure> {
    let Some(path) = &args.faults else { return Ok(Faults::default()) };
    let shown = path.display();
    let text = fs::read_to_string(path)
        .with_context(|| format!("{shown}: the faults cannot be read"))
        .map_err(Failure::usage)?;
    Faults::from_toml(&text).map_err(|error| match error {
        // its own words draw the line and an arrow below it
        chat_sim::Error::Toml(error) => Failure::usage_text(format!(
            "{shown}: the faults are not valid TOML: {}",
            error.message()
        )),
        error => Failure::usage_text(format!("{shown}: {error}")),
    })
}

/// Prints where the vendors are, and what to write into a configuration.
fn announce(sim: &Sim, output: &Output) -> anyhow::Result<()> {
    let config = sim.config_toml(|secret| secret.to_plain());
    if output.is_json {
        let vendors: Vec<_> = sim
            .vendors()
            .map(|vendor| json!({ "vendor": vendor.name(), "base_url": vendor.base_url() }))
            .collect();
        output.document(&json!({ "vendors": vendors, "config": config }))?;
        return Ok(());
    }
    for vendor in sim.vendors() {
        output.line(format!("# {}: {}", vendor.name(), vendor.base_url()))?;
    }
    output.line("# for a chat-records.toml; the credentials are simulated")?;
    output.line(config.trim_end())?;
    Ok(())
}
