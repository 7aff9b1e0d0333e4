//! The other tools, installed from `PyPI` into virtual environments of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, bail};

use super::results::Versions;

/// Where everything is that a run starts.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The Python of the environment of each.
    pub(crate) dlt: PathBuf,
    pub(crate) singer: PathBuf,
    /// The programs that they run, copied here so that Python leaves nothing in the repository.
    pub(crate) scripts: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) versions: Versions,
}

/// Installs what is not installed yet, at the pinned versions.
///
/// # Errors
///
/// When there is no Python, or a package cannot be had; in one sentence.
pub(crate) fn tools(folder: &Path, program: &Path) -> anyhow::Result<Tools> {
    let scripts = folder.join("scripts");
    fs::create_dir_all(&scripts)?;
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    for entry in fs::read_dir(&from)? {
        let path = entry?.path();
        if let (Some("py"), Some(name)) =
            (path.extension().and_then(|e| e.to_str()), path.file_name())
        {
            fs::copy(&path, scripts.join(name))?;
        }
    }
    let environment = |name: &str| -> anyhow::Result<(PathBuf, String)> {
        let requirements = from.join(name).with_extension("txt");
        let text = fs::read_to_string(&requirements)?;
        Ok((environment(&folder.join(name), &requirements, &text)?, text))
    };
    let (dlt, of_dlt) = environment("dlt")?;
    let (singer, of_singer) = environment("singer")?;
    let versions = Versions {
        chat_records: last_word(&output(Command::new(program).arg("--version"))?),
        dlt: pinned(&of_dlt, "dlt")?,
        singer_sdk: pinned(&of_singer, "singer-sdk")?,
        python: last_word(&output(Command::new(&dlt).arg("--version"))?),
    };
    Ok(Tools { dlt, singer, scripts, program: program.to_owned(), versions })
}

/// The Python of an environment that has exactly these packages.
fn environment(folder: &Path, requirements: &Path, text: &str) -> anyhow::Result<PathBuf> {
    let (python, stamp) = (folder.join("bin/python"), folder.join("installed.txt"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == text) {
        return Ok(python);
    }
    println!("installing {} into {}", requirements.display(), folder.display());
    let made = Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(folder)
        .output()
        .context("the other tools need Python: python3 could not be started")?;
    if !made.status.success() {
        bail!("python3 cannot make a virtual environment: {}", reason(&made));
    }
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements)
        .output()?;
    if !installed.status.success() {
        bail!(
            "the packages of {} could not be installed from PyPI ({}); run it again when PyPI can be reached",
            requirements.display(),
            reason(&installed)
        );
    }
    fs::write(stamp, text)?;
    Ok(python)
}

/// The last line in which a tool says that something is wrong.
fn reason(output: &Output) -> String {
    let told = [&output.stderr[..], &output.stdout[..]].concat();
    let told = String::from_utf8_lossy(&told);
    let mut lines = told.lines().map(str::trim).filter(|line| !line.is_empty());
    let last_error = lines.clone().rfind(|line| line.starts_with("ERROR"));
    last_error.or_else(|| lines.next_back()).unwrap_or("it did not say why").to_owned()
}

/// The version to which requirements pin a package.
fn pinned(requirements: &str, package: &str) -> anyhow::Result<String> {
    requirements
        .lines()
        .filter_map(|line| line.split_once("=="))
        .find(|(name, _)| name.split('[').next() == Some(package))
        .map(|(_, version)| version.trim().to_owned())
        .with_context(|| format!("{package} is not among the requirements"))
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

fn last_word(line: &str) -> String {
    line.rsplit(' ').next().unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    #[test]
    fn the_version_is_that_of_the_package_and_not_of_its_neighbour() {
        let requirements = "# pinned\ndlt-plus==9\ndlt[filesystem,parquet]==1.31.0\nsix==1\n";
        assert_eq!(pinned(requirements, "dlt").unwrap(), "1.31.0");
        assert_eq!(pinned(requirements, "six").unwrap(), "1");
        assert!(pinned(requirements, "singer-sdk").is_err());
    }

    #[test]
    fn the_requirements_pin_everything() {
        for name in ["dlt", "singer"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name);
            let text = fs::read_to_string(path.with_extension("txt")).unwrap();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                assert!(line.contains("=="), "{name}: {line}");
            }
        }
    }

    #[test]
    fn what_pip_says_becomes_one_line() {
        let stderr = "WARNING: Retrying\nERROR: Could not find a version\n\nERROR: No matching \
                      distribution found for dlt==1.31.0\n[notice] a new release";
        let of = |stderr: &str| {
            let (status, stderr) = (ExitStatus::from_raw(256), stderr.as_bytes().to_vec());
            reason(&Output { status, stdout: Vec::new(), stderr })
        };
        assert_eq!(of(stderr), "ERROR: No matching distribution found for dlt==1.31.0");
        assert_eq!(of("no module named venv\n"), "no module named venv");
        assert_eq!(of(""), "it did not say why");
    }
}
