//! Reading for people: the list of conversations, one conversation a page at a time, and one
//! message.

mod conversations;
mod message;
mod thread;

pub use self::conversations::{
    ConversationFilter, ConversationKey, ConversationList, ConversationSummary, ListPlace, Party,
};
pub use self::thread::{Thread, ThreadPlace};
