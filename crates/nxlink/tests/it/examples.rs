//! The examples as programs of their own, against the simulated vendor.

use std::env;
use std::process::{Command, Output};

use chat_sim::nxlink::NxlinkOptions;
use chat_sim::{Action, Fault, Faults, Sim, SimOptions, When};

/// Starts what cargo built from an example, with an account of the simulated vendor.
async fn run(example: &str, sim: &Sim) -> Output {
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let nxlink = sim.nxlink().unwrap();
    let mut program = Command::new(folder.join(example));
    program
        .env("NXLINK_BASE_URL", nxlink.base_url())
        .env("NXLINK_TENANT_ID", nxlink.tenant_id().to_string())
        .env("NXLINK_APPKEY", nxlink.appkey())
        .env("NXLINK_ACCESS_KEY", nxlink.access_key())
        .env("NXLINK_ACCESS_SECRET", nxlink.access_secret());
    let run = tokio::task::spawn_blocking(move || program.output());
    run.await.unwrap().expect("cargo builds it with all targets of the package")
}

async fn sim() -> Sim {
    let unavailable = Action::Http { status: 503, retry_after: None, body: None };
    let refused = Faults::default().with(Fault::new(When::At(vec![2]), unavailable));
    let options = SimOptions::default()
        .with_nxlink(NxlinkOptions::default().with_records(250))
        .with_faults(refused);
    Sim::start(options).await.unwrap()
}

#[tokio::test]
async fn pull_reads_every_record() {
    let sim = sim().await;
    let output = run("nxlink-pull", &sim).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("250 distinct records on 3 pages, 0 unreadable\n"), "{text}");
    assert!(output.status.success());
}

#[tokio::test]
async fn a_blocking_transport_reads_every_record_and_tries_again() {
    let sim = sim().await;
    let output = run("nxlink-blocking", &sim).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "250 records on 3 pages, by 4 requests\n");
    assert!(output.status.success());
}
