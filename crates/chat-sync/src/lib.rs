#![doc = include_str!("../README.md")]

mod engine;
mod late;
mod media;
mod observer;
mod plan;
mod report;
mod stop;
mod store;
mod walk;
mod writer;

pub use engine::{Job, Settings, SyncError, SyncOptions, sync};
pub use late::{LATE_STEP_MS, LateInput, LateWindow, late_span, late_windows, within_budget};
pub use observer::{Event, Observer, Silent};
pub use plan::{PlanInput, PlannedWindow, WindowReason, plan, split};
pub use report::{MediaReport, RunVerdict, SourceReport, SyncReport, WindowReport};
pub use stop::Stop;
pub use store::{Ledger, Store};
pub use walk::{PageFacts, Step, Walk, WalkLimits};
