#![doc = include_str!("../README.md")]

mod app;
mod assets;
mod counted;
mod error;
mod export;
mod failure;
mod layout;
mod media;
mod pages;
mod places;
mod render;
mod security;
mod server;
mod visit;
mod words;

pub use error::ViewerError;
pub use export::{ExportError, ExportStep, HtmlExported, HtmlOptions, export_html};
pub use server::Viewer;
pub use words::Language;
