//! `search`: what it finds, and how it shows that.

mod contained;

use std::process::{Command, Stdio};

use crate::support::{Line, Run, World, keys};

/// A synced world, and the first text of Chinese characters in it.
async fn world() -> (World, Vec<Line>, String) {
    let world = World::new(300).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let lines = world.exported();
    let is_han = |c: &char| ('\u{4E00}'..='\u{9FFF}').contains(c);
    let han = |text: String| text.chars().filter(is_han).take(2).collect::<String>();
    let found = texts(&lines)
        .map(han)
        .find(|two| two.chars().count() == 2 && texts(&lines).any(|text| text.contains(two)));
    (world, lines, found.unwrap())
}

fn texts(lines: &[Line]) -> impl Iterator<Item = String> {
    lines.iter().filter_map(|line| line.value("text").as_str().map(str::to_owned))
}

/// What a run prints to a terminal.
fn on_terminal(world: &World, args: &[&str], env: &[(&str, &str)]) -> String {
    let line = format!("'{}' '{}'", env!("CARGO_BIN_EXE_chat-records"), args.join("' '"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(world.dir.path());
    command.env_remove("NO_COLOR").env("TERM", "xterm-256color").envs(env.iter().copied());
    let run = Run::of(&command.stdin(Stdio::null()).output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_per_hit_is_what_contains_the_words() {
    let (world, lines, two) = world().await;
    let expected = texts(&lines).filter(|text| text.contains(&two)).count();
    assert!(expected > 0);
    let run = world.run(&["search", &two, "--limit", "300"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    assert_eq!(run.stdout.lines().count(), expected);
    for line in run.stdout.lines() {
        let values: Vec<&str> = line.split('\t').collect();
        let [time, source, conversation, id, _, kind, text] = values[..] else { panic!("{line}") };
        let exported = lines.iter().find(|line| line.text("id") == id).unwrap();
        assert!(text.contains(&two), "{text}");
        assert_eq!((time, kind), (&*exported.text("sent_at"), &*exported.text("kind")));
        assert_eq!(source, "nxlink");
        assert!(conversation.parse::<u32>().is_ok(), "{conversation}");
    }
    // the best first are the same ones
    let best = world.run(&["search", &two, "--limit", "300", "--sort", "relevance"]);
    let sorted = |run: &Run| {
        let mut lines: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&best), sorted(&run));

    let kind = &*lines.iter().find(|line| line.raw("text").contains(&two)).unwrap().text("kind");
    let chosen = world.run(&["search", &two, "--kind", kind, "--limit", "300"]);
    let of_kind = run.stdout.lines().filter(|line| line.split('\t').nth(5) == Some(kind)).count();
    assert_eq!(chosen.stdout.lines().count(), of_kind);

    let run = world.run(&["search", "hapaxlegomenon"]);
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", "no messages match\n"), "{run:?}");
    let run = world.run(&["search", &two, "--limit", "1"]);
    assert_eq!(run.stdout.lines().count(), 1);
    assert_eq!(run.stderr, format!("1 of {expected} messages; --limit shows more\n"));
    for (args, error) in [
        (["search", "a", "--source", "elsewhere"], "elsewhere"),
        (["search", "(a", "--source", "nxlink"], "the parenthesis at character 1"),
    ] {
        let run = world.run(&args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.error().contains(error), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_has_marks_and_context() {
    let (world, lines, two) = world().await;
    let run = world.run(&["search", &two, "-C", "2", "--json", "--limit", "300"]);
    assert_eq!(run.code, 0, "{run:?}");
    let document = run.json();
    assert_eq!(keys(&document), ["hits", "not_indexed", "total", "total_is_exact"]);
    let hits = document["hits"].as_array().unwrap();
    assert_eq!(document["total"], hits.len());
    assert_eq!(document["not_indexed"], 0);
    for hit in hits {
        assert_eq!(keys(hit), ["after", "before", "conversation", "marks", "message"]);
        let message = &hit["message"];
        let exported = lines.iter().find(|line| line.text("id") == message["id"]).unwrap();
        for key in exported.keys().into_iter().filter(|key| *key != "raw") {
            assert_eq!(message[key], exported.value(key), "{key}");
        }
        let chars: Vec<char> = message["text"].as_str().unwrap().chars().collect();
        assert!(!hit["marks"].as_array().unwrap().is_empty(), "{hit}");
        for mark in hit["marks"].as_array().unwrap() {
            let [from, to] = [0, 1].map(|at| usize::try_from(mark[at].as_u64().unwrap()).unwrap());
            assert_eq!(chars[from..to].iter().collect::<String>(), two);
        }
        // what stands around it is what the export has around it
        let place = lines.iter().position(|line| line.text("id") == message["id"]).unwrap();
        let same = |line: &&Line| line.value("conversation_id") == message["conversation_id"];
        let before: Vec<_> = lines[..place].iter().rev().take(2).filter(same).collect();
        let shown = hit["before"].as_array().unwrap().iter().rev();
        assert_eq!(shown.len(), before.len());
        for (line, shown) in before.iter().zip(shown) {
            assert_eq!(line.text("id"), shown["id"]);
        }
        let after = lines[place + 1..].iter().take(2).filter(same).count();
        assert_eq!(hit["after"].as_array().unwrap().len(), after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_have_color_on_a_terminal_only() {
    let (world, _, two) = world().await;
    let marked = format!("\u{1b}[1m\u{1b}[31m{two}\u{1b}[0m");
    let shown = on_terminal(&world, &["search", &two, "--limit", "2", "-C", "1"], &[]);
    assert!(shown.contains(&marked), "{shown}");
    assert_eq!(shown.matches("> ").count(), 2, "{shown}");
    let args = ["search", &two, "--limit", "2"];
    let plain = on_terminal(&world, &args, &[("NO_COLOR", "1")]);
    assert!(plain.contains(&two) && !plain.contains('\u{1b}'), "{plain}");
    let piped = world.run(&args).stdout;
    assert!(piped.contains(&two) && !piped.contains('\u{1b}'), "{piped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commands_a_terminal_does_not_reach_it() {
    let world = World::new(20).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let database = rusqlite::Connection::open(world.path("archive/archive.db")).unwrap();
    database
        .execute_batch(
            "UPDATE message SET sender_name = 'a' || char(27) || '[2J',
                 text = 'needle ' || char(27) || ']0;title' || char(7) || char(10) || char(8238) || 'x'
             WHERE id = 1",
        )
        .unwrap();
    drop(database);
    let run = world.run(&["search", "needle"]);
    assert_eq!((run.code, &*run.stdout), (1, ""), "{run:?}");
    assert!(run.stderr.contains("1 message is not in the search index yet"), "{run:?}");
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let run = world.run(&["search", "needle"]);
    assert_eq!((run.stdout.lines().count(), &*run.stderr), (1, ""), "{run:?}");
    let shown = on_terminal(&world, &["search", "needle"], &[("NO_COLOR", "1")]);
    for shown in [run.stdout, shown] {
        assert!(shown.contains("needle"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
    }
}
