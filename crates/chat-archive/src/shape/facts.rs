//! What is counted of the values at a path.

use std::fmt;

/// A property that a value at a path had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Type(Type),
    Form(Form),
    /// How long a text is: class `n` is from `4^n` characters to below `4^(n+1)`.
    Length(u32),
    /// How many digits a whole number has.
    Digits(u32),
    /// A word of an enum; `None`: one that is not shown, and that no enum knows.
    Word(Option<String>),
    /// Something that is not right with it.
    Odd(Odd),
}

macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),* }

        impl $name {
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

names! {
    /// A type of JSON, or none at all.
    Type {
        Null = "null", String = "string", Number = "number", Bool = "bool", Array = "array",
        Object = "object", Absent = "absent",
    }
}

names! {
    /// What a text or a number looks like.
    Form {
        Empty = "empty text", NumberText = "number as text", FractionText = "fraction as text",
        Date = "date", WallTime = "time without zone", ZonedTime = "time with T", Link = "link",
        JsonText = "JSON as text", Markup = "markup", Text = "text", Whole = "whole number",
        Fraction = "fraction",
    }
}

names! {
    /// What is wrong.
    Odd {
        Unreadable = "unreadable", FewerRows = "fewer rows than told", Gone = "gone",
    }
}

impl What {
    /// The name of the property, as stored and shown.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Type(_) => "type",
            Self::Form(_) => "form",
            Self::Length(_) => "length",
            Self::Digits(_) => "digits",
            Self::Word(_) => "word",
            Self::Odd(_) => "odd",
        }
    }

    /// Its value, as stored and shown; empty for a word that is not shown.
    pub(crate) fn value(&self) -> String {
        match self {
            Self::Type(kind) => kind.as_str().to_owned(),
            Self::Form(form) => form.as_str().to_owned(),
            Self::Length(class) => {
                let (from, to) = (4u64.saturating_pow(*class), 4u64.saturating_pow(class + 1));
                format!("{from}-{}", to - 1)
            }
            Self::Digits(digits) => digits.to_string(),
            Self::Word(word) => word.clone().unwrap_or_default(),
            Self::Odd(odd) => odd.as_str().to_owned(),
        }
    }

    pub(crate) fn parse(name: &str, value: &str) -> Option<Self> {
        match name {
            "type" => Type::parse(value).map(Self::Type),
            "form" => Form::parse(value).map(Self::Form),
            "length" => {
                let from: u64 = value.split('-').next()?.parse().ok()?;
                Some(Self::Length(from.checked_ilog2()? / 2))
            }
            "digits" => value.parse().ok().map(Self::Digits),
            "word" => Some(Self::Word(Some(value.to_owned()).filter(|word| !word.is_empty()))),
            "odd" => Odd::parse(value).map(Self::Odd),
            _ => None,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(None) => f.write_str("a value that is not shown"),
            Self::Length(_) => write!(f, "{} characters", self.value()),
            Self::Digits(digits) => write!(f, "{digits} digits"),
            _ => f.write_str(&self.value()),
        }
    }
}

impl Form {
    /// What a text looks like.
    pub(crate) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return Self::Empty };
        match first {
            b'0'..=b'9' | b'-' => Self::of_number(bytes),
            b'{' if *last == b'}' => Self::JsonText,
            b'[' if *last == b']' => Self::JsonText,
            b'<' if *last == b'>' => Self::Markup,
            b'h' if text.starts_with("http://") || text.starts_with("https://") => Self::Link,
            _ => Self::Text,
        }
    }

    fn of_number(bytes: &[u8]) -> Self {
        let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
        let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
        if digits(unsigned) {
            return Self::NumberText;
        }
        let mut parts = unsigned.splitn(2, |byte| *byte == b'.');
        if let (Some(whole), Some(rest)) = (parts.next(), parts.next())
            && digits(whole)
            && digits(rest)
        {
            return Self::FractionText;
        }
        let dashes = [bytes.get(4), bytes.get(7)];
        if bytes.len() < 10 || dashes != [Some(&b'-'), Some(&b'-')] {
            return Self::Text;
        }
        match bytes.get(10) {
            None => Self::Date,
            Some(b' ') => Self::WallTime,
            Some(b'T') => Self::ZonedTime,
            Some(_) => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        for (text, form) in [
            ("", Form::Empty),
            ("12", Form::NumberText),
            ("-1", Form::NumberText),
            ("1.5", Form::FractionText),
            ("1.2.3", Form::Text),
            ("2025-01-31", Form::Date),
            ("2025-01-31 10:00:00", Form::WallTime),
            ("2025-01-31T10:00:00Z", Form::ZonedTime),
            ("2025/01/31", Form::Text),
            ("https://example.com", Form::Link),
            ("{\"a\":1}", Form::JsonText),
            ("<p>a</p>", Form::Markup),
            ("-", Form::Text),
            ("hello", Form::Text),
        ] {
            assert_eq!(Form::of(text), form, "{text}");
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        for what in [
            What::Type(Type::Absent),
            What::Form(Form::WallTime),
            What::Length(0),
            What::Length(7),
            What::Digits(13),
            What::Word(Some("text".to_owned())),
            What::Word(None),
            What::Odd(Odd::Gone),
        ] {
            assert_eq!(What::parse(what.name(), &what.value()), Some(what));
        }
    }
}
