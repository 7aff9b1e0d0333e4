#![doc = include_str!("../README.md")]

mod engine;
mod forecast;
mod late;
mod media;
mod observer;
mod plan;
mod report;
mod stop;
mod store;
mod walk;
mod writer;

pub use engine::{
    AuditFinding, AuditReport, AuditStore, Bound, Job, Settings, SourceAudit, SyncError,
    SyncOptions, Unread, audit, retry_media, share_at_most, sync,
};
pub use forecast::{
    ForecastReason, MediaForecast, Outlook, Partitions, SourceForecast, WindowForecast, forecast,
};
pub use late::{LATE_STEP_MS, LateInput, LateWindow, late_span, late_windows, within_budget};
pub use observer::{Event, Observer, Silent};
pub use plan::{PlanInput, PlannedWindow, WindowReason, plan, split};
pub use report::{
    MediaReport, MediaRetry, RetryReport, RunVerdict, SourceReport, SyncReport, WindowReport,
};
pub use stop::Stop;
pub use store::{Holdings, Store};
pub use walk::{PageFacts, Spread, Step, Walk, WalkLimits};
