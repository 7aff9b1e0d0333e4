//! Answers of the endpoints that list customers and chats.

use std::cmp::Reverse;

use super::{
    calls::Paging,
    ids,
    people::{Chat, Member},
    world::World,
};
use crate::mix::Mix;

/// How many items a page of these lists has; the vendor does not say.
const LIST_PAGE: usize = 20;

impl World {
    /// Customers with a message later than a time.
    pub(super) fn external_users(&self, since_ms: Option<i64>, walk: &Paging) -> Vec<u8> {
        let data = self.data();
        let is_wanted = |index: usize| {
            let customer = Member { is_employee: false, index };
            let mut chats = data.chats.iter().filter(|chat| chat.members.contains(&customer));
            chats.any(|chat| {
                last_ms(chat).is_some_and(|at_ms| since_ms.is_none_or(|since| at_ms > since))
            })
        };
        let wanted: Vec<_> = (0..data.customers.len()).filter(|index| is_wanted(*index)).collect();
        let (page, next_cursor) = self.cut(&wanted, walk);
        self.success(|fields| {
            fields.text("next_cursor", &next_cursor);
            let people = page.iter().filter_map(|index| data.customers.get(*index));
            fields.texts("external_userids", people.map(|person| person.id.as_str()));
        })
    }

    /// Groups that someone is in, those with the latest messages first.
    pub(super) fn groups(
        &self,
        member_id: &str,
        is_employee: bool,
        name: &str,
        walk: &Paging,
    ) -> Vec<u8> {
        let data = self.data();
        let is_meant = |member: &Member| {
            member.is_employee == is_employee
                && data.person(*member).is_some_and(|person| person.id == member_id)
        };
        let mut groups: Vec<_> = data
            .chats
            .iter()
            .filter(|chat| chat.is_group && chat.name.contains(name))
            .filter(|chat| chat.members.iter().any(is_meant))
            .collect();
        groups.sort_by_key(|chat| Reverse(last_ms(chat)));
        let (page, next_cursor) = self.cut(&groups, walk);
        self.success(|fields| {
            fields.objects("list", page, |chat, fields| {
                fields.text("chat_id", &chat.id);
                fields.text("name", &chat.name);
                fields.digits("created_at", chat.created_s);
                fields.digits("last_chat_at", last_ms(chat).unwrap_or(0));
                fields.text("avatar_url", &avatar(&chat.id));
            });
            fields.text("next_cursor", &next_cursor);
        })
    }

    /// Who is in a chat of two.
    pub(super) fn single_chat(&self, chat: u32) -> Vec<u8> {
        let data = self.data();
        let Some(chat) = data.chats.get(chat as usize) else { return self.success(|_| {}) };
        let person = |is_employee| {
            let member = chat.members.iter().find(|member| member.is_employee == is_employee);
            member.and_then(|member| data.person(*member))
        };
        let mut mix = Mix::of(&[data.seed, 43, chat.created_s.cast_unsigned()]);
        self.success(|fields| {
            if let Some(customer) = person(false) {
                let is_wecom = mix.chance(20);
                fields.object("external_user", |fields| {
                    fields.text("external_userid", &customer.id);
                    fields.text("name", &customer.name);
                    fields.text("avatar", &avatar(&customer.id));
                    fields.int("type", if is_wecom { 2 } else { 1 });
                    fields.text("corp_name", if is_wecom { "远行科技有限公司" } else { "" });
                    fields.text("remark", mix.pick(&["", "老客户", "8 栋 2 单元"]));
                    fields.text("description", "");
                });
            }
            if let Some(employee) = person(true) {
                fields.object("employee", |fields| {
                    fields.text("qw_user_id", &employee.id);
                    fields.text("name", &employee.name);
                    fields.text("avatar_url", &avatar(&employee.id));
                });
            }
            fields.flag("has_agreed_msgaudit", mix.chance(90));
            fields.digits("last_chat_at", last_ms(chat).unwrap_or(0));
        })
    }

    /// The page of a list that is asked for, and the cursor behind it.
    fn cut<'a, T>(&self, items: &'a [T], walk: &Paging) -> (&'a [T], String) {
        let page = walk.cursor.map_or(0, |cursor| cursor.page);
        let start = (page as usize).saturating_mul(LIST_PAGE).min(items.len());
        let end = start.saturating_add(LIST_PAGE).min(items.len());
        self.uses(&walk.asked);
        let next_cursor = if end < items.len() {
            self.next_cursor(walk, None, None, page)
        } else {
            String::new()
        };
        (items.get(start..end).unwrap_or_default(), next_cursor)
    }
}

fn last_ms(chat: &Chat) -> Option<i64> {
    chat.timeline.rows().last().map(|row| row.time_ms)
}

fn avatar(of: &str) -> String {
    let hash = of.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
    format!("https://avatars.example.com/{}.png", ids::random_guid(&mut Mix::of(&[hash])))
}
