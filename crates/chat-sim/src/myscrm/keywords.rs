//! Keyword rules: which of them a text hits is computed when it is read, and the rules change.

use super::ids;
use crate::mix::Mix;

/// Names of rules, and all the words that they know.
const RULES: [(&str, &[&str]); 6] = [
    ("过度承诺", &["保证", "一定", "马上", "放心"]),
    ("退款风险", &["退款", "退货", "差价", "refund"]),
    ("客户投诉", &["投诉", "态度", "急"]),
    ("价格敏感", &["优惠", "便宜", "积分"]),
    ("私下联系", &["电话", "微信", "邮箱"]),
    ("发票合规", &["发票", "税号"]),
];

/// A rule that is switched on.
struct Rule {
    id: String,
    name: &'static str,
    keywords: Vec<&'static str>,
}

/// The rules as they are at one moment.
pub(super) struct Rules(Vec<Rule>);

/// A rule, and those of its words that a text holds.
pub(super) struct Hit<'a> {
    pub(super) rule_id: &'a str,
    pub(super) rule_name: &'static str,
    pub(super) keywords: Vec<&'static str>,
}

impl Rules {
    /// The rules of one revision; they have nothing to do with those before it.
    pub(super) fn of(seed: u64, revision: u64) -> Self {
        let rules = RULES.into_iter().zip(0..).filter_map(|((name, words), index)| {
            let mut mix = Mix::of(&[seed, 51, index, revision]);
            let is_on = mix.chance(70);
            let keywords = words.iter().copied().filter(|_| mix.chance(80)).collect();
            let id = ids::random_guid(&mut Mix::of(&[seed, 52, index]));
            is_on.then_some(Rule { id, name, keywords })
        });
        Self(rules.collect())
    }

    /// The rules that a text hits.
    pub(super) fn hits(&self, text: &str) -> Vec<Hit<'_>> {
        let hit = |rule: &'_ Rule| -> Vec<&'static str> {
            rule.keywords.iter().copied().filter(|word| text.contains(word)).collect()
        };
        self.0
            .iter()
            .map(|rule| Hit { rule_id: &rule.id, rule_name: rule.name, keywords: hit(rule) })
            .filter(|hit| !hit.keywords.is_empty())
            .collect()
    }
}
