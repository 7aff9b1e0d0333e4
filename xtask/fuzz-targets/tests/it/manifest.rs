//! The targets of libFuzzer are the same ones.

use std::fs;
use std::path::Path;

use fuzz_targets::TARGETS;

#[test]
fn every_target_has_its_program_for_libfuzzer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest: toml::Table =
        fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
    let programs = manifest["bin"].as_array().unwrap();
    let names: Vec<&str> = programs.iter().map(|bin| bin["name"].as_str().unwrap()).collect();
    let expected: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, expected);
    for (name, program) in names.iter().zip(programs) {
        let path = program["path"].as_str().unwrap();
        assert_eq!(path, format!("fuzz_targets/{name}.rs"));
        let text = fs::read_to_string(folder.join(path)).unwrap();
        assert!(text.contains(&format!("fuzz_targets::targets::{name}(data)")), "{path}");
    }
}
