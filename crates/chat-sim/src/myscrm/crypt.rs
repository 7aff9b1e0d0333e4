//! How raw records are encrypted: the callback cipher of WeCom (its page "encryption scheme"), AES-256-CBC over
//! `16 random bytes ‖ length ‖ message ‖ receiver`, filled up to a multiple of 32 bytes.

use aes::Aes256;
use base64::{
    Engine as _, alphabet,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
};
use cbc::{
    Encryptor,
    cipher::{BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding},
};

/// The letters and digits of an encoding key.
const KEY_CHARS: usize = 43;

/// PKCS#7, but with blocks of 32 bytes although the cipher's have 16.
const PAD_BLOCK: usize = 32;

/// 43 characters hold two bits more than 32 bytes, and real keys have them set.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Encrypts with one key.
pub(super) struct Cipher([u8; 32]);

impl Cipher {
    /// `None` if this is no encoding key.
    pub(super) fn new(encoding_key: &str) -> Option<Self> {
        let is_plain = encoding_key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if encoding_key.len() != KEY_CHARS || !is_plain {
            return None;
        }
        let key = KEY_BASE64.decode(format!("{encoding_key}=")).ok()?;
        Some(Self(key.try_into().ok()?))
    }

    /// Appends the cipher text of a message, in base64.
    pub(super) fn write(&self, random: [u8; 16], message: &[u8], receiver: &str, out: &mut String) {
        let mut plain = Vec::with_capacity(message.len() + receiver.len() + 20 + PAD_BLOCK);
        plain.extend_from_slice(&random);
        plain.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
        plain.extend_from_slice(message);
        plain.extend_from_slice(receiver.as_bytes());
        let pad = PAD_BLOCK - plain.len() % PAD_BLOCK;
        plain.resize(plain.len() + pad, u8::try_from(pad).unwrap_or(0));
        let [iv @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.0;
        let length = plain.len();
        // a multiple of the cipher's block is never refused
        let _ = Encryptor::<Aes256>::new(&self.0.into(), &iv.into())
            .encrypt_padded::<NoPadding>(&mut plain, length);
        STANDARD.encode_string(&plain, out);
    }
}

#[cfg(test)]
mod tests {
    use super::Cipher;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn encrypted(key: &str, random: [u8; 16], message: &str, receiver: &str) -> String {
        let mut out = String::new();
        Cipher::new(key).unwrap().write(random, message.as_bytes(), receiver, &mut out);
        out
    }

    #[test]
    fn published_vectors() {
        assert_eq!(
            encrypted(KEY, *b"aaaabbbbccccdddd", "我是中文abcd123", "wxb11529c136998cb6"),
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
        );
        // the key's last two bits are set
        assert_eq!(
            encrypted(
                "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
                *b"c41b64491c2468d0",
                "1616140317555161061",
                "wx5823bf96d3bd56c7"
            ),
            "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
        );
    }

    #[test]
    fn vectors_of_every_length_of_padding() {
        let random = *b"0123456789abcdef";
        for (message, receiver, expected) in [
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
        ] {
            assert_eq!(encrypted(KEY, random, message, receiver), expected);
        }
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in [&KEY[1..], &format!("{KEY}="), &KEY.replace('a', "$"), ""] {
            assert!(Cipher::new(text).is_none(), "{text}");
        }
    }
}
