//! The tokens of a user: fetched when they are needed, renewed before they end and when they are
//! refused, once however many calls wait for them.

use std::collections::btree_map::Entry;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat_core::http::{HeaderMap, Request};
use chat_core::{Authorize, Blots, Failed, Secret, UnixMillis};

use super::{Inner, unsent};
use crate::auth::{MESSAGING_TOKEN, header_value, put_bearer};
use crate::error::Error;
use crate::token::{AccessTokenRequest, MessagingTokenRequest, sendable};
use crate::user::User;

/// A token of a user lives an hour and is renewed after 50 minutes.
const MESSAGING_TOKEN_MS: i64 = 50 * 60_000;

/// A token that is kept until it is old or refused.
#[derive(Default)]
pub(super) struct TokenCell {
    current: Mutex<Option<Held>>,
    renewing: async_lock::Mutex<()>,
}

#[derive(Clone)]
struct Held {
    value: Secret,
    since: UnixMillis,
    good_for_ms: i64,
}

impl Held {
    /// Calls take the time before they wait for each other, so a token may seem to be of the
    /// future; only a clock that was set back by much makes it old.
    fn is_fresh(&self, now: UnixMillis) -> bool {
        let age_ms = now.get().saturating_sub(self.since.get());
        age_ms.saturating_abs() < self.good_for_ms
    }
}

impl TokenCell {
    /// The token that is held, unless it is old or is the one that was refused; else what `fetch`
    /// brings. Calls that come meanwhile wait for that.
    async fn get<F>(
        &self,
        now: UnixMillis,
        refused: Option<&Secret>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Secret, Error>
    where
        F: Future<Output = Result<(Secret, i64), Error>>,
    {
        if let Some(token) = self.held(now, refused) {
            return Ok(token);
        }
        let _turn = self.renewing.lock().await;
        if let Some(token) = self.held(now, refused) {
            return Ok(token);
        }
        let (value, good_for_ms) = fetch().await?;
        self.hold(value.clone(), now, good_for_ms);
        Ok(value)
    }

    fn held(&self, now: UnixMillis, refused: Option<&Secret>) -> Option<Secret> {
        let current = lock(&self.current);
        let held = current.as_ref().filter(|held| held.is_fresh(now))?;
        let is_refused = refused.is_some_and(|refused| refused.expose() == held.value.expose());
        (!is_refused).then(|| held.value.clone())
    }

    /// What is held, however old.
    fn current(&self) -> Option<Secret> {
        lock(&self.current).as_ref().map(|held| held.value.clone())
    }

    /// Holds a token in place of another one, unless that was replaced meanwhile.
    fn replace(&self, old: &Secret, value: Secret, since: UnixMillis, good_for_ms: i64) {
        let mut current = lock(&self.current);
        if current.as_ref().is_some_and(|held| held.value.expose() == old.expose()) {
            *current = Some(Held { value, since, good_for_ms });
        }
    }

    fn hold(&self, value: Secret, since: UnixMillis, good_for_ms: i64) {
        *lock(&self.current) = Some(Held { value, since, good_for_ms });
    }
}

/// How long an access token is used, of a lifetime in seconds: to four fifths of it, and to a
/// minute before its end, but for half of it at least.
fn access_token_ms(lifetime_s: u64) -> i64 {
    let whole_ms = i64::try_from(lifetime_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    (whole_ms / 5 * 4).min(whole_ms - 60_000).max(whole_ms / 2)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn messaging_token(&self, channel_id: &str, user: &User) -> Arc<TokenCell> {
        // by the name too: a token is asked for with it
        match lock(&self.messaging_tokens).entry((channel_id.to_owned(), user.clone())) {
            Entry::Occupied(cell) => Arc::clone(cell.get()),
            Entry::Vacant(cell) => Arc::clone(cell.insert(Arc::default())),
        }
    }
}

/// The credentials of one call: those of a user of a channel.
pub(super) struct Session<'a> {
    inner: &'a Inner,
    channel_id: &'a str,
    user: &'a User,
    cell: Arc<TokenCell>,
    /// The tokens of the last attempt.
    used: Mutex<Option<(Secret, Secret)>>,
    /// All tokens that any of its attempts used, those at calls for tokens included.
    known: Mutex<Vec<Secret>>,
    /// Why the tokens could not be renewed.
    renewal: Mutex<Option<Error>>,
    /// Attempts at the calls for tokens, where those failed.
    token_attempts: AtomicU32,
}

impl<'a> Session<'a> {
    pub(super) fn new(inner: &'a Inner, channel_id: &'a str, user: &'a User) -> Self {
        Self::with_cell(inner, channel_id, user, inner.messaging_token(channel_id, user))
    }

    const fn with_cell(
        inner: &'a Inner,
        channel_id: &'a str,
        user: &'a User,
        cell: Arc<TokenCell>,
    ) -> Self {
        Self {
            inner,
            channel_id,
            user,
            cell,
            used: Mutex::new(None),
            known: Mutex::new(Vec::new()),
            renewal: Mutex::new(None),
            token_attempts: AtomicU32::new(0),
        }
    }

    async fn access_token(
        &self,
        now: UnixMillis,
        refused: Option<&Secret>,
    ) -> Result<Secret, Error> {
        let Inner { access_token, token_caller, credentials, token_lifetime_s, .. } = self.inner;
        let request = AccessTokenRequest::new(credentials).with_lifetime_s(*token_lifetime_s);
        let token = access_token
            .get(now, refused, || async {
                let token = token_caller.call(&request, &Unsigned).await;
                let token = token.map_err(|failed| self.counted(failed))?;
                let lifetime_s = token.lifetime_s.filter(|lifetime_s| *lifetime_s > 0);
                let lifetime_s = lifetime_s.unwrap_or_else(|| u64::from(*token_lifetime_s));
                Ok((token.value, access_token_ms(lifetime_s)))
            })
            .await?;
        lock(&self.known).push(token.clone());
        Ok(token)
    }

    async fn messaging_token(
        &self,
        now: UnixMillis,
        refused: Option<&Secret>,
    ) -> Result<Secret, Error> {
        let request = MessagingTokenRequest::new(self.channel_id, self.user, &self.inner.locale);
        let token = self
            .cell
            .get(now, refused, || async {
                let bearer = Bearer { session: self, used: Mutex::default() };
                let token = self.inner.caller.call(&request, &bearer).await;
                let token = token.map_err(|failed| self.counted(failed))?;
                Ok((token, MESSAGING_TOKEN_MS))
            })
            .await?;
        lock(&self.known).push(token.clone());
        Ok(token)
    }

    fn counted(&self, failed: Failed<Error>) -> Error {
        self.token_attempts.fetch_add(failed.attempts, Ordering::Relaxed);
        failed.error
    }

    /// Renews both tokens in their order, unless another call has done so meanwhile.
    async fn renew(&self, now: UnixMillis) -> Result<(), Error> {
        let used = lock(&self.used).clone();
        let (access, messaging) = used.as_ref().map(|(a, m)| (a, m)).unzip();
        self.access_token(now, access).await?;
        self.messaging_token(now, messaging).await.map(drop)
    }

    /// A failure with what only this session knows: why renewing failed, how often it was tried,
    /// and what of the vendor's words must not be shown.
    pub(super) fn complete(self, mut failed: Failed<Error>) -> Failed<Error> {
        if let Some(error) = lock(&self.renewal).take() {
            failed.error = error;
        }
        failed.attempts += self.token_attempts.load(Ordering::Relaxed);
        let credentials = &self.inner.credentials;
        let mut tokens = std::mem::take(&mut *lock(&self.known));
        tokens.extend(self.inner.access_token.current());
        tokens.extend(self.cell.current());
        // a shorter one would blot out half of the words, and tells nothing
        let user = [self.user.id(), self.user.name()].into_iter().filter(|text| text.len() > 3);
        let secrets = tokens.iter().chain([credentials.app_key(), credentials.app_secret()]);
        failed.error.mask(&Blots::new(secrets.map(Secret::expose).chain(user)));
        failed
    }
}

/// Makes sure that there is an access token, which is all that can be asked for without a user.
pub(super) async fn prove_credentials(inner: &Inner) -> Result<(), Failed<Error>> {
    let nobody = User::new("");
    let channel_id = inner.credentials.channel_id();
    let session = Session::with_cell(inner, channel_id, &nobody, Arc::default());
    match session.access_token(inner.caller.now(), None).await {
        Ok(_) => Ok(()),
        Err(error) => Err(session.complete(unsent(error))),
    }
}

impl Authorize<Error> for Session<'_> {
    async fn authorize(
        &self,
        request: &mut Request<Vec<u8>>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let access = self.access_token(now, None).await?;
        let messaging = self.messaging_token(now, None).await?;
        // a token that was refused meanwhile has been replaced
        let access = self.inner.access_token.held(now, None).unwrap_or(access);
        put_bearer(request.headers_mut(), &self.inner.credentials, &access)?;
        let value = header_value("messaging token", messaging.expose())?;
        request.headers_mut().insert(MESSAGING_TOKEN, value);
        *lock(&self.used) = Some((access, messaging));
        Ok(())
    }

    /// A token that ends while it is in use is replaced by the answer's own. One that comes again
    /// is no younger for it, and a late answer brings none that is better than the one held now.
    fn learn(&self, headers: &HeaderMap, now: UnixMillis) {
        let fresh = headers.get(MESSAGING_TOKEN).and_then(|value| value.to_str().ok());
        let fresh = fresh.and_then(|fresh| sendable(fresh).ok());
        let used = lock(&self.used).as_ref().map(|(_, messaging)| messaging.clone());
        if let (Some(fresh), Some(used)) = (fresh, used)
            && fresh.expose() != used.expose()
        {
            self.cell.replace(&used, fresh, now, MESSAGING_TOKEN_MS);
        }
    }

    async fn recover(&self, error: &Error, now: UnixMillis) -> bool {
        if !error.is_token_refused() {
            return false;
        }
        match self.renew(now).await {
            Ok(()) => true,
            Err(error) => {
                *lock(&self.renewal) = Some(error);
                false
            }
        }
    }
}

/// The credentials of `applyToken`: the access token alone.
struct Bearer<'a> {
    session: &'a Session<'a>,
    used: Mutex<Option<Secret>>,
}

impl Authorize<Error> for Bearer<'_> {
    async fn authorize(
        &self,
        request: &mut Request<Vec<u8>>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let access = self.session.access_token(now, None).await?;
        put_bearer(request.headers_mut(), &self.session.inner.credentials, &access)?;
        *lock(&self.used) = Some(access);
        Ok(())
    }

    async fn recover(&self, error: &Error, now: UnixMillis) -> bool {
        if !error.is_token_refused() {
            return false;
        }
        let used = lock(&self.used).clone();
        match self.session.access_token(now, used.as_ref()).await {
            Ok(_) => true,
            Err(error) => {
                *lock(&self.session.renewal) = Some(error);
                false
            }
        }
    }
}

/// The credentials of `tokenByAkSk` are its body.
struct Unsigned;

impl Authorize<Error> for Unsigned {
    async fn authorize(&self, _: &mut Request<Vec<u8>>, _: UnixMillis) -> Result<(), Error> {
        Ok(())
    }
}
