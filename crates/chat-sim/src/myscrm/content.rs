//! What a message holds: the same for the plain and the raw record of it.

use std::fmt::Write as _;

use super::{
    data::Data,
    facts::{Facts, Kind},
    people::{Chat, Person},
    timeline::Row,
};
use crate::{media::FileKind, mix::Mix, text};

/// What employees like to add.
const PROMISES: &[&str] =
    &["我保证没有问题。", "一定给您办好，放心！", "马上处理，有事微信联系我。"];

/// All that bodies are made of. What a type does not have stays empty or zero.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) title: String,
    pub(super) description: String,
    /// The name of a file, company or mini program, a red packet's wish, a document's author.
    pub(super) name: String,
    pub(super) url: String,
    pub(super) picture_url: String,
    pub(super) user_id: String,
    /// Of a consent, Unix milliseconds.
    pub(super) agreed_ms: u64,
    /// Of a red packet or an emotion.
    pub(super) variant: u64,
    pub(super) seconds: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) count: u64,
    /// In fen.
    pub(super) amount: u64,
    pub(super) zoom: u64,
    /// Degrees as JSON numbers.
    pub(super) longitude: String,
    pub(super) latitude: String,
    pub(super) file: Option<FileKind>,
}

impl Content {
    pub(super) fn of(data: &Data, chat: &Chat, row: Row, facts: Facts) -> Self {
        let mut mix = Mix::of(&[data.seed, 11, row.chat.into(), row.position.into()]);
        let mix = &mut mix;
        let mut content = Self { file: facts.file, ..Self::default() };
        match facts.kind {
            Kind::Text => {
                content.text = words(mix, chat, facts);
            }
            Kind::Image | Kind::Undocumented(_) => {}
            Kind::Video => content.seconds = mix.between(3, 180),
            Kind::Voice => content.seconds = mix.between(1, 60),
            Kind::Agree | Kind::Disagree => {
                content.user_id = id_of(data.person(facts.sender));
                content.agreed_ms = row.time_ms.cast_unsigned();
            }
            Kind::File => {
                let stem =
                    mix.pick(&["合同-最终版", "报价单(1)", "Invoice 2025", "../../户型图", "发票"]);
                content.name = format!("{stem}.{}", facts.file.map_or("", FileKind::extension));
            }
            Kind::Miniprogram => {
                content.title = mix.pick(&["在线选房", "预约看房 🏠", "会员中心"]).to_owned();
                content.description = mix.pick(&["点击查看详情", ""]).to_owned();
                content.user_id = format!("gh_{:012x}@app", mix.below(1 << 48));
                content.name = mix.pick(&["云景置业", "客户之家"]).to_owned();
            }
            Kind::Redpacket => {
                content.variant = mix.between(1, 3);
                content.name = mix.pick(&["恭喜发财，大吉大利", "新年快乐🧧"]).to_owned();
                content.count = mix.between(1, 20);
                content.amount = mix.between(100, 20_000);
            }
            Kind::Link => {
                content.title = mix.pick(&["楼盘动态", "交房流程说明", "Opening hours"]).to_owned();
                content.description = mix.pick(&["点击阅读全文", "请各位业主留意 📣"]).to_owned();
                content.url =
                    format!("https://www.example.com/articles/{}?from=wx&v=2", mix.below(10_000));
                content.picture_url =
                    format!("https://static.example.com/cover-{}.jpg", mix.below(100));
            }
            Kind::Card => {
                content.name = mix.pick(&["微信", "远行科技有限公司"]).to_owned();
                content.user_id = id_of(data.customers.get(mix.index(data.customers.len())));
            }
            Kind::Location => content.put_location(mix),
            Kind::Docmsg => {
                content.title = mix.pick(&["客户跟进表", "排班表 & 值班"]).to_owned();
                content.url = format!("https://doc.example.com/d/{:010x}", mix.below(1 << 40));
                content.name = id_of(data.person(facts.sender));
            }
            Kind::Emotion => {
                // the pictures of gif emotions would have to move
                content.variant = 2;
                (content.width, content.height) = (120, 90);
            }
        }
        content
    }

    fn put_location(&mut self, mix: &mut Mix) {
        let city = text::city(mix);
        // writing to a String cannot fail
        let _ = write!(self.longitude, "{}.{:06}", mix.between(100, 121), mix.below(1_000_000));
        let _ = write!(self.latitude, "{}.{:06}", mix.between(1, 39), mix.below(1_000_000));
        self.description = format!("{city}市中心 1 号");
        self.title = format!("{city}售楼处");
        self.zoom = mix.between(10, 18);
    }
}

fn id_of(person: Option<&Person>) -> String {
    person.map(|person| person.id.clone()).unwrap_or_default()
}

fn words(mix: &mut Mix, chat: &Chat, facts: Facts) -> String {
    let mut text = String::new();
    text::write_message(mix, chat.topic, !facts.sender.is_employee, &mut text);
    if facts.sender.is_employee && mix.chance(6) {
        text.push_str(mix.pick(PROMISES));
    }
    text
}
