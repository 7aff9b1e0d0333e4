//! Who talks, and in which chats: made-up employees, customers and groups. Ids of both sides begin alike, so that nobody
//! can tell them apart by that.

use super::{ids, timeline::Timeline};
use crate::{mix::Mix, text};

const ID_CHARS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Every third chat is a group.
const GROUP_EVERY: usize = 3;

const GROUP_NAMES: &[&str] = &[
    "云景花园业主群",
    "看房团",
    "Riverside owners 🏡",
    "售后服务群",
    "老客户福利群",
    "交房通知群",
    "周末活动报名",
];

const DAY_S: u64 = 86_400;

/// An employee or a customer.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
}

/// Someone in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) is_employee: bool,
    pub(super) index: usize,
}

/// A chat and what is in it.
pub(super) struct Chat {
    pub(super) id: String,
    pub(super) is_group: bool,
    /// Of a group.
    pub(super) name: String,
    /// WeCom's id of the group; empty for two people.
    pub(super) room_id: String,
    pub(super) members: Vec<Member>,
    pub(super) topic: usize,
    /// Unix seconds.
    pub(super) created_s: i64,
    pub(super) timeline: Timeline,
}

/// Employees, customers and chats, created before `from_ms`.
pub(super) fn people(seed: u64, chats: u32, from_ms: i64) -> (Vec<Person>, Vec<Person>, Vec<Chat>) {
    let chats = chats as usize;
    let employees: Vec<_> = (0..3 + chats / 6).map(|index| person(seed, true, index)).collect();
    let customers: Vec<_> = (0..chats + 5).map(|index| person(seed, false, index)).collect();
    let talks = (0..chats)
        .map(|index| chat(seed, index, employees.len(), customers.len(), from_ms))
        .collect();
    (employees, customers, talks)
}

fn person(seed: u64, is_employee: bool, index: usize) -> Person {
    let mut mix = Mix::of(&[seed, 41, is_employee.into(), index as u64]);
    let starts_like_employee = is_employee || mix.chance(30);
    let id = id(&mut mix, if starts_like_employee { "wo" } else { "wm" });
    let mut name = String::new();
    text::write_name(&mut mix, &mut name);
    Person { id, name }
}

fn id(mix: &mut Mix, prefix: &str) -> String {
    let chars = (0..30).map(|_| ID_CHARS.get(mix.index(ID_CHARS.len())).copied().unwrap_or(b'A'));
    prefix.chars().chain(chars.map(char::from)).collect()
}

fn chat(seed: u64, index: usize, employees: usize, customers: usize, from_ms: i64) -> Chat {
    let mut mix = Mix::of(&[seed, 42, index as u64]);
    let is_group = index % GROUP_EVERY == GROUP_EVERY - 1;
    let employee = |index| Member { is_employee: true, index };
    let customer = |index| Member { is_employee: false, index };
    let members = if is_group {
        let (answering, asking) = (mix.between(1, 3), mix.between(2, 8));
        let some = |mix: &mut Mix, count: u64, of: usize| {
            let first = mix.index(of);
            let count = usize::try_from(count).unwrap_or(1).min(of);
            (0..count).map(move |n| (first + n) % of)
        };
        let answering = some(&mut mix, answering, employees).map(employee);
        let asking = some(&mut mix, asking, customers).map(customer);
        answering.chain(asking).collect()
    } else {
        vec![employee(mix.index(employees)), customer(index)]
    };
    Chat {
        id: ids::random_guid(&mut mix),
        is_group,
        name: if is_group { mix.pick(GROUP_NAMES).to_owned() } else { String::new() },
        room_id: if is_group { id(&mut mix, "wr") } else { String::new() },
        members,
        topic: mix.index(text::topics()),
        created_s: from_ms.div_euclid(1000) - mix.between(DAY_S, 90 * DAY_S).cast_signed(),
        timeline: Timeline::default(),
    }
}
