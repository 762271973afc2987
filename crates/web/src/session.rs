//! Signs sessions and forms, so that only these pages, in this browser, can change anything.

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use crate::preferences::{hex, random};
use crate::state::App;

/// How long a browser stays unlocked, in seconds: thirty days.
const UNLOCKED_FOR: i64 = 30 * 24 * 3_600;

/// One browser's session. It lives in the browser's cookie and is signed: the server keeps no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    id: String,
    /// When the passphrase was given, in seconds of Unix time.
    unlocked_at: Option<i64>,
    /// Whether the browser has to be told of it.
    pub(crate) is_new: bool,
}

impl Session {
    /// A session that nobody had before.
    #[must_use]
    pub fn fresh() -> Self {
        Self { id: hex(&random()), unlocked_at: None, is_new: true }
    }

    /// A new session of somebody who just gave the passphrase.
    #[must_use]
    pub fn unlocked(app: &App) -> Self {
        Self { unlocked_at: Some(app.now().as_second()), ..Self::fresh() }
    }

    /// The session of a request, where its cookie holds a valid one.
    #[must_use]
    pub fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        let text = cookie(headers, COOKIE)?;
        let mut parts = text.split('.');
        let (id, unlocked, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let unlocked_at: i64 = unlocked.parse().ok()?;
        let session =
            Self { id: id.to_owned(), unlocked_at: (unlocked_at > 0).then_some(unlocked_at), is_new: false };
        let is_whole = id.len() == 64 && parts.next().is_none();
        (is_whole && equal(mac, &session.mac(app))).then_some(session)
    }

    /// Whether the pages are open to it: there is no lock, or the passphrase was given lately.
    #[must_use]
    pub fn is_open(&self, app: &App) -> bool {
        if app.preferences().passphrase.is_none() {
            return true;
        }
        let age = self.unlocked_at.map(|at| app.now().as_second() - at);
        age.is_some_and(|age| (-60..UNLOCKED_FOR).contains(&age))
    }

    /// The token that every form of this session carries.
    #[must_use]
    pub fn csrf(&self, app: &App) -> String {
        hex(&hmac(app.secret(), format!("form {}", self.id).as_bytes()))
    }

    /// The cookie, with what keeps it to this browser and to requests from these pages.
    #[must_use]
    pub fn cookie(&self, app: &App, is_secure: bool) -> String {
        let value = format!("{}.{}.{}", self.id, self.unlocked_at.unwrap_or(0), self.mac(app));
        let secure = if is_secure { "; Secure" } else { "" };
        format!("{COOKIE}={value}; Path=/; Max-Age={UNLOCKED_FOR}; HttpOnly; SameSite=Lax{secure}")
    }

    fn mac(&self, app: &App) -> String {
        let epoch = app.preferences().lock_epoch;
        let text = format!("session {} {} {epoch}", self.id, self.unlocked_at.unwrap_or(0));
        hex(&hmac(app.secret(), text.as_bytes()))
    }
}

const COOKIE: &str = "nightmend";

/// The value of a cookie of the request.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok()).find_map(|line| {
        line.split(';').find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
    })
}

/// HMAC with SHA-256 (RFC 2104).
pub(crate) fn hmac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut inner = [0x36_u8; BLOCK];
    let mut outer = [0x5c_u8; BLOCK];
    for (at, byte) in key.iter().enumerate() {
        inner[at] ^= byte;
        outer[at] ^= byte;
    }
    let within = Sha256::new().chain_update(inner).chain_update(text).finalize();
    Sha256::new().chain_update(outer).chain_update(within).finalize().into()
}

/// Whether two texts are equal, in a time that does not tell where they differ.
pub(crate) fn equal(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // RFC 4231, case 1, whose key of 20 bytes is filled up with zeros as the standard says.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            hex(&hmac(&key, b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert!(equal("abc", "abc") && !equal("abc", "abd") && !equal("abc", "ab"));
    }
}
