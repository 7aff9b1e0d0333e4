//! A client of our own: asks, decrypts, reads JSON. Shares nothing with the simulator but the vendor's documents.

use aes::Aes256;
use base64::{
    Engine as _, alphabet,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
};
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _, block_padding::NoPadding};
use chat_sim::{
    Faults, Sim, SimOptions,
    myscrm::{MyscrmHandle, MyscrmOptions},
};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// 2025-10-16 06:00:00 UTC
pub(crate) const NOW_MS: i64 = 1_760_594_400_000;

pub(crate) const DAY_MS: i64 = 86_400_000;

pub(crate) const PULL: &str = "/bff-nbd-qw-openapi/v1/chat-record/pull";
pub(crate) const RAW_PULL: &str = "/open-nbd-qw-msgaudit/v1/raw-chat-record/pull";
pub(crate) const RAW_GET: &str = "/open-nbd-qw-msgaudit/v1/raw-chat-record/get";
pub(crate) const EXTERNAL_USERS: &str = "/open-nbd-qw-msgaudit/v1/chat/external-user-id/list";
pub(crate) const GROUPS: &str = "/bff-nbd-qw-openapi/v1/group-chat/list-by-member";
pub(crate) const SINGLE_CHAT: &str = "/open-nbd-qw-msgaudit/v1/single-chat/get";

/// A simulator with a clock that stands at [`NOW_MS`].
pub(crate) struct Fixture {
    pub(crate) sim: Sim,
    pub(crate) client: Client,
}

pub(crate) fn small() -> MyscrmOptions {
    MyscrmOptions::default().with_records(600).with_seed(7).with_keep_sent(true)
}

pub(crate) async fn start(options: MyscrmOptions) -> Fixture {
    start_with(SimOptions::default().with_myscrm(options)).await
}

pub(crate) async fn start_faulty(rules: &str) -> Fixture {
    let faults = Faults::from_toml(rules).unwrap();
    start_with(SimOptions::default().with_myscrm(small()).with_faults(faults)).await
}

pub(crate) async fn start_with(options: SimOptions) -> Fixture {
    let clock = chat_sim::Clock::default();
    clock.freeze_at(NOW_MS);
    let sim = Sim::start(options.with_clock(clock)).await.unwrap();
    Fixture { sim, client: Client::builder().no_proxy().build().unwrap() }
}

impl Fixture {
    pub(crate) fn myscrm(&self) -> &MyscrmHandle {
        self.sim.myscrm().unwrap()
    }

    /// The chat with the most records, of those for which the condition holds.
    pub(crate) async fn busy_chat(&self, is_group: bool) -> String {
        let groups = self.myscrm().group_ids();
        let mut counted = Vec::new();
        for chat in self.myscrm().chat_ids() {
            if groups.contains(&chat) == is_group {
                counted.push((self.walk(PULL, &[("chat_id", &chat)]).await.len(), chat));
            }
        }
        counted.into_iter().max().unwrap().1
    }

    /// A request with the application's id.
    pub(crate) fn request(&self, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let myscrm = self.myscrm();
        let mut all = vec![("app_id", myscrm.app_id())];
        all.extend_from_slice(query);
        self.client.get(format!("{}{path}", myscrm.base_url())).query(&all)
    }

    pub(crate) async fn json(&self, path: &str, query: &[(&str, &str)]) -> Value {
        self.request(path, query).send().await.unwrap().json().await.unwrap()
    }

    /// The error code of an answer; 0 for a success.
    pub(crate) async fn code(&self, path: &str, query: &[(&str, &str)]) -> i64 {
        self.json(path, query).await["errcode"].as_i64().unwrap()
    }

    /// The records of an answer, plain or encrypted.
    pub(crate) fn records(&self, answer: &Value) -> Vec<Value> {
        assert_eq!((&answer["errcode"], &answer["errmsg"]), (&0.into(), &"ok".into()), "{answer}");
        match answer.get("encrypted") {
            Some(encrypted) => {
                let json = self.decrypted(encrypted.as_str().unwrap());
                serde_json::from_slice(&json).unwrap()
            }
            None => answer["list"].as_array().unwrap().clone(),
        }
    }

    /// All pages of a walk.
    pub(crate) async fn pages(&self, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut all = vec![("cursor", cursor.as_str())];
            all.extend_from_slice(query);
            let answer = self.json(path, &all).await;
            let next = answer["next_cursor"].as_str().unwrap().to_owned();
            assert!(next.is_empty() || next != cursor, "the cursor repeats");
            assert!(pages.len() < 1_000, "no end");
            pages.push(answer);
            if next.is_empty() {
                return pages;
            }
            cursor = next;
        }
    }

    /// All records of a walk, with pages of 100 unless something else is asked.
    pub(crate) async fn walk(&self, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
        let mut query = query.to_vec();
        if !query.iter().any(|(name, _)| *name == "page_size") {
            query.push(("page_size", "100"));
        }
        let pages = self.pages(path, &query).await;
        pages.iter().flat_map(|page| self.records(page)).collect()
    }

    /// All records of all chats, chat by chat.
    pub(crate) async fn walk_chats(&self, query: &[(&str, &str)]) -> Vec<Value> {
        let mut records = Vec::new();
        for chat in self.myscrm().chat_ids() {
            let mut all = vec![("chat_id", chat.as_str())];
            all.extend_from_slice(query);
            records.extend(self.walk(PULL, &all).await);
        }
        records
    }

    /// All raw records, three days after three days.
    pub(crate) async fn walk_raw(&self, query: &[(&str, &str)]) -> Vec<Value> {
        let mut records = Vec::new();
        for window in 0..8 {
            let from_ms = NOW_MS - 24 * DAY_MS + window * 3 * DAY_MS;
            // both ends belong to a window
            let (from, until) = (from_ms.to_string(), (from_ms + 3 * DAY_MS - 1).to_string());
            let mut all =
                vec![("start_time", from.as_str()), ("end_time", until.as_str()), ("asc", "true")];
            all.extend_from_slice(query);
            records.extend(self.walk(RAW_PULL, &all).await);
        }
        records
    }

    /// What the vendor encrypted: the frame of random bytes, length and receiver is checked and taken off.
    pub(crate) fn decrypted(&self, encrypted: &str) -> Vec<u8> {
        let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
        let key = GeneralPurpose::new(&alphabet::STANDARD, config)
            .decode(format!("{}=", self.myscrm().encoding_aes_key()))
            .unwrap();
        let mut text = STANDARD.decode(encrypted).unwrap();
        assert_eq!(text.len() % 32, 0);
        let decryptor = cbc::Decryptor::<Aes256>::new_from_slices(&key, &key[..16]).unwrap();
        let frame = decryptor.decrypt_padded::<NoPadding>(&mut text).unwrap();
        let pad = *frame.last().unwrap();
        assert!((1..=32).contains(&pad));
        let (frame, padding) = frame.split_at(frame.len() - usize::from(pad));
        assert!(padding.iter().all(|byte| *byte == pad));
        let length = u32::from_be_bytes(frame[16..20].try_into().unwrap()) as usize;
        let (message, receiver) = frame[20..].split_at(length);
        assert!(receiver.starts_with(b"ww"));
        message.to_vec()
    }
}

/// One text of every record.
pub(crate) fn texts(records: &[Value], key: &str) -> Vec<String> {
    records.iter().map(|record| record[key].as_str().unwrap().to_owned()).collect()
}

/// One time of every record.
pub(crate) fn times(records: &[Value], key: &str) -> Vec<i64> {
    records.iter().map(|record| record[key].as_i64().unwrap()).collect()
}
