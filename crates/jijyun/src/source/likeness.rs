//! What tells that a message of `chat/record`, which has no id, is one of `chat/history/detail`.

use chat_core::{Direction, Kind, Likeness, Message};

use crate::records::{AggregatedMessage, Record, SenderType, object_in};

/// To be raised when [`of_record`] gives other texts for the same records.
const VERSION: u32 = 1;

/// Where a message has a file, its link is under one of these.
const LINKS: [&str; 4] = ["url", "voice_url", "video_url", "fileUrl"];

/// For the next reading by the same call: all that is known of a record. A key that the vendor adds
/// later does not make every message a new one.
pub(super) fn of_record(record: &Record) -> Likeness {
    let known = (&record.message_type, &record.sender_type, &record.content);
    let content = match record.label() {
        Some((_, text)) => text,
        None => record.content.as_deref().unwrap_or_default(),
    };
    let words = file_in(content).unwrap_or_else(|| content.to_owned());
    let is_inbound = record.sender_type == Some(SenderType::User);
    Likeness::new(VERSION, json(&known))
        .with_words(words_of(is_inbound, &words))
        .with_may_be_file(may_be_file(content))
}

/// Of a message of a whole conversation, with its neutral form.
pub(super) fn of_message(message: &AggregatedMessage, converted: &Message) -> Likeness {
    let content = &message.message_content;
    let link = LINKS.iter().find_map(|key| content.field(key));
    let in_text = content.text().as_deref().and_then(file_in);
    let is_file = converted.kind != Kind::Text || link.is_some() || in_text.is_some();
    let text = converted.text.clone().unwrap_or_default();
    let words = in_text.or(link).unwrap_or(text);
    let is_inbound = converted.direction == Some(Direction::Inbound);
    let words = words_of(is_inbound, &words);
    Likeness::new(VERSION, words.clone()).with_words(words).with_may_be_file(is_file).with_ids()
}

/// The words, and which side they are of: nothing says the word for an AI assistant, so all but
/// the customer are one side.
fn words_of(is_inbound: bool, words: &str) -> String {
    json(&(if is_inbound { "in" } else { "out" }, words.trim()))
}

fn json(value: &impl serde::Serialize) -> String {
    // texts are always JSON
    serde_json::to_string(value).unwrap_or_default()
}

/// How pictures and files appear in `content` is not documented: nothing, a word in brackets, a
/// link, and an object were seen elsewhere at this vendor's. Customers may write such texts too.
fn may_be_file(content: &str) -> bool {
    let content = content.trim();
    let is_in = |open, close| content.starts_with(open) && content.ends_with(close);
    let is_link = content.starts_with("https://") || content.starts_with("http://");
    content.is_empty()
        || is_in('[', ']')
        || is_in('【', '】')
        || (is_link && !content.contains(char::is_whitespace))
        || object_in(content).is_some()
}

/// The link to a file, where a text is JSON that names one.
fn file_in(text: &str) -> Option<String> {
    object_in(text)?.get("fileUrl")?.as_str().map(str::to_owned)
}
