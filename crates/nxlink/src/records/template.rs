//! The template that a record was made from: its definition, not the text that was sent.

use std::fmt;

use chat_core::de::{self, word};
use chat_core::open_enum;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

open_enum! {
    /// What a template is for (`category`).
    pub enum TemplateCategory {
        /// Advertising, and whatever is neither of the others.
        Marketing = "MARKETING",
        /// Something the customer asked for, or a running business.
        Utility = "UTILITY",
        /// One-time codes; WhatsApp's word, not on the vendor's page.
        Authentication = "AUTHENTICATION",
    }
}

open_enum! {
    /// Where a template stands in WhatsApp's review (`status`).
    pub enum TemplateStatus {
        /// In use.
        Approved = "APPROVED",
        /// Refused, and appealed.
        InAppeal = "IN_APPEAL",
        /// Waiting for review.
        Pending = "PENDING",
        /// Refused.
        Rejected = "REJECTED",
        /// About to be deleted.
        PendingDeletion = "PENDING_DELETION",
        /// Deleted.
        Deleted = "DELETED",
        /// Not usable.
        Disabled = "DISABLED",
        /// Stopped for a while.
        Paused = "PAUSED",
        /// Over a limit.
        LimitExceeded = "LIMIT_EXCEEDED",
    }
}

open_enum! {
    /// How well a template is received (`score`).
    pub enum Quality {
        /// High.
        Green = "GREEN",
        /// Middling.
        Yellow = "YELLOW",
        /// Low.
        Red = "RED",
        /// Not known yet.
        Unknown = "UNKNOWN",
    }
}

open_enum! {
    /// How the variables of a template are named (`parameter_format`).
    pub enum ParameterFormat {
        /// By numbers.
        Positional = "POSITIONAL",
        /// By names.
        Named = "NAMED",
    }
}

open_enum! {
    /// A part of a template (`type` of a component).
    pub enum ComponentType {
        /// Above the text.
        Header = "HEADER",
        /// The text.
        Body = "BODY",
        /// Below the text.
        Footer = "FOOTER",
        /// Buttons.
        Buttons = "BUTTONS",
    }
}

open_enum! {
    /// What a header holds (`format`).
    pub enum HeaderFormat {
        /// Text.
        Text = "TEXT",
        /// A file.
        Document = "DOCUMENT",
        /// A picture.
        Image = "IMAGE",
        /// A video.
        Video = "VIDEO",
    }
}

open_enum! {
    /// What a button does (`type` of a button).
    pub enum ButtonType {
        /// Answers with its text.
        QuickReply = "QUICK_REPLY",
        /// Opens a web page.
        Url = "URL",
        /// Calls a number.
        PhoneNumber = "PHONE_NUMBER",
        /// Copies a code.
        CopyCode = "COPY_CODE",
        /// Opens a flow.
        Flow = "FLOW",
    }
}

open_enum! {
    /// What a flow does first (`flow_action`).
    pub enum FlowAction {
        /// Shows a screen; the default.
        Navigate = "navigate",
        /// Asks the business's server.
        DataExchange = "data_exchange",
    }
}

/// A template (`template`). Everything in it may be absent. `Debug` shows no text.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Template {
    /// Its id.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its language, as `en_US`.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What it is for.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub category: Option<TemplateCategory>,
    /// Where it stands in the review.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub status: Option<TemplateStatus>,
    /// Why it was refused; the word `NONE` if it was not.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub rejected_reason: Option<String>,
    /// How well it is received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<QualityScore>,
    /// Its parts.
    #[serde(deserialize_with = "de::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// How its variables are named.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub parameter_format: Option<ParameterFormat>,
}

impl Template {
    /// The text of its body: a pattern with `{{1}}` for what was filled in.
    pub fn body(&self) -> Option<&str> {
        let is_body = |part: &&Component| part.component_type == Some(ComponentType::Body);
        self.components.iter().find(is_body)?.text.as_deref()
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("id", &self.id)
            .field("language", &self.language)
            .field("category", &self.category)
            .field("status", &self.status)
            .field("components", &self.components)
            .finish_non_exhaustive()
    }
}

/// The quality of a template (`quality_score`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct QualityScore {
    /// The score.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub score: Option<Quality>,
}

/// A part of a template. `Debug` shows no text.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Component {
    /// Which part (`type`).
    #[serde(rename = "type", deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub component_type: Option<ComponentType>,
    /// What a header holds.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub format: Option<HeaderFormat>,
    /// The text of a header, body or footer.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Examples for the variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
    /// The buttons.
    #[serde(deserialize_with = "de::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component")
            .field("component_type", &self.component_type)
            .field("format", &self.format)
            .field("buttons", &self.buttons)
            .finish_non_exhaustive()
    }
}

/// A button of a template. `Debug` shows its type only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Button {
    /// What it does (`type`).
    #[serde(rename = "type", deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub button_type: Option<ButtonType>,
    /// What is written on it.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The page that it opens.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The number that it calls.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Examples of the page or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
    /// The flow that it opens.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub flow_id: Option<String>,
    /// What the flow does first.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub flow_action: Option<FlowAction>,
    /// The flow's first screen.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub navigate_screen: Option<String>,
}

impl fmt::Debug for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Button").field("button_type", &self.button_type).finish_non_exhaustive()
    }
}

/// Examples for variables (`example`): an object in components, a bare list in buttons. Both
/// shapes are read in both places. `Debug` shows no text.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Example {
    /// Named lists, in components.
    Named(NamedExamples),
    /// A bare list, in buttons; one text reads as a list of one.
    List(Vec<String>),
}

/// The named lists of [`Example::Named`].
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct NamedExamples {
    /// Links to the file of a header. The vendor's table says text, WhatsApp sends a list.
    #[serde(deserialize_with = "de::text_list", skip_serializing_if = "Vec::is_empty")]
    pub header_handle: Vec<String>,
    /// Links of the business's own to the file of a header.
    #[serde(deserialize_with = "de::text_list", skip_serializing_if = "Vec::is_empty")]
    pub custom_header_handle_url: Vec<String>,
    /// Values for the variable of a header.
    #[serde(deserialize_with = "de::text_list", skip_serializing_if = "Vec::is_empty")]
    pub header_text: Vec<String>,
    /// Values for the variables of the body, a list for each example. One flat list reads as one
    /// example.
    #[serde(deserialize_with = "rows", skip_serializing_if = "Vec::is_empty")]
    pub body_text: Vec<Vec<String>>,
}

impl fmt::Debug for NamedExamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedExamples").finish_non_exhaustive()
    }
}

impl fmt::Debug for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(named) => named.fmt(f),
            Self::List(list) => write!(f, "List({} values)", list.len()),
        }
    }
}

impl Serialize for Example {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(named) => named.serialize(serializer),
            Self::List(list) => list.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Example {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExampleVisitor;

        impl<'de> Visitor<'de> for ExampleVisitor {
            type Value = Example;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("examples: an object, a list or a text")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Example, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                NamedExamples::deserialize(map).map(Example::Named)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Example, A::Error> {
                let seq = serde::de::value::SeqAccessDeserializer::new(seq);
                de::text_list(seq).map(Example::List)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Example, E> {
                Ok(Example::List(vec![text.to_owned()]))
            }
        }

        deserializer.deserialize_any(ExampleVisitor)
    }
}

/// A list of lists, a flat list as the only row, or one text; `null` is empty.
fn rows<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<String>>, D::Error> {
    struct Rows;

    /// A row, or a bare value that belongs to the row of its neighbors.
    struct Row(Vec<String>, bool);

    impl<'de> Deserialize<'de> for Row {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct RowVisitor;

            impl<'de> Visitor<'de> for RowVisitor {
                type Value = Row;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a list of texts, or a text")
                }

                fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Row, A::Error> {
                    let seq = serde::de::value::SeqAccessDeserializer::new(seq);
                    Ok(Row(de::text_list(seq)?, true))
                }

                fn visit_str<E>(self, text: &str) -> Result<Row, E> {
                    Ok(Row(vec![text.to_owned()], false))
                }

                fn visit_i64<E>(self, number: i64) -> Result<Row, E> {
                    Ok(Row(vec![number.to_string()], false))
                }

                fn visit_u64<E>(self, number: u64) -> Result<Row, E> {
                    Ok(Row(vec![number.to_string()], false))
                }

                fn visit_unit<E>(self) -> Result<Row, E> {
                    Ok(Row(Vec::new(), false))
                }
            }

            deserializer.deserialize_any(RowVisitor)
        }
    }

    impl<'de> Visitor<'de> for Rows {
        type Value = Vec<Vec<String>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of lists of texts, or a list of texts")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut rows = Vec::new();
            let mut flat = Vec::new();
            while let Some(Row(values, is_row)) = seq.next_element()? {
                if is_row {
                    rows.push(values);
                } else {
                    flat.extend(values);
                }
            }
            if !flat.is_empty() {
                rows.push(flat);
            }
            Ok(rows)
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![vec![text.to_owned()]])
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }

    deserializer.deserialize_any(Rows)
}
