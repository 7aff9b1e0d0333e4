//! What NXLink posts to a webhook, after "SAAS WhatsApp API webhook" and "whatsapp-callback-verify"
//! of the vendor's wiki: delivery statuses and clicks on quick-reply buttons. It never posts the
//! chat itself, so it does not replace reading the records.
//!
//! Verify first, read then:
//!
//! ```
//! use nxlink::chat_core::{Secret, http};
//! use nxlink::webhook::{self, Freshness, Notification};
//!
//! fn handle(
//!     headers: &http::HeaderMap,
//!     body: &[u8],
//!     access_secret: &Secret,
//!     freshness: Freshness,
//! ) -> Result<Notification, Box<dyn std::error::Error>> {
//!     webhook::verify(headers, body, access_secret, Some(freshness))?;
//!     Ok(Notification::read(body)?)
//! }
//! ```

use std::fmt;
use std::time::Duration;

use chat_core::de::{self, number, word};
use chat_core::{DecodeError, Secret, UnixMillis, http, open_int_enum};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::auth::{SignatureAlgorithm, SignedParts};
use crate::records::{Channel, MessageType, RecordStatus};

/// How old a notification may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness {
    /// The receiver's present.
    pub now: UnixMillis,
    /// How far `ts` may be from it, on either side. The vendor names no value; some minutes are
    /// common.
    pub tolerance: Duration,
}

impl Freshness {
    /// At most `tolerance` away from `now`.
    pub const fn new(now: UnixMillis, tolerance: Duration) -> Self {
        Self { now, tolerance }
    }

    fn allows(self, ts: &str) -> bool {
        let Ok(ts) = ts.parse::<i64>() else { return false };
        let distance = u128::from(self.now.get().abs_diff(ts));
        distance <= self.tolerance.as_millis()
    }
}

/// Why a notification is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header is missing, comes twice or is not text. Without signing being switched on for the
    /// application, all of them are missing.
    #[error("the header `{0}` is missing")]
    MissingHeader(&'static str),
    /// The signature is not that of this body with this secret.
    #[error("the signature is wrong")]
    BadSignature,
    /// `ts` is too far from the present.
    #[error("the notification is too old, or from the future")]
    Stale,
}

/// Checks the signature of a notification: the headers as they came and the body byte for byte.
///
/// The digest is SHA-256 where the header `algorithm` says `sha256` in any case, and MD5 for
/// anything else. The comparison takes the same time wherever the signatures differ. A signature
/// does not expire by itself: pass a [`Freshness`] unless replays do no harm.
///
/// # Errors
///
/// When one of `accesskey`, `action`, `biztype`, `ts`, `algorithm`, `sign` is missing, the
/// signature differs, or the time is not within `freshness`.
pub fn verify(
    headers: &http::HeaderMap,
    body: &[u8],
    access_secret: &Secret,
    freshness: Option<Freshness>,
) -> Result<(), VerifyError> {
    let access_key = only(headers, "accesskey")?;
    let action = only(headers, "action")?;
    let biz_type = only(headers, "biztype")?;
    let ts = only(headers, "ts")?;
    let algorithm = only(headers, "algorithm")?;
    let sign = only(headers, "sign")?;

    let algorithm = if algorithm.eq_ignore_ascii_case(SignatureAlgorithm::Sha256.as_str()) {
        SignatureAlgorithm::Sha256
    } else {
        SignatureAlgorithm::Md5
    };
    let parts = SignedParts::new(access_key, ts, biz_type, action, body);
    let expected = parts.digest(algorithm, access_secret.expose());
    // hexadecimal digits of either case are the same bytes
    let given = hex::decode(sign).map_err(|_| VerifyError::BadSignature)?;
    if !bool::from(expected.ct_eq(&given)) {
        return Err(VerifyError::BadSignature);
    }
    match freshness {
        Some(freshness) if !freshness.allows(ts) => Err(VerifyError::Stale),
        _ => Ok(()),
    }
}

/// The value of a header that must be there exactly once: of two, a proxy and we might believe
/// different ones.
fn only<'a>(headers: &'a http::HeaderMap, name: &'static str) -> Result<&'a str, VerifyError> {
    let mut values = headers.get_all(name).iter();
    match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
        (Some(value), None) if !value.is_empty() => Ok(value),
        _ => Err(VerifyError::MissingHeader(name)),
    }
}

/// A notification. Anything in it may be absent. `Debug` shows statuses and counts only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Notification {
    /// The application.
    #[serde(deserialize_with = "de::filled_text")]
    pub app_id: Option<String>,
    /// The business's phone number.
    #[serde(deserialize_with = "de::filled_text")]
    pub business_phone: Option<String>,
    /// Where it happened.
    #[serde(deserialize_with = "number")]
    pub channel: Option<Channel>,
    /// The customers that it is about.
    #[serde(deserialize_with = "de::null_as_default")]
    pub contacts: Vec<Contact>,
    /// The merchant's phone number.
    #[serde(deserialize_with = "de::filled_text")]
    pub merchant_phone: Option<String>,
    /// The word `whatsapp`.
    #[serde(deserialize_with = "de::filled_text")]
    pub messaging_product: Option<String>,
    /// The business's number as WhatsApp knows it.
    pub metadata: Option<Metadata>,
    /// How far messages got.
    #[serde(deserialize_with = "de::null_as_default")]
    pub statuses: Vec<StatusChange>,
    /// What customers answered by buttons.
    #[serde(deserialize_with = "de::null_as_default")]
    pub messages: Vec<ButtonClick>,
    /// The business's WhatsApp account.
    #[serde(rename = "wabaId", deserialize_with = "de::filled_text")]
    pub waba_id: Option<String>,
}

impl Notification {
    /// Reads a body. It must have been [verified](verify) before.
    ///
    /// # Errors
    ///
    /// When the bytes are not JSON, or a value has another type than documented.
    pub fn read(body: &[u8]) -> Result<Self, DecodeError> {
        DecodeError::read(body)
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("channel", &self.channel)
            .field("contacts", &self.contacts.len())
            .field("statuses", &self.statuses)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

/// A customer. Where WhatsApp hides a number, only the ids are there.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Contact {
    /// The phone number.
    #[serde(deserialize_with = "de::filled_text")]
    pub wa_id: Option<String>,
    /// The id that WhatsApp gives the customer towards this business.
    #[serde(deserialize_with = "de::filled_text")]
    pub user_id: Option<String>,
    /// The same towards the business's parent.
    #[serde(deserialize_with = "de::filled_text")]
    pub parent_user_id: Option<String>,
    /// The names.
    pub profile: Option<Profile>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").finish_non_exhaustive()
    }
}

/// The names of a customer.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Profile {
    /// The display name.
    #[serde(deserialize_with = "de::filled_text")]
    pub name: Option<String>,
    /// The account name of a customer who hides the number.
    #[serde(deserialize_with = "de::filled_text")]
    pub username: Option<String>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

/// The business's number as WhatsApp knows it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Metadata {
    /// The number as it is shown.
    #[serde(deserialize_with = "de::filled_text")]
    pub display_phone_number: Option<String>,
    /// Its id.
    #[serde(deserialize_with = "de::filled_text")]
    pub phone_number_id: Option<String>,
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata").finish_non_exhaustive()
    }
}

/// How far a message got. It says so with an instant, which the records do not.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StatusChange {
    /// The message: the `message_id` of its record.
    #[serde(deserialize_with = "de::filled_text")]
    pub id: Option<String>,
    /// How far it got.
    #[serde(deserialize_with = "word")]
    pub status: Option<RecordStatus>,
    /// When, in Unix seconds as text; see [`at`](Self::at).
    #[serde(deserialize_with = "de::filled_text")]
    pub timestamp: Option<String>,
    /// The customer's number.
    #[serde(deserialize_with = "de::filled_text")]
    pub recipient_id: Option<String>,
    /// WhatsApp's conversation, which is not the one of the records.
    pub conversation: Option<Conversation>,
    /// Why it failed.
    #[serde(deserialize_with = "de::null_as_default")]
    pub errors: Vec<StatusError>,
    /// What it cost.
    #[serde(deserialize_with = "de::null_as_default")]
    pub costs: Vec<Cost>,
    /// What the sender of the message wanted back.
    #[serde(deserialize_with = "de::filled_text")]
    pub biz_opaque_callback_data: Option<String>,
}

impl StatusChange {
    /// When it happened, if `timestamp` is a time.
    pub fn at(&self) -> Option<UnixMillis> {
        instant(self.timestamp.as_deref())
    }
}

impl fmt::Debug for StatusChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusChange")
            .field("status", &self.status)
            .field("at", &self.at())
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

/// WhatsApp's conversation, the unit it charges by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Conversation {
    /// Its id.
    #[serde(deserialize_with = "de::filled_text")]
    pub id: Option<String>,
    /// When it ends, in Unix seconds as text.
    #[serde(deserialize_with = "de::filled_text")]
    pub expiration_timestamp: Option<String>,
    /// How it began.
    pub origin: Option<Origin>,
}

/// How a conversation of WhatsApp began.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Origin {
    /// The sort of beginning, as `business_initiated` (`type`).
    #[serde(rename = "type", deserialize_with = "de::filled_text")]
    pub origin_type: Option<String>,
}

/// Why a message failed. `Debug` shows the code only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StatusError {
    /// WhatsApp's code.
    #[serde(deserialize_with = "de::opt_integer")]
    pub code: Option<i64>,
    /// WhatsApp's words.
    #[serde(deserialize_with = "de::filled_text")]
    pub title: Option<String>,
}

impl fmt::Debug for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusError").field("code", &self.code).finish_non_exhaustive()
    }
}

open_int_enum! {
    /// What is charged for (`cdr_type`).
    pub enum ChargeType {
        /// A message.
        Message = 1,
        /// A marketing conversation.
        Marketing = 4,
        /// A notification conversation.
        Notification = 5,
        /// A verification conversation.
        Verification = 6,
        /// A service conversation.
        Service = 7,
        /// A free conversation.
        Free = 8,
        /// A verification conversation abroad.
        InternationalVerification = 9,
        /// A message by the lite API for marketing.
        MarketingLite = 10,
    }
}

open_int_enum! {
    /// Which way a message that is charged for went (`direction`). Not the numbers of `chat_type`.
    pub enum ChargeDirection {
        /// From the business to the customer.
        Outbound = 1,
        /// From the customer to the business.
        Inbound = 2,
    }
}

/// What a message cost. `Debug` shows no message id.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Cost {
    /// The currency.
    #[serde(deserialize_with = "de::filled_text")]
    pub currency: Option<String>,
    /// The price in that currency, as text.
    #[serde(deserialize_with = "de::filled_text")]
    pub foreign_price: Option<String>,
    /// What is charged for.
    #[serde(rename = "cdr_type", deserialize_with = "number")]
    pub charge_type: Option<ChargeType>,
    /// The message.
    #[serde(deserialize_with = "de::filled_text")]
    pub message_id: Option<String>,
    /// Which way it went.
    #[serde(deserialize_with = "number")]
    pub direction: Option<ChargeDirection>,
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cost")
            .field("charge_type", &self.charge_type)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

/// A customer's click on a quick-reply button of a template. `Debug` shows its type and time.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ButtonClick {
    /// The message that the click made.
    #[serde(deserialize_with = "de::filled_text")]
    pub id: Option<String>,
    /// The word `button` (`type`).
    #[serde(rename = "type", deserialize_with = "word")]
    pub message_type: Option<MessageType>,
    /// The button.
    pub button: Option<ClickedButton>,
    /// The customer's number.
    #[serde(deserialize_with = "de::filled_text")]
    pub from: Option<String>,
    /// When, in Unix seconds as text; see [`at`](Self::at).
    #[serde(deserialize_with = "de::filled_text")]
    pub timestamp: Option<String>,
    /// The message that has the button.
    pub context: Option<Context>,
    /// A tag.
    #[serde(deserialize_with = "de::filled_text")]
    pub tag_name: Option<String>,
    /// The template and what was filled in, as JSON in a text.
    #[serde(deserialize_with = "de::filled_text")]
    pub wa_ext: Option<String>,
}

impl ButtonClick {
    /// When it happened, if `timestamp` is a time.
    pub fn at(&self) -> Option<UnixMillis> {
        instant(self.timestamp.as_deref())
    }
}

impl fmt::Debug for ButtonClick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ButtonClick")
            .field("message_type", &self.message_type)
            .field("at", &self.at())
            .finish_non_exhaustive()
    }
}

/// The button that was clicked.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ClickedButton {
    /// Its id.
    #[serde(deserialize_with = "de::filled_text")]
    pub payload: Option<String>,
    /// What is written on it.
    #[serde(deserialize_with = "de::filled_text")]
    pub text: Option<String>,
}

impl fmt::Debug for ClickedButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClickedButton").finish_non_exhaustive()
    }
}

/// The message that an answer is to.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Context {
    /// Whose message.
    #[serde(deserialize_with = "de::filled_text")]
    pub from: Option<String>,
    /// The message.
    #[serde(deserialize_with = "de::filled_text")]
    pub id: Option<String>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

fn instant(timestamp: Option<&str>) -> Option<UnixMillis> {
    timestamp?.parse::<i64>().ok()?.checked_mul(1000).map(UnixMillis::new)
}
