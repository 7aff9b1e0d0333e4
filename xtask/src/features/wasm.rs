//! Types, signing and parsing compile for the web, where there are neither sockets nor threads.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::command::{self, cargo};
use crate::findings::Findings;
use crate::vendors::Vendor;

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn check(vendors: &[Vendor], findings: &mut Findings) {
    if !is_installed() {
        println!("note: nothing is compiled for {TARGET}; `rustup target add {TARGET}` would do");
        return;
    }
    let mut check = cargo(&["check", "--target", TARGET, "--no-default-features"]);
    check.args(["--package", "chat-records-core"]);
    check.args(vendors.iter().flat_map(|vendor| ["--package", vendor.name]));
    if command::run(&mut check).is_err() {
        findings.add("crates", format_args!("does not compile for {TARGET} (see above)"));
    }
}

fn is_installed() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder =
        Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    folder.is_ok_and(|folder| Path::new(String::from_utf8_lossy(&folder.stdout).trim()).is_dir())
}
