//! What has to do with meetings and calls.

use chat_core::{de, open_int_enum};

use crate::records::{body, loose};

open_int_enum! {
    /// What is said of a meeting (`meetingtype`).
    pub enum MeetingType {
        /// An invitation.
        Invitation = 101,
        /// An answer to one.
        Answer = 102,
    }
}

open_int_enum! {
    /// What was answered to an invitation (`status`).
    pub enum MeetingStatus {
        /// Takes part.
        Accepted = 1,
        /// Does not.
        Refused = 2,
        /// Not decided.
        Pending = 3,
        /// Was not invited.
        NotInvited = 4,
        /// Called off.
        Cancelled = 5,
        /// Over.
        Expired = 6,
        /// Not in the room.
        NotInRoom = 7,
    }
}

body! {
    /// A meeting (`meeting`).
    pub struct Meeting {
        /// What it is about.
        #[serde(deserialize_with = "de::filled_text")]
        pub topic: Option<String>,
        /// When it begins, in seconds (`starttime`).
        #[serde(rename = "starttime", deserialize_with = "loose::integer")]
        pub starts_at_s: Option<i64>,
        /// When it ends, in seconds (`endtime`).
        #[serde(rename = "endtime", deserialize_with = "loose::integer")]
        pub ends_at_s: Option<i64>,
        /// Where.
        #[serde(deserialize_with = "de::filled_text")]
        pub address: Option<String>,
        /// What else is said.
        #[serde(deserialize_with = "de::filled_text")]
        pub remarks: Option<String>,
        /// What is said of it (`meetingtype`).
        #[serde(rename = "meetingtype", deserialize_with = "loose::number")]
        pub meeting_type: Option<MeetingType>,
        /// Its id (`meetingid`). As text: it may be larger than a signed number.
        #[serde(rename = "meetingid", deserialize_with = "de::filled_text")]
        pub id: Option<String>,
        /// What was answered.
        #[serde(deserialize_with = "loose::number")]
        pub status: Option<MeetingStatus>,
    }
}

body! {
    /// A date in the calendar (`calendar`).
    pub struct Calendar {
        /// The heading.
        #[serde(deserialize_with = "de::filled_text")]
        pub title: Option<String>,
        /// Who made it (`creatorname`).
        #[serde(rename = "creatorname", deserialize_with = "de::filled_text")]
        pub creator_name: Option<String>,
        /// Who is to come (`attendeename`).
        #[serde(rename = "attendeename", deserialize_with = "de::text_list")]
        pub attendee_names: Vec<String>,
        /// When it begins, in seconds (`starttime`).
        #[serde(rename = "starttime", deserialize_with = "loose::integer")]
        pub starts_at_s: Option<i64>,
        /// When it ends, in seconds (`endtime`).
        #[serde(rename = "endtime", deserialize_with = "loose::integer")]
        pub ends_at_s: Option<i64>,
        /// Where.
        #[serde(deserialize_with = "de::filled_text")]
        pub place: Option<String>,
        /// What else is said.
        #[serde(deserialize_with = "de::filled_text")]
        pub remarks: Option<String>,
    }
}

open_int_enum! {
    /// What sort of call it was (`invitetype`).
    pub enum CallType {
        /// Two people, with pictures.
        SingleVideo = 1,
        /// Two people, voices only.
        SingleVoice = 2,
        /// A group, with pictures.
        GroupVideo = 3,
        /// A group, voices only.
        GroupVoice = 4,
    }
}

body! {
    /// The recording of a call (`meeting_voice_call`).
    pub struct Call {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// When the call ended, in seconds (`endtime`).
        #[serde(rename = "endtime", deserialize_with = "loose::integer")]
        pub ended_at_s: Option<i64>,
        /// WeCom's id of the file (`sdkfileid`).
        #[serde(rename = "sdkfileid", deserialize_with = "de::filled_text")]
        pub sdk_file_id: Option<String>,
        /// The documents that were shown (`demofiledata`).
        #[serde(rename = "demofiledata", deserialize_with = "de::null_as_default")]
        pub shown_files: Vec<ShownFile>,
        /// The screens that were shown (`sharescreendata`).
        #[serde(rename = "sharescreendata", deserialize_with = "de::null_as_default")]
        pub screen_shares: Vec<ScreenShare>,
    }
}

body! {
    /// A document that was shown in a call.
    pub struct ShownFile {
        /// Its name (`filename`). From outside: never use it as a path.
        #[serde(rename = "filename", deserialize_with = "de::filled_text")]
        pub file_name: Option<String>,
        /// Who showed it (`demooperator`).
        #[serde(rename = "demooperator", deserialize_with = "de::filled_text")]
        pub user_id: Option<String>,
        /// Since when, in seconds (`starttime`).
        #[serde(rename = "starttime", deserialize_with = "loose::integer")]
        pub started_at_s: Option<i64>,
        /// Until when, in seconds (`endtime`).
        #[serde(rename = "endtime", deserialize_with = "loose::integer")]
        pub ended_at_s: Option<i64>,
    }
}

body! {
    /// A screen that was shown in a call.
    pub struct ScreenShare {
        /// Whose (`share`).
        #[serde(rename = "share", deserialize_with = "de::filled_text")]
        pub user_id: Option<String>,
        /// Since when, in seconds (`starttime`).
        #[serde(rename = "starttime", deserialize_with = "loose::integer")]
        pub started_at_s: Option<i64>,
        /// Until when, in seconds (`endtime`).
        #[serde(rename = "endtime", deserialize_with = "loose::integer")]
        pub ended_at_s: Option<i64>,
    }
}

body! {
    /// A document shown in a call (`voip_doc_share`).
    pub struct SharedDocument {
        /// Where it can be had for an hour.
        #[serde(deserialize_with = "de::filled_text")]
        pub oss_url: Option<String>,
        /// Its name (`filename`). From outside: never use it as a path.
        #[serde(rename = "filename", deserialize_with = "de::filled_text")]
        pub file_name: Option<String>,
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
