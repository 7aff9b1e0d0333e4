//! Who there is: contacts, assistants, hosted accounts. What assistants and hosted accounts look like is not documented;
//! here they have the names under which other calls know them.

use super::{
    ask::{Condition, ContactKey, Refusal},
    data::{Customer, Data},
    options::EmptyFilter,
    people,
    render::write_customer_name,
    times,
    world::World,
};
use crate::json::Object;

/// Keys of a contact that are null for everyone.
const NULL_KEYS: [&str; 14] = [
    "device_id",
    "open_id",
    "userid",
    "contact_name",
    "chatid",
    "conversation_id",
    "message_id",
    "room_id",
    "roomTopic",
    "company",
    "companyid",
    "company_address",
    "company_website",
    "product_name",
];

impl World {
    /// Appends all contacts that meet every condition.
    pub(super) fn write_contacts(&self, data: &Data, filter: &[Condition], out: &mut Vec<u8>) {
        let lists_none = filter.is_empty() && self.options.empty_filter == EmptyFilter::ListsNone;
        let mut name = String::new();
        out.push(b'[');
        let mut separator: &[u8] = b"";
        for (index, customer) in (0..).zip(&data.customers) {
            name.clear();
            write_customer_name(data.seed, index, &mut name);
            let mobile = people::phone(data.seed, index).to_string();
            let meets = |condition: &Condition| match condition.key {
                ContactKey::Id => condition.value == customer.id,
                ContactKey::Name => condition.value == name,
                ContactKey::Mobile => condition.value == mobile,
            };
            if lists_none || !filter.iter().all(meets) {
                continue;
            }
            out.extend_from_slice(separator);
            separator = b",";
            let mut object = Object::new(out, &["email"]);
            object.plain("id", &customer.id);
            object.text("name", &name);
            object.plain("mobile", &mobile);
            object.raw("email", "null");
            object.end();
        }
        out.push(b']');
    }

    /// Appends a contact with all keys.
    pub(super) fn write_contact(
        &self,
        data: &Data,
        id: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let (index, Customer { id, .. }) = data.customer(id).ok_or(Refusal::NO_CONTACT)?;
        let (_, rows) = data.rows_of(index);
        let now_ms = self.gate.clock.now_ms();
        let seen = rows.first().map_or(now_ms, |row| row.sent_ms());
        let changed = rows.last().map_or(now_ms, |row| row.sent_ms());
        let mut name = String::new();
        write_customer_name(data.seed, index, &mut name);
        let mut object = Object::new(out, &[]);
        object.plain("id", id);
        object.text("name", &name);
        object.digits("mobile", people::phone(data.seed, index));
        object.raw("email", "null");
        object.plain("avatar", "");
        object.plain("contact_id", id);
        for key in NULL_KEYS {
            object.raw(key, "null");
        }
        object.plain("create_time", &times::wall(seen));
        object.plain("update_time", &times::wall(changed));
        object.end();
        Ok(())
    }
}

/// Appends the only assistant.
pub(super) fn write_assistants(out: &mut Vec<u8>) {
    let (id, name) = people::ASSISTANT;
    out.push(b'[');
    let mut object = Object::new(out, &[]);
    object.plain("id", id);
    object.text("name", name);
    object.end();
    out.push(b']');
}

/// Appends all hosted accounts.
pub(super) fn write_accounts(seed: u64, accounts: u8, out: &mut Vec<u8>) {
    out.push(b'[');
    for index in 0..accounts {
        if index > 0 {
            out.push(b',');
        }
        let account = people::account(seed, index);
        let mut object = Object::new(out, &[]);
        object.plain("imBotId", &account.im_bot_id);
        object.plain("botId", &account.bot_id);
        object.plain("botWeixin", &account.weixin);
        object.end();
    }
    out.push(b']');
}
