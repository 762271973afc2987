//! Guards the pages with a passphrase: argon2id, and ever longer waits after wrong attempts.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use jiff::Timestamp;
use nightmend_app::AppError;

/// Shorter passphrases are refused: with the waits below, eight letters outlast a guesser at the door.
pub const SHORTEST: usize = 8;
/// Longer ones are refused too, so that nobody keeps the machine busy with hashing.
pub const LONGEST: usize = 256;

/// The hash of a passphrase, with its salt and parameters.
///
/// # Errors
/// One that is too short or too long.
pub fn hash(passphrase: &str) -> Result<String, AppError> {
    let length = passphrase.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(AppError::Refused(format!(
            "a passphrase has {SHORTEST} to {LONGEST} characters, and this one has {length}; four words that you can remember make a good one"
        )));
    }
    let hash = hasher().hash_password(passphrase.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| {
        AppError::Refused(format!("the passphrase could not be kept ({error}); try another"))
    })
}

/// Whether the passphrase is the one of the hash.
#[must_use]
pub fn fits(passphrase: &str, hash: &str) -> bool {
    passphrase.len() <= 4 * LONGEST
        && PasswordHash::new(hash)
            .is_ok_and(|hash| hasher().verify_password(passphrase.as_bytes(), &hash).is_ok())
}

/// argon2id with 19 MiB, two passes and one lane, the first choice of OWASP's password storage cheat sheet.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1_024, 2, 1, None).expect("these parameters are within the limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Wrong attempts at the passphrase, over all browsers: there is one lock.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<Wrong>);

#[derive(Debug, Default)]
struct Wrong {
    in_a_row: u32,
    last: Option<Timestamp>,
}

/// Attempts before the first wait.
const FREE: u32 = 5;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 900;

impl Attempts {
    /// Begins an attempt, which counts as a wrong one until [`Attempts::forget`] is called: attempts at the same time
    /// cannot slip through together.
    ///
    /// # Errors
    /// The seconds to wait first.
    pub fn begin(&self, now: Timestamp) -> Result<(), i64> {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = wait_after(wrong.in_a_row);
        let since = wrong.last.map_or(i64::MAX, |last| now.as_second().saturating_sub(last.as_second()));
        if since < 0 {
            // The clock was put back: the wait begins anew, and does not last until it has caught up.
            wrong.last = Some(now);
        }
        if since < wait {
            return Err(wait - since.max(0));
        }
        wrong.in_a_row = wrong.in_a_row.saturating_add(1);
        wrong.last = Some(now);
        Ok(())
    }

    /// The passphrase was right.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Wrong::default();
    }
}

/// Seconds to wait after that many wrong attempts: none for five, then 2, 4, 8, … up to a quarter of an hour.
fn wait_after(wrong: u32) -> i64 {
    if wrong < FREE { 0 } else { (1_i64 << (wrong - FREE + 1).min(10)).min(LONGEST_WAIT) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_fits_its_hash_and_no_other() {
        let hashed = hash("correct horse").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(fits("correct horse", &hashed) && !fits("correct horsf", &hashed));
        assert!(!fits("correct horse", "not a hash"));
        assert!(hash("short").unwrap_err().to_string().contains("8 to 256"));
    }

    #[test]
    fn guessing_becomes_slow_and_the_right_one_ends_it() {
        let attempts = Attempts::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for _ in 0..5 {
            attempts.begin(at(0)).unwrap();
        }
        assert_eq!(attempts.begin(at(0)), Err(2));
        assert_eq!(attempts.begin(at(1)), Err(1));
        attempts.begin(at(2)).unwrap();
        assert_eq!(attempts.begin(at(2)), Err(4));
        attempts.forget();
        attempts.begin(at(2)).unwrap();
        assert_eq!(wait_after(40), LONGEST_WAIT);
        // A clock that was put back does not lock anybody out for longer than the longest wait.
        for _ in 0..30 {
            let _ = attempts.begin(at(1_000_000_000));
        }
        assert!(attempts.begin(at(0)).unwrap_err() <= LONGEST_WAIT);
    }
}
