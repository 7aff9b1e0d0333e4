//! Credentials: a key that travels in the query of every call, and nothing else.

use std::fmt;

use chat_core::{Authorize, Secret, UnixMillis, Url, http};

use crate::error::Error;

/// The name of the key in the query.
const API_KEY: &str = "apiKey";
/// The calls for which the vendor names another page of its console as the source of the key.
const MARKETING: &str = "/v1/api/ai/";

/// What proves who is calling.
///
/// The key is part of the address of every request, which is why no address is ever shown.
/// `Debug` says only whether there are one or two keys.
#[derive(Clone)]
pub struct Credentials {
    api_key: Secret,
    marketing_key: Option<Secret>,
}

impl Credentials {
    /// The key of the integration page of any AI assistant.
    pub fn new(api_key: impl Into<Secret>) -> Self {
        Self { api_key: api_key.into(), marketing_key: None }
    }

    /// Another key for the calls below `/v1/api/ai/`, as the list of hosted accounts: their pages
    /// name the console's page "API interface" as its source. Whether it is another key at all is
    /// not documented; without one the main key is sent.
    #[must_use]
    pub fn with_marketing_key(mut self, key: impl Into<Secret>) -> Self {
        self.marketing_key = Some(key.into());
        self
    }

    /// Finds what would only show as a refusal: a key that is empty, or that kept the line end of
    /// the file it was read from.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client checks"))]
    pub(crate) fn check(&self) -> Result<(), Error> {
        let marketing_key = self.marketing_key.as_ref().map(|key| ("marketing key", key));
        for (name, secret) in [Some(("API key", &self.api_key)), marketing_key].iter().flatten() {
            let value = secret.expose();
            if value.is_empty() {
                return Err(Error::invalid(format!("the {name} is empty")));
            }
            if value.contains(char::is_whitespace) {
                return Err(Error::invalid(format!("the {name} holds white space or a line end")));
            }
        }
        Ok(())
    }

    /// Blots out the keys.
    #[cfg(feature = "client")]
    pub(crate) fn blots(&self) -> chat_core::Blots {
        let keys = [Some(&self.api_key), self.marketing_key.as_ref()];
        chat_core::Blots::new(keys.into_iter().flatten().map(Secret::expose))
    }

    fn key_for(&self, path: &str) -> &Secret {
        let marketing_key = self.marketing_key.as_ref().filter(|_| path.contains(MARKETING));
        marketing_key.unwrap_or(&self.api_key)
    }
}

impl Authorize<Error> for Credentials {
    async fn authorize(
        &self,
        request: &mut http::Request<Vec<u8>>,
        _: UnixMillis,
    ) -> Result<(), Error> {
        let not_a_url = || Error::invalid("the request's address is not a URL");
        let mut url = Url::parse(&request.uri().to_string()).map_err(|_| not_a_url())?;
        let key = self.key_for(request.uri().path());
        url.query_pairs_mut().append_pair(API_KEY, key.expose());
        *request.uri_mut() = url.as_str().parse().map_err(|_| not_a_url())?;
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("has_marketing_key", &self.marketing_key.is_some())
            .finish_non_exhaustive()
    }
}
