//! What of a record stays the same from one reading to the next.

use serde_json::Value;

/// Links are signed anew at each reading.
const LINKS: [&str; 2] = ["oss_url", "thumb_url"];
/// Pictures of previews: where they are counts, but their links may be signed anew as well.
const PREVIEWS: [&str; 2] = ["image_url", "picurl"];
/// Found anew at each reading, by the rules of that moment.
const COMPUTED: &str = "hit_keyword_rules";
/// Bodies in texts are followed so deep.
const DEEPEST: u8 = 8;

/// Whether two forms of a record say the same.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    lasting(a).is_some_and(|a| Some(a) == lasting(b))
}

fn lasting(record: &[u8]) -> Option<Value> {
    let mut record: Value = serde_json::from_slice(record).ok()?;
    record.as_object_mut()?.remove(COMPUTED);
    settle(&mut record, DEEPEST);
    Some(record)
}

fn settle(value: &mut Value, depth: u8) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| settle(item, depth)),
        Value::Object(fields) => {
            for link in LINKS {
                fields.remove(link);
            }
            for (key, value) in fields {
                if PREVIEWS.contains(&key.as_str()) {
                    forget_query(value);
                }
                if key == "item" {
                    unfold(value, depth);
                }
                settle(value, depth);
            }
        }
        _ => {}
    }
}

fn forget_query(link: &mut Value) {
    if let Some((place, _)) = link.as_str().and_then(|link| link.split_once('?')) {
        *link = Value::from(place);
    }
}

/// The parts of a message hold their bodies as JSON in a text, and links in it.
fn unfold(items: &mut Value, depth: u8) {
    let (Some(items), Some(depth)) = (items.as_array_mut(), depth.checked_sub(1)) else { return };
    for content in items.iter_mut().filter_map(|item| item.get_mut("content")) {
        let inner = content.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(mut inner @ (Value::Object(_) | Value::Array(_))) = inner {
            settle(&mut inner, depth);
            *content = inner;
        }
    }
}
