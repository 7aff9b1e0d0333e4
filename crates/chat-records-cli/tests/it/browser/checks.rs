//! What holds on every page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::chromium::Chromium;

pub(super) const INTRUDERS: &str = include_str!("intruders.js");
const ACCESSIBLE: &str = include_str!("accessible.js");

/// Links of the page that stay with this server, without their fragments.
const LINKS: &str = "[...document.querySelectorAll('a[href]')]
    .filter(link => link.href.startsWith(location.origin) || link.protocol === 'file:')
    .map(link => link.href.split('#')[0])";

impl Chromium {
    /// Asserts that since the last time nothing complained and nothing outside was asked for, and
    /// that the documents came with their policy.
    pub(crate) fn assert_calm(&self, origin: &str) {
        let notes = self.take_notes();
        assert!(notes.complaints.is_empty(), "{:#?} by {:?}", notes.complaints, notes.requests);
        // the browser's own pictures, as in fields for days, are written into their addresses
        let is_inside =
            |request: &&String| request.starts_with(origin) || request.starts_with("data:");
        assert_eq!(notes.requests.iter().find(|request| !is_inside(request)), None);
        for (address, _, headers) in &notes.documents {
            let header = |name: &str| {
                let fields = headers.as_object().into_iter().flatten();
                let found = fields.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
            };
            if address.starts_with("http") {
                let policy = header("content-security-policy");
                assert!(policy.contains("default-src 'none'"), "{address}: {policy:?}");
                // browsers write styles into the page that they make around a picture
                let is_file = address.contains("/media/") && policy.contains("sandbox");
                assert!(is_file || !policy.contains("unsafe"), "{address}: {policy:?}");
                assert!(!policy.contains("unsafe-eval"), "{address}: {policy:?}");
                assert_eq!(header("x-content-type-options"), "nosniff", "{address}");
                assert_eq!(header("referrer-policy"), "no-referrer", "{address}");
            }
        }
    }

    /// Asserts that no stored text has become more than text on this page.
    pub(crate) fn assert_no_intruders(&self) {
        self.assert_empty(INTRUDERS, "as it is");
    }

    /// Asserts that the page can be read by those who see, hear or type, in both colour schemes,
    /// and that no width makes it wider than its window.
    pub(crate) fn assert_accessible(&self) {
        for dark in [false, true] {
            for width in [1280, 390, 320] {
                self.window(width, 900, dark);
                let state = format!("dark: {dark}, {width} wide");
                self.assert_empty(ACCESSIBLE, &state);
                let too_wide = "[...document.querySelectorAll('body *')].filter(element => \
                    document.scrollingElement.scrollWidth > innerWidth && \
                    element.getBoundingClientRect().right > innerWidth + 1)\
                    .map(element => element.outerHTML.slice(0, 200))";
                self.assert_empty(too_wide, &format!("wider than the window; {state}"));
            }
        }
        self.window(1280, 900, false);
    }

    fn assert_empty(&self, expression: &str, state: &str) {
        let found = self.js(expression);
        let Some(found) = found.as_array() else { panic!("{expression}: {found}") };
        let mut shown = String::new();
        for finding in found {
            let _ = writeln!(shown, "  {}", finding.as_str().unwrap_or_default());
        }
        assert!(found.is_empty(), "{} ({state}):\n{shown}", self.js("location.href"));
    }

    /// Opens pages by following links from one, at most so many of a shape, and looks at each.
    /// Pages of one shape differ in their numbers and values only. Returns how many of which shape
    /// were seen.
    pub(crate) fn follow(
        &self,
        start: &str,
        of_a_shape: usize,
        look: &mut dyn FnMut(&str),
    ) -> BTreeMap<String, usize> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut known = vec![start.to_owned()];
        let mut next = 0;
        while let Some(address) = known.get(next).cloned() {
            next += 1;
            let of_shape = seen.entry(shape(&address)).or_default();
            if *of_shape == of_a_shape {
                continue;
            }
            *of_shape += 1;
            if !self.open(&address) {
                continue;
            }
            look(&address);
            let links = self.js(LINKS);
            for link in links.as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !known.iter().any(|known| known == link) {
                    known.push(link.to_owned());
                }
            }
        }
        seen
    }
}

/// An address without what differs between pages of a kind.
fn shape(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parts = path.split('/').skip(3).map(|part| match part {
        part if part.len() > 20 || part.contains(|one: char| one.is_ascii_digit()) => "*",
        part => part,
    });
    let keys = query.split('&').filter_map(|pair| pair.split('=').next());
    format!("{}?{}", parts.collect::<Vec<_>>().join("/"), keys.collect::<Vec<_>>().join("&"))
}
