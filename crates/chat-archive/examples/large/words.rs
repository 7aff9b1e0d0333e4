//! What the made-up people say, and their names.

use chat_core::{Kind, Participant, ParticipantId, SenderKind};
use fastrand::Rng;

const ASKED_ZH: &[&str] = &[
    "你好，请问{item}还有货吗？",
    "我的订单{order}什么时候发货？",
    "订单{order}可以开发票吗？",
    "在吗",
    "想退款，订单号{order}",
    "发票抬头写错了，能改吗？税号是{number}",
    "好的，谢谢",
    "{item}多少钱？",
    "可以便宜一点吗🙏",
    "物流三天没动了，单号{number}",
    "收到货了，{item}颜色不对😡",
    "嗯嗯",
    "我要投诉",
    "请问你们{city}有门店吗",
    "这个支持七天无理由退货吗",
    "尺码偏大还是偏小",
    "麻烦帮我改一下收货地址：{city}市中山路{small}号",
    "付款失败了，提示余额不足",
    "为什么退款还没到账？已经{small}天了",
    "有电子发票吗，发我邮箱就行",
    "谢谢😊",
    "👍",
    "再看看",
    "明天能到{city}吗",
    "安装视频有吗",
    "保修期多久",
];
const ANSWERED_ZH: &[&str] = &[
    "您好，很高兴为您服务😊",
    "亲，{item}有现货，今天下单明天发出",
    "订单{order}已发货，快递单号{number}",
    "电子发票已经开好，请查收",
    "退款已经提交，预计{small}个工作日内原路退回",
    "请稍等，我帮您查询一下",
    "抱歉让您久等了",
    "您的地址已经修改为{city}市",
    "{item}的价格是{amount}元，包邮",
    "好的，请问还有其他可以帮您的吗？",
    "已为您登记投诉，工单号{number}，主管会在24小时内联系您",
    "支持七天无理由退货，请保持商品完好",
    "发票抬头可以修改，请提供公司名称和税号",
    "感谢您的耐心等待🙏",
    "祝您生活愉快，再见",
    "会员日全场满{amount}减50",
];
const ASKED_EN: &[&str] = &[
    "Hi, is the {item} still available?",
    "Where is my order {order}?",
    "I need an invoice for {order}, please",
    "I'd like a refund for order {order}",
    "ok",
    "Thanks!",
    "How much is shipping to {city}?",
    "👍",
    "The parcel arrived damaged 😡",
    "Can I change the delivery address?",
    "The tracking number {number} shows nothing",
    "Payment failed twice, what should I do?",
    "Is it compatible with last year's model?",
    "any discount for {small} pieces?",
];
const ANSWERED_EN: &[&str] = &[
    "Hello, how can I help you today?",
    "Your order {order} left our warehouse, tracking {number}",
    "The refund of {amount} USD is on its way and takes {small} working days",
    "Let me check that for you 🙂",
    "The invoice is attached",
    "Sorry for the wait",
    "The {item} is in stock, {amount} USD",
    "Is there anything else?",
    "We ship to {city} within {small} days",
    "Thank you for your patience",
];
const OTHER: &[&str] = &[
    "مرحبا، أين طلبي {order}؟",
    "شكرا جزيلا",
    "注文番号{order}の領収書をお願いします",
    "ありがとうございます！",
    "주문 {order} 환불해 주세요",
    "감사합니다",
    "¿Dónde está mi pedido {order}?",
    "Спасибо!",
    "https://example.com/a/very/long/link/that/never/ends/and/has/no/space/in/it/{number}{number}{number}",
];
const COLORS: &[&str] = &["黑色", "白色", "蓝色", "red ", "green ", "红色", "银色", "grey "];
const ITEMS: &[&str] = &[
    "充电宝",
    "耳机",
    "手机壳",
    "运动鞋",
    "backpack",
    "desk lamp",
    "空气炸锅",
    "保温杯",
    "羽绒服",
    "keyboard",
    "路由器",
    "茶叶礼盒",
    "瑜伽垫",
    "coffee maker",
    "儿童座椅",
    "显示器",
    "面膜",
    "投影仪",
    "hiking boots",
    "电饭煲",
];
const CITIES: &[&str] =
    &["上海", "北京", "深圳", "杭州", "成都", "Singapore", "香港", "London", "西安", "Dubai"];
const SURNAMES: &[&str] = &["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "欧阳"];
const GIVEN: &[&str] =
    &["伟", "芳", "娜", "秀英", "敏", "静", "强", "磊", "洋", "艳", "子涵", "雨桐", "浩然", "欣怡"];
const NAMES: &[&str] = &[
    "Anna Schmidt",
    "James O'Brien",
    "María-José",
    "محمد علي",
    "Bob <b>bold</b> & Sons",
    "小红🌸",
    "田中太郎",
    "김민준",
    "\"Quote\" 'n' Co",
    "Dr. Anneliese von und zu Hohenwaldeck-Langenstein",
    "Aisha",
    "李雷 Leo",
];
pub(crate) const FILES_NAMED: &[&str] =
    &["发票_2025.pdf", "invoice.pdf", "订单明细.xlsx", "contract-final (2).docx", "售后申请表.doc"];

/// One of a list; those at its front most often.
fn often<'a>(rng: &mut Rng, list: &[&'a str]) -> &'a str {
    let end = rng.usize(0..list.len());
    list[rng.usize(0..=end)]
}

pub(crate) fn kind(rng: &mut Rng, is_campaign: bool) -> Kind {
    match rng.u16(0..1_000) {
        _ if is_campaign => Kind::Template,
        0..=39 => Kind::Image,
        40..=64 => Kind::Voice,
        65..=79 => Kind::File,
        80..=84 => Kind::Video,
        85..=96 => Kind::Link,
        97..=101 => Kind::Location,
        102..=105 => Kind::Card,
        106..=112 => Kind::MiniProgram,
        113..=122 => Kind::Emotion,
        123..=126 => Kind::System,
        _ => Kind::Text,
    }
}

pub(crate) fn text(rng: &mut Rng, kind: &Kind, inbound: bool, language: u8) -> Option<String> {
    let pool = match (language, inbound) {
        (0..=8, _) => OTHER,
        (9..=79, true) => ASKED_EN,
        (9..=79, false) => ANSWERED_EN,
        (_, true) => ASKED_ZH,
        (_, false) => ANSWERED_ZH,
    };
    match kind {
        Kind::Image | Kind::Voice | Kind::Video | Kind::File | Kind::Emotion => return None,
        Kind::Location => return Some(filled(rng, "{city}, 中山路{small}号")),
        Kind::Link => return Some(filled(rng, "{item} https://shop.example/{number}")),
        Kind::MiniProgram | Kind::Card => return Some(filled(rng, "{item}")),
        Kind::Template => {
            return Some(filled(rng, "【会员通知】{item}限时特价{amount}元，回复TD退订"));
        }
        _ => {}
    }
    let mut text = String::new();
    for _ in 0..=u8::from(rng.u8(..) < 50) + 2 * u8::from(rng.u8(..) < 12) {
        // those at the front of the list are said most often
        if !text.is_empty() {
            text.push(if rng.u8(..) < 90 { '\n' } else { ' ' });
        }
        let sentence = often(rng, pool);
        text.push_str(&filled(rng, sentence));
    }
    Some(text)
}

/// A sentence with its blanks filled in.
fn filled(rng: &mut Rng, sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len() + 24);
    let mut rest = sentence;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((blank, behind)) = behind.split_once('}') else { break };
        text.push_str(before);
        let word = match blank {
            "order" => format!("SO2025{:06}", rng.u32(0..1_000_000)),
            "number" => format!("{:012}", rng.u64(0..1_000_000_000_000)),
            "amount" => format!("{}.{:02}", rng.u16(5..3_000), rng.u8(0..100)),
            "small" => rng.u8(1..99).to_string(),
            "city" => often(rng, CITIES).to_owned(),
            _ => format!("{}{}", COLORS[rng.usize(0..COLORS.len())], often(rng, ITEMS)),
        };
        text.push_str(&word);
        rest = behind;
    }
    text.push_str(rest);
    text
}

pub(crate) fn person(kind: &'static str, id: &str, name: &str) -> Participant {
    Participant::new(Some(SenderKind::from(kind)))
        .with_id(Some(ParticipantId::new(id)))
        .with_name(Some(name.to_owned()))
}

pub(crate) fn customer(rng: &mut Rng, number: usize) -> Participant {
    let name = if rng.u8(..) <= 40 {
        NAMES[rng.usize(0..NAMES.len())].to_owned()
    } else {
        format!("{}{}", often(rng, SURNAMES), GIVEN[rng.usize(0..GIVEN.len())])
    };
    person("customer", &format!("86138{number:08}"), &name)
}

pub(crate) fn agent_name(number: usize) -> String {
    let given = GIVEN[number % GIVEN.len()];
    if number % 4 == 3 { format!("Agent {number:02}") } else { format!("客服{given}{number:02}") }
}
