//! How fast records are made, and how fast one client on one connection is served: `cargo run --release -p chat-sim --example rate`.
#![expect(clippy::print_stdout, reason = "prints its result")]

use std::{error::Error, time::Instant};

use chat_sim::{Sim, SimOptions, nxlink::NxlinkOptions};
use md5::{Digest, Md5};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const RECORDS: u32 = 1_000_000;
const PAGES: u64 = 5_000;

/// How many records each vendor makes for the comparison.
const EACH: u32 = 100_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let sim = Sim::start(
        SimOptions::default().with_nxlink(NxlinkOptions::default().with_records(RECORDS)),
    )
    .await?;
    println!("{RECORDS} records generated in {:?}", begun.elapsed());
    let nxlink = sim.nxlink().ok_or("not simulated")?;

    let address = nxlink.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await?;
    let (begun, mut bytes) = (Instant::now(), 0);
    let mut buffer = vec![0; 1 << 20];
    for page in 1..=PAGES {
        let ts = sim.clock().now_ms();
        let (key, secret) = (nxlink.access_key(), nxlink.access_secret());
        let signed = format!("accessKey={key}&action=mt&bizType=2&ts={ts}&accessSecret={secret}");
        let request = format!(
            "GET /saas/openapi/chat/records?tenant_id={}&appkey={}&channel=2&page_number={page}&page_size=100&order_by=asc HTTP/1.1\r\n\
             host: {address}\r\naccessKey: {key}\r\nts: {ts}\r\nbizType: 2\r\naction: mt\r\nsign: {}\r\n\
             content-type: application/json\r\n\r\n",
            nxlink.tenant_id(),
            nxlink.appkey(),
            hex::encode(Md5::digest(signed)),
        );
        stream.write_all(request.as_bytes()).await?;
        bytes += read_answer(&mut stream, &mut buffer).await?;
    }
    let elapsed = begun.elapsed();
    let counted = nxlink.requests().answered_ok * 100;
    println!("{counted} records, {} MB in {elapsed:?}", bytes / 1_000_000);
    let per_second = counted * 1000 / u64::try_from(elapsed.as_millis())?.max(1);
    println!("{per_second} records/s, client included, on one thread");
    sim.shutdown().await;

    let sim = Sim::start(SimOptions::all(EACH)).await?;
    for vendor in sim.vendors() {
        let begun = Instant::now();
        let records = vendor.records();
        let per_second = records.len() as u128 * 1_000_000 / begun.elapsed().as_micros().max(1);
        let bytes: usize = records.iter().map(|record| record.raw.len()).sum();
        let average = bytes / records.len().max(1);
        println!("{}: {per_second} records/s made, {average} bytes each", vendor.name());
    }
    sim.shutdown().await;
    Ok(())
}

/// Reads one answer and throws it away; gives its length.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize, Box<dyn Error>> {
    let mut filled = 0;
    loop {
        filled += stream.read(buffer.get_mut(filled..).ok_or("too long")?).await?;
        let read = buffer.get(..filled).unwrap_or_default();
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let head =
                std::str::from_utf8(read.get(..end).unwrap_or_default())?.to_ascii_lowercase();
            let length = head.split_once("content-length: ").ok_or("no length")?.1;
            let length: usize = length.split("\r\n").next().unwrap_or_default().parse()?;
            stream.read_exact(buffer.get_mut(filled..end + 4 + length).ok_or("too long")?).await?;
            return Ok(length);
        }
    }
}
