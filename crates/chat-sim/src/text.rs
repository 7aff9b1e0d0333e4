//! What people write to customer service and what they are answered: invented, mostly Chinese, with some English.

use crate::mix::Mix;

/// What a conversation is about: phrases of the customer, then of the agent. `{o}` is an order number, `{p}` a product,
/// `{a}` an amount, `{d}` a day, `{c}` a city, `{n}` a small number.
const TOPICS: &[(&[&str], &[&str])] = &[
    (
        &[
            "你好，请问怎么开发票？",
            "发票抬头写错了，可以重开吗？",
            "订单 {o} 的发票还没收到",
            "我要开专用发票，税号发给你了",
            "电子发票发到邮箱就行",
            "发票金额不对，应该是 {a} 元，不是别的",
            "Can I get an invoice for order {o}?",
            "公司报销要纸质发票，能寄到{c}吗？",
            "发票什么时候能开好？",
            "抬头是\"{c}远行科技有限公司\"，别写错了",
            "上个月的发票能补开吗",
            "发票已经收到了，但是盖章不清楚",
        ],
        &[
            "您好，发票会在订单完成后 {n} 个工作日内开具。",
            "已为您重新开具发票，请查收邮箱。",
            "请提供一下发票抬头和税号。",
            "纸质发票已寄往{c}，单号 {o}。",
            "亲，电子发票和纸质发票具有同等效力哦 😊",
            "发票金额以实付 {a} 元为准。",
            "Your invoice for order {o} has been sent by email.",
            "麻烦您核对一下：\n抬头：{c}远行科技\n金额：{a} 元",
            "专用发票需要审核资质，预计{d}完成。",
            "已经提交财务，开好发票我第一时间通知您",
        ],
    ),
    (
        &[
            "我要退款",
            "退款什么时候到账？已经{n}天了",
            "订单 {o} 申请退款，{p}不喜欢",
            "为什么退款被拒绝了！",
            "退款金额少了，我付的是 {a}",
            "收到的{p}有划痕，想退货退款",
            "I want a refund for order {o}.",
            "退货地址发我一下",
            "运费谁出？",
            "已经寄回去了，快递单号 {o}",
            "退款能退到微信吗",
            "再不退款我就投诉了😡",
            "七天无理由还算数吧？今天是第{n}天",
            "不想要了。麻烦取消一下。谢谢。",
        ],
        &[
            "您好，退款会原路返回，一般 {n} 个工作日到账。",
            "已为您提交退款申请，金额 {a} 元。",
            "请问退款的原因是什么呢？",
            "非常抱歉给您带来不便，运费由我们承担。",
            "退货地址：{c}市高新区创业路{n}号 仓库收",
            "仓库收到{p}后会立即为您退款。",
            "Your refund of {a} has been approved.",
            "系统显示退款已于{d}完成，请查看账户",
            "麻烦上传一下{p}的照片，我们核实后处理",
            "这边给您申请了优先退款 👍",
            "订单 {o} 退款成功。如有疑问请随时联系我们。",
        ],
    ),
    (
        &[
            "订单 {o} 现在什么状态？",
            "帮我改一下订单地址",
            "下单了{n}个{p}，能加一个吗",
            "订单付款了但是显示未支付",
            "订单怎么取消不了？",
            "What is the status of order {o}?",
            "我的订单 {o} 少发了一件",
            "{p}有货吗？",
            "预售的订单{d}能发吗",
            "同一个订单能分开寄吗？一个寄{c}，一个寄家里",
            "收到的{p}颜色不对",
            "订单号是{o}，帮我查一下，谢谢",
            "刚下的单，备注忘写了：\n1. 不要放快递柜\n2. 送货前打电话",
        ],
        &[
            "您的订单 {o} 已付款，正在配货。",
            "地址已经帮您修改好了。",
            "请提供一下订单号，我帮您查询。",
            "您订购的{p}预计{d}发货。",
            "订单 {o} 已取消，款项 {a} 元将原路退回。",
            "Order {o} has shipped and will arrive on {d}.",
            "很抱歉，{p}暂时缺货，{d}补货。",
            "已为您补发，运费不用您承担~",
            "系统同步有延迟，稍后刷新订单页面即可。",
            "好的，已备注：\n· 不放快递柜\n· 送货前电话联系",
            "麻烦稍等，我核实一下订单信息。",
        ],
    ),
    (
        &[
            "快递到哪里了？",
            "快递三天没有更新了",
            "快递说放门口了，但是没有",
            "能换个快递吗？这个太慢",
            "物流单号 {o} 查不到",
            "快递员态度很差",
            "麻烦催一下快递，{d}要用",
            "Where is my parcel?",
            "包裹破损了，拒收可以吗",
            "我不在{c}，快递能改地址吗",
            "今天能到吗？",
            "显示签收了，可我没收到啊 😭",
            "快递柜的取件码是多少",
        ],
        &[
            "您好，您的快递目前在{c}转运中心。",
            "已帮您催促快递，预计{d}送达。",
            "快递单号是 {o}，您可以自行查询。",
            "非常抱歉，{c}近期天气原因快递有延误。",
            "我们已联系快递核实，{n}小时内回复您。",
            "Your parcel is in {c} and will be delivered on {d}.",
            "如包裹破损请直接拒收，我们重新给您发。",
            "已经改为送货上门，请保持电话畅通 📦",
            "快递员会在派送前与您联系。",
            "经核实，包裹放在了物业前台。",
        ],
    ),
    (
        &[
            "现在有什么优惠吗？",
            "优惠券怎么用不了",
            "满减和优惠券可以一起用吗？",
            "刚买完就降价了，能退差价吗",
            "会员有优惠吗？买{n}件多少钱",
            "Any discount for {n} pieces?",
            "这个优惠到{d}结束吗",
            "{p}能便宜点吗，{a}我就买了",
            "听说双十一优惠更大？",
            "老客户了，给个优惠呗😄",
            "积分可以抵现金吗",
            "优惠码 \"SAVE{n}\" 提示无效",
        ],
        &[
            "亲，目前{p}正在做活动，优惠价 {a} 元。",
            "优惠券已发到您的账户，{d}前有效。",
            "满减和优惠券可以叠加使用哦。",
            "已为您申请差价 {a} 元，请注意查收。",
            "会员专享优惠：\n1. 满减\n2. 包邮\n3. 生日礼 🎁",
            "We can offer you {a} for {n} pieces.",
            "这款{p}的优惠{d}结束，喜欢的话不要错过~",
            "积分每 100 分可抵 1 元",
            "抱歉，优惠码仅限新用户使用。",
            "直播间今晚八点有优惠，建议您关注一下 🎉",
        ],
    ),
    (
        &[
            "{p}坏了，还在保修期内吗？",
            "保修多久？",
            "保修卡丢了怎么办",
            "维修要多少钱，过保修了",
            "{p}充不进电，按了没反应",
            "寄修的话寄到哪里",
            "Is my {p} still under warranty?",
            "换过屏还能保修吗？",
            "上次修完又坏了，才{n}天！",
            "延长保修怎么买",
            "说明书说按住{n}秒重启，试过了，没用",
            "检测结果出来了吗？",
        ],
        &[
            "{p}享受一年保修，自购买之日起计算。",
            "凭订单号 {o} 即可享受保修，不需要保修卡。",
            "请问{p}具体是什么故障现象呢？",
            "人为损坏不在保修范围内，维修费 {a} 元。",
            "您可以寄到{c}维修中心，我们免费检测。",
            "Your {p} is under warranty until {d}.",
            "建议您先长按电源键 {n} 秒重启试试。",
            "维修已完成，{d}寄出 🔧",
            "为您升级为换新处理，请留意短信。",
            "延长保修 {a} 元/年，可以在订单页购买。",
        ],
    ),
];

const ANY_INBOUND: &[&str] = &[
    "你好",
    "在吗？",
    "好的",
    "好的，谢谢",
    "谢谢",
    "是的",
    "不是",
    "收到",
    "嗯嗯",
    "OK",
    "ok",
    "明白了",
    "还有人吗？？",
    "等一下，我找找",
    "可以",
    "不用了",
    "辛苦了 🌹",
    "👌",
    "🙏🙏",
    "哈哈哈",
    "怎么还没回复",
    "Thanks!",
    "hello",
    "那我再等等吧",
];

const ANY_OUTBOUND: &[&str] = &[
    "您好，很高兴为您服务！",
    "请稍等，正在为您查询。",
    "好的",
    "不客气 😊",
    "还有其他可以帮您的吗？",
    "感谢您的理解与支持。",
    "收到，马上处理。",
    "抱歉让您久等了。",
    "祝您生活愉快！",
    "Sure, one moment please.",
    "麻烦您对本次服务做个评价哦~",
    "好的，已经记录下来了，处理后会第一时间联系您。",
    "请问方便提供一下联系方式吗？",
];

const TAILS_INBOUND: &[&str] = &[
    "谢谢！",
    "急！",
    "麻烦了。",
    "拜托快一点。",
    "在线等",
    "😢",
    "\n\n（图片稍后发）",
    "有人能回答一下吗？",
    "Thx",
];
const TAILS_OUTBOUND: &[&str] = &[
    "请您放心。",
    "祝您愉快！",
    "如有疑问请随时联系。",
    "感谢您的耐心等待 🙏",
    "😊",
    "\n客服工作时间：9:00-21:00",
    "Have a nice day!",
];

const PRODUCTS: &[&str] = &[
    "蓝牙耳机",
    "手机壳",
    "电饭煲",
    "空气净化器",
    "充电宝",
    "儿童手表",
    "行李箱",
    "咖啡机",
    "跑步鞋",
    "台灯",
    "扫地机器人",
    "keyboard",
    "保温杯",
];
const CITIES: &[&str] =
    &["上海", "深圳", "成都", "杭州", "雅加达", "武汉", "香港", "新加坡", "西安", "曼谷", "广州"];
const DAYS: &[&str] = &["明天", "后天", "周五", "下周一", "本月底", "今天下午", "3 天内", "周日"];
const SURNAMES: &[&str] =
    &["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "欧阳", "林", "何"];
const GIVEN_NAMES: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "子涵", "雨桐", "浩然", "小明", "建国", "思远",
    "佳怡", "一诺", "梓萱",
];
const FULL_NAMES: &[&str] = &[
    "空格键",
    "Budi Santoso",
    "Siti Rahma",
    "Alice Wong",
    "阿杰🌙",
    "Tom \"TJ\" Jones",
    "Mr. Lee",
    "momo",
    "小鱼儿~",
    "Dewi",
];

/// How many topics there are.
pub(crate) fn topics() -> usize {
    TOPICS.len()
}

/// Appends one message of a conversation about `topic`.
pub(crate) fn write_message(mix: &mut Mix, topic: usize, inbound: bool, out: &mut String) {
    let (customer, agent) = TOPICS.get(topic).copied().unwrap_or_default();
    let (about, any, tails) = if inbound {
        (customer, ANY_INBOUND, TAILS_INBOUND)
    } else {
        (agent, ANY_OUTBOUND, TAILS_OUTBOUND)
    };
    let sentences = match mix.below(20) {
        0..=4 => {
            out.push_str(mix.pick(any));
            return;
        }
        5..=15 => 1,
        16..=18 => 2,
        _ => 3,
    };
    for sentence in 0..sentences {
        if sentence > 0 {
            out.push(' ');
        }
        let phrase = mix.pick(about);
        write_filled(mix, phrase, out);
    }
    if mix.chance(18) {
        out.push(' ');
        out.push_str(mix.pick(tails));
    }
}

/// Appends a customer's name.
pub(crate) fn write_name(mix: &mut Mix, out: &mut String) {
    if mix.chance(20) {
        out.push_str(mix.pick(FULL_NAMES));
    } else {
        out.push_str(mix.pick(SURNAMES));
        out.push_str(mix.pick(GIVEN_NAMES));
    }
}

/// One of the cities that messages mention.
pub(crate) fn city(mix: &mut Mix) -> &'static str {
    mix.pick(CITIES)
}

fn write_filled(mix: &mut Mix, phrase: &str, out: &mut String) {
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (slot, after) = after.split_once('}').unwrap_or((after, ""));
        match slot {
            "o" => write_number(2_025_000_000 + mix.below(9_000_000), out),
            "p" => out.push_str(mix.pick(PRODUCTS)),
            "a" => {
                write_number(mix.between(9, 2_999), out);
                out.push_str(mix.pick(&["", ".00", ".50", ".90"]));
            }
            "d" => out.push_str(mix.pick(DAYS)),
            "c" => out.push_str(mix.pick(CITIES)),
            _ => write_number(mix.between(2, 9), out),
        }
        rest = after;
    }
    out.push_str(rest);
}

fn write_number(n: u64, out: &mut String) {
    out.push_str(&n.to_string());
}
