//! Media shared by all vendors: deterministic files, signed links, and a host that serves them.

mod file;
mod host;
mod link;
mod sound;

pub(crate) use file::{FileKind, file};
pub(crate) use host::{Asked, answer};
pub(crate) use link::{LinkFault, Signer};
