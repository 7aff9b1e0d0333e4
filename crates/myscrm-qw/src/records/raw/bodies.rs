//! The bodies of raw records: WeCom's, by its page "get chat content" (获取会话内容), and the link that
//! the platform adds to files (`oss_url`). A number or time that cannot be read is none: it must not
//! cost what stands beside it.

mod meetings;

use chat_core::{UnixMillis, de, open_int_enum};

use crate::records::{EmotionType, RedPacketType, body, identifier, loose};

pub use meetings::{
    Calendar, Call, CallType, Meeting, MeetingStatus, MeetingType, ScreenShare, SharedDocument,
    ShownFile,
};

body! {
    /// Text (`text`).
    pub struct Text {
        /// What was written.
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
        /// WeCom's id of the file, of use with its own library only (`sdkfileid`).
        #[serde(rename = "sdkfileid", deserialize_with = "de::filled_text")]
        pub sdk_file_id: Option<String>,
        /// The digest of the file (`md5sum`).
        #[serde(rename = "md5sum", deserialize_with = "de::filled_text")]
        pub md5: Option<String>,
        /// Its size in bytes (`filesize`).
        #[serde(rename = "filesize", deserialize_with = "loose::integer")]
        pub size_bytes: Option<i64>,
    }
}

body! {
    /// Notice of a recall (`revoke`).
    pub struct Revoke {
        /// WeCom's id of the message that was recalled (`pre_msgid`).
        #[serde(rename = "pre_msgid", deserialize_with = "identifier")]
        pub recalled_platform_id: Option<String>,
    }
}

body! {
    /// Consent to being archived (`agree`).
    pub struct Agree {
        /// Whose (`userid`).
        #[serde(rename = "userid", deserialize_with = "de::filled_text")]
        pub user_id: Option<String>,
        /// Since when (`agree_time`).
        #[serde(rename = "agree_time", deserialize_with = "loose::instant")]
        pub agreed_at: Option<UnixMillis>,
    }
}

body! {
    /// Refusal of being archived (`disagree`).
    pub struct Disagree {
        /// Whose (`userid`).
        #[serde(rename = "userid", deserialize_with = "de::filled_text")]
        pub user_id: Option<String>,
        /// Since when (`disagree_time`).
        #[serde(rename = "disagree_time", deserialize_with = "loose::instant")]
        pub disagreed_at: Option<UnixMillis>,
        /// The same under a key that some libraries read (`agree_time`).
        #[serde(rename = "agree_time", deserialize_with = "loose::instant")]
        pub agreed_at: Option<UnixMillis>,
    }
}

body! {
    /// A voice note (`voice`).
    pub struct Voice {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// WeCom's id of the file (`sdkfileid`).
        #[serde(rename = "sdkfileid", deserialize_with = "de::filled_text")]
        pub sdk_file_id: Option<String>,
        /// The digest of the file (`md5sum`).
        #[serde(rename = "md5sum", deserialize_with = "de::filled_text")]
        pub md5: Option<String>,
        /// Its size in bytes (`voice_size`).
        #[serde(rename = "voice_size", deserialize_with = "loose::integer")]
        pub size_bytes: Option<i64>,
        /// Its length in seconds (`play_length`).
        #[serde(rename = "play_length", deserialize_with = "loose::integer")]
        pub length_s: Option<i64>,
    }
}

body! {
    /// A video (`video`).
    pub struct Video {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// WeCom's id of the file (`sdkfileid`).
        #[serde(rename = "sdkfileid", deserialize_with = "de::filled_text")]
        pub sdk_file_id: Option<String>,
        /// The digest of the file (`md5sum`).
        #[serde(rename = "md5sum", deserialize_with = "de::filled_text")]
        pub md5: Option<String>,
        /// Its size in bytes (`filesize`).
        #[serde(rename = "filesize", deserialize_with = "loose::integer")]
        pub size_bytes: Option<i64>,
        /// Its length in seconds (`play_length`).
        #[serde(rename = "play_length", deserialize_with = "loose::integer")]
        pub length_s: Option<i64>,
    }
}

body! {
    /// A contact card (`card`).
    pub struct Card {
        /// The enterprise of the contact (`corpname`).
        #[serde(rename = "corpname", deserialize_with = "de::filled_text")]
        pub corp_name: Option<String>,
        /// The contact (`userid`).
        #[serde(rename = "userid", deserialize_with = "de::filled_text")]
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
        /// Where a smaller form can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub thumb_url: Option<String>,
        /// WeCom's id of the file (`sdkfileid`).
        #[serde(rename = "sdkfileid", deserialize_with = "de::filled_text")]
        pub sdk_file_id: Option<String>,
        /// The digest of the file (`md5sum`).
        #[serde(rename = "md5sum", deserialize_with = "de::filled_text")]
        pub md5: Option<String>,
        /// Its size in bytes (`imagesize`).
        #[serde(rename = "imagesize", deserialize_with = "loose::integer")]
        pub size_bytes: Option<i64>,
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
        /// The end of its name (`fileext`).
        #[serde(rename = "fileext", deserialize_with = "de::filled_text")]
        pub extension: Option<String>,
        /// WeCom's id of the file (`sdkfileid`).
        #[serde(rename = "sdkfileid", deserialize_with = "de::filled_text")]
        pub sdk_file_id: Option<String>,
        /// The digest of the file (`md5sum`).
        #[serde(rename = "md5sum", deserialize_with = "de::filled_text")]
        pub md5: Option<String>,
        /// Its size in bytes (`filesize`).
        #[serde(rename = "filesize", deserialize_with = "loose::integer")]
        pub size_bytes: Option<i64>,
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
        /// Where it leads (`link_url`).
        #[serde(rename = "link_url", deserialize_with = "de::filled_text")]
        pub url: Option<String>,
        /// The picture of the preview.
        #[serde(deserialize_with = "de::filled_text")]
        pub image_url: Option<String>,
    }
}

body! {
    /// A mini program (`weapp`).
    pub struct Weapp {
        /// The title of the card.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// The description on it.
        #[serde(deserialize_with = "de::filled_text")]
        pub description: Option<String>,
        /// The id of the program.
        #[serde(deserialize_with = "de::filled_text")]
        pub username: Option<String>,
        /// The name of the program (`displayname`).
        #[serde(rename = "displayname", deserialize_with = "de::filled_text")]
        pub display_name: Option<String>,
    }
}

body! {
    /// Messages passed on together (`chatrecord`).
    pub struct ChatRecord {
        /// The heading.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// The messages (`item`).
        #[serde(rename = "item", deserialize_with = "de::null_as_default")]
        pub items: Vec<ChatRecordItem>,
    }
}

body! {
    /// One of the messages passed on.
    pub struct ChatRecordItem {
        /// What it carries, as `ChatRecordText` (`type`).
        #[serde(rename = "type", deserialize_with = "de::filled_text")]
        pub item_type: Option<String>,
        /// When it was sent (`msgtime`): seconds in WeCom's sample, milliseconds by its page. See
        /// [`sent_at`](Self::sent_at).
        #[serde(rename = "msgtime", deserialize_with = "loose::integer")]
        pub time: Option<i64>,
        /// The body of its type, as JSON in a text.
        #[serde(deserialize_with = "de::filled_text")]
        pub content: Option<String>,
        /// Whether it comes from a group (`from_chatroom`).
        #[serde(deserialize_with = "loose::flag")]
        pub from_chatroom: Option<bool>,
    }
}

impl ChatRecordItem {
    /// When it was sent. A number too small for the milliseconds of this century is taken for
    /// seconds.
    pub fn sent_at(&self) -> Option<UnixMillis> {
        const FIRST_MS: i64 = 1_000_000_000_000;
        let time = self.time?;
        let ms = if time < FIRST_MS { time.checked_mul(1000)? } else { time };
        UnixMillis::unless_zero(ms)
    }
}

body! {
    /// Something to do (`todo`).
    pub struct Todo {
        /// The heading.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// What is to be done.
        #[serde(deserialize_with = "de::filled_text")]
        pub content: Option<String>,
    }
}

open_int_enum! {
    /// What happened to a vote (`votetype`).
    pub enum VoteType {
        /// It began.
        Started = 101,
        /// Somebody took part.
        Joined = 102,
    }
}

body! {
    /// A vote (`vote`).
    pub struct Vote {
        /// What it is about (`votetitle`).
        #[serde(rename = "votetitle", deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// What can be chosen, or was (`voteitem`).
        #[serde(rename = "voteitem", deserialize_with = "de::text_list")]
        pub items: Vec<String>,
        /// What happened to it (`votetype`).
        #[serde(rename = "votetype", deserialize_with = "loose::number")]
        pub vote_type: Option<VoteType>,
        /// Its id (`voteid`).
        #[serde(rename = "voteid", deserialize_with = "de::filled_text")]
        pub id: Option<String>,
    }
}

body! {
    /// A form to fill in (`collect`).
    pub struct Collect {
        /// The group.
        #[serde(deserialize_with = "de::filled_text")]
        pub room_name: Option<String>,
        /// Who made it.
        #[serde(deserialize_with = "de::filled_text")]
        pub creator: Option<String>,
        /// When, on a clock of unknown zone: as text.
        #[serde(rename = "create_time", deserialize_with = "de::filled_text")]
        pub created_at: Option<String>,
        /// The heading.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// What is asked.
        #[serde(deserialize_with = "de::null_as_default")]
        pub details: Vec<Question>,
    }
}

body! {
    /// A question of a form.
    pub struct Question {
        /// Its id. As text: it may be larger than a signed number.
        #[serde(deserialize_with = "de::filled_text")]
        pub id: Option<String>,
        /// The question (`ques`).
        #[serde(rename = "ques", deserialize_with = "de::filled_text")]
        pub question: Option<String>,
        /// What the answer is, as `Text` or `Date` (`type`).
        #[serde(rename = "type", deserialize_with = "de::filled_text")]
        pub answer_type: Option<String>,
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
        /// How many may take from it (`totalcnt`).
        #[serde(rename = "totalcnt", deserialize_with = "loose::integer")]
        pub count: Option<i64>,
        /// How much is in it, in hundredths of a yuan (`totalamount`).
        #[serde(rename = "totalamount", deserialize_with = "loose::integer")]
        pub total_amount: Option<i64>,
    }
}

body! {
    /// An online document (`doc`).
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
    /// The body that five types share (`info`); each fills its own fields.
    pub struct Info {
        /// The text of `markdown` and `meeting_notification`.
        #[serde(deserialize_with = "de::filled_text")]
        pub content: Option<String>,
        /// The meeting of `meeting_notification`. As text: it may be larger than a signed number.
        #[serde(deserialize_with = "de::filled_text")]
        pub meeting_id: Option<String>,
        /// What `meeting_notification` is about.
        #[serde(deserialize_with = "loose::integer")]
        pub notification_type: Option<i64>,
        /// The articles of `news` (`item`).
        #[serde(rename = "item", deserialize_with = "de::null_as_default")]
        pub articles: Vec<Article>,
        /// The length of a call in seconds, of `voiptext` (`callduration`).
        #[serde(rename = "callduration", deserialize_with = "loose::integer")]
        pub call_length_s: Option<i64>,
        /// The sort of call, of `voiptext` (`invitetype`).
        #[serde(rename = "invitetype", deserialize_with = "loose::number")]
        pub call_type: Option<CallType>,
        /// The name of the file, of `qydiskfile` (`filename`).
        #[serde(rename = "filename", deserialize_with = "de::filled_text")]
        pub file_name: Option<String>,
    }
}

body! {
    /// An article of `news`.
    pub struct Article {
        /// Its title.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// What it is about.
        #[serde(deserialize_with = "de::filled_text")]
        pub description: Option<String>,
        /// Where it is.
        #[serde(deserialize_with = "de::filled_text")]
        pub url: Option<String>,
        /// Its picture (`picurl`).
        #[serde(rename = "picurl", deserialize_with = "de::filled_text")]
        pub picture_url: Option<String>,
    }
}

body! {
    /// Several parts in one message (`mixed`).
    pub struct Mixed {
        /// The parts (`item`).
        #[serde(rename = "item", deserialize_with = "de::null_as_default")]
        pub items: Vec<MixedItem>,
    }
}

body! {
    /// A part of a message.
    pub struct MixedItem {
        /// What it carries, as `text` (`type`).
        #[serde(rename = "type", deserialize_with = "de::filled_text")]
        pub item_type: Option<String>,
        /// The body of its type, as JSON in a text.
        #[serde(deserialize_with = "de::filled_text")]
        pub content: Option<String>,
    }
}

body! {
    /// A video or live stream of a channel (`sphfeed`).
    pub struct ChannelFeed {
        /// What it is (`feed_type`).
        #[serde(deserialize_with = "loose::number")]
        pub feed_type: Option<FeedType>,
        /// The channel (`sph_name`).
        #[serde(rename = "sph_name", deserialize_with = "de::filled_text")]
        pub channel_name: Option<String>,
        /// What it is about (`feed_desc`).
        #[serde(rename = "feed_desc", deserialize_with = "de::filled_text")]
        pub description: Option<String>,
    }
}

open_int_enum! {
    /// What a channel shows (`feed_type`).
    pub enum FeedType {
        /// Pictures.
        Pictures = 2,
        /// A video.
        Video = 4,
        /// A live stream.
        Live = 9,
    }
}
