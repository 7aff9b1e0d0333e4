//! Yuju AI through its sockets, asked as a client would.

mod calls;
mod data;
mod faults;
mod hosted;
mod record;

use chat_sim::{
    Clock, Faults, Sim, SimOptions,
    jijyun::{JijyunHandle, JijyunOptions},
};
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::NOW_MS;

const RECORD: &str = "/v1/openapi/chat/record";
const DETAIL: &str = "/v1/openapi/chat/history/detail";
const CONTACTS: &str = "/v1/openapi/contacts";
const CHECK: &str = "/v1/openapi/check";

const DAY_MS: i64 = 86_400_000;

/// A simulator with a clock that stands still.
struct Fixture {
    sim: Sim,
    client: Client,
}

fn small() -> JijyunOptions {
    JijyunOptions::default().with_records(300).with_customers(6).with_seed(7)
}

async fn start(options: JijyunOptions) -> Fixture {
    start_with(SimOptions::default().with_jijyun(options)).await
}

async fn start_faulty(rules: &str) -> Fixture {
    let faults = Faults::from_toml(rules).unwrap();
    start_with(SimOptions::default().with_jijyun(small()).with_faults(faults)).await
}

async fn start_with(options: SimOptions) -> Fixture {
    let clock = Clock::default();
    clock.freeze_at(NOW_MS);
    let sim = Sim::start(options.with_clock(clock)).await.unwrap();
    Fixture { sim, client: Client::builder().no_proxy().build().unwrap() }
}

/// The seven keys as the vendor's sample sends them.
fn record_body(customer_id: &str) -> Value {
    json!({
        "customer_id": customer_id, "days": "30", "start_time": "", "end_time": "",
        "chat_source": [], "chat_robot": [], "seat_member": [],
    })
}

impl Fixture {
    fn jijyun(&self) -> &JijyunHandle {
        self.sim.jijyun().unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.jijyun().base_url())
    }

    fn request(&self, path: &str, body: &Value) -> RequestBuilder {
        let key = [("apiKey", self.jijyun().api_key())];
        self.client.post(self.url(path)).query(&key).json(body)
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(path, body).send().await.unwrap()
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Response {
        let key = [("apiKey", self.jijyun().api_key())];
        self.client.get(self.url(path)).query(&key).query(query).send().await.unwrap()
    }

    /// The answer of `chat/record` for a customer.
    async fn record(&self, customer_id: &str) -> Value {
        self.post(RECORD, &record_body(customer_id)).await.json().await.unwrap()
    }

    /// The first customer.
    fn customer(&self) -> String {
        self.jijyun().customers()[0].clone()
    }

    /// The answer of a refused call: HTTP 200, code 4000, the reason.
    async fn refused(&self, path: &str, body: &Value) -> String {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["Code"], 4000, "{answer}");
        answer["Data"].as_str().unwrap().to_owned()
    }
}

/// The messages of an answer of `chat/record`, with their conversations.
fn messages(answer: &Value) -> Vec<(String, Value)> {
    assert_eq!(answer["Code"], 2000, "{answer}");
    let mut messages = Vec::new();
    for talk in answer["Data"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let chat_id = talk["chat_id"].as_str().unwrap();
        for message in talk["messages"].as_array().unwrap() {
            messages.push((chat_id.to_owned(), message.clone()));
        }
    }
    messages
}

/// A conversation as it was, oldest first.
fn truth(fixture: &Fixture, chat_id: &str) -> Vec<Value> {
    let parse = |json: String| serde_json::from_str(&json).unwrap();
    fixture.jijyun().conversation(chat_id).into_iter().map(parse).collect()
}

/// A date in China.
fn day(unix_ms: i64) -> String {
    let wall = Timestamp::from_millisecond(unix_ms + 8 * 3_600_000).unwrap();
    wall.to_string()[..10].to_owned()
}

/// Is this the text of a random UUID?
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        && text.as_bytes()[14] == b'4'
        && b"89ab".contains(&text.as_bytes()[19])
}
