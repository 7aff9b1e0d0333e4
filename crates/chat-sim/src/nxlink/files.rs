//! The media host: files of records behind links that expire.

use std::sync::Arc;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::Method,
    response::Response,
};

use super::{data::Row, facts::Facts, render::file_path, sign::VENDOR_HEADERS, world::World};
use crate::{
    faults::{Action, Host, Seen},
    log::{Outcome, RequestEntry},
    media::{self, FileKind},
    mix::Mix,
    server::{KillSwitch, Throttle, replacement, send},
};

/// Answers every request to the media listener.
pub(super) async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(switch): ConnectInfo<KillSwitch>,
    request: Request,
) -> Response {
    let gate = &world.gate;
    if !gate.latency.is_zero() {
        tokio::time::sleep(gate.latency).await;
    }
    let path = request.uri().path().trim_start_matches('/');
    let file = world.file_at(path);
    let has_record = |ordinal: u64| file.is_some_and(|(at, ..)| at as u64 == ordinal);
    let log_path = format!("media/{path}");
    let plan = gate.faults.plan(&Seen {
        host: Host::Media,
        path: &log_path,
        page_number: None,
        has_record: &has_record,
    });
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let answer = match plan.answer.as_ref().and_then(replacement) {
        Some(answer) => answer,
        None if plan.answer == Some(Action::Media404) => {
            media::answer(media::Asked::Missing, request.headers())
        }
        None => {
            let has_wrong_type = plan.edits.iter().any(|edit| edit.action == Action::WrongMime);
            media::answer(world.asked(&request, path, file, has_wrong_type), request.headers())
        }
    };
    let outcome = match answer.status {
        _ if plan.broken.is_some() => Outcome::Broken,
        200 | 206 if plan.answer.is_none() => Outcome::Ok,
        status => Outcome::Http(status),
    };
    let (page_number, start_time, end_time) = (None, None, None);
    gate.log.add(RequestEntry {
        path: log_path,
        page_number,
        start_time,
        end_time,
        outcome,
        faults: plan.fired,
    });
    let throttle = match (plan.drip, world.options.media_bytes_per_second) {
        (Some(pause), _) => Throttle::Drip(pause),
        (None, Some(rate)) => Throttle::BytesPerSecond(rate),
        (None, None) => Throttle::None,
    };
    send(answer, throttle, plan.broken, &gate.clock, &switch)
}

impl World {
    /// The file of a record that has one.
    pub(super) fn file_of(&self, row: Row) -> Option<(FileKind, Vec<u8>)> {
        let kind = Facts::of(self.options.seed, row).file?;
        Some((kind, self.file_bytes(row, kind)))
    }

    fn file_bytes(&self, row: Row, kind: FileKind) -> Vec<u8> {
        // by id, so that inserted records differ from those that would have had their place
        let mut mix = Mix::of(&[self.options.seed, 12, row.id]);
        let (smallest, largest) = self.options.media_bytes;
        let len = mix.between(smallest, largest);
        media::file(kind, mix, usize::try_from(len).unwrap_or(usize::MAX))
    }

    /// The record whose file has this path.
    fn file_at(&self, path: &str) -> Option<(usize, Row, FileKind)> {
        let id = path.strip_prefix("nxlink/")?.split('.').next()?.parse().ok()?;
        let (ordinal, row) = self.data().find(id)?;
        let kind = Facts::of(self.options.seed, row).file?;
        (file_path(row, kind) == path).then_some((ordinal, row, kind))
    }

    fn asked(
        &self,
        request: &Request,
        path: &str,
        file: Option<(usize, Row, FileKind)>,
        has_wrong_type: bool,
    ) -> media::Asked {
        if let Some(name) =
            VENDOR_HEADERS.into_iter().find(|name| request.headers().contains_key(*name))
        {
            return media::Asked::Leaked(name);
        }
        if request.method() != Method::GET {
            return media::Asked::Refused(media::LinkFault::Tampered);
        }
        if let Err(fault) = self.signer.check(
            path,
            request.uri().query().unwrap_or_default(),
            self.gate.clock.now_ms(),
        ) {
            return media::Asked::Refused(fault);
        }
        let Some((_, row, kind)) = file else { return media::Asked::Missing };
        let kind = match kind {
            FileKind::Jpeg | FileKind::Png if has_wrong_type => FileKind::Pdf,
            _ if has_wrong_type => FileKind::Png,
            _ => kind,
        };
        media::Asked::Found(kind, self.file_bytes(row, kind))
    }
}
