//! The pages of a source, as a vendor would send them.

use std::collections::VecDeque;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use chat_archive::{
    Archive, MediaFailure, MediaState, MediaTask, MediaWriter, PageToStore, PartitionId,
    SavedMedia, SourceId,
};
use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, MessageId, Participant,
    ParticipantId, Partition, PlatformId, RawPage, SenderKind, SentAt, SourcePage, SourceRecord,
    Status, UnixMillis, UtcOffset, WallTime, Window,
};
use fastrand::Rng;

use crate::plan::Turn;
use crate::words::{FILES_NAMED, agent_name, customer, kind, person, text};
use crate::{Options, SOURCES};

/// Files of a source that have a link: each costs a transaction of its own.
const FILES: usize = 50;

/// Writes the pages of a source.
pub(crate) struct Writer<'a> {
    pub(crate) archive: &'a mut Archive,
    source: SourceId,
    partition: PartitionId,
    key: Partition,
    name: Arc<str>,
    offset: UtcOffset,
    seed: u64,
    conversations: usize,
    /// Messages of each conversation so far.
    turns: Vec<u32>,
    /// Messages that come again with a later page, changed.
    later: VecDeque<Message>,
    links: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        archive: &'a mut Archive,
        options: &Options,
        (number, source): (usize, SourceId),
        partition: PartitionId,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            archive,
            source,
            partition,
            key: Partition::whole(),
            name: Arc::from(SOURCES[number]),
            offset: UtcOffset::from_minutes(480).ok_or("no offset")?,
            seed: options.seed ^ ((number as u64 + 1) << 40),
            conversations: options.conversations,
            turns: vec![0; options.conversations],
            later: VecDeque::new(),
            links: 0,
        })
    }

    pub(crate) fn page(
        &mut self,
        turns: &[Turn],
        first: usize,
        window: Window,
    ) -> Result<(), Box<dyn Error>> {
        let mut messages: Vec<_> = self.later.drain(..self.later.len().saturating_sub(6)).collect();
        for (index, turn) in turns.iter().enumerate() {
            let message = self.message(turn, first + index);
            self.change(&message, first + index);
            messages.push(message);
        }
        let mut body = br#"{"code":0,"list":["#.to_vec();
        let mut spans = Vec::with_capacity(messages.len());
        for message in &messages {
            if !spans.is_empty() {
                body.push(b',');
            }
            let start = body.len();
            write_raw(&mut body, message)?;
            spans.push(start..body.len());
        }
        write!(body, r#"],"total":{}}}"#, messages.len())?;
        let mut page = SourcePage::new(RawPage::new(body));
        page.records = messages
            .into_iter()
            .zip(spans)
            .map(|(message, span)| SourceRecord::new(message, span))
            .collect();
        let fetched_at = UnixMillis::new(window.to_ms + i64::try_from(first)? % 60_000);
        let to_store = PageToStore {
            source: self.source,
            partition: self.partition,
            partition_key: &self.key,
            window,
            state: "{}",
            fetched_at,
            run_started: fetched_at,
            reach_ms: None,
            digest: None,
            page: &page,
        };
        let stored = self.archive.store_page(&to_store, &|old, new| old == new)?;
        for task in &stored.media {
            fetch(self.archive, task, fetched_at)?;
        }
        Ok(())
    }

    fn message(&mut self, turn: &Turn, number: usize) -> Message {
        let mut rng = Rng::with_seed(self.seed.wrapping_add(number as u64));
        let conversation = turn.conversation as usize;
        let at = self.turns[conversation];
        self.turns[conversation] += 1;
        let mut people = Rng::with_seed(self.seed.wrapping_mul(31) ^ u64::from(turn.conversation));
        let customer = customer(&mut people, conversation % (self.conversations * 4 / 5 + 1));
        let (language, never_answered) = (people.u8(..), people.u8(..) < 18);
        // an agent has a conversation to the end; those at the front of the list have most
        let agent = {
            let last = people.usize(0..24);
            people.usize(0..=last)
        };
        let inbound = match at {
            0 => language > 12,
            _ => never_answered || rng.u8(..) < 118,
        };
        let kind = kind(&mut rng, at == 0 && !inbound);
        let id = MessageId::new(format!("{}-{number:08}", self.name));
        let mut message = Message::new("made-up", Arc::clone(&self.name), id, kind);
        message.platform_id = Some(PlatformId::new(format!("p{number}")));
        message.conversation_id =
            Some(ConversationId::new(format!("{}-{conversation}", self.name)));
        let agent = match at {
            1 if people.u8(..) < 60 => person("bot", "bot", "小助手"),
            _ => person("agent", &format!("a{agent:02}"), &agent_name(agent)),
        };
        let (direction, sender, recipient) = if inbound {
            (Direction::Inbound, customer, agent)
        } else {
            (Direction::Outbound, agent, customer)
        };
        message.direction = Some(direction);
        message.sender = Some(sender);
        message.recipients = vec![recipient];
        let wall = WallTime::of(UnixMillis::new(turn.sent_ms), self.offset);
        message.sent_at = Some(SentAt::zoned(wall, self.offset));
        message.updated_at = message.sent_at.map(|sent| sent.instant);
        message.text = text(&mut rng, &message.kind, inbound, language);
        message.attachments.extend(self.attachment(&mut rng, &message.kind));
        if !inbound {
            message.status = Some(match rng.u8(..) {
                0..=1 => Status::Queued,
                2..=14 => Status::Sent,
                15..=70 => Status::Delivered,
                71..=76 => Status::Failed,
                _ => Status::Read,
            });
            message.read_at = message
                .updated_at
                .filter(|_| message.status == Some(Status::Read))
                .map(|sent| sent.plus_ms(rng.i64(1_000..600_000)));
        }
        if at > 0 && rng.u8(..) < 6 {
            message.reply_to = Some(PlatformId::new(format!("p{}", number.saturating_sub(1))));
        }
        if rng.u8(..) < 3 {
            message.reactions.push(["👍", "❤️", "😂"][rng.usize(0..3)].to_owned());
        }
        message
    }

    /// Some messages come again: read by now, edited, or recalled.
    fn change(&mut self, message: &Message, number: usize) {
        let mut rng = Rng::with_seed(self.seed ^ (number as u64).wrapping_mul(0x9E37_79B9));
        let mut again = message.clone();
        again.updated_at = message.updated_at.map(|sent| sent.plus_ms(rng.i64(5_000..90_000)));
        match rng.u16(0..1_000) {
            0..=5 if message.status == Some(Status::Sent) => again.status = Some(Status::Read),
            6..=8 => again.text = message.text.as_ref().map(|text| format!("{text}（已更正）")),
            9 => {
                again.status = Some(Status::Recalled);
                again.recalled_at = again.updated_at;
                again.text = None;
            }
            10 => {
                again.id = MessageId::new(format!("{}-r", message.id.as_str()));
                again.kind = Kind::Recall;
                again.recalls = again.platform_id.take();
                again.text = None;
                again.attachments.clear();
                again.status = None;
            }
            _ => return,
        }
        self.later.push_back(again);
    }

    fn attachment(&mut self, rng: &mut Rng, kind: &Kind) -> Option<Attachment> {
        let (mime_type, extension) = match kind {
            Kind::Image => ("image/png", "png"),
            Kind::Voice => ("audio/amr", "amr"),
            Kind::Video => ("video/mp4", "mp4"),
            Kind::File => ("application/pdf", ""),
            _ => return None,
        };
        let mut attachment = Attachment::new(kind.clone());
        attachment.mime_type = Some(mime_type.to_owned());
        attachment.size_bytes = Some(rng.u64(2_000..4_000_000));
        attachment.file_name = Some(match extension {
            "" => FILES_NAMED[rng.usize(0..FILES_NAMED.len())].to_owned(),
            extension => format!("{:x}.{extension}", rng.u32(..)),
        });
        if matches!(kind, Kind::Voice | Kind::Video) {
            attachment.duration_ms = Some(rng.u64(1_000..60_000));
        }
        if self.links < FILES {
            self.links += 1;
            let target = format!("https://files.example/{}", self.links);
            attachment.link = Some(MediaLink::new(target, None));
        }
        Some(attachment)
    }
}

/// Pictures are there, other files are not, for different reasons.
fn fetch(archive: &mut Archive, task: &MediaTask, now: UnixMillis) -> Result<(), Box<dyn Error>> {
    if task.kind == "image" {
        let saved = picture(&archive.media_dir(), task.key().0)?;
        return Ok(archive.media_saved(task, &saved, now)?);
    }
    let (state, reason) = match task.key().0 % 3 {
        0 => (MediaState::Expired, "its link has expired and the vendor gives no other"),
        1 => (MediaState::Failed, "the server answered 404"),
        _ => return Ok(()),
    };
    let failure = MediaFailure { state, reason: reason.to_owned(), counts: true };
    Ok(archive.media_failed(task, &failure, now)?)
}

/// One of a few pictures.
fn picture(dir: &Path, number: i64) -> Result<SavedMedia, Box<dyn Error>> {
    let shade = u8::try_from(number % 8)?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 160, 120);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> =
        (0..120_u8).flat_map(|y| (0..160_u8).flat_map(move |x| [x, y * 2, shade * 32])).collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    let mut writer = MediaWriter::create(dir)?;
    writer.write_all(&bytes)?;
    Ok(writer.finish()?)
}

/// A record as a vendor would send it.
fn write_raw(body: &mut Vec<u8>, message: &Message) -> Result<(), Box<dyn Error>> {
    let person = |person: &Participant| {
        serde_json::json!({
            "id": person.id.as_ref().map(ParticipantId::as_str),
            "name": person.name,
            "role": person.kind.as_ref().map(SenderKind::as_str),
        })
    };
    let file = |file: &Attachment| {
        serde_json::json!({
            "name": file.file_name, "type": file.mime_type, "size": file.size_bytes,
            "duration": file.duration_ms,
        })
    };
    let record = serde_json::json!({
        "msgId": message.id.as_str(),
        "platformId": message.platform_id.as_ref().map(PlatformId::as_str),
        "recalled": message.recalls.as_ref().map(PlatformId::as_str),
        "conversationId": message.conversation_id.as_ref().map(ConversationId::as_str),
        "direction": message.direction.map(Direction::as_str),
        "from": message.sender.as_ref().map(person),
        "to": message.recipients.iter().map(person).collect::<Vec<_>>(),
        "sendTime": message.sent_at.map(SentAt::to_rfc3339),
        "updateTime": message.updated_at.map(UnixMillis::get),
        "readTime": message.read_at.map(UnixMillis::get),
        "msgType": message.kind.as_str(),
        "content": message.text,
        "files": message.attachments.iter().map(file).collect::<Vec<_>>(),
        "status": message.status.as_ref().map(Status::as_str),
        "quote": message.reply_to.as_ref().map(PlatformId::as_str),
        "reactions": message.reactions,
    });
    serde_json::to_writer(body, &record)?;
    Ok(())
}
