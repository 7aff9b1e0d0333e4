//! What the vendor's page says of an answer: the tables of "IDN openapi-chat-records", read in
//! November 2026. They do not say which fields may be missing; those that they tie to a kind of
//! record are optional here.

use chat_core::model::Json::{Array, Number, Object, String};
use chat_core::model::{Count, Documented, Field};

pub(super) const RECORDS: Documented = Documented {
    page: "IDN openapi-chat-records, November 2026",
    objects: &[
        ("", ANSWER),
        ("list[]", RECORD),
        ("list[].template", TEMPLATE),
        ("list[].template.quality_score", QUALITY_SCORE),
        ("list[].template.components[]", COMPONENT),
        ("list[].template.components[].example", EXAMPLE),
        ("list[].template.components[].buttons[]", BUTTON),
    ],
    count: Some(Count {
        total: "total",
        page_number: "page_number",
        page_size: "page_size",
        rows: "list",
    }),
    notes: &[
        ("total", "a sample says 4 and shows one row on the first page of ten"),
        ("list[].agent_account", "described as an e-mail address, and a name in the samples"),
        ("list[].tenant_id", "listed, and missing in two of the five samples"),
        ("list[].message_id", "listed, and missing in two of the five samples"),
        ("list[].created_at", "no zone is named, for this and for updated_at"),
    ],
};

const ANSWER: &[Field] = &[
    Field::listed("list", Array),
    Field::listed("message", String),
    Field::listed("code", Number),
    Field::listed("total", Number),
    Field::listed("page_number", Number),
    Field::listed("page_size", Number),
];

const RECORD: &[Field] = &[
    Field::listed("id", String),
    Field::listed("channel", Number).of(&["2"]),
    Field::listed("user_channel_id", String),
    Field::listed("from", String),
    Field::listed("to", String),
    Field::listed("customer_id", String),
    Field::listed("customer_name", String),
    Field::listed("saas_conversation_id", String),
    Field::listed("agent_id", String),
    Field::listed("agent_name", String),
    Field::listed("agent_account", String),
    Field::listed("chat_type", Number).of(&["0", "1", "2"]),
    // these two lists of words end with "etc."
    Field::listed("message_type", String),
    Field::listed("content", String),
    Field::listed("message_id", String),
    Field::listed("status", String),
    Field::listed("tenant_id", String),
    Field::optional("filename", String),
    Field::optional("media_link", String),
    Field::optional("mime_type", String),
    Field::optional("template", Object),
    Field::optional("user_emoji", String),
    Field::optional("context", String),
    Field::optional("remark", String),
    Field::listed("created_at", String),
    Field::listed("updated_at", String),
];

const TEMPLATE: &[Field] = &[
    Field::listed("id", String),
    Field::listed("name", String),
    Field::listed("language", String),
    Field::listed("category", String).of(&["MARKETING", "UTILITY"]),
    Field::listed("status", String).of(&[
        "APPROVED",
        "IN_APPEAL",
        "PENDING",
        "REJECTED",
        "PENDING_DELETION",
        "DELETED",
        "DISABLED",
        "PAUSED",
        "LIMIT_EXCEEDED",
    ]),
    Field::listed("rejected_reason", String),
    Field::listed("quality_score", Object),
    Field::listed("components", Array),
    Field::listed("parameter_format", String).of(&["POSITIONAL", "NAMED"]),
];

const QUALITY_SCORE: &[Field] =
    &[Field::listed("score", String).of(&["GREEN", "YELLOW", "RED", "UNKNOWN"])];

const COMPONENT: &[Field] = &[
    Field::listed("type", String).of(&["HEADER", "BODY", "FOOTER", "BUTTONS"]),
    Field::optional("format", String).of(&["TEXT", "DOCUMENT", "IMAGE", "VIDEO"]),
    Field::optional("text", String),
    Field::optional("example", Object),
    Field::optional("buttons", Array),
];

const EXAMPLE: &[Field] = &[
    Field::optional("header_handle", String),
    Field::optional("custom_header_handle_url", String),
    Field::optional("header_text", Array),
    Field::optional("body_text", Array),
];

const BUTTON: &[Field] = &[
    Field::listed("type", String).of(&["QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "FLOW"]),
    Field::listed("text", String),
    Field::optional("url", String),
    Field::optional("phone_number", String),
    Field::optional("example", Array),
    Field::optional("flow_id", String),
    Field::optional("flow_action", String).of(&["navigate", "data_exchange"]),
    Field::optional("navigate_screen", String),
];
