//! The simulated Huawei, asked by a client of our own that shares nothing with it but the vendor's documents.

mod auth;
mod calls;
mod data;
mod faults;
mod history;
mod media;

use chat_sim::{
    Clock, Faults, Sim, SimOptions, SimVendor, TrueRecord,
    bes::{BesHandle, BesOptions},
};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Map, Value, json};

use crate::support::NOW_MS;

const TOKEN: &str = "/apigovernance/api/oauth/tokenByAkSk";
const APPLY: &str = "/apiaccess/ccmessaging/applyToken";
const HISTORY: &str = "/apiaccess/ccmessaging/queryHistoryChatMessage";
const DOWNLOAD: &str = "/apiaccess/ccmessaging/downloadFileStream";
const CALLS: &str = "/rest/cmsapp/v2/openapi/vdn/querycalls";

const DAY_MS: i64 = 86_400_000;

/// A simulator with a clock that stands still.
struct Fixture {
    sim: Sim,
    client: Client,
}

/// What opens the history of one user.
#[derive(Clone)]
struct Keys {
    access: String,
    session: String,
}

fn small() -> BesOptions {
    BesOptions::default().with_records(400).with_users(4).with_seed(7)
}

async fn start(options: BesOptions) -> Fixture {
    start_with(SimOptions::default().with_bes(options)).await
}

async fn start_faulty(rules: &str) -> Fixture {
    let faults = Faults::from_toml(rules).unwrap();
    start_with(SimOptions::default().with_bes(small()).with_faults(faults)).await
}

async fn start_with(options: SimOptions) -> Fixture {
    let clock = Clock::default();
    clock.freeze_at(NOW_MS);
    let sim = Sim::start(options.with_clock(clock)).await.unwrap();
    Fixture { sim, client: Client::builder().no_proxy().build().unwrap() }
}

impl Fixture {
    fn bes(&self) -> &BesHandle {
        self.sim.bes().unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.bes().base_url())).json(body)
    }

    /// A request for a token of the application.
    fn token_request(&self) -> RequestBuilder {
        let bes = self.bes();
        let body = json!({ "app_key": bes.app_key(), "app_secret": bes.app_secret() });
        self.client.post(format!("{}{TOKEN}", bes.token_url())).json(&body)
    }

    async fn access(&self) -> String {
        let answer: Value = self
            .token_request()
            .header("X-Token-Expire", "3600")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        answer["AccessToken"].as_str().unwrap().to_owned()
    }

    /// A request for a user's token.
    fn apply_request(&self, access: &str, user: &str) -> RequestBuilder {
        let body = json!({
            "userId": user, "userName": "x", "channelId": self.bes().channel_id(), "locale": "zh"
        });
        self.post(APPLY, &body)
            .header("x-app-key", self.bes().app_key())
            .header("Authorization", format!("Bearer {access}"))
    }

    async fn keys(&self, user: &str) -> Keys {
        let access = self.access().await;
        let answer: Value =
            self.apply_request(&access, user).send().await.unwrap().json().await.unwrap();
        Keys { access, session: answer["token"].as_str().unwrap().to_owned() }
    }

    fn with_keys(&self, path: &str, keys: &Keys, body: &Value) -> RequestBuilder {
        self.post(path, body)
            .header("x-app-key", self.bes().app_key())
            .header("Authorization", format!("Bearer {}", keys.access))
            .header("ccmessaging-token", &keys.session)
    }

    /// The body of a first page of ten, with changes: an empty value takes a member away.
    fn body(&self, user: &str, changes: &[(&str, &str)]) -> Value {
        let mut body: Map<String, Value> = [
            ("channelId", self.bes().channel_id()),
            ("userId", user),
            ("startTime", "1700000000000"),
            ("endTime", "1800000000000"),
            ("limit", "10"),
            ("offset", "0"),
            ("channel", "WEB"),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect();
        for (key, value) in changes {
            body.remove(*key);
            if !value.is_empty() {
                body.insert((*key).to_owned(), Value::from(*value));
            }
        }
        body.into()
    }

    /// Asks with new tokens.
    async fn history(&self, user: &str, changes: &[(&str, &str)]) -> Response {
        let keys = self.keys(user).await;
        self.with_keys(HISTORY, &keys, &self.body(user, changes)).send().await.unwrap()
    }

    async fn rows(&self, user: &str, changes: &[(&str, &str)]) -> Vec<Value> {
        let answer: Value = self.history(user, changes).await.json().await.unwrap();
        assert_eq!(answer["resultCode"], "0", "{answer}");
        answer["messageList"].as_array().unwrap().clone()
    }

    /// The user who has the most records, and the true ones, oldest first.
    fn busiest(&self) -> (String, Vec<TrueRecord>) {
        let records = self.bes().records();
        let count =
            |user: &String| records.iter().filter(|record| record.partition == *user).count();
        let user = self.bes().partitions().into_iter().max_by_key(count).unwrap();
        let records = records.into_iter().filter(|record| record.partition == user).collect();
        (user, records)
    }
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn true_ids(records: &[TrueRecord]) -> Vec<String> {
    records.iter().map(|record| record.id.clone().unwrap()).collect()
}
