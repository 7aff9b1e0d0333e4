//! Serves the pages over an archive until its input ends: press Ctrl-D.
//!
//! ```text
//! cargo run -p chat-viewer --example serve -- ARCHIVE
//! ```
//!
//! `cargo run --release -p chat-records-cli -- demo` makes an archive in `chat-records-demo/archive`.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::error::Error;
use std::io;
use std::path::PathBuf;

use chat_viewer::Viewer;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

fn main() -> Result<(), Box<dyn Error>> {
    let dir: PathBuf = std::env::args_os().nth(1).ok_or("give the folder of an archive")?.into();
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let viewer = Viewer::bind(&dir, 0).await?;
        // whoever has the address can read everything: it is told to the terminal, and to no log
        println!("{}", viewer.address());
        let input_ends = spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
        viewer.serve(async move { drop(input_ends.await) }).await?;
        Ok(())
    })
}
