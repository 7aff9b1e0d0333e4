//! What the vendor's pages say of an answer. "拉取指定聊天的聊天记录" (records of a chat), read in
//! November 2026, has a sample and no table of what is answered; the sample shows the bodies of all
//! types in one record, so each of them is optional here. The tables of the raw pull could be read
//! in part only, and are not here.

use chat_core::model::Json::{Array, Bool, Number, Object, String};
use chat_core::model::{Documented, Field};

pub(super) const PLAIN: Documented = Documented {
    page: "chat-record/pull, November 2026",
    objects: &[
        ("", ANSWER),
        ("list[]", RECORD),
        ("list[].hit_keyword_rules[]", RULE),
        ("list[].text", &[Field::listed("content", String)]),
        ("list[].image", &[Field::listed("oss_url", String), Field::listed("thumb_url", String)]),
        ("list[].video", LASTING),
        ("list[].voice", LASTING),
        ("list[].agree", &[Field::listed("user_id", String), Field::listed("agree_time", Number)]),
        (
            "list[].disagree",
            &[Field::listed("user_id", String), Field::listed("disagree_time", Number)],
        ),
        ("list[].file", FILE),
        ("list[].miniprogram", MINI_PROGRAM),
        ("list[].redpacket", RED_PACKET),
        ("list[].link", LINK),
        ("list[].card", &[Field::listed("corp_name", String), Field::listed("user_id", String)]),
        ("list[].location", LOCATION),
        ("list[].docmsg", DOCUMENT),
        ("list[].emotion", EMOTION),
    ],
    count: None,
    notes: &[
        ("list[].action", "the sample's value is the word itself: a placeholder"),
        ("list[].text", "the sample has the bodies of all types beside it, filled with zeros"),
        ("list[].hit_keyword_rules", "computed at each reading: it changes when a rule changes"),
        ("list[].is_recall", "a recall changes a record that was read before"),
        ("list[].sender_id", "who is an employee cannot be told: ids of both kinds look alike"),
    ],
};

/// The raw pull.
pub(super) const RAW: Documented =
    Documented::nothing("raw-chat-record/pull, read in part in November 2026");

const ANSWER: &[Field] = &[
    Field::listed("errcode", Number),
    Field::listed("errmsg", String),
    Field::listed("list", Array),
    Field::listed("next_cursor", String),
];

const RECORD: &[Field] = &[
    Field::listed("chat_record_id", String),
    Field::listed("qw_chat_record_id", String),
    Field::listed("action", String),
    Field::listed("sender_id", String),
    Field::listed("receiver_ids", Array),
    Field::listed("send_time", Number),
    Field::listed("type", String),
    Field::listed("hit_keyword_rules", Array),
    Field::listed("is_recall", Bool),
    Field::listed("recall_time", Number),
    Field::optional("text", Object),
    Field::optional("image", Object),
    Field::optional("video", Object),
    Field::optional("voice", Object),
    Field::optional("agree", Object),
    Field::optional("disagree", Object),
    Field::optional("file", Object),
    Field::optional("miniprogram", Object),
    Field::optional("redpacket", Object),
    Field::optional("link", Object),
    Field::optional("card", Object),
    Field::optional("location", Object),
    Field::optional("docmsg", Object),
    Field::optional("emotion", Object),
];

const RULE: &[Field] = &[
    Field::listed("rule_id", String),
    Field::listed("rule_name", String),
    Field::listed("keywords", Array),
];

const LASTING: &[Field] = &[Field::listed("oss_url", String), Field::listed("length", Number)];

const FILE: &[Field] = &[
    Field::listed("oss_url", String),
    Field::listed("filename", String),
    Field::listed("size", Number),
];

const MINI_PROGRAM: &[Field] = &[
    Field::listed("title", String),
    Field::listed("description", String),
    Field::listed("username", String),
    Field::listed("miniprogram_name", String),
];

const RED_PACKET: &[Field] = &[
    Field::listed("type", Number),
    Field::listed("wish", String),
    Field::listed("count", Number),
    Field::listed("total_amount", Number),
];

const LINK: &[Field] = &[
    Field::listed("title", String),
    Field::listed("description", String),
    Field::listed("url", String),
    Field::listed("image_url", String),
];

const LOCATION: &[Field] = &[
    Field::listed("longitude", Number),
    Field::listed("latitude", Number),
    Field::listed("address", String),
    Field::listed("title", String),
    Field::listed("zoom", Number),
];

const DOCUMENT: &[Field] = &[
    Field::listed("title", String),
    Field::listed("link_url", String),
    Field::listed("doc_creator", String),
];

const EMOTION: &[Field] = &[
    Field::listed("type", Number),
    Field::listed("width", Number),
    Field::listed("height", Number),
    Field::listed("oss_url", String),
    Field::listed("size", Number),
    Field::listed("thumb_url", String),
];
