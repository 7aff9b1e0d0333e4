//! A page before it is written: which rows will be in it, and in which state.

use super::{Action, BadForm, Edit};

/// What fault rules want of one record.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tweak {
    pub(crate) unknown_enum: bool,
    pub(crate) unknown_keys: bool,
    pub(crate) nulls: bool,
    pub(crate) bad: Option<BadForm>,
}

/// A page of rows; each is named by its ordinal.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) rows: Vec<(usize, Tweak)>,
    /// Of no meaning where the vendor gives none.
    pub(crate) total: i64,
    /// Media links are issued as expired ones.
    pub(crate) expired_media: bool,
    /// The answer's next position is the one that was asked for.
    pub(crate) repeats_cursor: bool,
}

impl Draft {
    /// A page as it should be, changed as the rules want it. Inserting rows and repeating a page come before.
    pub(crate) fn new(
        ordinals: impl IntoIterator<Item = usize>,
        total: u64,
        edits: &[Edit],
    ) -> Self {
        let rows = ordinals.into_iter().map(|ordinal| (ordinal, Tweak::default())).collect();
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        let mut draft = Self { rows, total, expired_media: false, repeats_cursor: false };
        for edit in edits {
            draft.edit(edit);
        }
        draft
    }

    fn edit(&mut self, edit: &Edit) {
        // where on the page the rule's record is, if it named one
        let anchor = edit
            .record
            .and_then(|record| self.rows.iter().position(|(ordinal, _)| *ordinal as u64 == record));
        match edit.action {
            Action::DuplicateRows { count } => {
                let start = anchor.unwrap_or(0);
                let end = start.saturating_add(clamp(count)).min(self.rows.len());
                let twice = self.rows.get(start..end).unwrap_or_default().to_vec();
                self.rows.splice(end..end, twice);
            }
            Action::ShortPage { drop } => {
                let start = anchor.unwrap_or(self.rows.len().saturating_sub(clamp(drop)));
                let end = start.saturating_add(clamp(drop)).min(self.rows.len());
                self.rows.drain(start..end);
            }
            Action::EmptyPage => self.rows.clear(),
            Action::WrongTotal { by } => self.total = self.total.saturating_add(by).max(0),
            Action::UnknownEnum => self.tweak(anchor, |tweak| tweak.unknown_enum = true),
            Action::UnknownKeys => self.tweak(anchor, |tweak| tweak.unknown_keys = true),
            Action::NullRequired => self.tweak(anchor, |tweak| tweak.nulls = true),
            Action::BadRecord { form } => self.spoil(anchor, form),
            Action::ExpiredMedia => self.expired_media = true,
            Action::RepeatCursor => self.repeats_cursor = true,
            _ => {}
        }
    }

    /// Changes the anchored row, or every third one.
    fn tweak(&mut self, anchor: Option<usize>, change: impl Fn(&mut Tweak)) {
        let is_meant =
            |index: usize| anchor.map_or(index.is_multiple_of(3), |anchor| index == anchor);
        self.rows
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| is_meant(*index))
            .for_each(|(_, (_, tweak))| change(tweak));
    }

    fn spoil(&mut self, anchor: Option<usize>, form: BadForm) {
        let at = anchor.unwrap_or(self.rows.len() / 2);
        if let Some((_, tweak)) = self.rows.get_mut(at) {
            tweak.bad = Some(form);
        }
    }
}

fn clamp(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
