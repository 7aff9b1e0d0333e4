-- Tables are ours and may change with the schema version; the views at the end are for users.

CREATE TABLE source (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    vendor      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,             -- what its records' meaning depends on
    generation  INTEGER NOT NULL,          -- counts the changes of that
    assumptions TEXT NOT NULL              -- JSON array of sentences
);

CREATE TABLE part (
    id         INTEGER PRIMARY KEY,
    source     INTEGER NOT NULL REFERENCES source,
    key        TEXT NOT NULL,
    generation INTEGER NOT NULL,           -- of the source, when the part was last named
    run        INTEGER NOT NULL,           -- the last run that named it
    UNIQUE (source, key)
);

-- Every answer that brought something new, whole; of the others only the digest.
CREATE TABLE page (
    id         INTEGER PRIMARY KEY,
    part       INTEGER NOT NULL REFERENCES part,
    from_ms    INTEGER NOT NULL,
    to_ms      INTEGER NOT NULL,
    fetched_ms INTEGER NOT NULL,
    root       BLOB NOT NULL,              -- Merkle root over the envelope and the records
    body       BLOB,                       -- zstd; NULL: nothing new in it
    body_bytes INTEGER NOT NULL,
    new        INTEGER NOT NULL,           -- records that were not known
    changed    INTEGER NOT NULL,           -- records in a new form
    spans      BLOB                        -- start and length of each record, u32 little-endian
);

-- The current form of each record; `message_version` has the others, column for column.
CREATE TABLE message (
    id              INTEGER PRIMARY KEY,
    source          INTEGER NOT NULL REFERENCES source,
    record_id       TEXT NOT NULL,
    part            INTEGER NOT NULL REFERENCES part,
    id_origin       TEXT NOT NULL,
    platform_id     TEXT,
    conversation_id TEXT,
    direction       TEXT,
    sender_id       TEXT,
    sender_name     TEXT,
    sender_kind     TEXT,
    recipients      TEXT,                  -- JSON array; NULL: none
    sent_at_ms      INTEGER,
    sent_offset     INTEGER,               -- minutes east of UTC
    sent_at_origin  TEXT,
    updated_at_ms   INTEGER,
    received_at_ms  INTEGER,
    read_at_ms      INTEGER,
    recalled_at_ms  INTEGER,
    kind            TEXT NOT NULL,
    text            TEXT,
    status          TEXT,
    reply_to        TEXT,
    reactions       TEXT,                  -- JSON array; NULL: none
    version         INTEGER NOT NULL,      -- of this form
    versions        INTEGER NOT NULL,      -- forms seen in all
    first_seen_ms   INTEGER NOT NULL,
    last_seen_ms    INTEGER NOT NULL,      -- unless `seen_again` has another time
    page            INTEGER NOT NULL REFERENCES page,
    raw_start       INTEGER NOT NULL,
    raw_bytes       INTEGER NOT NULL,
    raw_sha256      BLOB NOT NULL,
    generation      INTEGER NOT NULL,      -- of the source, when this form was made from the bytes
    UNIQUE (part, record_id)
);
CREATE INDEX message_thread ON message (source, conversation_id, sent_at_ms);
-- how many messages of a span of time may still change, without a look at the messages
CREATE INDEX message_time ON message (part, sent_at_ms, status);
-- a third index, message_platform, is made once messages name others: see `store/named.rs`

-- When a message was seen last, if it was seen again since its row was written. Rows of messages are
-- wide: a sync without news would write all those that it meets.
CREATE TABLE seen_again (
    message INTEGER PRIMARY KEY REFERENCES message,
    at_ms   INTEGER NOT NULL
);

CREATE TABLE message_version AS SELECT * FROM message WHERE 0;
CREATE UNIQUE INDEX message_version_key ON message_version (id, version);
CREATE INDEX message_version_source ON message_version (source);

-- Recalls that are records of their own, by the message that they name.
CREATE TABLE recall (
    part            INTEGER NOT NULL REFERENCES part,
    platform_id     TEXT NOT NULL,         -- of the recalled message
    conversation_id TEXT,
    recalled_at_ms  INTEGER,
    message         INTEGER REFERENCES message, -- NULL: it is not there yet
    PRIMARY KEY (part, platform_id)
) WITHOUT ROWID;
CREATE INDEX recall_message ON recall (message);

-- Conversations that at least one of the vendor's calls shows without ids: everything that a
-- partition was ever shown of them, in the vendor's order; a list for each kind of call.
CREATE TABLE sequence (
    part            INTEGER NOT NULL REFERENCES part,
    named           INTEGER NOT NULL,      -- 1: by a call that gives ids
    conversation_id TEXT NOT NULL,         -- empty: the vendor names none
    ordinal         INTEGER NOT NULL,
    source          INTEGER NOT NULL REFERENCES source,
    message         INTEGER NOT NULL REFERENCES message,
    likeness        BLOB NOT NULL,         -- what two readings by one call have in common, digested
    version         INTEGER NOT NULL,      -- of the way in which that is told
    words           BLOB,                  -- what readings by any call have in common, digested
    may_be_file     INTEGER NOT NULL,      -- 1: calls may show other words for it
    shown           INTEGER,               -- its place in the last reading, if it was in it
    sent_after_ms   INTEGER,               -- the reading before it came
    confidence      INTEGER,               -- least of all readings: 1 guessed 2 ordered 3 anchored;
                                           -- NULL: the vendor says which record it is
    PRIMARY KEY (part, named, conversation_id, ordinal)
) WITHOUT ROWID;
CREATE UNIQUE INDEX sequence_message ON sequence (message, part, named);
CREATE INDEX sequence_conversation ON sequence (source, conversation_id);

-- Messages that had derived ids until the vendor's became known.
CREATE TABLE joined (
    message    INTEGER PRIMARY KEY REFERENCES message,
    derived_id TEXT NOT NULL,
    confidence INTEGER NOT NULL            -- that both are the same, as in `sequence`
);
CREATE INDEX joined_id ON joined (derived_id);

-- Messages with derived ids that are there a second time, as the messages with these ids.
CREATE TABLE twice (
    message   INTEGER PRIMARY KEY REFERENCES message,
    record_id TEXT NOT NULL
);

-- Records that could not be read; their bytes are in the page.
CREATE TABLE skipped (
    id            INTEGER PRIMARY KEY,
    source        INTEGER NOT NULL REFERENCES source,
    sha256        BLOB NOT NULL,
    page          INTEGER NOT NULL REFERENCES page,
    raw_start     INTEGER NOT NULL,
    raw_bytes     INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms  INTEGER NOT NULL,
    UNIQUE (source, sha256)
);

CREATE TABLE attachment (
    message       INTEGER NOT NULL REFERENCES message,
    ordinal       INTEGER NOT NULL,
    first_version INTEGER NOT NULL,
    last_version  INTEGER NOT NULL,
    source        INTEGER NOT NULL REFERENCES source,
    kind          TEXT NOT NULL,
    file_name     TEXT,
    mime_type     TEXT,
    size_bytes    INTEGER,
    duration_ms   INTEGER,
    state         TEXT NOT NULL,           -- saved pending expired failed none
    sha256        BLOB,
    tries         INTEGER NOT NULL DEFAULT 0,   -- runs that tried to have it
    next_try_ms   INTEGER NOT NULL DEFAULT 0,   -- no run before then tries it again
    reason        TEXT,
    PRIMARY KEY (message, ordinal, first_version)
) WITHOUT ROWID;
-- which files a source lacks, and how many for which reason, without a look at anything else
CREATE INDEX attachment_lacking ON attachment (source, message, ordinal, first_version, state)
    WHERE state IN ('pending', 'expired', 'failed');
CREATE INDEX attachment_tried ON attachment (source, state, reason)
    WHERE state IN ('pending', 'expired', 'failed')
      AND (state <> 'pending' OR reason IS NOT NULL);
CREATE INDEX attachment_saved ON attachment (source) WHERE state = 'saved';

CREATE TABLE media_file (
    sha256        BLOB PRIMARY KEY,
    size_bytes    INTEGER NOT NULL,
    detected_type TEXT,                    -- by its first bytes
    saved_ms      INTEGER NOT NULL
) WITHOUT ROWID;

-- Closed windows with their verdicts; within a part they do not overlap.
CREATE TABLE covered (
    part         INTEGER NOT NULL REFERENCES part,
    from_ms      INTEGER NOT NULL,
    to_ms        INTEGER NOT NULL,
    verdict      TEXT NOT NULL,            -- proven provisional broken
    expected     INTEGER,
    distinct_ids INTEGER NOT NULL,
    unreadable   INTEGER NOT NULL,         -- pages and records that could not be read
    reason       TEXT,
    checked_ms   INTEGER NOT NULL,
    PRIMARY KEY (part, from_ms)
) WITHOUT ROWID;

-- Windows being walked: the checkpoint, and which messages the walk has met.
CREATE TABLE open_window (
    part    INTEGER NOT NULL REFERENCES part,
    from_ms INTEGER NOT NULL,
    to_ms   INTEGER NOT NULL,
    state   TEXT NOT NULL,                 -- JSON, the engine's
    PRIMARY KEY (part, from_ms, to_ms)
) WITHOUT ROWID;
CREATE TABLE open_member (
    part     INTEGER NOT NULL,
    from_ms  INTEGER NOT NULL,
    to_ms    INTEGER NOT NULL,
    page     INTEGER NOT NULL,
    messages BLOB NOT NULL,                -- message ids, i64 little-endian
    PRIMARY KEY (part, from_ms, to_ms, page)
) WITHOUT ROWID;

CREATE TABLE run (
    id         INTEGER PRIMARY KEY,
    source     INTEGER NOT NULL REFERENCES source,
    started_ms INTEGER NOT NULL,
    ended_ms   INTEGER,
    verdict    TEXT,
    error      TEXT
);

-- Append-only: hash = SHA-256(previous hash, entry).
CREATE TABLE ledger (
    seq   INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash  BLOB NOT NULL
);

-- What the ledger was at a time, sealed with a key that is not in the archive.
CREATE TABLE seal (
    id        INTEGER PRIMARY KEY,
    entries   INTEGER NOT NULL,            -- of the ledger, then
    head      TEXT NOT NULL,               -- hex, the hash of the last of them
    sealed_ms INTEGER NOT NULL,
    hmac      TEXT NOT NULL                -- hex
);

-- The shape of a source's answers, taken from its stored pages: the JSON paths. A path with `[]` is
-- each element of a list, one with `*` all keys that are not shown because they may name someone.
CREATE TABLE shape_path (
    id           INTEGER PRIMARY KEY,
    source       INTEGER NOT NULL REFERENCES source,
    parent       INTEGER REFERENCES shape_path,
    name         TEXT NOT NULL,            -- of an answer itself: the call that gives it
    path         TEXT NOT NULL,
    seen         INTEGER NOT NULL,         -- values
    objects      INTEGER NOT NULL,         -- objects among them
    after        INTEGER NOT NULL,         -- objects of the parent before the first of them
    last_of      INTEGER NOT NULL,         -- objects of the parent up to the last of them
    shortest     INTEGER,                  -- characters of the texts among them
    longest      INTEGER,
    first_page   INTEGER NOT NULL,
    first_record INTEGER,                  -- its place on the page, from 0; NULL: around the records
    first_ms     INTEGER NOT NULL,
    last_ms      INTEGER NOT NULL
);
CREATE INDEX shape_path_source ON shape_path (source);

-- What the values at a path were, never the values themselves but for the words of enums.
CREATE TABLE shape_fact (
    path         INTEGER NOT NULL REFERENCES shape_path,
    what         TEXT NOT NULL,            -- type form length digits word odd
    value        TEXT NOT NULL,            -- empty: a word that is not shown
    seen         INTEGER NOT NULL,
    after        INTEGER NOT NULL,         -- values at the path before the first of these
    first_page   INTEGER NOT NULL,
    first_record INTEGER,
    first_ms     INTEGER NOT NULL,
    last_ms      INTEGER NOT NULL,
    PRIMARY KEY (path, what, value)
) WITHOUT ROWID;

-- Up to which page the shape was taken.
CREATE TABLE shape_taken (
    source  INTEGER PRIMARY KEY REFERENCES source,
    page    INTEGER NOT NULL,
    pages   INTEGER NOT NULL,
    records INTEGER NOT NULL
);

-- What people look for: made from `message` by the index step, a batch at a time. Our own code cuts
-- and folds the text, signs and emoji included; what is left to split at are the spaces, so no table
-- of Unicode but ours decides what is found.
CREATE VIRTUAL TABLE search USING fts5 (
    text, file, content = '', contentless_delete = 1, tokenize = 'ascii'
);

-- What the messages of a conversation come to; made by the index step as well.
CREATE TABLE conversation (
    id                INTEGER PRIMARY KEY,
    source            INTEGER NOT NULL REFERENCES source,
    conversation_id   TEXT,                -- NULL: messages that the vendor puts in none
    messages          INTEGER NOT NULL,
    inbound           INTEGER NOT NULL,
    outbound          INTEGER NOT NULL,
    files             INTEGER NOT NULL,
    first_sent_ms     INTEGER,
    last_sent_ms      INTEGER,
    last_offset       INTEGER,             -- minutes east of UTC, of the newest message
    last_ms           INTEGER NOT NULL,    -- what the list is sorted by: of the newest message, when
                                           -- it was sent, or else when it was first seen
    last_message      INTEGER NOT NULL REFERENCES message,
    first_response_ms INTEGER,             -- from the first question to the first answer by a person
    first_responder   TEXT,                -- the name, else the id, of who gave it
    customers         TEXT NOT NULL,       -- JSON, most messages first
    agents            TEXT NOT NULL,       -- JSON: all who are neither customers nor the platform
    kinds             TEXT NOT NULL,       -- JSON: messages by kind
    statuses          TEXT NOT NULL,       -- JSON: messages by status
    customer_words    TEXT NOT NULL,       -- their ids and names in lower case, a line each
    agent_words       TEXT NOT NULL
);
CREATE UNIQUE INDEX conversation_key ON conversation (source, conversation_id);
-- the list, and all that it is filtered by: a filter that few pass looks at every conversation
CREATE INDEX conversation_list ON conversation (last_ms, id, source, first_sent_ms, last_sent_ms,
    kinds, statuses, customer_words, agent_words);
-- what a source holds, without a look at the wide rows
CREATE INDEX conversation_sums ON conversation (source, messages, first_sent_ms, last_sent_ms,
    conversation_id);

-- Messages that neither of the two knows in its newest form: those with higher numbers than this, and
-- of the others those that are named, so that a new message costs no second row.
CREATE TABLE indexed (
    up_to INTEGER NOT NULL,
    names INTEGER NOT NULL                 -- 1: among them is one that names another by platform id
);
INSERT INTO indexed VALUES (0, 0);
CREATE TABLE unindexed (message INTEGER PRIMARY KEY);
-- Conversations to sum up again.
CREATE TABLE stale (source INTEGER NOT NULL, conversation_id TEXT);
CREATE INDEX stale_key ON stale (source, conversation_id);

CREATE TRIGGER message_changed AFTER UPDATE OF source, conversation_id, direction, sender_id,
    sender_name, sender_kind, recipients, sent_at_ms, sent_offset, kind, text, status, version,
    first_seen_ms ON message
BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (new.id);
    INSERT INTO stale SELECT old.source, old.conversation_id
    WHERE old.source <> new.source OR old.conversation_id IS NOT new.conversation_id;
END;
-- also fires for the form that another one replaces: its conversation may be another one
CREATE TRIGGER message_gone AFTER DELETE ON message BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (old.id);
    INSERT INTO stale VALUES (old.source, old.conversation_id);
    DELETE FROM seen_again WHERE message = old.id;
    -- the highest number is given again
    UPDATE indexed SET up_to = old.id - 1
    WHERE up_to >= old.id AND old.id > (SELECT coalesce(max(id), 0) FROM message);
END;
CREATE TRIGGER recall_added AFTER INSERT ON recall WHEN new.message IS NOT NULL BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (new.message);
END;
CREATE TRIGGER recall_found AFTER UPDATE OF message ON recall WHEN new.message IS NOT NULL BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (new.message);
END;
CREATE TRIGGER recall_lost AFTER UPDATE OF message ON recall WHEN old.message IS NOT NULL BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (old.message);
END;
-- a message that is new has a higher number, and is indexed with its files
CREATE TRIGGER file_added AFTER INSERT ON attachment
WHEN new.message <= (SELECT up_to FROM indexed) BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (new.message);
END;
CREATE TRIGGER file_changed AFTER UPDATE OF file_name, first_version, last_version ON attachment
BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (new.message);
END;
CREATE TRIGGER file_gone AFTER DELETE ON attachment BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (old.message);
END;

CREATE VIEW messages AS
SELECT s.vendor, s.name AS source, m.record_id AS id, m.id_origin, m.conversation_id, m.direction,
       m.sender_id, m.sender_name, m.sender_kind, m.recipients, m.sent_at_ms,
       datetime(m.sent_at_ms / 1000 + m.sent_offset * 60, 'unixepoch') AS sent_at_wall,
       m.sent_at_origin, m.updated_at_ms,
       -- a time that an earlier form told is not lost with the newest one
       CASE WHEN m.received_at_ms IS NULL AND m.versions > 1
            THEN (SELECT max(v.received_at_ms) FROM message_version v WHERE v.id = m.id)
            ELSE m.received_at_ms END AS received_at_ms,
       CASE WHEN m.read_at_ms IS NULL AND m.versions > 1
            THEN (SELECT max(v.read_at_ms) FROM message_version v WHERE v.id = m.id)
            ELSE m.read_at_ms END AS read_at_ms,
       coalesce(CASE WHEN m.recalled_at_ms IS NULL AND m.versions > 1
            THEN (SELECT max(v.recalled_at_ms) FROM message_version v WHERE v.id = m.id)
            ELSE m.recalled_at_ms END, r.recalled_at_ms) AS recalled_at_ms, m.kind, m.text,
       CASE WHEN r.message IS NULL OR m.status = 'deleted' THEN m.status ELSE 'recalled' END
           AS status, m.reply_to, m.reactions, m.version, m.first_seen_ms,
       coalesce(g.at_ms, m.last_seen_ms) AS last_seen_ms, j.derived_id,
       -- the least of what its readings say; NULL: the vendor gave the id from the beginning
       (SELECT CASE min(found.confidence) WHEN 1 THEN 'guessed' WHEN 2 THEN 'ordered'
                    WHEN 3 THEN 'anchored' END
        FROM (SELECT q.confidence FROM sequence q WHERE q.message = m.id
              UNION ALL SELECT j.confidence) AS found) AS id_confidence
FROM message m JOIN source s ON s.id = m.source LEFT JOIN recall r ON r.message = m.id
     LEFT JOIN joined j ON j.message = m.id LEFT JOIN seen_again g ON g.message = m.id;

CREATE VIEW conversations AS
SELECT s.vendor, s.name AS source, m.conversation_id, count(*) AS messages,
       min(m.sent_at_ms) AS first_sent_at_ms, max(m.sent_at_ms) AS last_sent_at_ms
FROM message m JOIN source s ON s.id = m.source
GROUP BY m.source, m.conversation_id;

CREATE VIEW coverage AS
SELECT s.vendor, s.name AS source, p.key AS partition, c.from_ms, c.to_ms, c.verdict, c.expected,
       c.distinct_ids, c.reason, c.checked_ms
FROM covered c JOIN part p ON p.id = c.part JOIN source s ON s.id = p.source;

CREATE VIEW media AS
SELECT s.vendor, s.name AS source, m.record_id AS message_id, a.ordinal, a.kind, a.file_name,
       a.mime_type, f.detected_type, coalesce(f.size_bytes, a.size_bytes) AS size_bytes,
       a.duration_ms, a.state, lower(hex(a.sha256)) AS sha256,
       CASE WHEN a.state = 'saved' THEN 'media/' || lower(substr(hex(a.sha256), 1, 2)) || '/'
            || lower(substr(hex(a.sha256), 3)) END AS path,
       a.tries, a.next_try_ms, a.reason
FROM attachment a JOIN message m ON m.id = a.message JOIN source s ON s.id = m.source
LEFT JOIN media_file f ON f.sha256 = a.sha256;

CREATE VIEW shape AS
SELECT s.vendor, s.name AS source, p.path, f.what, f.value, f.seen, p.seen AS of, p.shortest,
       p.longest, f.first_page, f.first_record, f.first_ms, f.last_ms
FROM shape_fact f JOIN shape_path p ON p.id = f.path JOIN source s ON s.id = p.source;
