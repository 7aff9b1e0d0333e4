//! What must not be printed is not printed.

use chat_core::{
    Attachment, BodyExcerpt, Kind, MediaLink, Message, MessageId, Participant, ParticipantId,
    RawPage, Secret,
};

#[test]
fn nothing_personal_and_nothing_secret_is_in_debug() {
    let mut message = Message::new("v", "s".into(), MessageId::new("1"), Kind::Text);
    message.text = Some("MARKER text".into());
    message.reactions.push("MARKER reaction".into());
    let who = || {
        Participant::new(None)
            .with_id(Some(ParticipantId::new("MARKER phone")))
            .with_name(Some("MARKER name".into()))
    };
    message.sender = Some(who());
    message.recipients.push(who());
    let mut attachment = Attachment::new(Kind::File);
    attachment.file_name = Some("MARKER file".into());
    attachment.link = Some(MediaLink::new("https://example.com/MARKER", None));
    message.attachments.push(attachment.clone());
    let shown = [
        format!("{message:?}"),
        format!("{:?}", message.sender),
        format!("{attachment:?}"),
        format!("{:?}", attachment.link),
        format!("{:?}", Secret::new("MARKER")),
        format!("{:?}", BodyExcerpt::new(b"MARKER")),
        format!("{:?}", RawPage::new(b"MARKER".to_vec())),
    ];
    for shown in shown {
        assert!(!shown.contains("MARKER"), "{shown}");
        assert!(!shown.is_empty());
    }
}
