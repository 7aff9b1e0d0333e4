#![doc = include_str!("../README.md")]

mod engine;
mod media;
mod observer;
mod plan;
mod report;
mod stop;
mod store;
mod walk;
mod writer;

pub use engine::{Job, Settings, SyncError, SyncOptions, sync};
pub use observer::{Event, Observer, Silent};
pub use plan::{PlanInput, PlannedWindow, WindowReason, plan, split};
pub use report::{MediaReport, RunVerdict, SourceReport, SyncReport, WindowReport};
pub use stop::Stop;
pub use store::Store;
pub use walk::{PageFacts, Step, Walk, WalkLimits};
