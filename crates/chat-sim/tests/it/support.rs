//! A client of our own: signs, asks, reads JSON. Shares nothing with the simulator but the vendor's document.

use chat_sim::{
    Faults, Sim, SimOptions,
    nxlink::{NxlinkHandle, NxlinkOptions},
};
use md5::{Digest, Md5};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

/// 2025-10-16 14:00:00 +08:00
pub(crate) const NOW_MS: i64 = 1_760_594_400_000;

pub(crate) const PATH: &str = "/saas/openapi/chat/records";

/// A simulator with a clock that stands at [`NOW_MS`].
pub(crate) struct Fixture {
    pub(crate) sim: Sim,
    pub(crate) client: Client,
}

pub(crate) fn small() -> NxlinkOptions {
    NxlinkOptions::default().with_records(300).with_seed(7).with_keep_sent(true)
}

pub(crate) async fn start(options: NxlinkOptions) -> Fixture {
    start_with(SimOptions::default().with_nxlink(options)).await
}

pub(crate) async fn start_faulty(rules: &str) -> Fixture {
    let faults = Faults::from_toml(rules).unwrap();
    start_with(SimOptions::default().with_nxlink(small()).with_faults(faults)).await
}

pub(crate) async fn start_with(options: SimOptions) -> Fixture {
    let clock = chat_sim::Clock::default();
    clock.freeze_at(NOW_MS);
    let sim = Sim::start(options.with_clock(clock)).await.unwrap();
    Fixture { sim, client: Client::builder().no_proxy().build().unwrap() }
}

impl Fixture {
    pub(crate) fn nxlink(&self) -> &NxlinkHandle {
        self.sim.nxlink().unwrap()
    }

    /// The query of a first page of ten, with changes: an empty value takes a parameter away.
    pub(crate) fn query(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let nxlink = self.nxlink();
        let mut query: Vec<(String, String)> = vec![
            ("tenant_id".into(), nxlink.tenant_id().to_string()),
            ("appkey".into(), nxlink.appkey().into()),
            ("channel".into(), "2".into()),
            ("page_number".into(), "1".into()),
            ("page_size".into(), "10".into()),
        ];
        for (name, value) in changes {
            query.retain(|(key, _)| key != name);
            if !value.is_empty() {
                query.push(((*name).into(), (*value).into()));
            }
        }
        query
    }

    /// The headers of a signed request, for tests to spoil.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let nxlink = self.nxlink();
        let ts = self.sim.clock().now_ms().to_string();
        let key = nxlink.access_key();
        let signed = format!(
            "accessKey={key}&action=mt&bizType=2&ts={ts}&accessSecret={}",
            nxlink.access_secret()
        );
        vec![
            ("accessKey", key.to_owned()),
            ("ts", ts),
            ("bizType", "2".to_owned()),
            ("action", "mt".to_owned()),
            ("sign", hex::encode(Md5::digest(signed))),
            ("Content-Type", "application/json".to_owned()),
        ]
    }

    pub(crate) fn request(&self, changes: &[(&str, &str)]) -> RequestBuilder {
        let request = self
            .client
            .get(format!("{}{PATH}", self.nxlink().base_url()))
            .query(&self.query(changes));
        self.headers()
            .into_iter()
            .fold(request, |request, (name, value)| request.header(name, value))
    }

    pub(crate) async fn send(&self, changes: &[(&str, &str)]) -> Result<Response, reqwest::Error> {
        self.request(changes).send().await
    }

    pub(crate) async fn json(&self, changes: &[(&str, &str)]) -> Value {
        self.send(changes).await.unwrap().json().await.unwrap()
    }

    /// The error code of an answer; 0 for a success.
    pub(crate) async fn code(&self, changes: &[(&str, &str)]) -> i64 {
        self.json(changes).await["code"].as_i64().unwrap()
    }

    /// The rows of an answer.
    pub(crate) async fn rows(&self, changes: &[(&str, &str)]) -> Vec<Value> {
        self.json(changes).await["list"].as_array().unwrap().clone()
    }

    /// All rows of a walk over pages of 100.
    pub(crate) async fn walk(&self, changes: &[(&str, &str)]) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let page = page.to_string();
            let mut all = vec![("page_number", page.as_str()), ("page_size", "100")];
            all.extend_from_slice(changes);
            let found = self.rows(&all).await;
            if found.is_empty() {
                break;
            }
            rows.extend(found);
        }
        rows
    }

    /// The first record with a file, oldest first.
    pub(crate) async fn media_row(&self) -> Value {
        let rows = self.walk(&[("order_by", "asc")]).await;
        rows.into_iter().find(|row| row["media_link"].is_string()).unwrap()
    }
}

pub(crate) fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}
