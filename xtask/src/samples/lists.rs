//! `fixtures/<vendor>/samples.toml`: what the checks let through, each with its reason.
//!
//! ```toml
//! [[allow]]                        # text that looks secret, and is printed on the vendor's page
//! text = "57a286…"
//! reason = "customer id of the page's own sample"
//!
//! [[ignored]]                      # keys that the types leave out on purpose
//! sample = "page-text.json"        # without it: in every sample
//! path = "list[].agent_group"      # `[]` is any index; a path covers what is below it
//! reason = "internal to the console"
//!
//! [[unknown]]                      # values that no variant names
//! path = "list[].status"
//! reason = "the sample is about an unknown status"
//! ```

use serde::Deserialize;

use crate::tree::Tree;
use crate::vendors::Vendor;

pub(super) const FILE: &str = "samples.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Lists {
    pub(super) allow: Vec<Allow>,
    pub(super) ignored: Vec<Entry>,
    pub(super) unknown: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allow {
    pub(super) text: String,
    #[expect(dead_code, reason = "required of whoever adds an entry")]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) sample: Option<String>,
    pub(super) path: String,
    #[expect(dead_code, reason = "required of whoever adds an entry")]
    reason: String,
}

/// The lists of a vendor; empty if there is no file.
///
/// # Errors
///
/// When the file is not valid.
pub(super) fn read(tree: &Tree, vendor: &Vendor) -> anyhow::Result<Lists> {
    match tree.text(&format!("{}/{FILE}", vendor.fixtures_dir())) {
        Some(text) => Ok(toml::from_str(text)?),
        None => Ok(Lists::default()),
    }
}

#[cfg(test)]
impl Entry {
    /// Whether the entry speaks of this path in this sample.
    pub(super) fn covers(&self, sample: &str, path: &str) -> bool {
        let path = segments(path);
        let own = segments(&self.path);
        self.sample.as_deref().is_none_or(|own| own == sample)
            && own.len() <= path.len()
            && own
                .iter()
                .zip(&path)
                .all(|(own, found)| own == found || (own == "*" && is_index(found)))
    }
}

/// The parts of a path in any of the usual spellings: `list[0].key`, `list.0.key`, `/list/0/key`.
#[cfg(test)]
fn segments(path: &str) -> Vec<String> {
    let path = path.trim_start_matches('$').replace("[]", "[*]");
    path.split(['.', '/', '[', ']']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
fn is_index(segment: &str) -> bool {
    segment == "*" || segment.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_cover_indices_spellings_and_what_is_below() {
        let lists: Lists = toml::from_str(
            "[[ignored]]\npath = 'list[].extra'\nreason = 'r'\n\
             [[unknown]]\nsample = 'page-a.json'\npath = 'list[0].status'\nreason = 'r'\n",
        )
        .unwrap();
        let ignored = &lists.ignored[0];
        for path in ["list[3].extra", "list.3.extra", "/list/3/extra", "$.list[3].extra.below"] {
            assert!(ignored.covers("page-b.json", path), "{path}");
        }
        assert!(!ignored.covers("page-b.json", "list[3].other"));
        assert!(!ignored.covers("page-b.json", "list"));
        let unknown = &lists.unknown[0];
        assert!(unknown.covers("page-a.json", "list[0].status"));
        assert!(!unknown.covers("page-b.json", "list[0].status"));
        assert!(!unknown.covers("page-a.json", "list[1].status"));
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        assert!(toml::from_str::<Lists>("[[allow]]\ntext = 'x'\n").is_err());
        assert!(toml::from_str::<Lists>("[[allowed]]\ntext = 'x'\nreason = 'r'\n").is_err());
    }
}
