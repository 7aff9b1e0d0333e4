//! The 14 bodies of plain records. The vendor shows their keys and no explanation; the meanings are
//! those of WeCom's fields of like names. A number or time that cannot be read is none: it must not
//! cost what stands beside it.

use chat_core::{UnixMillis, de};

use super::{EmotionType, RedPacketType, body, loose};

body! {
    /// Text (`text`).
    pub struct Text {
        /// What was written. An answer to a message quotes it in here, above a line of dashes.
        #[serde(deserialize_with = "de::filled_text")]
        pub content: Option<String>,
    }
}

body! {
    /// A picture (`image`).
    pub struct Image {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// Where a smaller form can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub thumb_url: Option<String>,
    }
}

body! {
    /// A video (`video`).
    pub struct Video {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// Its length in seconds (`length`).
        #[serde(rename = "length", deserialize_with = "loose::integer")]
        pub length_s: Option<i64>,
    }
}

body! {
    /// A voice note (`voice`).
    pub struct Voice {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// Its length in seconds (`length`).
        #[serde(rename = "length", deserialize_with = "loose::integer")]
        pub length_s: Option<i64>,
    }
}

body! {
    /// Consent to being archived (`agree`).
    pub struct Agree {
        /// Whose.
        #[serde(deserialize_with = "de::filled_text")]
        pub user_id: Option<String>,
        /// Since when (`agree_time`).
        #[serde(rename = "agree_time", deserialize_with = "loose::instant")]
        pub agreed_at: Option<UnixMillis>,
    }
}

body! {
    /// Refusal of being archived (`disagree`).
    pub struct Disagree {
        /// Whose.
        #[serde(deserialize_with = "de::filled_text")]
        pub user_id: Option<String>,
        /// Since when (`disagree_time`).
        #[serde(rename = "disagree_time", deserialize_with = "loose::instant")]
        pub disagreed_at: Option<UnixMillis>,
    }
}

body! {
    /// A file (`file`).
    pub struct File {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// Its name (`filename`). From outside: never use it as a path.
        #[serde(rename = "filename", deserialize_with = "de::filled_text")]
        pub file_name: Option<String>,
        /// Its size in bytes (`size`).
        #[serde(rename = "size", deserialize_with = "loose::integer")]
        pub size_bytes: Option<i64>,
    }
}

body! {
    /// A mini program (`miniprogram`).
    pub struct MiniProgram {
        /// The title of the card.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// The description on it.
        #[serde(deserialize_with = "de::filled_text")]
        pub description: Option<String>,
        /// The id of the program.
        #[serde(deserialize_with = "de::filled_text")]
        pub username: Option<String>,
        /// The name of the program.
        #[serde(deserialize_with = "de::filled_text")]
        pub miniprogram_name: Option<String>,
    }
}

body! {
    /// A gift of money (`redpacket`).
    pub struct RedPacket {
        /// Its sort (`type`).
        #[serde(rename = "type", deserialize_with = "loose::number")]
        pub red_packet_type: Option<RedPacketType>,
        /// The wish on it.
        #[serde(deserialize_with = "de::filled_text")]
        pub wish: Option<String>,
        /// How many may take from it.
        #[serde(deserialize_with = "loose::integer")]
        pub count: Option<i64>,
        /// How much is in it, in hundredths of a yuan.
        #[serde(deserialize_with = "loose::integer")]
        pub total_amount: Option<i64>,
    }
}

body! {
    /// A link with a preview (`link`).
    pub struct Link {
        /// The title of the preview.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// The description in it.
        #[serde(deserialize_with = "de::filled_text")]
        pub description: Option<String>,
        /// Where it leads.
        #[serde(deserialize_with = "de::filled_text")]
        pub url: Option<String>,
        /// The picture of the preview.
        #[serde(deserialize_with = "de::filled_text")]
        pub image_url: Option<String>,
    }
}

body! {
    /// A contact card (`card`).
    pub struct Card {
        /// The enterprise of the contact.
        #[serde(deserialize_with = "de::filled_text")]
        pub corp_name: Option<String>,
        /// The contact.
        #[serde(deserialize_with = "de::filled_text")]
        pub user_id: Option<String>,
    }
}

body! {
    /// A place (`location`).
    pub struct Location {
        /// In degrees.
        #[serde(deserialize_with = "loose::decimal")]
        pub longitude: Option<f64>,
        /// In degrees.
        #[serde(deserialize_with = "loose::decimal")]
        pub latitude: Option<f64>,
        /// The address.
        #[serde(deserialize_with = "de::filled_text")]
        pub address: Option<String>,
        /// The name of the place.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// How closely the map shows it.
        #[serde(deserialize_with = "loose::decimal")]
        pub zoom: Option<f64>,
    }
}

body! {
    /// An online document (`docmsg`).
    pub struct Document {
        /// Its title.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// Where it is.
        #[serde(deserialize_with = "de::filled_text")]
        pub link_url: Option<String>,
        /// Who made it (`doc_creator`).
        #[serde(rename = "doc_creator", deserialize_with = "de::filled_text")]
        pub creator: Option<String>,
    }
}

body! {
    /// A sticker (`emotion`).
    pub struct Emotion {
        /// Its format (`type`).
        #[serde(rename = "type", deserialize_with = "loose::number")]
        pub emotion_type: Option<EmotionType>,
        /// In pixels.
        #[serde(deserialize_with = "loose::integer")]
        pub width: Option<i64>,
        /// In pixels.
        #[serde(deserialize_with = "loose::integer")]
        pub height: Option<i64>,
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// Its size in bytes (`size`).
        #[serde(rename = "size", deserialize_with = "loose::integer")]
        pub size_bytes: Option<i64>,
        /// Where a smaller form can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub thumb_url: Option<String>,
    }
}
