//! The cipher: published examples, examples of our own, and what must not open.

use myscrm_qw::{CipherError, DecryptionKeys, EncodingAesKey, Error};

use crate::{KEY, key, keys};

/// The worked example of WeCom's page on its encryption scheme.
const WECOM_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const WECOM: &str = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==";
/// The check of an address in the sample of a Go library, with the same key.
const ADDRESS_CHECK: &str =
    "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
/// Of the tests of another Go library: the one published key whose last bits are not set.
const GO_KEY: &str = "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws";
const GO: &str =
    "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==";
/// Of the tests of a Python library.
const PYTHON_KEY: &str = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR";
const PYTHON: &str =
    "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==";
/// Of the tests of a Java library.
const JAVA: &str =
    "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";

/// Of our own, made with Python's `cryptography`: message, receiver, filling, cipher text. The random
/// bytes are `0123456789abcdef`.
const OWN: [(&str, &str, &str); 5] = [
    (
        r#"{"action":"send","chat_id":"c1","chat_record_id":"r1","msgid":"1_2_external","msgtime":1654313050127,"msgtype":"text","from":"u1","tolist":["wm1"],"sender_type":1,"text":{"content":"hi"}}"#,
        "ww0123456789abcdef",
        "Q3stYC6hdFzMh9T8HCvyDFWFaRzbdW/h+D5JSb2zJO7bHIOuDcdFq4kGZPzIAKcxHOvl3lzunv89mn4AVknFMuWDU89kOgiCx1efUJc780M/vsE2CS3ZXei59hf1R3a4t3iRCcnlxa8+F3GA8l7PcLnKeam7+l4zS0BYHEGoFCfc+wKVL8ZhyELwliMbOc31blHA62KnMt5/EY1hUluDHmqmg5usSAd/xXPRcNGWdGVrpFbGPOExeIPBhqiGu0L8bBaOd2ga0K7glyJbNYbSmo4laMd3obOPSvMyHQk6Ukbn1f1RdLdlgnokHEHhiBpYJdaUXMwmrlaQmLcbR8sbmA==",
    ),
    (
        r#"[{"chat_record_id":"r1","msgtype":"text","text":{"content":"您好"}},{"chat_record_id":"r2","msgtype":"image","image":{"oss_url":"https://oss.example.test/a.jpg"}}]"#,
        "ww0123456789abcdef",
        "Q3stYC6hdFzMh9T8HCvyDPC/y5/7IISVGAYhzgJd/lFXzsU72UTJVNAM37R/UTYE3iMbxIfH6kHIZ6kzXoP58etpIlyq0i23Ufsu0eCAQdel9+zuwxroJmLlAJo7nk7drGd/sPCtjvOWWnqv0nAWEin0lYL1qfyO+phh5QSJ1F6ZNG+RsRvWpHH/VtxcIJGrYUnxH/GM5HXEUWVHCPehBdm9gge3bMwEccXow3pOgCYSobTZ6dDdtfZnVSiDkK8WpEZ4yjRlAb9o29EdY8wFMtvlYHoeDsEQyQqfMbol09Y=",
    ),
    (
        "[]",
        "ww0123456789abcdef",
        "Q3stYC6hdFzMh9T8HCvyDEhKIqdixINEqrbcL/RB2kLdrt2AJRjRf0sZhlWsvulcBzno3w6wi3MzB7noZMT7AQ==",
    ),
    ("[]", "", "Q3stYC6hdFzMh9T8HCvyDEPHXB261yF4IiU69HQysRs="),
    (
        r#"[{"chat_record_id":"r0"} ]"#,
        "ww0123456789abcdef",
        "Q3stYC6hdFzMh9T8HCvyDBnDUJ5o1uik0T3HGVGmMymP6ZmtTxSvxZuADJouT36xRvLwAoXN2JM2ZhB647nYuIridTPQEG9Z0UhUqlenfdVKan+lcMz2ASjQPWwGe8q9",
    ),
];

fn open(key: &str, encrypted: &str) -> (String, String) {
    let decrypted = EncodingAesKey::new(key).unwrap().decrypt(encrypted).unwrap();
    (decrypted.message().to_owned(), decrypted.receive_id().unwrap())
}

#[test]
fn the_published_examples_open() {
    let (xml, receiver) = open(WECOM_KEY, WECOM);
    assert_eq!((xml.len(), receiver.as_str()), (284, "wx5823bf96d3bd56c7"));
    let digest = <sha2::Sha256 as sha2::Digest>::digest(xml.as_bytes());
    assert_eq!(
        hex::encode(digest),
        "62f23e2db9188b2883215b599af3d8ffcaa3fae68770c8f84529cfc560683f32"
    );
    assert_eq!(open(WECOM_KEY, ADDRESS_CHECK).0, "1616140317555161061");
    let opened = open(GO_KEY, GO);
    assert_eq!(opened, ("94966531020182955848408".to_owned(), "ww6a112864f8022910".to_owned()));
    let opened = open(PYTHON_KEY, PYTHON);
    assert_eq!(opened, ("5927782489442352469".to_owned(), "wx49f0ab532d5d035a".to_owned()));
    let opened = open(KEY, JAVA);
    assert_eq!(opened, ("我是中文abcd123".to_owned(), "wxb11529c136998cb6".to_owned()));
}

#[test]
fn the_published_examples_are_made_again() {
    let (xml, receiver) = open(WECOM_KEY, WECOM);
    let key = EncodingAesKey::new(WECOM_KEY).unwrap();
    assert_eq!(key.encrypt(*b"0960688932c47ef1", xml.as_bytes(), &receiver).unwrap(), WECOM);
    let made = crate::key().encrypt(
        *b"aaaabbbbccccdddd",
        "我是中文abcd123".as_bytes(),
        "wxb11529c136998cb6",
    );
    assert_eq!(made.unwrap(), JAVA);
}

#[test]
fn examples_of_every_filling_go_both_ways() {
    for (message, receiver, encrypted) in OWN {
        assert_eq!(open(KEY, encrypted), (message.to_owned(), receiver.to_owned()));
        let made = key().encrypt(*b"0123456789abcdef", message.as_bytes(), receiver).unwrap();
        assert_eq!(made, encrypted);
    }
    for length in 0..70 {
        let message = "x".repeat(length);
        let made = key().encrypt([7; 16], message.as_bytes(), "r").unwrap();
        assert_eq!(open(KEY, &made), (message, "r".to_owned()), "{length}");
    }
}

#[test]
fn white_space_around_is_dropped() {
    let key = EncodingAesKey::new(format!(" {KEY}\n")).unwrap();
    assert_eq!(key.decrypt(&format!("\t{}\r\n", OWN[3].2)).unwrap().message(), "[]");
}

#[test]
fn the_first_key_that_fits_is_taken() {
    let other = EncodingAesKey::new(WECOM_KEY).unwrap();
    let both = DecryptionKeys::new([other.clone(), key()]);
    assert_eq!(both.decrypt(OWN[2].2).unwrap().into_message(), "[]");
    assert_eq!(both.decrypt(ADDRESS_CHECK).unwrap().message(), "1616140317555161061");
    assert_eq!(DecryptionKeys::new([other]).decrypt(OWN[2].2), Err(CipherError));
    assert!(DecryptionKeys::default().is_empty() && !both.is_empty());
    assert_eq!(DecryptionKeys::default().decrypt(OWN[2].2), Err(CipherError));
}

#[test]
fn a_receiver_is_checked_only_where_one_is_expected() {
    let expecting = |id: &str| keys().with_receive_id(id).decrypt(OWN[2].2).map(drop);
    assert_eq!(expecting("ww0123456789abcdef"), Ok(()));
    assert_eq!(expecting("wwanother"), Err(CipherError));
    assert_eq!(expecting(""), Err(CipherError));
    assert!(keys().with_receive_id("").decrypt(OWN[3].2).is_ok());
}

#[test]
fn keys_that_are_none_are_refused() {
    let too_long = format!("{KEY}H");
    for wrong in ["", &KEY[..42], &too_long, &KEY.replace('a', "$"), &KEY.replace('a', "+")] {
        let error = EncodingAesKey::new(wrong).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }), "{wrong}");
        assert!(!error.to_string().contains("bcdef"), "{error}");
    }
}

/// Cipher texts of frames that the scheme does not make, by the cipher alone.
mod frames {
    use aes::cipher::block_padding::NoPadding;
    use aes::cipher::{BlockModeEncrypt, KeyIvInit};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use myscrm_qw::CipherError;

    use crate::key;

    /// 32 zero bytes are this key.
    fn encrypted(frame: &[u8]) -> String {
        let cipher = cbc::Encryptor::<aes::Aes256>::new(&[0; 32].into(), &[0; 16].into());
        STANDARD.encode(cipher.encrypt_padded_vec::<NoPadding>(frame))
    }

    fn open(frame: &[u8]) -> Result<String, CipherError> {
        let key = myscrm_qw::EncodingAesKey::new("A".repeat(43)).unwrap();
        key.decrypt(&encrypted(frame)).map(myscrm_qw::Decrypted::into_message)
    }

    /// A frame of 32 bytes: its length field, its message, its filling.
    fn frame(length: u32, message: &[u8], fill: &[u8]) -> Vec<u8> {
        let mut frame = vec![b'r'; 16];
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(message);
        frame.extend_from_slice(fill);
        assert_eq!(frame.len() % 16, 0);
        frame
    }

    #[test]
    fn fillings_and_lengths_that_cannot_be_are_refused() {
        let message = b"[]";
        assert_eq!(open(&frame(2, message, &[10; 10])).unwrap(), "[]");
        let mut uneven = [10; 10];
        uneven[0] = 9;
        for (what, frame) in [
            ("no filling", frame(2, message, &[0; 10])),
            ("a filling of 33", frame(2, message, &[33; 42])),
            ("an uneven filling", frame(2, message, &uneven)),
            ("a filling larger than the frame", vec![32; 16]),
            ("a frame that is filling only", vec![32; 32]),
            ("a length behind the end", frame(3, message, &[10; 10])),
            ("the largest length", frame(u32::MAX, message, &[10; 10])),
            ("no UTF-8", frame(2, &[0xff, 0xfe], &[10; 10])),
        ] {
            assert_eq!(open(&frame), Err(CipherError), "{what}");
        }
    }

    #[test]
    fn damaged_cipher_texts_are_refused() {
        let whole = key().encrypt([1; 16], b"[]", "ww").unwrap();
        let mut bytes = STANDARD.decode(&whole).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        let cut = STANDARD.encode(&bytes[..bytes.len() - 1]);
        for wrong in [STANDARD.encode(&bytes), cut, String::new(), "  ".to_owned(), "?".to_owned()]
        {
            assert_eq!(key().decrypt(&wrong), Err(CipherError), "{wrong}");
        }
    }
}
