//! What can go wrong before a simulated vendor runs.

use std::{io, net::SocketAddr};

/// Why a simulator did not start, or why fault rules were not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address could not be listened on, most often because the port is taken.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A setting has a value that cannot be used.
    #[error("option `{name}`: {reason}")]
    Option {
        /// The setting's name, as in its `with_…` function.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The fault rules are not TOML.
    #[error("the fault rules are not TOML")]
    Toml(#[from] toml::de::Error),
    /// A fault rule is TOML but makes no sense.
    #[error("fault rule {rule}: {reason}")]
    Fault {
        /// Which rule, counted from 1 in file order; 0 means the file as a whole.
        rule: usize,
        /// What is wrong with it; names the key.
        reason: String,
    },
}
