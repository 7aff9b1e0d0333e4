//! The example for readers as a program of its own.

use std::env;
use std::process::Command;

use crate::support::{Fixture, Record};

#[test]
fn read_shows_what_an_archive_holds() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "the invoice"), Record::new("2", "发票 of May")]);
    fixture.archive().index(&|| false).unwrap();
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let output = Command::new(folder.join("read")).arg(fixture.path()).arg("票").output();
    let output = output.expect("cargo builds it with all targets of the package");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(": 2 messages in "), "{text}");
    assert!(text.contains("1 messages have \"票\"\n  2: 发票 of May\n"), "{text}");
    assert!(text.contains("\n2 messages as "), "{text}");
    assert!(output.status.success());
}
