//! The words and numbers that both sorts of records use.

use chat_core::{open_enum, open_int_enum};

open_enum! {
    /// What a record carries (`type`, in raw records `msgtype`). The vendor lists the names for raw
    /// records and refers to WeCom's; those marked as WeCom's are in WeCom's documents only.
    pub enum MessageType {
        /// Text.
        Text = "text",
        /// A picture.
        Image = "image",
        /// Notice that a message was recalled.
        Revoke = "revoke",
        /// Consent to being archived.
        Agree = "agree",
        /// Refusal of being archived.
        Disagree = "disagree",
        /// A voice note.
        Voice = "voice",
        /// A video.
        Video = "video",
        /// A contact card.
        Card = "card",
        /// A place.
        Location = "location",
        /// A sticker.
        Emotion = "emotion",
        /// A file.
        File = "file",
        /// A link with a preview.
        Link = "link",
        /// A mini program (WeCom's word).
        Weapp = "weapp",
        /// A mini program, by the key of its body in plain records.
        MiniProgram = "miniprogram",
        /// Messages passed on together.
        ChatRecord = "chatrecord",
        /// Something to do.
        Todo = "todo",
        /// A vote.
        Vote = "vote",
        /// A form to fill in.
        Collect = "collect",
        /// A gift of money.
        RedPacket = "redpacket",
        /// A gift of money between enterprises (WeCom's word).
        ExternalRedPacket = "external_redpacket",
        /// A meeting.
        Meeting = "meeting",
        /// News of a meeting (WeCom's word).
        MeetingNotification = "meeting_notification",
        /// An online document.
        Docmsg = "docmsg",
        /// An online document, by the key of its body in raw records.
        Doc = "doc",
        /// Text with marks.
        Markdown = "markdown",
        /// Articles with previews.
        News = "news",
        /// A date in the calendar.
        Calendar = "calendar",
        /// Several parts of different types.
        Mixed = "mixed",
        /// The recording of a call.
        MeetingVoiceCall = "meeting_voice_call",
        /// A document shown in a call.
        VoipDocShare = "voip_doc_share",
        /// Notice of a call.
        VoipText = "voiptext",
        /// A file of the enterprise's disk.
        QyDiskFile = "qydiskfile",
        /// A video or live stream of a channel (WeCom's word).
        ChannelFeed = "sphfeed",
    }
}

open_enum! {
    /// What happened (`action`). The vendor lists the first two.
    pub enum Action {
        /// A message was sent.
        Send = "send",
        /// A message was recalled.
        Recall = "recall",
        /// Somebody went over to another enterprise (WeCom's word).
        Switch = "switch",
    }
}

open_int_enum! {
    /// Who sent a record (`sender_type`).
    pub enum SenderType {
        /// Anybody: in requests only.
        All = 0,
        /// An employee.
        Employee = 1,
        /// An external contact: a customer.
        ExternalContact = 2,
    }
}

open_int_enum! {
    /// The format of a sticker, as WeCom numbers it.
    pub enum EmotionType {
        /// GIF.
        Gif = 1,
        /// PNG.
        Png = 2,
    }
}

open_int_enum! {
    /// The sort of a gift of money, as WeCom numbers it.
    pub enum RedPacketType {
        /// The same for everybody.
        Ordinary = 1,
        /// By luck.
        Lucky = 2,
        /// For a merit.
        Incentive = 3,
    }
}
