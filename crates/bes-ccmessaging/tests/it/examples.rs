//! The example as a program of its own, against the simulated vendor.

use std::env;
use std::process::{Command, Output};

use chat_sim::bes::BesOptions;
use chat_sim::{Sim, SimOptions};

/// Starts what cargo built from the example, with these variables.
async fn pull(variables: Vec<(&'static str, String)>) -> Output {
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let mut program = Command::new(folder.join("bes-ccmessaging-pull"));
    program.envs(variables);
    let run = tokio::task::spawn_blocking(move || program.output());
    run.await.unwrap().expect("cargo builds it with all targets of the package")
}

#[tokio::test]
async fn pull_reads_every_record() {
    let options = BesOptions::default().with_records(40).with_users(1);
    let sim = Sim::start(SimOptions::default().with_bes(options)).await.unwrap();
    let (bes, vendor) = (sim.bes().unwrap(), sim.vendor("bes-ccmessaging").unwrap());
    let mut times: Vec<i64> = vendor.records().iter().filter_map(|row| row.sent_at_ms).collect();
    times.sort_unstable();
    let output = pull(vec![
        ("BES_BASE_URL", vendor.base_url().to_owned()),
        ("BES_TOKEN_URL", bes.token_url().to_owned()),
        ("BES_APP_KEY", bes.app_key().to_owned()),
        ("BES_APP_SECRET", bes.app_secret().to_owned()),
        ("BES_CHANNEL_ID", bes.channel_id().to_owned()),
        ("BES_CHANNEL", bes.channel().to_owned()),
        ("BES_USER", vendor.partitions()[0].clone()),
        ("BES_START_MS", times[0].to_string()),
        ("BES_END_MS", (times[times.len() - 1] + 1000).to_string()),
    ])
    .await;
    let expected = format!("{} distinct records on ", vendor.record_count());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&expected), "{text}");
    assert!(output.status.success());
}
