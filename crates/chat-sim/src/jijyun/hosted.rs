//! The history of hosted `WeCom` accounts: account by account, day by day, with a sequence number as the position.

use super::{
    ask::{HistoryAsk, HostedAsk, Refusal},
    data::{Data, Row},
    facts::{Kind, Part},
    people,
    render::{LOST_ROW, Renderer, Subject, UNKNOWN_KEY, write_customer_name},
    talk,
    world::World,
};
use crate::{
    faults::{BadForm, Draft, Tweak},
    json::Object,
};

impl World {
    /// The page that is asked for.
    pub(super) fn hosted_ask(&self, ask: &HistoryAsk) -> Result<HostedAsk, Refusal> {
        let mut accounts = 0..self.options.hosted_accounts;
        let account = accounts
            .find(|account| people::account(self.options.seed, *account).im_bot_id == ask.im_bot_id)
            .ok_or(Refusal::NO_ACCOUNT)?;
        let HistoryAsk { from_ms, page_size, after, .. } = *ask;
        Ok(HostedAsk { account, from_ms, page_size, after })
    }

    /// Appends `Data`: the account, the next position, the page.
    pub(super) fn write_hosted(
        &self,
        data: &Data,
        ask: &HostedAsk,
        draft: &Draft,
        out: &mut Vec<u8>,
    ) {
        let account = people::account(data.seed, ask.account);
        // the position of the page as it should be, whatever became of its rows; the end is where nothing comes after
        let last = data.select_hosted(ask).last().and_then(|last| data.rows.get(*last));
        let next = match last {
            Some(row) if !draft.repeats_cursor => row.id,
            _ => ask.after,
        };
        let mut renderer = self.renderer(data);
        let mut object = Object::new(out, &[]);
        object.plain("botId", &account.bot_id);
        object.plain("botWeixin", &account.weixin);
        object.plain("imBotId", &account.im_bot_id);
        object.number("seq", next);
        object.with("messages", |out| {
            let rows = draft.rows.iter();
            let rows =
                rows.filter_map(|(ordinal, tweak)| Some((*data.rows.get(*ordinal)?, *tweak)));
            self.write_rows(rows, out, |row, tweak, out| {
                renderer.hosted(&account.bot_id, row, tweak, out);
            });
        });
        object.end();
    }
}

impl Renderer<'_> {
    /// Appends a message as `corpwechat/message/history` sends it.
    fn hosted(&mut self, bot_id: &str, row: Row, tweak: Tweak, out: &mut Vec<u8>) {
        match tweak.bad {
            Some(BadForm::Text) => return out.extend_from_slice(LOST_ROW),
            Some(BadForm::Id) => {
                return out.extend_from_slice(br#"{"messageId":{},"timestamp":"soon","type":[]}"#);
            }
            None => {}
        }
        let Some(subject) = self.subject(row) else { return };
        let (seed, customer) = (self.data.seed, subject.talk.customer);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        write_customer_name(seed, customer, &mut scratch);
        let external_id = people::external_user_id(seed, customer);
        let nulls = ["avatar", "contactName", "source"];

        let mut object = Object::new(out, if tweak.nulls { &nulls } else { &[] });
        object.plain("messageId", &people::hosted_message_id(seed, row.conversation, row.position));
        object.plain("chatId", &people::hosted_chat_id(seed, row.conversation));
        object.number("timestamp", row.sent_ms().cast_unsigned());
        object.number(
            "type",
            match subject.facts.kind {
                _ if tweak.unknown_enum => 4242,
                Kind::File => 1,
                Kind::Voice => 2,
                Kind::Image => 6,
                Kind::Text => 7,
                Kind::Video => 13,
            },
        );
        // pushed from the phone, sent from the console, answered by itself
        object.number(
            "source",
            match (subject.facts.inbound, subject.facts.part) {
                _ if tweak.unknown_enum => 4242,
                (true, _) => 0,
                (false, Part::Human) => 1,
                (false, Part::Ai) => 3,
            },
        );
        object.number("contactType", 1);
        object.text("contactName", &scratch);
        object.plain("avatar", "");
        object.plain("imContactId", &people::im_contact_id(seed, customer));
        object.plain("imRoomId", "");
        object.plain("roomTopic", "");
        object.plain("wecomChatId", "");
        object.plain("externalUserId", &external_id);
        object.plain("customerExternalUserId", &external_id);
        object.raw("coworker", "false");
        object.plain("botId", bot_id);
        object.with("Payload", |out| self.write_payload(&subject, &mut scratch, out));
        if tweak.unknown_keys {
            object.raw(UNKNOWN_KEY.0, UNKNOWN_KEY.1);
        }
        object.end();
        self.scratch = scratch;
    }

    /// Text has a member of its own; of others none is known, so that they come raw, as JSON in a text.
    fn write_payload(&self, subject: &Subject<'_>, scratch: &mut String, out: &mut Vec<u8>) {
        let Subject { row, talk, facts } = subject;
        let mut payload = Object::new(out, &[]);
        let Some((link, name)) = self.file(subject) else {
            scratch.clear();
            talk::write_words(self.data, talk, *row, *facts, scratch);
            payload.with("TextPayload", |out| {
                let mut member = Object::new(out, &[]);
                member.raw("mention", "[]");
                member.text("text", scratch);
                member.end();
            });
            return payload.end();
        };
        let mut json = Vec::new();
        let mut content = Object::new(&mut json, &[]);
        match facts.kind {
            Kind::Image => content.plain("imageUrl", &link),
            Kind::Video => content.plain("videoUrl", &link),
            Kind::Voice => content.plain("voiceUrl", &link),
            Kind::File | Kind::Text => {
                content.text("name", &name);
                content.plain("fileUrl", &link);
                content.number("size", self.file_len(subject));
            }
        }
        content.end();
        payload.with("RawPayload", |out| {
            let mut member = Object::new(out, &[]);
            member.text("content", &String::from_utf8_lossy(&json));
            member.end();
        });
        payload.end();
    }
}
