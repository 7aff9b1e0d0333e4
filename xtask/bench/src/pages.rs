//! The pages of an archive, as the vendor sent them, and a server that only sends them again.

use std::collections::HashMap;
use std::future::ready;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract;
use axum::http::StatusCode;
use rusqlite::{Connection, OpenFlags};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// A page, and the partition that it is of.
#[derive(Debug, Clone)]
pub(crate) struct ReadPage {
    pub(crate) id: i64,
    pub(crate) part: String,
    pub(crate) body: Bytes,
}

/// Opens an archive's database for reading.
pub(crate) fn database(archive: &Path) -> anyhow::Result<Connection> {
    let path = archive.join("archive.db");
    Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("{} cannot be opened", path.display()))
}

/// All pages that a sync has stored, in their order. The bytes of one that brought nothing new are
/// those of the one with the same digest.
pub(crate) fn read(archive: &Path) -> anyhow::Result<Vec<ReadPage>> {
    let db = database(archive)?;
    let mut statement = db.prepare(
        "SELECT page.id, part.key, page.body, page.body_bytes, page.root
         FROM page JOIN part ON part.id = page.part ORDER BY page.id",
    )?;
    let mut rows = statement.query([])?;
    let mut pages = Vec::new();
    let mut bodies: HashMap<Vec<u8>, Bytes> = HashMap::new();
    while let Some(row) = rows.next()? {
        let root: Vec<u8> = row.get(4)?;
        if let Some(packed) = row.get::<_, Option<Vec<u8>>>(2)? {
            bodies.insert(root.clone(), zstd::bulk::decompress(&packed, row.get(3)?)?.into());
        }
        if let Some(body) = bodies.get(&root) {
            pages.push(ReadPage { id: row.get(0)?, part: row.get(1)?, body: body.clone() });
        }
    }
    Ok(pages)
}

/// Sends pages, at `/0`, `/1` and so on, until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) fn start(runtime: &Runtime, pages: Vec<ReadPage>) -> anyhow::Result<Self> {
        let bodies: Arc<[Bytes]> = pages.into_iter().map(|page| page.body).collect();
        let answer = move |extract::Path(number): extract::Path<usize>| {
            ready(bodies.get(number).cloned().ok_or(StatusCode::NOT_FOUND))
        };
        let router = axum::Router::new().route("/{number}", axum::routing::get(answer));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let task = runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
