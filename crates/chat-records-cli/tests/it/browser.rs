//! The pages of `view` in a real headless Chromium: what a reader does, what a reader sees, and what
//! hostile messages must not do. On a machine without a Chromium each test says so and passes.

mod checks;
mod chromium;
mod folder;
mod hostile;
mod journey;
mod made;
mod pages;
mod pictures;
mod shop;
