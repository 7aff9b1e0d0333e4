//! Whose history is asked for.

use std::fmt;

use crate::error::Error;

/// A customer of one channel: the id that the business gave, and a name.
///
/// `Debug` shows neither.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    id: String,
    name: Option<String>,
}

impl User {
    /// The longest id that any of the vendor's pages allows.
    pub const MAX_ID_CHARS: usize = 32;
    /// The longest id that all of the vendor's pages allow.
    pub const SAFE_ID_CHARS: usize = 24;

    /// A customer by id (`userId`).
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None }
    }

    /// With a display name (`userName`), which the vendor wants before it gives a token. Whether
    /// it changes the name that the customer has there is not documented, so give the present one.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name; without one, the id.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let chars = self.id.chars().count();
        if chars == 0 {
            return Err(Error::invalid("the user id is empty"));
        }
        if chars > Self::MAX_ID_CHARS {
            return Err(Error::invalid(format!(
                "the user id has {chars} characters, more than {}",
                Self::MAX_ID_CHARS
            )));
        }
        Ok(())
    }
}

impl From<&str> for User {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for User {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}
