//! The example as a program of its own, over the simulated vendors.

use std::env;
use std::process::Command;

#[test]
fn pages_reads_every_vendor() {
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let output = Command::new(folder.join("pages")).output();
    let output = output.expect("cargo builds it with all targets of the package");
    let text = String::from_utf8(output.stdout).unwrap();
    for vendor in ["nxlink", "bes-ccmessaging", "myscrm-qw", "jijyun"] {
        let line = text.lines().find(|line| line.starts_with(&format!("{vendor} ({vendor}): ")));
        assert!(line.is_some_and(|line| line.contains(": 60 messages, {")), "{vendor}: {text}");
    }
    assert!(output.status.success());
}
