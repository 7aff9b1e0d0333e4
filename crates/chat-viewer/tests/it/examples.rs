//! The example as a program of its own.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::Scene;

#[test]
fn serve_answers_until_its_input_ends() {
    let mut scene = Scene::new();
    scene.store(Vec::new());
    // the tests are in `deps` beside the folder of the examples
    let folder = env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let mut program = Command::new(folder.join("serve"));
    program.arg(scene.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = program.spawn().expect("cargo builds it with all targets of the package");
    let input = program.stdin.take().unwrap();
    let mut address = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut address).unwrap();

    let address = address.trim_end().strip_prefix("http://").unwrap();
    let (host, path) = address.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");

    drop(input);
    assert!(program.wait().unwrap().success());
}
