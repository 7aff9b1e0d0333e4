//! What can be asked, and the vendor's complaints about it.

use axum::http::HeaderMap;
use sha2::{Digest, Sha256};

use super::{
    cursor::{Binding, Cursor},
    options::Bounds,
    query::{ApiError, Asked},
    timeline::{Entry, Route, Window},
    world::World,
};

pub(super) const PULL: &str = "/bff-nbd-qw-openapi/v1/chat-record/pull";
pub(super) const RAW_PULL: &str = "/open-nbd-qw-msgaudit/v1/raw-chat-record/pull";
pub(super) const RAW_GET: &str = "/open-nbd-qw-msgaudit/v1/raw-chat-record/get";
pub(super) const EXTERNAL_USERS: &str = "/open-nbd-qw-msgaudit/v1/chat/external-user-id/list";
pub(super) const GROUPS: &str = "/bff-nbd-qw-openapi/v1/group-chat/list-by-member";
pub(super) const SINGLE_CHAT: &str = "/open-nbd-qw-msgaudit/v1/single-chat/get";

/// The longest window of the raw pull, and its window if none is asked for.
const RAW_WINDOW_MS: i64 = 3 * 86_400_000;

const DEFAULT_PAGE_SIZE: u64 = 10;

/// The types that the raw pull's page names, and the one for mini programs, which it leaves out but WeCom has.
const MSG_TYPES: &str = "text,image,revoke,agree,disagree,voice,video,card,location,emotion,file,link,chatrecord,todo,\
                         vote,collect,redpacket,meeting,docmsg,markdown,news,calendar,mixed,meeting_voice_call,\
                         voip_doc_share,voiptext,qydiskfile,weapp";

/// All parameters but the cursor: a cursor is good for the same values of them only.
const BOUND: [&str; 15] = [
    "app_id",
    "chat_id",
    "keyword",
    "start_time",
    "end_time",
    "type",
    "thumb_option",
    "page_size",
    "asc",
    "sender_type",
    "action",
    "msg_types",
    "member_id",
    "member_type",
    "name",
];

/// A request that the vendor accepts.
pub(super) enum Call {
    Pull(Pull),
    RawGet { entry: Entry, thumb: Option<Thumb> },
    ExternalUsers { since_ms: Option<i64>, walk: Paging },
    Groups { member_id: String, is_employee: bool, name: String, walk: Paging },
    SingleChat { chat: u32 },
}

/// A page of records, plain or encrypted.
pub(super) struct Pull {
    pub(super) is_raw: bool,
    /// `None` is all chats.
    pub(super) chat: Option<u32>,
    pub(super) route: Route,
    pub(super) page_size: usize,
    pub(super) filter: Filter,
    pub(super) thumb: Option<Thumb>,
    pub(super) walk: Paging,
}

/// Where a walk over pages is.
pub(super) struct Paging {
    /// The cursor's text as it came.
    pub(super) asked: String,
    pub(super) cursor: Option<Cursor>,
    pub(super) binding: Binding,
}

/// Which records are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Names of types; none is all.
    pub(super) types: Vec<String>,
    /// Part of a text; an empty one is all.
    pub(super) keyword: String,
    pub(super) from_employees: Option<bool>,
    pub(super) recalls: Option<bool>,
}

/// Pictures that are made smaller, as the object store's options say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thumb {
    /// Stands for the option in addresses.
    pub(super) digest: String,
}

impl World {
    /// Reads a call; `None` if there is nothing at its path.
    pub(super) fn read(
        &self,
        path: &str,
        asked: &Asked,
        headers: &HeaderMap,
    ) -> Option<Result<Call, ApiError>> {
        let read = match path {
            PULL => |world: &Self, asked: &Asked| world.read_pull(PULL, asked),
            RAW_PULL => |world: &Self, asked: &Asked| world.read_pull(RAW_PULL, asked),
            RAW_GET => Self::read_raw_get,
            EXTERNAL_USERS => Self::read_external_users,
            GROUPS => Self::read_groups,
            SINGLE_CHAT => Self::read_single_chat,
            _ => return None,
        };
        Some(self.authorize(asked, headers).and_then(|()| read(self, asked)))
    }

    fn authorize(&self, asked: &Asked, headers: &HeaderMap) -> Result<(), ApiError> {
        let options = &self.options;
        if asked.text("app_id")? != options.app_id {
            return Err(ApiError::unauthorized("app_id is missing or unknown"));
        }
        if let Some((name, value)) = &options.required_header {
            let found = headers.get(name.as_str()).and_then(|found| found.to_str().ok());
            if found != Some(value) {
                return Err(ApiError::unauthorized(format!("header {name} is missing or wrong")));
            }
        }
        if let Some((name, value)) = &options.required_query
            && asked.text(name)? != value
        {
            return Err(ApiError::unauthorized(format!("{name} is missing or wrong")));
        }
        Ok(())
    }

    fn read_pull(&self, path: &'static str, asked: &Asked) -> Result<Call, ApiError> {
        let is_raw = path == RAW_PULL;
        let chat = match (is_raw, asked.text("chat_id")?) {
            (true, "") => None,
            (false, "") => return Err(ApiError::parameter("chat_id", "is required")),
            (_, id) => {
                let chat = self.data().chat_index(id);
                Some(chat.ok_or_else(|| ApiError::missing("chat_id"))?)
            }
        };
        let filter = if is_raw { read_raw_filter(asked)? } else { read_plain_filter(asked)? };
        let largest = u64::from(self.options.max_page_size);
        let page_size = match asked.uint("page_size")?.unwrap_or(0) {
            // zero is what protobuf has for an absent number
            0 => DEFAULT_PAGE_SIZE,
            size if size > largest => {
                return Err(ApiError::parameter("page_size", &format!("is above {largest}")));
            }
            size => size,
        };
        let now_ms = self.gate.clock.now_ms();
        let route = Route {
            window: self.read_window(asked, is_raw, now_ms)?,
            ascending: asked.flag("asc")?,
            recalls_until_ms: is_raw.then_some(now_ms),
        };
        Ok(Call::Pull(Pull {
            is_raw,
            chat,
            route,
            page_size: usize::try_from(page_size).unwrap_or(usize::MAX),
            filter,
            thumb: read_thumb(asked)?,
            walk: self.read_paging(path, asked)?,
        }))
    }

    fn read_window(&self, asked: &Asked, is_raw: bool, now_ms: i64) -> Result<Window, ApiError> {
        let (from_ms, until_ms) = (asked.time("start_time")?, asked.time("end_time")?);
        let longest_ms = if is_raw {
            Some(RAW_WINDOW_MS)
        } else {
            let longest = self.options.max_window;
            longest.map(|longest| i64::try_from(longest.as_millis()).unwrap_or(i64::MAX))
        };
        let until_ms = match (until_ms, longest_ms) {
            (Some(until_ms), _) => until_ms,
            (None, Some(_)) => now_ms,
            (None, None) => i64::MAX,
        };
        let from_ms = from_ms
            .unwrap_or_else(|| longest_ms.map_or(0, |longest| until_ms.saturating_sub(longest)));
        if from_ms > until_ms {
            return Err(ApiError::parameter("start_time", "is after end_time"));
        }
        if longest_ms.is_some_and(|longest| until_ms.saturating_sub(from_ms) > longest) {
            return Err(ApiError::window("start_time and end_time are too far apart"));
        }
        let (later, earlier) = match self.options.bounds {
            Bounds::Inclusive => (0, 0),
            Bounds::EndExclusive => (0, 1),
            Bounds::Exclusive => (1, 1),
        };
        Ok(Window {
            from_ms: from_ms.saturating_add(later),
            until_ms: until_ms.saturating_sub(earlier),
        })
    }

    fn read_raw_get(&self, asked: &Asked) -> Result<Call, ApiError> {
        let id = asked.required("chat_record_id")?;
        let wants_recall = read_action(asked)?;
        let data = self.data();
        let now_ms = self.gate.clock.now_ms();
        let entry = data.find(id).map(|entry| match wants_recall {
            Some(true) if self.options.shared_recall_ids => data.recall_of(entry).unwrap_or(entry),
            _ => entry,
        });
        let entry = entry
            .filter(|entry| wants_recall.is_none_or(|wanted| wanted == entry.is_recall))
            .filter(|entry| !entry.is_recall || entry.at_ms <= now_ms)
            .ok_or_else(|| ApiError::missing("chat_record_id"))?;
        Ok(Call::RawGet { entry, thumb: read_thumb(asked)? })
    }

    fn read_external_users(&self, asked: &Asked) -> Result<Call, ApiError> {
        let walk = self.read_paging(EXTERNAL_USERS, asked)?;
        Ok(Call::ExternalUsers { since_ms: asked.time_text("last_chat_at")?, walk })
    }

    fn read_groups(&self, asked: &Asked) -> Result<Call, ApiError> {
        Ok(Call::Groups {
            member_id: asked.required("member_id")?.to_owned(),
            is_employee: match asked.uint("member_type")? {
                Some(1) => true,
                Some(2) => false,
                _ => return Err(ApiError::parameter("member_type", "must be 1 or 2")),
            },
            name: asked.text("name")?.to_owned(),
            walk: self.read_paging(GROUPS, asked)?,
        })
    }

    fn read_single_chat(&self, asked: &Asked) -> Result<Call, ApiError> {
        let id = asked.required("chat_id")?;
        let data = self.data();
        let chat = data.chat_index(id);
        let is_single =
            |chat: &u32| data.chats.get(*chat as usize).is_some_and(|chat| !chat.is_group);
        let chat = chat.filter(is_single).ok_or_else(|| ApiError::missing("chat_id"))?;
        Ok(Call::SingleChat { chat })
    }

    fn read_paging(&self, path: &str, asked: &Asked) -> Result<Paging, ApiError> {
        let mut hash = Sha256::new();
        hash.update(path);
        for name in BOUND.into_iter().chain(["last_chat_at"]) {
            let value = asked.text(name)?;
            hash.update([0xff]);
            hash.update(value);
        }
        let binding = hash.finalize().into();
        let text = asked.text("cursor")?;
        if text.is_empty() {
            return Ok(Paging { asked: String::new(), cursor: None, binding });
        }
        let cursor = Cursor::open(self.options.seed, &binding, text)
            .ok_or_else(|| ApiError::cursor("not issued to this request"))?;
        if let Some(life) = self.options.cursor_life {
            let age_ms = self.gate.clock.now_ms().saturating_sub(cursor.issued_ms);
            if u128::try_from(age_ms).is_ok_and(|age_ms| age_ms > life.as_millis()) {
                return Err(ApiError::cursor("expired"));
            }
        }
        if self.was_used(text) {
            return Err(ApiError::cursor("used before"));
        }
        Ok(Paging { asked: text.to_owned(), cursor: Some(cursor), binding })
    }
}

fn read_plain_filter(asked: &Asked) -> Result<Filter, ApiError> {
    let from_employees = match asked.uint("sender_type")? {
        None | Some(0) => None,
        Some(1) => Some(true),
        Some(2) => Some(false),
        Some(_) => return Err(ApiError::parameter("sender_type", "must be 0, 1 or 2")),
    };
    let wanted = asked.text("type")?;
    Ok(Filter {
        types: if wanted.is_empty() { Vec::new() } else { vec![wanted.to_owned()] },
        keyword: asked.text("keyword")?.to_owned(),
        from_employees,
        recalls: None,
    })
}

fn read_raw_filter(asked: &Asked) -> Result<Filter, ApiError> {
    let wanted = asked.text("msg_types")?;
    let types: Vec<_> = wanted.split(',').map(str::to_owned).collect();
    let types = if wanted.is_empty() { Vec::new() } else { types };
    let is_known = |name: &String| MSG_TYPES.split(',').any(|known| known == name);
    if !types.iter().all(is_known) {
        return Err(ApiError::parameter("msg_types", "names an unknown type"));
    }
    Ok(Filter { types, recalls: read_action(asked)?, ..Filter::default() })
}

/// Whether only recalls are wanted, or only messages.
fn read_action(asked: &Asked) -> Result<Option<bool>, ApiError> {
    match asked.text("action")? {
        "" => Ok(None),
        "send" => Ok(Some(false)),
        "recall" => Ok(Some(true)),
        _ => Err(ApiError::parameter("action", "must be send or recall")),
    }
}

fn read_thumb(asked: &Asked) -> Result<Option<Thumb>, ApiError> {
    let option = asked.text("thumb_option")?;
    if option.is_empty() {
        return Ok(None);
    }
    if !option.starts_with("image/") {
        return Err(ApiError::parameter("thumb_option", "must begin with image/"));
    }
    let digest = Sha256::digest(option).first_chunk().map(|bytes: &[u8; 6]| hex::encode(bytes));
    Ok(digest.map(|digest| Thumb { digest }))
}
