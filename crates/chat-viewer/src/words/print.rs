//! Texts of the print view: what it shows, and what proves it.

/// Texts of the print view.
#[derive(Debug)]
pub(crate) struct PrintWords {
    pub(crate) print: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) show: &'static str,
    pub(crate) source: &'static str,
    pub(crate) conversation: &'static str,
    pub(crate) span: &'static str,
    pub(crate) messages: &'static str,
    pub(crate) none: &'static str,
    pub(crate) cut: fn(&str) -> String,
    pub(crate) untimed: &'static str,
    pub(crate) rest: &'static str,
    pub(crate) proof: &'static str,
    pub(crate) intro: fn(u64) -> String,
    pub(crate) entries: &'static str,
    pub(crate) head: &'static str,
    pub(crate) list_digest: &'static str,
    pub(crate) sealed: fn(u64, &str) -> String,
    pub(crate) not_sealed: &'static str,
    pub(crate) how: &'static str,
    pub(crate) steps: [&'static str; 4],
    pub(crate) limits: &'static str,
    pub(crate) number: &'static str,
    pub(crate) id: &'static str,
    pub(crate) what: &'static str,
    pub(crate) digest: &'static str,
}

pub(super) const ENGLISH: PrintWords = PrintWords {
    print: "Print or save as PDF",
    choose: "Days to print",
    from: "From",
    to: "To",
    show: "Show",
    source: "Source",
    conversation: "Conversation",
    span: "Days",
    messages: "Messages",
    none: "No message of this conversation was sent on these days.",
    cut: |which| {
        format!(
            "Only the messages {which} of this span are here; a longer print is too much for a \
             browser. Choose fewer days, or go on with the next part."
        )
    },
    untimed: "Messages without a time are left out: nothing says on which day they were sent.",
    rest: "Next part",
    proof: "What proves this print",
    intro: |messages| {
        format!(
            "The table below names, for each of the {} messages above, the SHA-256 of the record as \
             the vendor sent it, and of the earlier one where that is shown; and for each saved file \
             that of its bytes. The archive keeps those bytes, and a ledger in which each entry holds \
             the hash of the one before: whoever changes a stored record changes every hash behind it.",
            super::grouped(messages)
        )
    },
    entries: "Entries of the ledger when this was printed",
    head: "Hash of the last of them",
    list_digest: "SHA-256 over the digests in the table, in their order, a line each",
    sealed: |entries, when| {
        format!(
            "The archive has a seal of {when} on its first {} entries. `chat-records verify --key` \
             checks it for whoever has the key.",
            super::grouped(entries)
        )
    },
    not_sealed: "The archive has no seal: its keeper could have written all of it anew. A print kept \
                 elsewhere is evidence against that from now on.",
    how: "How to check it",
    steps: [
        "`chat-records verify` computes every hash of the archive again, those of its files too, and \
         names what differs.",
        "In `archive.db`, `select lower(hex(hash)) from ledger where seq = ENTRIES` still gives the hash \
         above, however much was stored since.",
        "`chat-records verify --proof ID --source SOURCE -o proof.json` writes the bytes of the newest \
         version of a message and the hashes that lead from them into the ledger; it says so if \
         `--partition` is needed too. The SHA-256 of those bytes is in the table, unless a newer version \
         came since.",
        "`check_proof.py proof.json HASH`, a short program in the README of chat-archive, checks such a \
         proof without chat-records; HASH is the one above. It comes across that hash unless a seal \
         stands between the record and it: the proof then ends at the seal, and the second step tells \
         whether the hash is still in the ledger.",
    ],
    limits: "This proves what the vendor's service answered when the archive asked. It proves neither \
             who wrote a message nor that none is missing: what the archive has read, and what it lacks, \
             `chat-records status` says.",
    number: "No.",
    id: "Id of the message",
    what: "Of",
    digest: "SHA-256",
};

pub(super) const CHINESE: PrintWords = PrintWords {
    print: "打印或存为 PDF",
    choose: "要打印的日期",
    from: "从",
    to: "到",
    show: "显示",
    source: "来源",
    conversation: "会话",
    span: "日期",
    messages: "消息",
    none: "此会话在这些日期没有消息。",
    cut: |which| {
        format!(
            "这里只有该时段的第 {which} 条消息，再多浏览器难以承受。请缩小日期范围，或接着打印下一部分。"
        )
    },
    untimed: "没有时间的消息未列入：无从得知它们是哪一天发送的。",
    rest: "下一部分",
    proof: "本打印件的证明",
    intro: |messages| {
        format!(
            "下表列出以上 {} 条消息各自的原始记录（供应商所发字节）的 SHA-256，显示了较早版本的也列出该版本，并列出\
             每个已存文件字节的 SHA-256。存档保存着这些字节，并有一本账簿，其中每一条都含有前一条的哈希：改动任何\
             一条已存记录，其后的所有哈希都会改变。",
            super::grouped(messages)
        )
    },
    entries: "打印时账簿的条数",
    head: "其中最后一条的哈希",
    list_digest: "表中各摘要按顺序逐行连接后的 SHA-256",
    sealed: |entries, when| {
        format!(
            "存档在 {when} 对前 {} 条加了封印；持有密钥者可用 `chat-records verify --key` 核对。",
            super::grouped(entries)
        )
    },
    not_sealed: "存档没有封印：其保管者有可能整体重写过。另行保存的打印件自此刻起可作为反证。",
    how: "如何核对",
    steps: [
        "`chat-records verify` 重新计算存档（包括其文件）的全部哈希，并指出不一致之处。",
        "在 `archive.db` 中执行 `select lower(hex(hash)) from ledger where seq = 条数`，无论此后又存了多少，\
         结果仍应是上面的哈希。",
        "`chat-records verify --proof 编号 --source 来源 -o proof.json` 写出一条消息最新版本的字节，以及由它通向\
         账簿的哈希；如果还需要 `--partition`，它会说明。除非此后有了更新的版本，这些字节的 SHA-256 就在表中。",
        "chat-archive 的 README 中有一个简短的程序，用 `check_proof.py proof.json 哈希` 无需 chat-records 即可核对\
         这样的证明，其中的哈希即上面所列。除非记录与该哈希之间有封印，它都会经过该哈希；有封印时证明止于封印，\
         可用第二步核对该哈希是否仍在账簿中。",
    ],
    limits: "这证明的是存档查询时供应商服务所给的回答；它既不证明消息出自谁手，也不证明没有遗漏：存档读过哪些、缺少\
             哪些，见 `chat-records status`。",
    number: "序号",
    id: "消息编号",
    what: "对象",
    digest: "SHA-256",
};
