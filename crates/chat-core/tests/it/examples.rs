//! The example as a program of its own.

use std::env;
use std::process::Command;

#[test]
fn own_client_tries_again_counts_and_tells_no_secret() {
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let output = Command::new(folder.join("own_client")).output();
    let output = output.expect("cargo builds it with all targets of the package");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "notes [\"1\", \"2\"] after 3 requests and 2 waits\n\
         the notes were refused with HTTP status 403 (Auth, tried 1 time)\n\
         BodyExcerpt(9 bytes), which only `expose` shows\n\
         69 bytes came over the transport\n"
    );
    assert!(output.status.success());
}
