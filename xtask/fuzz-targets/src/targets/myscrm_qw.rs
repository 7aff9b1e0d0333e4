//! myscrm, enterprise WeChat.

use chat_core::{Secret, UnixMillis};
use myscrm_qw::webhook::{Signed, open, sign, verify};
use myscrm_qw::{
    Conversion, DecryptionKeys, EncodingAesKey, ExternalUsersRequest, GroupChatsRequest,
    MemberType, RawRecordRequest, RawRecordsRequest, RecordsRequest, SingleChatRequest, raw,
    read_page,
};

use crate::checks;

const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const START: UnixMillis = UnixMillis::new(0);
const END: UnixMillis = UnixMillis::new(1000);

fn key() -> EncodingAesKey {
    EncodingAesKey::new(KEY).unwrap()
}

fn keys() -> DecryptionKeys {
    DecryptionKeys::new([key()])
}

/// A page of plain records and one of raw records that was opened before, and their messages.
pub fn myscrm_qw_page(data: &[u8]) {
    let conversion = Conversion::new("fuzz").with_chat_id("fuzz-chat");
    if let Some(page) = checks::read(&RecordsRequest::new("fuzz-chat", START, END), data) {
        checks::page(&page, data);
    }
    if let Ok(page) = read_page(data.to_vec()) {
        checks::page(&page, data);
        for record in &page.items {
            checks::message(&record.to_message(&conversion));
        }
    }
    if let Ok(page) = raw::read_page(data.to_vec()) {
        checks::page(&page, data);
        for record in &page.items {
            checks::message(&record.to_message(&conversion));
        }
    }
}

/// An answer with a cipher text: as it is, and with the bytes sealed by the right key.
pub fn myscrm_qw_sealed(data: &[u8]) {
    let request = RawRecordsRequest::new(START, END);
    if let Some(sealed) = checks::read(&request, data) {
        let _ = format!("{sealed:?}");
        if let Ok(page) = sealed.into_page(&keys()) {
            checks::page(&page, page.raw.as_bytes());
        }
    }
    let _ = key().decrypt(&String::from_utf8_lossy(data));
    let cipher_text = key().encrypt([7; 16], data, "fuzz").unwrap();
    let answer = format!(r#"{{"errcode":0,"encrypted":"{cipher_text}"}}"#).into_bytes();
    let sealed = checks::read(&request, &answer).expect("it is sealed as it should be");
    if let Ok(page) = sealed.into_page(&keys()) {
        checks::page(&page, page.raw.as_bytes());
    }
    let one = RawRecordRequest::new("fuzz-record");
    let _ = checks::read(&one, &answer).map(|sealed| sealed.into_record(&keys()));
    if let Ok(opened) = keys().decrypt(&cipher_text) {
        assert!(data.starts_with(opened.message().as_bytes()), "what is opened was sealed");
    }
}

/// A callback whose signature is right, and one whose signature is not.
pub fn myscrm_qw_webhook(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let token = Secret::new("fuzz-token");
    let mut parts = text.splitn(4, '\n');
    let mut part = || parts.next().unwrap_or_default();
    let (signature, timestamp, nonce, encrypted) = (part(), part(), part(), part());
    let guessed = Signed { signature, timestamp, nonce, encrypted };
    assert!(verify(&guessed, &token).is_err(), "nobody guesses a signature");
    let right = sign(&token, timestamp, nonce, encrypted);
    let signed = Signed { signature: &right, ..guessed };
    assert_eq!(verify(&signed, &token), Ok(()));
    if let Ok(opened) = open(&signed, &token, &keys()) {
        let _ = (opened.receive_id(), opened.into_message());
    }
}

/// The other calls: groups, people.
pub fn myscrm_qw_calls(data: &[u8]) {
    if let Some(page) = checks::read(&ExternalUsersRequest::new(), data) {
        let _ = format!("{page:?}");
    }
    let groups = GroupChatsRequest::new("fuzz-user", MemberType::Employee);
    if let Some(page) = checks::read(&groups, data) {
        let _ = format!("{page:?}");
    }
    if let Some(chat) = checks::read(&SingleChatRequest::new("fuzz-chat"), data) {
        let _ = format!("{chat:?}");
    }
}
