//! Which cryptography the program brings to TLS, and whom it trusts. Built together with crates that
//! bring another, as in the tests of the whole workspace, it must still be the program's own choice.

use std::time::Duration;

use chat_sim::bes::BesOptions;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{Run, World, without_roots};

/// Longer than any machine takes to start the program.
const LIMIT: Duration = Duration::from_secs(60);

/// The two bytes at the front of `bytes`, as a number.
fn number(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// The first handshake message of a client: <https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2>.
async fn client_hello(mut stream: TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[0], 22, "a handshake");
    let mut hello = vec![0; number(&head[3..])];
    stream.read_exact(&mut hello).await.unwrap();
    hello
}

/// The groups for the exchange of keys that it offers.
fn groups(hello: &[u8]) -> Vec<usize> {
    // kind, length, version, random bytes; then three lists with their lengths in front
    let rest = &hello[4 + 2 + 32..];
    let rest = &rest[1 + usize::from(rest[0])..];
    let rest = &rest[2 + number(rest)..];
    let mut extensions = &rest[1 + usize::from(rest[0]) + 2..];
    while !extensions.is_empty() {
        let (kind, length) = (number(extensions), number(&extensions[2..]));
        let value = &extensions[4..4 + length];
        if kind == 10 {
            return value[2..].chunks(2).map(number).collect();
        }
        extensions = &extensions[4 + length..];
    }
    panic!("it offers no groups")
}

/// `check` of a vendor behind TLS, where `key` of its configuration says so: its end, or the handshake
/// that it begins, whichever comes first.
async fn check(
    world: &World,
    key: &str,
    change: fn(&mut std::process::Command),
) -> Result<Run, Vec<u8>> {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("{key} = \"https://{}\"", server.local_addr().unwrap());
    world.configure(|text| {
        let lines = text.lines().map(|line| if line.starts_with(key) { &address } else { line });
        lines.collect::<Vec<_>>().join("\n")
    });
    let mut command = world.command(&["check"]);
    change(&mut command);
    let mut command = Command::from(command);
    let ended = command.kill_on_drop(true).output();
    timeout(LIMIT, async {
        tokio::select! {
            output = ended => Ok(Run::of(&output.unwrap())),
            hello = async { client_hello(server.accept().await.unwrap().0).await } => Err(hello),
        }
    })
    .await
    .unwrap()
}

/// True if the system's own TLS took over, as it does in a build with all features of the workspace:
/// it alone has x448.
fn is_of_the_system(groups: &[usize]) -> bool {
    groups.contains(&0x001e)
}

/// A way to a vendor that needs root certificates where there are none.
fn assert_refused(checked: Result<Run, Vec<u8>>, code: i32) {
    match checked {
        Ok(run) => {
            assert_eq!(run.code, code, "{run:?}");
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains("TLS could not be set up"), "{run:?}");
            assert!(said.contains("install the system's root certificates"), "{run:?}");
        }
        Err(hello) => assert!(is_of_the_system(&groups(&hello)), "it trusts whom it does not know"),
    }
}

#[tokio::test]
async fn the_program_brings_its_own_cryptography() {
    let world = World::new(0).await;
    let groups = groups(&check(&world, "base_url", |_| {}).await.unwrap_err());
    if is_of_the_system(&groups) {
        return;
    }
    // x25519, secp256r1 and secp384r1 are those of ring; the libraries' own choice has one more
    assert_eq!(groups, [0x001d, 0x0017, 0x0018]);
}

#[tokio::test]
async fn without_root_certificates_it_says_what_to_install() {
    let world = World::new(0).await;
    assert_refused(check(&world, "base_url", without_roots).await, 2);
}

#[tokio::test]
async fn tokens_behind_tls_want_root_certificates_where_records_need_none() {
    let world = World::with(0, |options| {
        let bes = BesOptions::default().with_records(0).with_token_listener(true);
        options.with_bes(bes).only(&["bes-ccmessaging"])
    });
    let world = world.await;
    assert_refused(check(&world, "token_url", without_roots).await, 1);
}
