//! Which messages an answer holds, as ordinals in the order of the answer.

use super::{
    MessageOrder,
    ask::{HostedAsk, Span},
    data::{Data, id_at},
    facts::{Facts, Part},
    times,
};

impl Data {
    /// What `chat/record` answers for a customer: conversation by conversation; `None` for nobody known. Of more than
    /// `limit` messages the oldest are left out.
    pub(super) fn select_record(
        &self,
        customer_id: &str,
        span: Span,
        now_ms: i64,
        order: MessageOrder,
        limit: Option<u32>,
    ) -> Option<Vec<usize>> {
        let (_, customer) = self.customer(customer_id)?;
        let (from_ms, until_ms) = match span {
            // messages are served whatever the clock says later, so there is no end
            Span::Days(days) => (now_ms.saturating_sub(i64::from(days) * times::DAY_MS), i64::MAX),
            Span::Between(from_ms, until_ms) => (from_ms, until_ms),
        };
        let mut found: Vec<Vec<usize>> = customer
            .conversations
            .iter()
            .map(|conversation| self.select_conversation(*conversation, from_ms, until_ms))
            .collect();
        if let Some(limit) = limit {
            self.cut(&mut found, limit);
        }
        for ordinals in &mut found {
            match order {
                MessageOrder::OldestFirst => {}
                MessageOrder::NewestFirst => ordinals.reverse(),
                MessageOrder::AsSampled => {
                    let (ai, mut human): (Vec<_>, Vec<_>) =
                        ordinals.iter().partition(|ordinal| self.is_to_ai(**ordinal));
                    human.reverse();
                    *ordinals = ai;
                    ordinals.append(&mut human);
                }
            }
        }
        Some(found.concat())
    }

    /// A conversation's messages of a time, oldest first.
    pub(super) fn select_conversation(
        &self,
        conversation: u32,
        from_ms: i64,
        until_ms: i64,
    ) -> Vec<usize> {
        let Some(talk) = self.conversations.get(conversation as usize) else { return Vec::new() };
        let (start, rows) = self.rows_of(talk.customer);
        let low = rows.partition_point(|row| row.sent_ms() < from_ms);
        let found = rows.iter().enumerate().skip(low);
        found
            .take_while(|(_, row)| row.sent_ms() <= until_ms)
            .filter(|(_, row)| row.conversation == conversation)
            .map(|(at, _)| start + at)
            .collect()
    }

    /// What `corpwechat/message/history` answers: what was said to a hosted account on a day after a sequence number,
    /// oldest first.
    pub(super) fn select_hosted(&self, ask: &HostedAsk) -> Vec<usize> {
        let first = id_at(ask.from_ms).max(ask.after.saturating_add(1));
        let end = id_at(ask.from_ms.saturating_add(times::DAY_MS));
        let mut found = Vec::new();
        for (index, customer) in (0_u32..).zip(&self.customers) {
            if customer.account != Some(ask.account) {
                continue;
            }
            let (start, rows) = self.rows_of(index);
            let low = rows.partition_point(|row| row.id < first);
            // no more of one customer than fit on the page
            let rows = rows.iter().enumerate().skip(low).take(ask.page_size);
            found.extend(
                rows.take_while(|(_, row)| row.id < end).map(|(at, row)| (row.id, start + at)),
            );
        }
        found.sort_unstable();
        found.truncate(ask.page_size);
        found.into_iter().map(|(_, ordinal)| ordinal).collect()
    }

    /// The ordinal in the middle of the time that these messages span.
    pub(super) fn middle(&self, mut ordinals: Vec<usize>) -> Option<usize> {
        ordinals.sort_unstable_by_key(|ordinal| self.rows.get(*ordinal).map(|row| row.id));
        ordinals.get(ordinals.len() / 2).copied()
    }

    /// Keeps the latest `limit` messages of all conversations together.
    fn cut(&self, found: &mut [Vec<usize>], limit: u32) {
        let id = |ordinal: &usize| self.rows.get(*ordinal).map_or(0, |row| row.id);
        let mut ids: Vec<u64> = found.iter().flatten().map(id).collect();
        let Some(surplus) = ids.len().checked_sub(limit as usize).filter(|n| *n > 0) else {
            return;
        };
        ids.sort_unstable();
        let first_kept = ids.get(surplus).copied().unwrap_or(u64::MAX);
        for ordinals in found {
            ordinals.retain(|ordinal| id(ordinal) >= first_kept);
        }
    }

    fn is_to_ai(&self, ordinal: usize) -> bool {
        self.rows.get(ordinal).is_some_and(|row| {
            self.conversation(*row).is_some_and(|talk| Facts::of(self, talk, *row).part == Part::Ai)
        })
    }
}
