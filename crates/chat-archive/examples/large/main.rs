//! Writes a large made-up archive, for measuring and looking at what reads it:
//! `cargo run --release -p chat-archive --example large -- --messages 1000000
//! --conversations 100000 --sources 4 --seed 1 --dir DIR`. The same seed gives the same archive.
#![expect(clippy::print_stdout, reason = "prints what it wrote and how fast")]

mod pages;
mod plan;
mod words;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use chat_archive::{Archive, CoveredWindow, Verdict};
use chat_core::{Partition, UnixMillis, Window};

use crate::pages::Writer;
use crate::plan::Turn;

/// 2024-01-01 at midnight, eight hours east of UTC.
const START_MS: i64 = 1_704_038_400_000;
const DAYS: i64 = 640;
const DAY_MS: i64 = 86_400_000;
const WINDOW_MS: i64 = 30 * DAY_MS;
const RECORDS_PER_PAGE: usize = 500;
const SOURCES: [&str; 6] = ["hk", "bes", "qw", "yuju", "shop", "eu"];

/// What is asked for on the command line.
struct Options {
    messages: usize,
    conversations: usize,
    sources: usize,
    dir: PathBuf,
    seed: u64,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            messages: 100_000,
            conversations: 10_000,
            sources: 4,
            dir: PathBuf::new(),
            seed: 1,
        };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--messages" => options.messages = value.parse()?,
                "--conversations" => options.conversations = value.parse()?,
                "--sources" => options.sources = value.parse()?,
                "--seed" => options.seed = value.parse()?,
                "--dir" => options.dir = value.into(),
                _ => return Err(format!("{name} is not known").into()),
            }
        }
        if options.dir.as_os_str().is_empty() {
            return Err("--dir DIR says where to".into());
        }
        options.conversations = options.conversations.clamp(1, options.messages.max(1));
        options.sources = options.sources.clamp(1, SOURCES.len());
        Ok(options)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    let begun = Instant::now();
    let mut plan = plan::plan(&options);
    println!("planned in {:?}", begun.elapsed());

    let begun = Instant::now();
    let mut archive = Archive::open(&options.dir)?;
    for (number, turns) in plan.iter_mut().enumerate() {
        turns.sort_unstable_by_key(|turn| (turn.sent_ms, turn.conversation));
        write_source(&mut archive, &options, number, turns)?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
    let rate = options.messages as f64 / seconds;
    println!("{} messages stored in {seconds:.1} s, {rate:.0} a second", options.messages);

    let begun = Instant::now();
    archive.index(&|| false)?;
    println!("the rest indexed in {:?}", begun.elapsed());
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    }
    Ok(())
}

fn write_source(
    archive: &mut Archive,
    options: &Options,
    number: usize,
    turns: &[Turn],
) -> Result<(), Box<dyn Error>> {
    let name = SOURCES[number];
    let assumption = "Times without a zone are eight hours east of UTC.".into();
    let (source, _) = archive.source(name, "made-up", "1", &[assumption])?;
    let end = UnixMillis::new(START_MS + (DAYS + 1) * DAY_MS);
    let run = archive.begin_run(source, end)?;
    let partition = archive.partition(source, &Partition::whole())?;
    let mut writer = Writer::new(archive, options, (number, source), partition)?;
    let mut begin = 0;
    for (index, from_ms) in (0..).zip((START_MS..end.get()).step_by(30 * 86_400_000)) {
        let window = Window::new(from_ms, (from_ms + WINDOW_MS).min(end.get()));
        let past = turns.partition_point(|turn| turn.sent_ms < window.to_ms);
        let of_window = &turns[begin..past];
        for (page, chunk) in (0..).zip(of_window.chunks(RECORDS_PER_PAGE)) {
            writer.page(chunk, begin + page * RECORDS_PER_PAGE, window)?;
        }
        begin = past;
        // one window was never read to its end, one lacks records, the last ones may still change
        if (number, index) == (2, 7) {
            writer.archive.abandon_window(partition, window)?;
            continue;
        }
        let is_broken = (number, index) == (1, 4);
        let verdict = match is_broken {
            true => Verdict::Broken,
            false if window.to_ms >= end.get() => Verdict::Provisional,
            false => Verdict::Proven,
        };
        let mut covered = CoveredWindow::new(window, verdict);
        covered.distinct = of_window.len() as u64;
        covered.expected = Some(covered.distinct + if is_broken { 3 } else { 0 });
        covered.reason = is_broken.then(|| "the vendor counts 3 records more".to_owned());
        writer.archive.close_window(partition, &covered, end)?;
    }
    let verdict = if matches!(number, 1 | 2) { "broken" } else { "provisional" };
    archive.end_run(run, end.plus_ms(60_000), verdict, None)?;
    Ok(())
}
