//! The example as a program of its own, against the simulated vendor.

use std::env;
use std::process::{Command, Output};

use chat_sim::myscrm::MyscrmOptions;
use chat_sim::{Sim, SimOptions};

/// Starts what cargo built from the example, with these variables.
async fn pull(variables: Vec<(&'static str, String)>) -> Output {
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let mut program = Command::new(folder.join("myscrm-qw-pull"));
    program.envs(variables);
    let run = tokio::task::spawn_blocking(move || program.output());
    run.await.unwrap().expect("cargo builds it with all targets of the package")
}

#[tokio::test]
async fn pull_reads_every_record() {
    let options = MyscrmOptions::default().with_records(150).with_chats(1);
    let sim = Sim::start(SimOptions::default().with_myscrm(options)).await.unwrap();
    let myscrm = sim.myscrm().unwrap();
    let now_ms = sim.clock().now_ms();
    let output = pull(vec![
        ("MYSCRM_BASE_URL", myscrm.base_url().to_owned()),
        ("MYSCRM_APP_ID", myscrm.app_id().to_owned()),
        ("MYSCRM_CHAT_ID", myscrm.chat_ids()[0].clone()),
        ("MYSCRM_START", (now_ms - 30 * 24 * 3_600_000).to_string()),
        ("MYSCRM_END", now_ms.to_string()),
    ])
    .await;
    let expected = format!("{} distinct records on ", myscrm.record_count());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&expected), "{text}");
    assert!(output.status.success());
}
