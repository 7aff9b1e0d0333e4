//! What the forms of one record come to, in the order in which they were stored. Pure.

use chat_core::Status;

/// The further of what two forms say of a message's state.
pub(crate) fn merged(new: Option<Status>, before: Option<Status>) -> Option<Status> {
    match (new, before) {
        (Some(new), Some(before)) => Some(new.merge(before)),
        (new, before) => new.or(before),
    }
}

/// True if a form is older than the current one, by the vendor's own time of change.
pub(crate) fn is_late(new_ms: Option<i64>, current_ms: Option<i64>) -> bool {
    matches!((new_ms, current_ms), (Some(new), Some(current)) if new < current)
}

/// A form as its bytes have it.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub(crate) version: i64,
    pub(crate) status: Option<Status>,
    pub(crate) updated_at_ms: Option<i64>,
    /// A form can become readable after later ones were stored: the page says which came first.
    pub(crate) page: i64,
    pub(crate) fetched_ms: i64,
    /// It has the vendor's id: one that has none says less, and never follows it.
    pub(crate) is_named: bool,
}

/// What the archive must say of the forms of one record.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The number of the current form.
    pub(crate) current: i64,
    /// The state that each form shows, in their order; that of the current one is the furthest of
    /// all.
    pub(crate) statuses: Vec<(i64, Option<Status>)>,
    /// When the record was first read.
    pub(crate) first_seen_ms: i64,
}

impl History {
    /// Goes through forms in the order of their numbers.
    pub(crate) fn of(forms: &[Own]) -> Self {
        let Some((first, others)) = forms.split_first() else { return Self::default() };
        let mut statuses = Vec::with_capacity(forms.len());
        let (mut current, mut status) = (first, first.status.clone());
        for form in others {
            let both = merged(form.status.clone(), status.clone());
            let is_late = is_late(form.updated_at_ms, current.updated_at_ms);
            let is_plainer = current.is_named && !form.is_named;
            if is_late || is_plainer || form.page < current.page {
                statuses.push((form.version, form.status.clone()));
            } else {
                statuses.push((current.version, status));
                current = form;
            }
            status = both;
        }
        statuses.push((current.version, status));
        let earliest = forms.iter().min_by_key(|form| form.page).unwrap_or(first);
        Self { current: current.version, statuses, first_seen_ms: earliest.fetched_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(version: i64, status: &str, updated_at_ms: i64, page: i64) -> Own {
        let status = Some(Status::from(status));
        let (updated_at_ms, fetched_ms, is_named) = (Some(updated_at_ms), page * 10, true);
        Own { version, status, updated_at_ms, page, fetched_ms, is_named }
    }

    fn told(forms: &[Own]) -> (i64, String, i64) {
        let history = History::of(forms);
        let statuses = history.statuses.iter().map(|(version, status)| {
            format!("{version} {}", status.as_ref().map_or("-", Status::as_str))
        });
        (history.current, statuses.collect::<Vec<_>>().join(", "), history.first_seen_ms)
    }

    #[test]
    fn states_only_advance_and_late_forms_keep_their_own() {
        let forms = [form(1, "sent", 1, 1), form(2, "read", 2, 2), form(3, "delivered", 3, 3)];
        assert_eq!(told(&forms), (3, "1 sent, 2 read, 3 read".to_owned(), 10));
        let forms = [form(1, "sent", 5, 1), form(2, "read", 2, 2)];
        assert_eq!(told(&forms), (1, "2 read, 1 read".to_owned(), 10));
        // a call that says less came last
        let plainer = Own { is_named: false, ..form(2, "read", 2, 2) };
        assert_eq!(told(&[form(1, "sent", 1, 1), plainer]), (1, "2 read, 1 read".to_owned(), 10));
        // the page before the others became readable last
        let forms = [form(1, "sent", 5, 3), form(2, "queued", 5, 1)];
        assert_eq!(told(&forms), (1, "2 queued, 1 sent".to_owned(), 10));
    }
}
