//! The files of a record, from form to form.

use chat_core::{Attachment, MediaItem, Message};
use rusqlite::{OptionalExtension as _, params};

use super::{Known, PageWriter};
use crate::media::{MAX_RUNS, MediaState, MediaTask};

impl PageWriter<'_> {
    /// Files that the new form still has keep their state; others belong to the form they came
    /// with.
    pub(super) fn renumber_attachments(
        &mut self,
        known: &Known,
        version: i64,
        message: &Message,
    ) -> rusqlite::Result<()> {
        for (ordinal, attachment) in message.attachments.iter().enumerate() {
            if !self.carry(known, ordinal, version, attachment)? {
                self.attachment(known.id, ordinal, version, message, attachment)?;
            }
        }
        self.fresh_links(known.id, version, message)
    }

    /// A link that comes with a form of a record to a file of it that there was none to, or that
    /// could not be had and is due again. Another form may have another file in the same place.
    pub(super) fn fresh_links(
        &mut self,
        id: i64,
        form: i64,
        message: &Message,
    ) -> rusqlite::Result<()> {
        let linked = message.attachments.iter().enumerate().filter(|(_, file)| file.link.is_some());
        for (ordinal, attachment) in linked {
            // a look first: of those that are read again, hardly one is to be fetched anew
            let file: Option<(i64, bool)> = self
                .tx
                .prepare_cached(
                    "SELECT first_version,
                            state = 'none' OR state IN ('expired', 'failed')
                                AND tries < ?3 AND next_try_ms <= ?4
                     FROM attachment
                     WHERE message = ?1 AND ordinal = ?2
                       AND first_version <= ?5 AND last_version >= ?5
                     ORDER BY first_version DESC LIMIT 1",
                )?
                .query_row(
                    params![id, ordinal, MAX_RUNS, self.context.fetched_at.get(), form],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if let Some((version, true)) = file {
                self.tx
                    .prepare_cached(
                        "UPDATE attachment SET state = 'pending'
                         WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
                    )?
                    .execute(params![id, ordinal, version])?;
                self.fetch(id, ordinal, version, message, attachment);
            }
        }
        Ok(())
    }

    /// The files of an earlier form that comes late. Those that only it has (a recall came first)
    /// are fetched with it.
    pub(super) fn earlier_attachments(
        &mut self,
        known: &Known,
        version: i64,
        message: &Message,
    ) -> rusqlite::Result<()> {
        for (ordinal, attachment) in message.attachments.iter().enumerate() {
            if !self.carry(known, ordinal, version, attachment)?
                && !self.copy(known.id, ordinal, version, attachment)?
            {
                self.attachment(known.id, ordinal, version, message, attachment)?;
            }
        }
        Ok(())
    }

    /// True if some other form has this file: then what is known of it holds for this one too.
    fn copy(
        &self,
        id: i64,
        ordinal: usize,
        version: i64,
        attachment: &Attachment,
    ) -> rusqlite::Result<bool> {
        let copied = self
            .tx
            .prepare_cached(
                "INSERT INTO attachment (message, ordinal, first_version, last_version, source,
                     kind, file_name, mime_type, size_bytes, duration_ms, state, sha256, tries,
                     next_try_ms, reason)
                 SELECT message, ordinal, ?3, ?3, source, kind, file_name, mime_type, size_bytes,
                        duration_ms, state, sha256, tries, next_try_ms, reason
                 FROM attachment
                 WHERE message = ?1 AND ordinal = ?2 AND kind = ?4 AND file_name IS ?5
                   AND mime_type IS ?6 AND size_bytes IS ?7 AND duration_ms IS ?8
                 ORDER BY state != 'saved' LIMIT 1",
            )?
            .execute(params![
                id,
                ordinal,
                version,
                attachment.kind.as_str(),
                attachment.file_name,
                attachment.mime_type,
                attachment.size_bytes,
                attachment.duration_ms
            ])?;
        Ok(copied > 0)
    }

    /// True if the newest form has this file too: then it is that of another form as well.
    fn carry(
        &self,
        known: &Known,
        ordinal: usize,
        version: i64,
        attachment: &Attachment,
    ) -> rusqlite::Result<bool> {
        let carried = self
            .tx
            .prepare_cached(
                "UPDATE attachment SET last_version = max(last_version, ?4)
                 WHERE message = ?1 AND ordinal = ?2 AND first_version <= ?3
                   AND last_version >= ?3 AND kind = ?5 AND file_name IS ?6 AND mime_type IS ?7
                   AND size_bytes IS ?8 AND duration_ms IS ?9",
            )?
            .execute(params![
                known.id,
                ordinal,
                known.version,
                version,
                attachment.kind.as_str(),
                attachment.file_name,
                attachment.mime_type,
                attachment.size_bytes,
                attachment.duration_ms
            ])?;
        Ok(carried > 0)
    }

    pub(super) fn attachment(
        &mut self,
        id: i64,
        ordinal: usize,
        version: i64,
        message: &Message,
        attachment: &Attachment,
    ) -> rusqlite::Result<()> {
        let state = MediaState::first(attachment);
        self.tx
            .prepare_cached(
                "INSERT INTO attachment (message, ordinal, first_version, last_version, source,
                     kind, file_name, mime_type, size_bytes, duration_ms, state)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                id,
                ordinal,
                version,
                self.context.source.row,
                attachment.kind.as_str(),
                attachment.file_name,
                attachment.mime_type,
                attachment.size_bytes,
                attachment.duration_ms,
                state.as_str()
            ])?;
        self.fetch(id, ordinal, version, message, attachment);
        Ok(())
    }

    /// Has a file fetched, if there is a link to it.
    fn fetch(
        &mut self,
        id: i64,
        ordinal: usize,
        version: i64,
        message: &Message,
        attachment: &Attachment,
    ) {
        let Some(link) = &attachment.link else { return };
        let mut item = MediaItem::new(self.context.partition_key.clone(), message.id.as_str());
        item.conversation_id = message.conversation_id.as_ref().map(ToString::to_string);
        item.sent_at = message.sent_at.map(|sent| sent.instant);
        self.stored.media.push(MediaTask {
            message: id,
            ordinal,
            first_version: version,
            item,
            kind: attachment.kind.as_str().to_owned(),
            mime_type: attachment.mime_type.clone(),
            link: Some(link.clone()),
        });
    }
}
