//! Notifications in every layout that is in use.

use jijyun::chat_core::{Direction, Kind, MessageView, UnixMillis};
use jijyun::webhook::{Event, EventType, HostedPush, Notification};
use jijyun::{Conversion, ForwardType, HostedType, UserType};

const BLOCKS: &str = r#"{"chat":{"chat_id":"chat-1","chat_type":"群聊","chat_title":"群"},
    "message":{"message_id":"api_1i","message_type":2,"message_content":{"text":"你好","message_id":"b1"},
      "message_forward_type":"incoming","message_create_time":1785312000000,
      "message_trigger_type":1,"message_trigger_name":"词"},
    "user":{"user_id":"u1","user_name":"客户甲","user_type":1,
      "user_addition":{"external_contact_id":"7881","external_chat_id":"x"}},
    "source":{"source_name":"号","source_account_id":null,"rule_id":12,
      "source_addition":{"room_id":"R:1","bot_wxid":"1688","bot_name":"托管"}},
    "channel_num":3}"#;

fn aggregated(data: &str) -> Notification {
    let body = format!(
        r#"{{"event_type":"ai_assistant_receives_msg","event_id":"e1","company_id":9,"data":{data}}}"#
    );
    Notification::read(body.as_bytes()).unwrap()
}

fn hosted(data: &str) -> HostedPush {
    let body = format!(r#"{{"data":{data}}}"#);
    match Notification::read(body.as_bytes()).unwrap().event {
        Event::Hosted(push) => *push,
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_layouts_of_a_message_are_the_same() {
    let deeper = aggregated(&format!(r#"{{"push_data":{BLOCKS}}}"#));
    let documented = aggregated(BLOCKS);
    assert_eq!(deeper, documented);
    assert_eq!(deeper, aggregated(&BLOCKS.replacen('{', r#"{"push_data":null,"#, 1)));
    assert_eq!(deeper.event_type, Some(EventType::AggregatedMessage));
    assert_eq!(deeper.event_id.as_deref(), Some("e1"));
    assert_eq!(deeper.company_id.as_deref(), Some("9"));
    let Event::Aggregated(push) = deeper.event else { panic!() };
    assert_eq!(push.chat.as_ref().unwrap().chat_type.as_deref(), Some("群聊"));
    let message = push.message.as_ref().unwrap();
    assert_eq!(message.message_forward_type, Some(ForwardType::Incoming));
    assert_eq!(push.user.as_ref().unwrap().user_type, Some(UserType::Customer));
    let source = push.source.as_ref().unwrap();
    assert_eq!(source.rule_id.as_deref(), Some("12"));
    assert_eq!(source.source_account_id, None);
    assert_eq!(source.source_addition.as_ref().unwrap().room_id.as_deref(), Some("R:1"));
    assert_eq!(push.channel_num.as_deref(), Some("3"));
    let message = push.to_message(&Conversion::new("s"));
    insta::assert_json_snapshot!("pushed", MessageView::of(&message));
}

#[test]
fn a_pushed_message_has_the_id_of_its_conversation_s_history() {
    let Event::Aggregated(push) = aggregated(BLOCKS).event else { panic!() };
    let conversion = Conversion::new("s");
    let pushed = push.to_message(&conversion);
    let history = push.message.as_ref().unwrap().to_message("chat-1", &conversion);
    assert_eq!(pushed.id, history.id);
    assert_eq!(pushed.id.as_str(), "chat-1/api_1i");
}

#[test]
fn parts_that_are_missing_do_not_cost_the_notification() {
    for data in ["{}", r#"{"push_data":{}}"#, r#"{"chat":null,"message":7,"user":[],"source":""}"#]
    {
        let Event::Aggregated(push) = aggregated(data).event else { panic!("{data}") };
        let message = push.to_message(&Conversion::new("s"));
        assert_eq!((message.id.as_str(), message.conversation_id), ("", None), "{data}");
    }
    let Event::Aggregated(push) = aggregated(r#"{"message":{"message_id":"m"}}"#).event else {
        panic!()
    };
    assert_eq!(push.to_message(&Conversion::new("s")).id.as_str(), "m");
}

#[test]
fn other_events_are_told_and_not_taken_apart() {
    for (body, event_type) in [
        (r#"{"event_type":"chat_finish","data":{"messageId":"x"}}"#, Some(EventType::ChatFinished)),
        (r#"{"event_type":"kf_reply","data":{}}"#, Some(EventType::ServiceReplied)),
        (r#"{"event_type":"novel"}"#, Some(EventType::from("novel"))),
        (
            r#"{"event_type":"ai_assistant_receives_msg","data":"text"}"#,
            Some(EventType::AggregatedMessage),
        ),
        (r#"{"data":{"chatId":"no message"}}"#, None),
        (r#"{"data":[]}"#, None),
        ("{}", None),
    ] {
        let notification = Notification::read(body.as_bytes()).unwrap();
        assert_eq!(notification.event, Event::Other, "{body}");
        assert_eq!(notification.event_type, event_type, "{body}");
    }
    for body in ["<html>", "[]", "null", ""] {
        assert!(Notification::read(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn a_hosted_account_s_message_is_read_in_either_spelling() {
    let data = r#"{"messageId":"m1","chatId":"c1","avatar":"a","roomTopic":"群","roomId":"R:1",
        "contactName":"客户甲","contactId":"7881","payload":{"text":"你好"},"type":7,
        "timestamp":"1754452800000","token":"secret","botId":"b","contactType":1,"coworker":false,
        "botWxid":"1688","botWeixin":"w","source":0,"sendBy":"","isSelf":false,"mentionSelf":true,
        "externalUserId":"wm1","roomWecomChatId\t":"wr1"}"#;
    let push = hosted(data);
    assert_eq!(push.room_wecom_chat_id.as_deref(), Some("wr1"));
    assert_eq!(push.message_type, Some(HostedType::Text));
    assert_eq!(push.at(), Some(UnixMillis::new(1_754_452_800_000)));
    assert_eq!(push, hosted(&data.replace(r"roomWecomChatId\t", "roomWecomChatId")));
    assert_eq!(push, hosted(&data.replace("\"payload\"", "\"Payload\"")));
    assert_eq!(push, hosted(&data.replace("\"1754452800000\"", "1754452800000")));
    let both =
        data.replace(r#""roomWecomChatId\t":"#, r#""roomWecomChatId":"wr1","roomWecomChatId\t":"#);
    assert_eq!(push, hosted(&both));
    let nested = data.replace(r#"{"text":"你好"}"#, r#"{"TextPayload":{"text":"你好"}}"#);
    let conversion = Conversion::new("s");
    let message = push.to_message(&conversion);
    assert_eq!(hosted(&nested).to_message(&conversion), message);
    insta::assert_json_snapshot!("hosted-push", MessageView::of(&message));
}

#[test]
fn flags_may_be_numbers_or_texts() {
    for (no, yes) in [("0", "1"), ("\"0\"", "\"1\""), ("\"false\"", "\"true\"")] {
        let data =
            format!(r#"{{"messageId":"m","isSelf":{no},"coworker":{yes},"mentionSelf":{yes}}}"#);
        let push = hosted(&data);
        let flags = (push.is_self, push.coworker, push.mention_self);
        assert_eq!(flags, (Some(false), Some(true), Some(true)), "{data}");
    }
    let push = hosted(r#"{"messageId":"m","isSelf":{},"coworker":[],"mentionSelf":"perhaps"}"#);
    assert_eq!((push.is_self, push.coworker, push.mention_self), (None, None, None));
}

#[test]
fn the_enterprise_s_token_is_read_by_nobody() {
    let push = hosted(r#"{"messageId":"m","token":"MARKER"}"#);
    assert!(!serde_json::to_string(&push).unwrap().contains("MARKER"));
    assert!(!format!("{push:?}").contains("MARKER"));
}

#[test]
fn the_account_s_own_messages_go_out() {
    let sent = |rest: &str| {
        let data = format!(r#"{{"messageId":"m","contactId":"7881","botWxid":"1688",{rest}}}"#);
        hosted(&data).to_message(&Conversion::new("s"))
    };
    let out = sent(r#""isSelf":true,"type":7,"coworker":false"#);
    assert_eq!(out.direction, Some(Direction::Outbound));
    let sender = out.sender.unwrap();
    assert_eq!((sender.id.unwrap().as_str(), sender.kind), ("1688", None));
    assert_eq!(out.recipients[0].kind.as_ref().unwrap().as_str(), "customer");
    assert!(sent(r#""isSelf":true,"roomId":"R:1""#).recipients.is_empty());

    let colleague = sent(r#""isSelf":false,"coworker":true"#);
    assert_eq!(colleague.direction, Some(Direction::Inbound));
    assert_eq!(colleague.sender.unwrap().kind.unwrap().as_str(), "agent");
    assert_eq!(sent(r#""isSelf":false"#).sender.unwrap().kind, None);

    let notice = sent(r#""isSelf":false,"type":10000,"payload":{"content":"入群"}"#);
    assert_eq!((notice.kind, notice.direction), (Kind::System, Some(Direction::System)));
    assert_eq!(notice.text.as_deref(), Some("入群"));

    let untold = sent(r#""type":7"#);
    assert_eq!((untold.direction, untold.sender), (None, None));
}
