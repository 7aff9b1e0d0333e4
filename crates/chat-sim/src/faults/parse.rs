//! Fault rules as TOML. Keys are taken out one by one; what is left over is unknown and is named in the error.

use toml::{Table, Value};

use super::{Action, BadForm, Fault, Faults, When};
use crate::Error;

pub(super) fn rules(text: &str) -> Result<Faults, Error> {
    let mut file: Table = text.parse()?;
    let rules = match file.remove("fault") {
        None => Vec::new(),
        Some(Value::Array(rules)) => rules,
        Some(_) => {
            return Err(whole("`fault` must be an array of tables: write `[[fault]]`".to_owned()));
        }
    };
    if let Some(key) = file.keys().next() {
        return Err(whole(format!("unknown key `{key}`; only `[[fault]]` tables are known")));
    }
    let rules = rules.into_iter().enumerate().map(|(index, rule)| {
        let fail = |reason| Error::Fault { rule: index + 1, reason };
        match rule {
            Value::Table(table) => self::rule(Keys(table)).map_err(fail),
            _ => Err(fail("must be a table".to_owned())),
        }
    });
    Ok(Faults { rules: rules.collect::<Result<_, _>>()? })
}

fn whole(reason: String) -> Error {
    Error::Fault { rule: 0, reason }
}

fn rule(mut keys: Keys) -> Result<Fault, String> {
    let kind = keys.text("kind")?.ok_or("`kind` is missing")?;
    let action = action(&kind, &mut keys)?;
    let fault = Fault {
        vendor: keys.text("vendor")?,
        path: keys.text("path")?,
        when: when(&mut keys)?,
        times: keys.count("times")?,
        action,
    };
    match keys.0.keys().next() {
        Some(key) => Err(format!("unknown key `{key}` in a rule of kind `{kind}`")),
        None => Ok(fault),
    }
}

fn when(keys: &mut Keys) -> Result<When, String> {
    let mut found = Vec::new();
    if let Some(n) = keys.count("every")? {
        if n == 0 {
            return Err("`every` must be at least 1".to_owned());
        }
        found.push(When::Every(n));
    }
    if let Some(value) = keys.0.remove("at") {
        let Value::Array(items) = value else {
            return Err("`at` must be a list of whole numbers".to_owned());
        };
        found
            .push(When::At(items.iter().map(|item| number("at", item)).collect::<Result<_, _>>()?));
    }
    if let Some(n) = keys.count("first")? {
        found.push(When::First(n));
    }
    if let Some(always) = keys.flag("always")? {
        if !always {
            return Err("`always` can only be true".to_owned());
        }
        found.push(When::Always);
    }
    if let Some(n) = keys.count("record")? {
        found.push(When::Record(n));
    }
    if let Some(n) = keys.count("page")? {
        found.push(When::Page(n));
    }
    match (found.pop(), found.pop()) {
        (Some(when), None) => Ok(when),
        _ => {
            Err("needs exactly one of `every`, `at`, `first`, `always`, `record`, `page`"
                .to_owned())
        }
    }
}

fn action(kind: &str, keys: &mut Keys) -> Result<Action, String> {
    Ok(match kind {
        "http" => Action::Http {
            status: keys.status()?.ok_or("`status` is missing")?,
            retry_after: keys.count("retry_after")?,
            body: keys.text("body")?,
        },
        "api" => Action::Api {
            code: keys.integer("code")?.ok_or("`code` is missing")?,
            message: keys.text("message")?.unwrap_or_default(),
        },
        "truncate" => Action::Truncate,
        "html" => Action::Html { status: keys.status()?.unwrap_or(200) },
        "empty" => Action::Empty,
        "slow" => {
            let (delay, drip) = (keys.count("delay_ms")?, keys.count("drip_ms")?);
            if delay.is_none() && drip.is_none() {
                return Err("needs `delay_ms`, `drip_ms` or both".to_owned());
            }
            Action::Slow { delay_ms: delay.unwrap_or(0), drip_ms: drip.unwrap_or(0) }
        }
        "reset" => Action::Reset { after_headers: keys.flag("after_headers")?.unwrap_or(false) },
        "endless" => Action::Endless,
        "insert_at_head" => Action::InsertAtHead { count: keys.count("count")?.unwrap_or(1) },
        "insert_in_window" => Action::InsertInWindow { count: keys.count("count")?.unwrap_or(1) },
        "duplicate_rows" => Action::DuplicateRows { count: keys.count("count")?.unwrap_or(1) },
        "short_page" => Action::ShortPage { drop: keys.count("drop")?.unwrap_or(1) },
        "empty_page" => Action::EmptyPage,
        "wrong_total" => Action::WrongTotal { by: keys.integer("by")?.ok_or("`by` is missing")? },
        "unknown_enum" => Action::UnknownEnum,
        "unknown_keys" => Action::UnknownKeys,
        "null_required" => Action::NullRequired,
        "bad_record" => Action::BadRecord { form: keys.form()? },
        "repeat_page" => Action::RepeatPage,
        "repeat_cursor" => Action::RepeatCursor,
        "token_expired" => Action::TokenExpired { token: keys.text("token")? },
        "expired_media" => Action::ExpiredMedia,
        "media_404" => Action::Media404,
        "wrong_mime" => Action::WrongMime,
        _ => return Err(format!("unknown `kind` \"{kind}\"")),
    })
}

struct Keys(Table);

impl Keys {
    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{key}` must be a text")),
        }
    }

    fn flag(&mut self, key: &str) -> Result<Option<bool>, String> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::Boolean(flag)) => Ok(Some(flag)),
            Some(_) => Err(format!("`{key}` must be true or false")),
        }
    }

    fn integer(&mut self, key: &str) -> Result<Option<i64>, String> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::Integer(n)) => Ok(Some(n)),
            Some(_) => Err(format!("`{key}` must be a whole number")),
        }
    }

    fn count(&mut self, key: &str) -> Result<Option<u64>, String> {
        self.0.remove(key).map(|value| number(key, &value)).transpose()
    }

    fn status(&mut self) -> Result<Option<u16>, String> {
        match self.count("status")? {
            None => Ok(None),
            // 1xx would not be a final answer
            Some(n @ 200..=999) => Ok(u16::try_from(n).ok()),
            Some(_) => Err("`status` must be from 200 to 999".to_owned()),
        }
    }

    fn form(&mut self) -> Result<BadForm, String> {
        match self.text("form")?.as_deref() {
            None | Some("id") => Ok(BadForm::Id),
            Some("text") => Ok(BadForm::Text),
            Some(_) => Err("`form` must be \"id\" or \"text\"".to_owned()),
        }
    }
}

fn number(key: &str, value: &Value) -> Result<u64, String> {
    match value {
        Value::Integer(n) => u64::try_from(*n).map_err(|_| format!("`{key}` must not be negative")),
        _ => Err(format!("`{key}` must be a whole number")),
    }
}
