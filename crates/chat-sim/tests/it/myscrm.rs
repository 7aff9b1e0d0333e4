//! The enterprise-WeChat middle platform through its sockets.

mod directory;
mod faults;
mod handle;
mod media;
mod pull;
mod raw;
mod support;
mod walks;
