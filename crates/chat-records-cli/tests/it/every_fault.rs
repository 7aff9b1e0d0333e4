//! Every fault that a simulated vendor knows, each in a world of its own: a run that ends well has
//! everything, one that does not says so, and the next one mends it. Nothing is ever there twice.

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chat_sim::{Faults, Sim, SimOptions, SimVendor};
use serde_json::Value;

use crate::vendors::Vendors;

/// What a rule of a kind says besides when it fires.
fn details(kind: &str) -> &'static str {
    match kind {
        // each of these makes a call wait, or a file that it meets again and again wait for
        // `media retry`: a few tell as much as many
        "http" => "status = 503\ntimes = 2",
        "api" => "code = -1\nmessage = \"busy\"\ntimes = 2",
        "html" | "empty" | "truncate" | "expired_media" | "wrong_mime" => "times = 2",
        "slow" => "delay_ms = 20\ndrip_ms = 2",
        "reset" => "after_headers = true\ntimes = 2",
        // a file that is refused twice waits for `media retry`
        "media_404" => "times = 1",
        "wrong_total" => "by = 3",
        "short_page" => "drop = 2",
        "insert_at_head" | "insert_in_window" | "duplicate_rows" => "count = 2",
        _ => "",
    }
}

/// What cannot be seen in one reading: a vendor that gives no count leaves rows out of an answer, or
/// one that gives no ids sends a row twice or in another form. The next reading mends what was left
/// out; what looks like another record is kept as one.
fn cannot_be_seen(vendor: &str, kind: &str) -> bool {
    match vendor {
        "nxlink" | "bes-ccmessaging" => false,
        "jijyun" => matches!(
            kind,
            "short_page" | "empty_page" | "duplicate_rows" | "unknown_enum" | "null_required"
        ),
        _ => matches!(kind, "short_page" | "empty_page"),
    }
}

/// Records by id, and how often each is there; without an id, by conversation and text.
type Held = BTreeMap<String, usize>;

fn truth(vendor: &dyn SimVendor) -> Held {
    let mut truth = Held::new();
    for record in vendor.records() {
        let raw: Value = serde_json::from_slice(&record.raw).unwrap();
        let named = record.conversation_id.unwrap_or_default();
        let id = record.id.unwrap_or_else(|| format!("{named}: {}", raw["content"]));
        *truth.entry(id).or_default() += 1;
    }
    truth
}

fn held(vendors: &Vendors, vendor: &str) -> Held {
    let mut held = Held::new();
    for line in vendors.exported(vendor) {
        let named = line.value("conversation_id");
        let named = named.as_str().unwrap_or_default();
        let id = match line.text("id_origin").as_str() {
            "vendor" => line.text("id"),
            _ => format!("{named}: {}", line.value("raw")["content"]),
        };
        *held.entry(id).or_default() += 1;
    }
    held
}

/// How many of those wanted are not there.
fn lacking(wanted: &Held, among: &Held) -> usize {
    let left = |(key, often): (&String, &usize)| {
        often.saturating_sub(among.get(key).copied().unwrap_or(0))
    };
    wanted.iter().map(left).sum()
}

/// One fault, from the first run to the one that mends it; a line for the table.
fn suffer(runtime: &tokio::runtime::Handle, name: &'static str, kind: &str) -> String {
    let vendors = runtime.block_on(Vendors::with(SimOptions::all(80).only(&[name])));
    vendors.configure(|text| match name {
        "nxlink" => text.replace("min_interval_ms = 0", "min_interval_ms = 0\npage_size = 10"),
        _ => text.replace("page_size = 100", "page_size = 10"),
    });
    let vendor = vendors.sim.vendor(name).unwrap();
    let before = truth(vendor);
    let rule = format!("[[fault]]\nevery = 4\nkind = \"{kind}\"\n{}\n", details(kind));
    vendor.set_faults(Faults::from_toml(&rule).unwrap());
    let case = format!("{name} {kind}");
    let first = vendors.run(&["sync", "-q"]);
    let fired: u64 = vendor.requests().faults_fired.values().sum();
    let (now, kept) = (truth(vendor), held(&vendors, name));
    let (lost, extra) = (lacking(&before, &kept), lacking(&kept, &now));
    // conversations of the one have no files
    let is_media = matches!(kind, "expired_media" | "media_404" | "wrong_mime");
    assert!(fired > 0 || (name == "jijyun" && is_media), "{case}: it never fired");
    assert!(first.code == 0 || first.code == 1, "{case}: {first:?}");
    let is_hidden = cannot_be_seen(name, kind);
    if first.code == 1 {
        assert!(first.stderr.contains("error: "), "{case}: {first:?}");
    } else if !is_hidden {
        assert_eq!(lost, 0, "{case}: a good end with records missing");
    }
    assert!(extra == 0 || is_hidden, "{case}: {extra} that the vendor does not have, or twice");
    vendor.set_faults(Faults::default());
    let mended = vendors.run(&["sync", "-q"]);
    assert_eq!((mended.code, mended.stderr.as_str()), (0, ""), "{case}");
    let (now, kept) = (truth(vendor), held(&vendors, name));
    let (still, twice) = (lacking(&before, &kept), lacking(&kept, &now));
    assert!(is_hidden || (still, twice) == (0, 0), "{case}: {still} lacking, {twice} twice");
    assert_eq!(vendors.run(&["verify", "-q"]).code, 0, "{case}");
    format!(
        "{name:16} {kind:17} fired {fired:3}, exit {}: lacking {lost}, twice {extra}; then exit 0: \
         lacking {still}, twice {twice}",
        first.code
    )
}

async fn all_faults(name: &'static str) {
    let sim = Sim::start(SimOptions::all(1).only(&[name])).await.unwrap();
    let kinds = sim.vendor(name).unwrap().fault_kinds();
    // a body without an end is waited for until it is too large: the tests of files have it
    let kinds: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != "endless").collect();
    let runtime = tokio::runtime::Handle::current();
    let (next, table) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    // most of the time is waiting before another try
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(kind) = kinds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // the others go on, so that all that is wrong is seen at once
                    let outcome = catch_unwind(|| suffer(&runtime, name, kind));
                    table.lock().unwrap().push(outcome.map_err(|_| *kind));
                }
            });
        }
    });
    let table = table.into_inner().unwrap();
    for line in table.iter().flatten() {
        println!("{line}");
    }
    let failed: Vec<_> = table.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nxlink() {
    all_faults("nxlink").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_bes() {
    all_faults("bes-ccmessaging").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_myscrm() {
    all_faults("myscrm-qw").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_jijyun() {
    all_faults("jijyun").await;
}
