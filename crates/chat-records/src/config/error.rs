//! What is wrong with a configuration.

/// What is wrong with a configuration, and what to do: one sentence that names the file, the
/// table and the key. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    file: String,
    place: String,
    problem: String,
}

impl ConfigError {
    pub(crate) fn new(
        file: impl Into<String>,
        place: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        let [place, problem] = [place.into(), problem.into()].map(clipped);
        Self { file: file.into(), place, problem }
    }
}

/// A long text without its middle: a sentence repeats keys and words of the file, and those may be
/// of any length.
fn clipped(text: String) -> String {
    const KEPT: usize = 300;
    let count = text.chars().count();
    if count <= 2 * KEPT {
        return text;
    }
    let chars = text.chars();
    chars.clone().take(KEPT).chain(['…']).chain(chars.skip(count - KEPT)).collect()
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, place, problem } = self;
        if place.is_empty() {
            return write!(f, "{file}: {problem}");
        }
        write!(f, "{file}: {place}: {problem}")
    }
}

impl std::error::Error for ConfigError {}
