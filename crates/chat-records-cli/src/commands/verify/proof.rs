//! `verify --proof`: writes the proof that one message is in the archive.

use std::path::Path;

use chat_archive::{ArchiveErrorKind, Proof, Reader};
use serde_json::json;

use crate::args::VerifyArgs;
use crate::commands::{Outcome, export};
use crate::failure::{Exit, Failure};
use crate::output::{Output, write_out};

pub(super) fn run(id: &str, args: &VerifyArgs, archive: &Path, output: &Output) -> Outcome {
    let target = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    if let Some(path) = target {
        export::refuse_within(archive, path)?;
    }
    let reader = Reader::open(archive)?;
    let proof = reader.prove(id, args.source.as_deref(), args.partition.as_deref());
    let proof = proof.map_err(|error| match error.kind() {
        ArchiveErrorKind::Ambiguous { id, places } => Failure::usage_text(which(id, places)),
        _ => error.into(),
    })?;
    let Some(path) = target else {
        // the proof is the one document
        write_out(&document(&proof)?)?;
        return Ok(Exit::Good);
    };
    export::to_file(path, &mut |out| {
        out.write_all(&document(&proof)?)?;
        Ok(())
    })?;
    if output.is_json {
        output.document(&json!({
            "file": path, "source": proof.about.source, "id": id, "head": proof.head,
            "entries": proof.entries, "sealed": proof.seal.is_some(),
        }))?;
    } else {
        output.line(format!("wrote the proof to {}", path.display()))?;
        output.line(format!("head {}, {} entries", proof.head, proof.entries))?;
    }
    Ok(Exit::Good)
}

/// What to ask with for one of several messages that have the same id.
fn which(id: &str, places: &[(String, String)]) -> String {
    let places: Vec<String> = places
        .iter()
        .map(|(source, part)| format!("--source {source} --partition {part:?}"))
        .collect();
    format!("several messages have the id {id:?}; say which one is meant: {}", places.join(" or "))
}

fn document(proof: &Proof) -> anyhow::Result<Vec<u8>> {
    let mut text = serde_json::to_string_pretty(proof)?;
    text.push('\n');
    Ok(text.into_bytes())
}
