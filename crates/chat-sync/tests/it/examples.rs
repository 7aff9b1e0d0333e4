//! The example as a program of its own.

use std::process::Command;
use std::{env, fs};

#[test]
fn own_source_is_kept_and_what_it_cannot_read_is_told() {
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let scratch = tempfile::tempdir().unwrap();
    let (rooms, archive) = (scratch.path().join("rooms"), scratch.path().join("archive"));
    let run = || {
        let output = Command::new(folder.join("own_source")).args([&rooms, &archive]).output();
        let output = output.expect("cargo builds it with all targets of the package");
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };

    let text = run();
    assert!(text.starts_with("rooms: 3 new messages on 2 pages, 1 unreadable, Broken\n"), "{text}");
    assert!(text.contains("kitchen: Plenty.\n") && text.contains("office: Anyone here?\n"));

    fs::write(rooms.join("office.jsonl"), "{\"id\": \"2\", \"text\": \"Now I am.\"}\n").unwrap();
    let text = run();
    assert!(text.contains("1 new messages on 2 pages, 0 unreadable, Provisional\n"), "{text}");
    assert!(text.contains("office: Anyone here?\noffice: Now I am.\n"), "{text}");
}
