//! Mistakes that are found before anything is sent: exit code 2.

use std::fs;

use crate::support::{World, keys};

/// Each command that reads the configuration.
const COMMANDS: [&[&str]; 5] =
    [&["check"], &["sync"], &["status"], &["export", "--format", "jsonl"], &["verify"]];

fn assert_refused(world: &World, args: &[&str], error: &str) {
    let run = world.run(args);
    assert_eq!((run.code, run.error(), run.stdout.as_str()), (2, error, ""), "{args:?}");
    if args.first() != Some(&"export") {
        let json = [args, &["--json"]].concat();
        let run = world.run(&json);
        assert_eq!(run.code, 2, "{run:?}");
        assert_eq!(keys(&run.json()), ["error"]);
        assert_eq!(run.json()["error"], error);
    }
    assert_eq!(world.nxlink().requests().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_wrong_is_refused_by_every_command() {
    let world = World::new(10).await;
    world.configure(|text| text.replace("tenant_id", "tennant_id"));
    let error = "chat-records.toml: [sources.nxlink]: unknown key \"tennant_id\"; did you mean \
                 \"tenant_id\"?";
    for args in COMMANDS {
        assert_refused(&world, args, error);
    }
    world.configure(|text| text.replace("http://127.0.0.1", "http://api.example.com"));
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 2);
    assert!(run.error().contains("base_url: plain http"), "{run:?}");

    fs::remove_file(world.path("chat-records.toml")).unwrap();
    let error = "chat-records.toml: there is no such configuration; write one with `chat-records \
                 init`, or name another with --config FILE";
    for args in COMMANDS {
        assert_refused(&world, args, error);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_not_there_is_named_and_only_where_it_is_needed() {
    let world = World::new(10).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    world.configure(|text| text.replace("{ file = \"appkey\" }", "{ env = \"NXLINK_APPKEY\" }"));
    for command in ["sync", "check"] {
        let run = world.run(&[command]);
        assert_eq!(run.code, 2);
        assert_eq!(
            run.error(),
            "chat-records.toml: [sources.nxlink]: appkey: the environment variable NXLINK_APPKEY \
             is not set; set it, or use { file = \"PATH\" }"
        );
    }
    // what only looks at the archive needs no secret
    assert_eq!(world.run(&["status"]).code, 0);
    let output = world.command(&["sync"]).env("NXLINK_APPKEY", "MARKER-appkey").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_not_configured_is_refused() {
    let world = World::new(10).await;
    let near = "no source is named \"nxlnk\"; did you mean \"nxlink\"?";
    assert_refused(&world, &["sync", "nxlnk"], near);
    assert_refused(&world, &["check", "nxlnk"], near);
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 0);
    let run = world.run(&["export", "--format", "jsonl", "--source", "else"]);
    assert_eq!((run.code, run.error()), (2, "no source is named \"else\"; there is nxlink"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_secret_works_with_a_warning() {
    let world = World::new(10).await;
    world
        .configure(|text| text.replace("{ file = \"access_secret\" }", "\"MARKER-access-secret\""));
    let run = world.run(&["check"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.starts_with("warning: chat-records.toml: [sources.nxlink]: access_secret "));
    let run = world.run(&["check", "-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_is_found_by_option_and_by_environment() {
    let world = World::new(10).await;
    fs::create_dir(world.path("elsewhere")).unwrap();
    let file = world.path("chat-records.toml");
    let run = |args: &[&str], env: &str| {
        let mut command = world.command(args);
        command.current_dir(world.path("elsewhere"));
        if !env.is_empty() {
            command.env("CHAT_RECORDS_CONFIG", env);
        }
        command.output().unwrap().status.code()
    };
    let file = file.to_str().unwrap();
    assert_eq!(run(&["check"], ""), Some(2));
    assert_eq!(run(&["check", "--config", file], ""), Some(0));
    assert_eq!(run(&["check"], file), Some(0));
    assert_eq!(run(&["check", "--config", file], "nowhere.toml"), Some(0), "the option wins");
    // the archive stands beside the configuration, not where the program was called
    assert_eq!(run(&["sync"], file), Some(0));
    assert!(world.path("archive/archive.db").exists());
}
