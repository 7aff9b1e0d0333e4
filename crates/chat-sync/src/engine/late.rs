//! What is read beyond the look-back, because statuses may still change.

use chat_archive::PartitionId;
use chat_core::Partition;

use super::pull::Pull;
use super::queue::Walking;
use crate::late::{LATE_STEP_MS, LateInput, LateWindow, late_span, late_windows};
use crate::plan::{PlanInput, PlannedWindow};
use crate::store::Store;
use crate::walk::Walk;
use crate::writer::StoreFailed;

impl<S: Store> Pull<S> {
    /// The windows of a partition that are due to be read again.
    pub(super) async fn late(
        &self,
        partition: &Partition,
        id: PartitionId,
        input: &PlanInput<'_>,
        planned: &[PlannedWindow],
    ) -> Result<Vec<(Walking, LateWindow)>, StoreFailed> {
        let Some(span) = late_span(input, self.settings.late_ms) else { return Ok(Vec::new()) };
        let counts =
            self.writer.run(move |store| store.message_counts(id, span, LATE_STEP_MS)).await?;
        let page_size = self.source.capabilities().page_size;
        let due = late_windows(&LateInput { plan: input, planned, counts: &counts, page_size });
        let walking = |window: LateWindow| {
            let span = window.planned.window;
            let walk = Walk::new(span, input.settled_before(), self.limits());
            let partition = partition.clone();
            (Walking { partition, id, walk, resumed: false, is_proven: true, whole: None }, window)
        };
        Ok(due.into_iter().map(walking).collect())
    }
}
