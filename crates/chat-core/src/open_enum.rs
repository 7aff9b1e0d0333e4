//! Enums that keep the values they do not know.

/// Declares an enum over a vendor's words that keeps unknown ones in `Other`.
///
/// Known words are matched without regard to ASCII case; an unknown word is kept as sent. The enum
/// reads from and writes to a JSON string. `known()` lists the words of the variants.
///
/// ```
/// chat_core::open_enum! {
///     /// What a record carries.
///     pub enum MessageType {
///         /// Plain text.
///         Text = "text",
///         /// A picture.
///         Image = "image",
///     }
/// }
/// assert_eq!(MessageType::from("text"), MessageType::Text);
/// assert_eq!(MessageType::from("hologram").as_str(), "hologram");
/// assert!(MessageType::from("hologram").is_other());
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A word that is not in the list, as it was sent.
            Other(String),
        }

        impl $name {
            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }

            /// True when the word is not in the list.
            pub fn is_other(&self) -> bool {
                matches!(self, Self::Other(_))
            }

            /// The words of the list.
            pub fn known() -> &'static [&'static str] {
                &[$($word),*]
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) { return Self::$variant; })*
                Self::Other(word.to_owned())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::__serde::Serialize for $name {
            fn serialize<S: $crate::__serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::de::text(deserializer).map(|word| Self::from(word.as_str()))
            }
        }
    };
}

/// Declares an enum over a vendor's whole numbers that keeps unknown ones in `Other`.
///
/// Reads from a JSON number or a numeric string, and writes a number.
///
/// ```
/// chat_core::open_int_enum! {
///     /// Who wrote to whom.
///     pub enum ChatType {
///         /// Business to customer.
///         Outbound = 0,
///         /// Customer to business.
///         Inbound = 1,
///     }
/// }
/// assert_eq!(ChatType::from(1), ChatType::Inbound);
/// assert_eq!(ChatType::from(9).value(), 9);
/// ```
#[macro_export]
macro_rules! open_int_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $number:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A number that is not in the list.
            Other(i64),
        }

        impl $name {
            /// The number on the wire.
            pub fn value(self) -> i64 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// True when the number is not in the list.
            pub fn is_other(self) -> bool {
                matches!(self, Self::Other(_))
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $($number => Self::$variant,)*
                    other => Self::Other(other),
                }
            }
        }

        impl $crate::__serde::Serialize for $name {
            fn serialize<S: $crate::__serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.value())
            }
        }

        impl<'de> $crate::__serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::de::integer(deserializer).map(Self::from)
            }
        }
    };
}
