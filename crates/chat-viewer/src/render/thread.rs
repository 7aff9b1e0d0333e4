//! Bubbles under the days that they were sent on.

use jiff::civil::Date;
use maud::{Markup, html};

use super::bubble::{self, Entry, Stance};
use super::when::{self, Wall};
use crate::places::Places;
use crate::words::Words;

/// The list of a thread. `target` is the number of the message that was looked for.
pub(crate) fn shown(
    entries: &[Entry],
    target: Option<i64>,
    words: &Words,
    places: &dyn Places,
) -> Markup {
    let mut before: Option<&Entry> = None;
    html! {
        ol.thread {
            @for entry in entries {
                (item(before, entry, target == Some(entry.message.number), words, places))
                ({ before = Some(entry); "" })
            }
        }
    }
}

/// An item of the list behind another one, under its day if that is a new one.
pub(crate) fn item(
    before: Option<&Entry>,
    entry: &Entry,
    is_target: bool,
    words: &Words,
    places: &dyn Places,
) -> Markup {
    let today = day_of(entry);
    let is_new_day = before.is_none_or(|before| day_of(before) != today);
    let follows = !is_new_day && before.is_some_and(|before| is_same_person(before, entry));
    html! {
        @if is_new_day { (day(today, words)) }
        (bubble::shown(entry, Stance { follows, is_target }, words, places))
    }
}

fn day_of(entry: &Entry) -> Option<Date> {
    let message = &entry.message;
    message.sent_at_ms.and_then(|ms| Wall::new(ms, message.offset_minutes)).map(Wall::date)
}

fn is_same_person(one: &Entry, next: &Entry) -> bool {
    let (one, next) = (&one.message, &next.message);
    one.sender == next.sender && one.direction == next.direction
}

/// The line between two days.
fn day(date: Option<Date>, words: &Words) -> Markup {
    html! {
        @if let Some(date) = date {
            li.day data-day=(date) { time datetime=(date) { (when::day(date, words)) } }
        } @else {
            li.day data-day="" { span { (words.thread.untimed) } }
        }
    }
}
