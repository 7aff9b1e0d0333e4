//! Small drawings for kinds of messages. They are decoration: the kind stands beside them in words.

use maud::{Markup, html};

/// The drawing for a kind.
pub(crate) fn of_kind(kind: &str) -> Markup {
    let path = match kind {
        "image" | "emotion" => "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9h.01",
        "voice" => {
            "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4"
        }
        "audio" => {
            "M9 18V6l10-2v12M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM19 16a3 3 0 1 1-6 0 3 3 0 0 1 6 0z"
        }
        "video" => "M3 6h12v12H3zM15 10l6-3v10l-6-3",
        "location" => {
            "M12 21s7-6 7-11a7 7 0 0 0-14 0c0 5 7 11 7 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"
        }
        "link" => {
            "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"
        }
        "card" => {
            "M3 5h18v14H3zM9 13a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6 16c1-2 5-2 6 0M15 10h3M15 14h3"
        }
        "miniprogram" => "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM16.5 13v7M13 16.5h7",
        "template" => "M4 4h16v4H4zM4 11h9v9H4zM16 11h4v9h-4z",
        "redpacket" => "M5 3h14v18H5zM5 8c4 4 10 4 14 0M12 10v4M10 13h4",
        "agree" => "M5 13l4 4L19 7",
        "disagree" => "M6 6l12 12M18 6L6 18",
        "recall" => "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
        "system" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8h.01",
        "mixed" => "M4 4h12v12H4zM8 20h12V8",
        "document" => "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
        _ => "M6 3h8l4 4v14H6zM14 3v4h4",
    };
    drawn(path)
}

/// Lines on a grid of 24.
pub(crate) fn drawn(path: &str) -> Markup {
    html! { svg.icon viewBox="0 0 24 24" aria-hidden="true" { path d=(path) {} } }
}
