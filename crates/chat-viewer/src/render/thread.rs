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
    let stance = |_, entry: &Entry| {
        let is_target = target == Some(entry.message.number);
        Stance { is_target, ..Stance::default() }
    };
    list(entries, &stance, words, places)
}

/// The same on paper, where the messages are numbered from `first` on.
pub(crate) fn printed(entries: &[Entry], first: u64, words: &Words, places: &dyn Places) -> Markup {
    let stance = |index: u64, _: &Entry| {
        let on_paper = Some(first.saturating_add(index));
        Stance { on_paper, ..Stance::default() }
    };
    list(entries, &stance, words, places)
}

fn list(
    entries: &[Entry],
    stance: &dyn Fn(u64, &Entry) -> Stance,
    words: &Words,
    places: &dyn Places,
) -> Markup {
    let mut before: Option<&Entry> = None;
    html! {
        ol.thread {
            @for (index, entry) in (0..).zip(entries) {
                (item(before, entry, stance(index, entry), words, places))
                ({ before = Some(entry); "" })
            }
        }
    }
}

/// An item of the list behind another one, under its day if that is a new one.
pub(crate) fn item(
    before: Option<&Entry>,
    entry: &Entry,
    stance: Stance,
    words: &Words,
    places: &dyn Places,
) -> Markup {
    let today = day_of(entry);
    let is_new_day = before.is_none_or(|before| day_of(before) != today);
    let follows = !is_new_day && before.is_some_and(|before| is_same_person(before, entry));
    html! {
        @if is_new_day { (day(today, words)) }
        (bubble::shown(entry, Stance { follows, ..stance }, words, places))
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
