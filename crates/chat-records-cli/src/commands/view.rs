//! `view`: the archive as web pages, for this machine only.

use chat_archive::{Behind, Reader};
use chat_viewer::Viewer;
use serde_json::json;
use tokio::sync::oneshot;

use super::Outcome;
use crate::args::{Global, ViewArgs};
use crate::config;
use crate::failure::Exit;
use crate::output::Output;
use crate::signals;

/// Serves until Ctrl-C.
pub(super) async fn run(args: &ViewArgs, global: &Global, output: &Output) -> Outcome {
    let archive = match &args.archive {
        Some(archive) => archive.clone(),
        None => config::load(global, output)?.archive,
    };
    let (stop, stopped) = oneshot::channel();
    signals::on_interrupt(move || {
        // the receiver lives until the process ends
        let _ = stop.send(());
    })?;
    let viewer = Viewer::bind(&archive, args.port.unwrap_or(0)).await?;
    let behind = Reader::open(&archive)?.behind()?;
    if behind != Behind::default() {
        output.note(format!(
            "lists and search lack {} messages and {} conversations so far; a sync brings them up \
             to date",
            behind.messages, behind.conversations
        ));
    }
    let address = viewer.address();
    if output.is_json {
        output.document(&json!({ "address": address }))?;
    } else {
        output.line(&address)?;
    }
    if args.open && open::that_detached(viewer.address_once()?).is_err() {
        output.warn("no browser could be opened; open the address yourself");
    }
    output.note("serving until Ctrl-C");
    viewer
        .serve(async {
            // an error means that the sender is gone, which is a reason to stop as well
            let _ = stopped.await;
        })
        .await?;
    Ok(Exit::Good)
}
