#![doc = include_str!("../README.md")]

pub mod bes;
mod clock;
pub mod conformance;
mod error;
pub mod faults;
pub mod jijyun;
mod json;
mod log;
mod media;
mod mix;
pub mod myscrm;
pub mod nxlink;
mod rhythm;
mod server;
mod sim;
mod text;
mod vendor;

pub use clock::Clock;
pub use error::Error;
pub use faults::{Action, Fault, Faults, When};
pub use log::{Outcome, RequestEntry, Requests};
pub use sim::{Sim, SimOptions};
pub use vendor::{SecretField, SimVendor, TrueFile, TrueRecord, VENDORS};
