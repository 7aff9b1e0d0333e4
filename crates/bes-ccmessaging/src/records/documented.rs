//! What the vendor's page says of an answer: the tables of "查询历史消息
//! (queryHistoryChatMessage)", read in November 2026. A `timestamp` of theirs is a number, as in
//! the page's sample.

use chat_core::model::Json::{Array, Bool, Number, Object, String};
use chat_core::model::{Documented, Field};

pub(super) const HISTORY: Documented = Documented {
    page: "queryHistoryChatMessage, November 2026",
    objects: &[
        ("", ANSWER),
        ("messageList[]", RECORD),
        ("messageList[].multiMediaLibraryInfo", LIBRARY),
    ],
    count: None,
    notes: &[
        ("messageList[].receiveTime", "the table lists it twice, as 1.1.8 and as 1.1.23"),
        ("messageList[].errorMsg", "the table calls the reason of a failure a timestamp"),
        ("messageList[].sendStatus", "the table announces its values and names none"),
        ("messageList[].isForwarded", "the table announces its values and names none"),
        ("messageList[].dayOfYear", "mandatory in the table, null in the sample"),
        ("messageList[].sourceType", "the sample has USER, which the table does not name"),
        ("messageList[].sendTime", "the sample's record lies outside the span that it asks for"),
    ],
};

const ANSWER: &[Field] = &[
    Field::mandatory("messageList", Array),
    Field::mandatory("resultCode", String).of(&["0", "1"]),
    Field::mandatory("resultDesc", String),
];

const RECORD: &[Field] = &[
    Field::mandatory("id", String),
    // named as examples only
    Field::mandatory("channel", String),
    Field::mandatory("channelConfigId", String),
    Field::mandatory("userId", String),
    Field::optional("senderNickname", String),
    Field::optional("senderAvatar", String),
    Field::mandatory("sendTime", Number),
    Field::optional("receiveTime", Number),
    Field::optional("controlType", String).of(&[
        "CONNECT",
        "CHAT",
        "TRANS2AGENT",
        "INPUT",
        "DISCONNECT",
        "READ",
    ]),
    Field::optional("sourceType", String).of(&["AGENT", "ROBOT", "SYSTEM"]),
    Field::optional("mediaType", String).of(&[
        "TEXT",
        "IMAGE",
        "AUDIO",
        "VIDEO",
        "FILE",
        "FILE_IMAGE",
        "FILE_VIDEO",
        "WEBCARD",
    ]),
    Field::optional("content", String),
    Field::optional("callId", String),
    Field::optional("tenant_id", String),
    Field::mandatory("partdbId", Number),
    Field::optional("messageCode", String),
    Field::optional("associationContentId", String),
    Field::optional("sendStatus", Number),
    Field::optional("recallTime", Number),
    Field::mandatory("modifiedTime", Number),
    Field::optional("errorMsg", Number),
    Field::mandatory("dayOfYear", Number),
    Field::optional("isForwarded", Bool),
    Field::optional("forwardTime", Number),
    Field::optional("contentDealType", String).of(&["1"]),
    Field::optional("multiMediaLibraryInfo", Object),
    Field::optional("chat_id", String),
    Field::optional("readTime", Number),
];

const LIBRARY: &[Field] = &[
    Field::mandatory("id", String),
    Field::optional("parentTypeId", String),
    Field::optional("name", String),
    Field::optional("description", String),
    Field::mandatory("mediaType", String).of(&["IMAGE", "VIDEO", "AUDIO", "LOCATE"]),
    Field::mandatory("uploadTime", Number),
    Field::optional("mediaUrl", String),
    Field::optional("latitude", String),
    Field::optional("longitude", String),
    Field::optional("duration", String),
    Field::optional("mediaFileType", String),
    Field::optional("content", String),
    Field::optional("fileName", String),
    Field::optional("fileSize", String),
    Field::optional("sizeUnit", String).of(&["KB", "MB"]),
];
