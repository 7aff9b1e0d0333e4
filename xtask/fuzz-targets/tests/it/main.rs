//! The short run of every target, in any build: good inputs first, then changed ones. The thorough
//! run is `cargo xtask fuzz`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod manifest;

use std::fs;
use std::path::Path;

use fuzz_targets::{TARGETS, Target, mutation};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

/// Inputs for each target; the variable `FUZZ_RUNS` changes it.
const RUNS: u32 = 1000;

fn runs() -> u32 {
    std::env::var("FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS)
}

/// Runs a function on so many inputs. The smallest input that breaks a promise is kept in a file.
fn drive(target: &Target, runs: u32) {
    let Target { name, run, .. } = *target;
    let config = Config { cases: runs, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&mutation::inputs(target), |input| {
        std::panic::catch_unwind(|| run(&input)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            TestCaseError::fail(text.unwrap_or_default())
        })
    });
    if let Err(TestError::Fail(reason, input)) = outcome {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.input"));
        fs::write(&path, input).unwrap();
        panic!("{name}: {reason}; the input lies in {}", path.display());
    }
    outcome.unwrap();
}

fn check(target: &Target) {
    for seed in (target.seeds)() {
        (target.run)(&seed);
    }
    drive(target, runs());
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let target = TARGETS.iter().find(|target| target.name == stringify!($name));
                check(target.unwrap());
            }
        )*

        #[test]
        fn every_target_has_its_short_run() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

targets! {
    archive
    bes_ccmessaging_calls
    bes_ccmessaging_html
    bes_ccmessaging_page
    config
    jijyun_calls
    jijyun_page
    jijyun_webhook
    myscrm_qw_calls
    myscrm_qw_page
    myscrm_qw_sealed
    myscrm_qw_webhook
    nxlink_page
    nxlink_webhook
    times
}

/// The driver itself: a function that takes everything but one word is found out.
#[test]
fn a_broken_promise_is_found_and_its_input_kept() {
    fn no_null(data: &[u8]) {
        assert!(!data.windows(4).any(|four| four == b"null"), "it has a null");
    }
    let target =
        Target { name: "made_up", run: no_null, seeds: || vec![br#"{"a":1,"b":[2]}"#.to_vec()] };
    let panic = std::panic::catch_unwind(|| drive(&target, 10_000)).unwrap_err();
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(said.contains("it has a null") && said.contains("made_up.input"), "{said}");
    let input = fs::read(Path::new(env!("CARGO_TARGET_TMPDIR")).join("made_up.input")).unwrap();
    assert!(input.windows(4).any(|four| four == b"null"));
}
