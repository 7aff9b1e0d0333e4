//! What is asked: the query of a records request, and the vendor's complaints about it.

use std::ops::RangeInclusive;

use axum::{extract::Query as UriQuery, http::Uri};

use super::wall;

const PAGE_SIZES: RangeInclusive<u64> = 1..=100;

/// An error in the vendor's envelope.
#[derive(Debug, Clone)]
pub(super) struct ApiError {
    pub(super) code: i64,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The query as it came.
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(super) fn new(uri: &Uri) -> Self {
        Self(UriQuery::try_from_uri(uri).map(|UriQuery(pairs)| pairs).unwrap_or_default())
    }

    /// The first value of a parameter; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// A query that the vendor accepts.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) page_number: u64,
    pub(super) page_size: u64,
    pub(super) business_channel_id: Option<String>,
    pub(super) customer_id: Option<String>,
    pub(super) conversation_id: Option<String>,
    pub(super) agent_account: Option<String>,
    /// First second of the window, wall clock.
    pub(super) from_s: Option<i64>,
    /// Last second of the window, wall clock.
    pub(super) until_s: Option<i64>,
    pub(super) ascending: bool,
}

impl Query {
    /// Checks in the order of the vendor's codes.
    pub(super) fn check(asked: &Asked, tenant_id: u64, appkey: &str) -> Result<Self, ApiError> {
        let tenant = asked
            .get("tenant_id")
            .ok_or_else(|| ApiError::new(21058, "参数异常: tenant_id 必填"))?;
        let key =
            asked.get("appkey").ok_or_else(|| ApiError::new(21059, "参数异常: appkey 必填"))?;
        if tenant.parse() != Ok(tenant_id) || key != appkey {
            return Err(ApiError::new(22016, "参数异常: 商户未配置WhatsApp应用"));
        }
        let bad = |name: &str| ApiError::new(22072, format!("参数错误异常: {name}"));
        if asked.number("channel") != Some(2) {
            return Err(bad("channel"));
        }
        let page_number =
            asked.number("page_number").filter(|n| *n >= 1).ok_or_else(|| bad("page_number"))?;
        let page_size = asked
            .number("page_size")
            .filter(|n| PAGE_SIZES.contains(n))
            .ok_or_else(|| bad("page_size"))?;
        let time = |name| {
            asked.get(name).map(|text| wall::parse(text).ok_or_else(|| bad(name))).transpose()
        };
        let (from_s, until_s) = (time("start_time")?, time("end_time")?);
        if from_s.zip(until_s).is_some_and(|(from, until)| from > until) {
            return Err(bad("start_time > end_time"));
        }
        let ascending = match asked.get("order_by") {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => return Err(bad("order_by")),
        };
        let text = |name| asked.get(name).map(str::to_owned);
        Ok(Self {
            page_number,
            page_size,
            business_channel_id: text("business_channel_id"),
            customer_id: text("customer_id"),
            conversation_id: text("saas_conversation_id"),
            agent_account: text("agent_account"),
            from_s,
            until_s,
            ascending,
        })
    }
}
