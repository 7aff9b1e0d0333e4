//! An archive of a shop: two sources, a long conversation with all that a conversation can hold, and
//! some short ones.

use chat_core::{Kind, MessageId, PlatformId, Status, UnixMillis};
use serde_json::json;

use super::made::{
    BEGIN_MS, DAY_MS, File, HOUR_MS, Made, agent, customer, picture, said, tone, with_file,
};

/// Messages of the long conversation without the special ones: one every three hours.
pub(crate) const LONG: i64 = 400;

/// Its parts, in the words that the tests look for.
pub(crate) const INVOICE: &str = "您好,麻烦开一张增值税发票,抬头是星河贸易。";
pub(crate) const LOST: &str = "the link had expired";
pub(crate) const EARLIER: &str = "the price before it was taken back";
pub(crate) const RTL: &str = "مرحبا، أين طلبي رقم 42؟";

pub(crate) fn archive() -> Made {
    let mut made = Made::new();
    let hk = made.source("hk", "nxlink");
    let qw = made.source("qw", "myscrm-qw");
    let (wang, lee) = (customer("王小明"), agent("Lee"));

    let mut long = Vec::new();
    for at in 0..LONG {
        let message = hk.message(&format!("long-{at}"), "wang", at * 3 * HOUR_MS);
        let (sender, text) = match at % 2 {
            0 => (&wang, format!("第 {at} 条:请问订单什么时候发货?")),
            _ => (&lee, format!("Number {at}: it leaves the warehouse tomorrow.")),
        };
        let mut message = said(message, sender, &text);
        message.status = (at % 2 == 1).then_some(Status::Read);
        message.read_at = message.status.is_some().then(|| UnixMillis::new(BEGIN_MS + DAY_MS));
        long.push(message);
    }
    // where most pages of the conversation are before and behind it
    let middle = |minute: i64| 200 * 3 * HOUR_MS + minute * 60_000;
    long.push(said(hk.message("invoice", "wang", middle(1)), &wang, INVOICE));
    let mut answer = said(hk.message("answer", "wang", middle(2)), &lee, "好的,马上开。");
    answer.reply_to = Some(PlatformId::new("invoice"));
    answer.reactions = vec!["👍".into(), "❤️".into()];
    long.push(answer);
    let photo = said(hk.message("photo", "wang", middle(3)), &wang, "这是照片");
    long.push(with_file(photo, Kind::Image, "photo.png", "image/png"));
    let voice = said(hk.message("voice", "wang", middle(4)), &wang, "");
    long.push(with_file(voice, Kind::Voice, "voice.wav", "audio/wav"));
    let contract = said(hk.message("contract", "wang", middle(5)), &lee, "");
    long.push(with_file(contract, Kind::File, "合同 final.pdf", "application/pdf"));
    let lost = said(hk.message("lost", "wang", middle(6)), &wang, "");
    long.push(with_file(lost, Kind::Image, "lost.jpg", "image/jpeg"));
    long.push(said(hk.message("rtl", "wang", middle(7)), &wang, RTL));
    let long_word = "pneumono".repeat(60);
    long.push(said(hk.message("word", "wang", middle(8)), &wang, &long_word));
    long.push(said(hk.message("taken", "wang", middle(9)), &lee, EARLIER));
    for message in &mut long {
        message.platform_id = Some(PlatformId::new(message.id.as_str()));
    }
    let mut taken = said(hk.message("taken", "wang", middle(9)), &lee, "");
    taken.platform_id = Some(PlatformId::new("taken"));
    taken.text = None;
    taken.status = Some(Status::Recalled);
    taken.recalled_at = Some(UnixMillis::new(BEGIN_MS + middle(10)));
    taken.updated_at = taken.recalled_at;
    let files = |message: &chat_core::Message| file(&message.id);
    made.store(&hk, &long, &|_| json!({"city": "深圳"}), &files);
    made.store(&hk, &[taken], &|_| json!({"recalled": true}), &files);

    for (at, name) in ["陈静", "Ana María", "محمد", "Zoë"].into_iter().enumerate() {
        let at = i64::try_from(at).unwrap();
        let one = qw.message(&format!("hello-{at}"), &format!("qw-{at}"), at * DAY_MS);
        let two = qw.message(&format!("reply-{at}"), &format!("qw-{at}"), at * DAY_MS + 60_000);
        let mut answer = said(two, &agent("小美"), "您好,请问有什么可以帮您?");
        answer.status = Some(if at == 2 { Status::Failed } else { Status::Delivered });
        let pair = [said(one, &customer(name), &format!("你好,我是{name}")), answer];
        made.store(&qw, &pair, &|_| json!({}), &files);
    }
    made
}

fn file(id: &MessageId) -> File {
    match id.as_str() {
        "photo" => File::Saved(picture(320, 200)),
        "voice" => File::Saved(tone()),
        "contract" => File::Saved(b"%PDF-1.4\n%%EOF\n".to_vec()),
        _ => File::Lost(LOST),
    }
}
