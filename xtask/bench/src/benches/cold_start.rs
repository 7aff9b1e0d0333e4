//! What a command costs that has next to nothing to do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;

use super::sync;
use crate::child;
use crate::report::Row;
use crate::sample::Sample;
use crate::vendors;
use crate::world::{Setting, World};

/// A start takes milliseconds, so that many more rounds are needed and can be had.
const MORE_ROUNDS: u32 = 4;

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let world = World::new(vendors::simulated(vendors::MOST, setting.records))?;
    let (folder, _) = sync::synced(setting, &world)?;
    let (mut version, mut status, mut view, mut floor): (Sample, Sample, Sample, Sample) =
        Default::default();
    for _ in 0..setting.rounds * MORE_ROUNDS {
        version.push(setting.program(folder.path(), &["--version"])?.wall_s * 1e3);
        status.push(setting.program(folder.path(), &["status", "--quiet"])?.wall_s * 1e3);
        view.push(first_byte_ms(&setting.program, folder.path())?);
        let (bare, _) = child::measured(folder.path(), Path::new("true"), &[])?;
        floor.push(bare.wall_s * 1e3);
    }
    let rows = [("--version", version), ("status", status), ("view, first byte", view)];
    let rows = rows.map(|(name, sample)| {
        Row::new("cold-start", name, "ms", &sample).with_floor(&sample, &floor)
    });
    Ok(rows.into())
}

/// Serving pages, which is ended whatever happens.
struct Viewer(Child);

impl Drop for Viewer {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// From the start of `view` to the first byte of its first page.
fn first_byte_ms(program: &Path, folder: &Path) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let view = Command::new(program)
        .args(["view"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut view = Viewer(view);
    let mut told = BufReader::new(view.0.stdout.take().context("no output")?);
    let mut address = String::new();
    told.read_line(&mut address)?;
    let address = address.trim().strip_prefix("http://").context("view printed no address")?;
    let (host, path) = address.split_once('/').context("view printed no path")?;
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n")?;
    stream.read_exact(&mut [0])?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}
