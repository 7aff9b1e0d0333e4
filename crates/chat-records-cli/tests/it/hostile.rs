//! Vendors, files and archives that mean harm, or are merely broken: bounded memory, one clear
//! sentence, and everything else kept.

mod archives;
mod bodies;
mod configs;
mod memory;
mod runs;
mod server;
mod vendors;
