//! NXLink's open API: `GET /saas/openapi/chat/records`, and the media host that its links point to.
//!
//! Mirrors the vendor's wiki page "openapi-chat-records" (Indonesia and Hong Kong gateways).

mod api;
mod data;
mod facts;
mod files;
mod handle;
mod late;
mod options;
mod people;
mod query;
mod render;
mod sign;
mod templates;
mod wall;
mod world;

pub use handle::NxlinkHandle;
pub use options::NxlinkOptions;
