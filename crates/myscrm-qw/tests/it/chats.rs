//! Which chats there are: lists of contacts and groups, and the two sides of a chat.

use myscrm_qw::chat_core::{Cursor, Endpoint, ReplayTransport, UnixMillis, VendorError};
use myscrm_qw::{
    Error, ExternalUserType, ExternalUsersRequest, GroupChatsRequest, MemberType, SingleChatRequest,
};

use crate::{answer, client};

/// After the tables of the vendor's pages: times as text, in seconds and in milliseconds.
const GROUPS: &str = r#"{"errcode":0,"errmsg":"ok","list":[
    {"chat_id":"fixture-group-1","name":"业主群","created_at":"1654313050","last_chat_at":"1654313050127","avatar_url":"https://media.example.com/g.png"},
    {"name":"没有编号"},
    {"chat_id":"fixture-group-2","name":"","created_at":null,"last_chat_at":"0"}
  ],"next_cursor":"c"}"#;
const SINGLE: &str = r#"{"errcode":0,"errmsg":"",
    "external_user":{"external_userid":"wmFixtureCustomer","name":"客户","avatar":"https://media.example.com/a.png","type":2,"corp_name":"示例公司","remark":"老客户","description":"三室"},
    "employee":{"qw_user_id":"fixture-employee","name":"员工","avatar_url":"https://media.example.com/e.png"},
    "has_agreed_msgaudit":true,"last_chat_at":"1654313050127"}"#;

#[tokio::test]
async fn contacts_are_listed() {
    let body = r#"{"errcode":0,"external_userids":["wmA","",null,"wmB"],"next_cursor":"c"}"#;
    let (client, _) = client(ReplayTransport::new().answer(200, body));
    let page = client.external_users(&ExternalUsersRequest::new()).await.unwrap();
    assert_eq!((page.ids, page.next), (vec!["wmA".to_owned(), "wmB".to_owned()], Cursor::new("c")));
}

#[tokio::test]
async fn groups_are_listed_and_what_is_none_is_reported() {
    let (client, _) = client(ReplayTransport::new().answer(200, GROUPS));
    let request = GroupChatsRequest::new("fixture-employee", MemberType::Employee);
    let page = client.group_chats(&request).await.unwrap();
    let [first, second] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((first.id.as_str(), first.created_at_s), ("fixture-group-1", Some(1_654_313_050)));
    assert_eq!(first.last_chat_at, Some(UnixMillis::new(1_654_313_050_127)));
    assert_eq!((second.last_chat_at, second.name.as_deref()), (None, None));
    assert_eq!((page.skipped.len(), page.next), (1, Cursor::new("c")));
}

#[tokio::test]
async fn a_single_chat_has_two_sides() {
    let (client, _) = client(ReplayTransport::new().answer(200, SINGLE));
    let chat = client.single_chat(&SingleChatRequest::new("fixture-chat")).await.unwrap();
    let customer = chat.external_user.unwrap();
    assert_eq!(customer.id.as_deref(), Some("wmFixtureCustomer"));
    assert_eq!(customer.user_type, Some(ExternalUserType::WeCom));
    assert_eq!(chat.employee.unwrap().name.as_deref(), Some("员工"));
    assert_eq!(chat.has_agreed, Some(true));
    assert_eq!(chat.last_chat_at, Some(UnixMillis::new(1_654_313_050_127)));
}

#[test]
fn empty_forms_are_empty_answers() {
    for body in [
        r#"{"errcode":0}"#,
        r#"{"external_userids":null}"#,
        r#"{"errcode":"0","external_userids":[],"next_cursor":null}"#,
    ] {
        let page = ExternalUsersRequest::new().read_response(answer(200, body)).unwrap();
        assert!(page.ids.is_empty() && page.next.is_none(), "{body}");
    }
    let groups = GroupChatsRequest::new("m", MemberType::Employee);
    for body in [r#"{"errcode":0}"#, r#"{"list":null}"#, r#"{"errcode":0,"list":[]}"#] {
        let page = groups.read_response(answer(200, body)).unwrap();
        assert!(page.items.is_empty() && page.next.is_none(), "{body}");
    }
    for body in [
        r#"{"errcode":0}"#,
        r#"{"errcode":0,"external_user":null,"employee":{},"has_agreed_msgaudit":null,"last_chat_at":""}"#,
        r#"{"employee":{}}"#,
    ] {
        let chat = SingleChatRequest::new("c").read_response(answer(200, body)).unwrap();
        assert!(chat.external_user.is_none() && chat.has_agreed.is_none(), "{body}");
    }
}

#[test]
fn refusals_and_other_shapes_are_errors() {
    let refusal = r#"{"errcode":41053,"errmsg":"ok","external_userids":7,"list":7,"employee":7}"#;
    let users = |body: &str| ExternalUsersRequest::new().read_response(answer(200, body)).map(drop);
    let groups = |body: &str| {
        GroupChatsRequest::new("m", MemberType::Employee).read_response(answer(200, body)).map(drop)
    };
    let single =
        |body: &str| SingleChatRequest::new("c").read_response(answer(200, body)).map(drop);
    for (error, name) in [
        (users(refusal), "chat/external-user-id/list"),
        (groups(refusal), "group-chat/list-by-member"),
        (single(refusal), "single-chat/get"),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), format!("myscrm-qw refused {name} with code 41053: ok"));
        assert_eq!(error.vendor_code().unwrap(), "41053");
    }
    for error in [
        users("{}"),
        users(r#"{"errcode":0,"external_userids":{}}"#),
        users(r#"{"errcode":0,"external_userids":[[]]}"#),
        groups("{}"),
        groups(r#"{"errcode":0,"list":{}}"#),
        single("{}"),
        single(r#"{"errcode":0,"employee":"name"}"#),
    ] {
        assert!(matches!(error.unwrap_err(), Error::Decode { .. }));
    }
}
