//! `/v1/openapi/contacts`, after the vendor's pages "查询外部联系人(列表)" and
//! "查询外部联系人(详情)" (external contacts: list and detail). One path, two calls: POST lists,
//! GET shows one contact.

use std::fmt;

use chat_core::{Endpoint, Page, Url, de, http};
use serde::{Deserialize, Serialize};

use super::envelope::{Opened, Rows, read_answer};
use super::fields::loose_text;
use super::wire;
use crate::error::Error;

/// Lists the contacts that fit all conditions, in one answer without pages.
///
/// Without conditions an empty list of them is sent. That this lists every contact is likely, and
/// not documented. `Debug` counts the conditions.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContactsRequest {
    filter: Vec<Condition>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Condition {
    #[serde(rename = "filter_key")]
    key: String,
    #[serde(rename = "filter_condition")]
    operator: String,
    #[serde(rename = "filter_value")]
    value: String,
}

impl ContactsRequest {
    /// Without conditions.
    pub const fn new() -> Self {
        Self { filter: Vec::new() }
    }

    /// One condition more, such as `name`, `equal` and a name. Other operators than `equal` exist
    /// and are not documented, nor is whether several conditions must all hold.
    #[must_use]
    pub fn with_condition(
        mut self,
        key: impl Into<String>,
        operator: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let (key, operator, value) = (key.into(), operator.into(), value.into());
        self.filter.push(Condition { key, operator, value });
        self
    }
}

impl fmt::Debug for ContactsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactsRequest").field("conditions", &self.filter.len()).finish()
    }
}

impl Endpoint for ContactsRequest {
    type Output = Page<Contact>;
    type Error = Error;
    const NAME: &'static str = "contacts";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        // texts are always JSON
        let body = serde_json::to_vec(self).unwrap_or_default();
        wire::post(base, &PATH, body)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<Contact>, Error> {
        let (rows, body) = read_answer(Self::NAME, answer, Rows::read)?;
        Ok(rows.into_page(body))
    }
}

/// Shows one contact (`contact_id`).
#[derive(Clone, PartialEq, Eq)]
pub struct ContactRequest {
    contact_id: String,
}

impl ContactRequest {
    /// The contact with this id: 32 hexadecimal digits.
    pub fn new(contact_id: impl Into<String>) -> Self {
        Self { contact_id: contact_id.into() }
    }
}

impl fmt::Debug for ContactRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactRequest").finish_non_exhaustive()
    }
}

impl Endpoint for ContactRequest {
    type Output = Contact;
    type Error = Error;
    const NAME: &'static str = "contacts/detail";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        wire::filled("contact_id", &self.contact_id)?;
        wire::get(base, &PATH, &[("contact_id", &self.contact_id)])
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Contact, Error> {
        let read = |body: &str| Ok(Opened::read(body)?.data.object()?);
        read_answer(Self::NAME, answer, read).map(|(contact, _)| contact)
    }
}

const PATH: [&str; 3] = ["v1", "openapi", "contacts"];

/// A person that the business talks to. A list gives the first four fields only. What the ids of
/// other systems mean is not documented. Anything may be absent or of another type, which both read
/// as `None`; only an id that is no text makes it unreadable. `Debug` shows the id.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Contact {
    /// The contact's id; believed to be what records are asked by.
    #[serde(deserialize_with = "de::filled_text")]
    pub id: Option<String>,
    /// The name.
    #[serde(deserialize_with = "loose_text")]
    pub name: Option<String>,
    /// The phone number.
    #[serde(deserialize_with = "loose_text")]
    pub mobile: Option<String>,
    /// The e-mail address.
    #[serde(deserialize_with = "loose_text")]
    pub email: Option<String>,
    /// A link to the picture.
    #[serde(deserialize_with = "loose_text")]
    pub avatar: Option<String>,
    /// A device.
    #[serde(deserialize_with = "loose_text")]
    pub device_id: Option<String>,
    /// The id in another system.
    #[serde(deserialize_with = "loose_text")]
    pub open_id: Option<String>,
    /// The id in another system.
    #[serde(deserialize_with = "loose_text")]
    pub userid: Option<String>,
    /// The id, once more.
    #[serde(deserialize_with = "loose_text")]
    pub contact_id: Option<String>,
    /// The name, once more.
    #[serde(deserialize_with = "loose_text")]
    pub contact_name: Option<String>,
    /// A conversation.
    #[serde(deserialize_with = "loose_text")]
    pub chatid: Option<String>,
    /// A conversation.
    #[serde(deserialize_with = "loose_text")]
    pub conversation_id: Option<String>,
    /// A message.
    #[serde(deserialize_with = "loose_text")]
    pub message_id: Option<String>,
    /// A group.
    #[serde(deserialize_with = "loose_text")]
    pub room_id: Option<String>,
    /// The group's name (`roomTopic`).
    #[serde(rename = "roomTopic", deserialize_with = "loose_text")]
    pub room_topic: Option<String>,
    /// The company's name.
    #[serde(deserialize_with = "loose_text")]
    pub company: Option<String>,
    /// The company's id.
    #[serde(deserialize_with = "loose_text")]
    pub companyid: Option<String>,
    /// The company's address.
    #[serde(deserialize_with = "loose_text")]
    pub company_address: Option<String>,
    /// The company's site.
    #[serde(deserialize_with = "loose_text")]
    pub company_website: Option<String>,
    /// A product.
    #[serde(deserialize_with = "loose_text")]
    pub product_name: Option<String>,
    /// When it was made, as sent: `YYYY-MM-DD HH:MM:SS` without a zone.
    #[serde(deserialize_with = "loose_text")]
    pub create_time: Option<String>,
    /// When it last changed, likewise.
    #[serde(deserialize_with = "loose_text")]
    pub update_time: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").field("id", &self.id).finish_non_exhaustive()
    }
}
