//! The example as a program of its own, against the simulated vendor.

use std::env;
use std::process::{Command, Output};

use chat_sim::jijyun::JijyunOptions;
use chat_sim::{Sim, SimOptions};

/// Starts what cargo built from the example, with these variables.
async fn pull(variables: Vec<(&'static str, String)>) -> Output {
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let mut program = Command::new(folder.join("jijyun-pull"));
    program.envs(variables);
    let run = tokio::task::spawn_blocking(move || program.output());
    run.await.unwrap().expect("cargo builds it with all targets of the package")
}

#[tokio::test]
async fn pull_reads_every_record() {
    let options = JijyunOptions::default().with_records(80).with_customers(1);
    let options = options.with_silent_customers(0);
    let sim = Sim::start(SimOptions::default().with_jijyun(options)).await.unwrap();
    let jijyun = sim.jijyun().unwrap();
    let output = pull(vec![
        ("JIJYUN_BASE_URL", jijyun.base_url().to_owned()),
        ("JIJYUN_API_KEY", jijyun.api_key().to_owned()),
        ("JIJYUN_CUSTOMER", jijyun.customers()[0].clone()),
    ])
    .await;
    let expected = format!("{} messages in ", jijyun.record_count());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&expected), "{text}");
    assert!(output.status.success());
}
