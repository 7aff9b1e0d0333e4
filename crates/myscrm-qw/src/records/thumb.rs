//! The size of small pictures, in the words of Alibaba Cloud's object store, which the vendor's pages
//! refer to ("图片缩放").

use std::fmt;

use crate::error::Error;

/// How small pictures are made (`thumb_option`): what follows `x-oss-process=` there.
///
/// ```
/// use myscrm_qw::{ResizeMode, ThumbOption};
///
/// let option =
///     ThumbOption::resize().with_mode(ResizeMode::Fixed).with_width(100).with_height(100);
/// assert_eq!(option.as_str(), "image/resize,m_fixed,w_100,h_100");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ThumbOption {
    text: String,
    wrong: Option<&'static str>,
}

/// How a picture is fitted into the wanted size (`m`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResizeMode {
    /// Inside of the size, in its own shape; the default.
    Fit,
    /// Around the size, in its own shape.
    Cover,
    /// Exactly the size, cut.
    Fill,
    /// Exactly the size, with margins.
    Pad,
    /// Exactly the size, stretched.
    Fixed,
}

impl ResizeMode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Fit => "lfit",
            Self::Cover => "mfit",
            Self::Fill => "fill",
            Self::Pad => "pad",
            Self::Fixed => "fixed",
        }
    }
}

impl ThumbOption {
    /// The longest side that can be asked for, in pixels.
    pub const MAX_SIDE: u32 = 16_384;

    /// Another size, to be told by what follows.
    pub fn resize() -> Self {
        Self::raw("image/resize")
    }

    /// Any text in the store's own words.
    pub fn raw(text: impl Into<String>) -> Self {
        Self { text: text.into(), wrong: None }
    }

    /// How it is fitted into the size.
    #[must_use]
    pub fn with_mode(self, mode: ResizeMode) -> Self {
        self.with("m", mode.as_str())
    }

    /// The width in pixels, 1 to 16384.
    #[must_use]
    pub fn with_width(self, pixels: u32) -> Self {
        self.with_side("w", pixels)
    }

    /// The height in pixels, 1 to 16384.
    #[must_use]
    pub fn with_height(self, pixels: u32) -> Self {
        self.with_side("h", pixels)
    }

    /// The longer side in pixels, 1 to 16384; of no effect beside width or height.
    #[must_use]
    pub fn with_longest(self, pixels: u32) -> Self {
        self.with_side("l", pixels)
    }

    /// The shorter side in pixels, 1 to 16384; of no effect beside width or height.
    #[must_use]
    pub fn with_shortest(self, pixels: u32) -> Self {
        self.with_side("s", pixels)
    }

    /// A share of the size it has, in percent, 1 to 1000.
    #[must_use]
    pub fn with_percent(mut self, percent: u32) -> Self {
        if !(1..=1000).contains(&percent) {
            self.wrong = Some("a thumbnail has 1 to 1000 percent of the picture");
        }
        self.with("p", percent)
    }

    /// Also makes pictures larger than they are, which is not done by default.
    #[must_use]
    pub fn with_enlarging(self) -> Self {
        self.with("limit", 0)
    }

    /// The text on the wire.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        match self.wrong {
            Some(wrong) => Err(Error::invalid(wrong)),
            None if self.text.is_empty() => Err(Error::invalid("thumb_option is empty")),
            None => Ok(()),
        }
    }

    fn with_side(mut self, name: &str, pixels: u32) -> Self {
        if !(1..=Self::MAX_SIDE).contains(&pixels) {
            self.wrong = Some("the sides of a thumbnail have 1 to 16384 pixels");
        }
        self.with(name, pixels)
    }

    fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.text = format!("{},{name}_{value}", self.text);
        self
    }
}

impl fmt::Debug for ThumbOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThumbOption({})", self.text)
    }
}
