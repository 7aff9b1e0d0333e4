//! Messages as people read them. The same for the server and for files on disk: links go through
//! [`Places`](crate::places::Places), and nothing here needs a script.

pub(crate) mod bubble;
pub(crate) mod chart;
pub(crate) mod difference;
pub(crate) mod file;
pub(crate) mod icon;
pub(crate) mod json;
pub(crate) mod text;
pub(crate) mod thread;
pub(crate) mod when;
