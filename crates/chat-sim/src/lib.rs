#![doc = include_str!("../README.md")]

mod clock;
mod error;
pub mod faults;
mod log;
mod media;
mod mix;
pub mod nxlink;
mod server;
mod sim;
mod text;

pub use clock::Clock;
pub use error::Error;
pub use faults::{Action, Fault, Faults, When};
pub use log::{Outcome, RequestEntry, Requests};
pub use sim::{SecretField, Sim, SimOptions};
