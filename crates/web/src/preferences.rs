//! Keeps what a person chose for the pages in a file beside the store: the lock, usual times, how lengths are written.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use nightmend_app::AppError;
use serde::{Deserialize, Serialize};

/// The file of the choices.
const FILE: &str = "pages.json";
/// The file of the key that sessions are signed with.
const SECRET: &str = "pages.key";
/// The file of the token for scripts.
const TOKEN: &str = "api-token";

/// What was chosen for the pages. No record of sleep or pain is in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The argon2id hash of the passphrase; absent where there is no lock.
    pub passphrase: Option<String>,
    /// Raised with every change of the lock: sessions opened before are closed.
    pub lock_epoch: u64,
    /// Usual time of trying to sleep, `HH:MM`.
    pub usual_bedtime: Option<String>,
    /// Usual time of waking, `HH:MM`.
    pub usual_waking: Option<String>,
    /// How lengths are written.
    pub lengths: Lengths,
    /// The calendar feed, where one is open.
    pub calendar_feed: Option<CalendarFeed>,
}

/// A calendar feed: who knows its address may read it without a session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CalendarFeed {
    /// SHA-256 of the token in its address, as hex; the token itself is kept nowhere.
    pub hash: String,
    /// Whether it says what to do, and not only that something is planned.
    pub is_plain: bool,
}

/// How lengths of time are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lengths {
    /// 7 h 20.
    #[default]
    HoursAndMinutes,
    /// 7.3 h.
    DecimalHours,
}

impl Lengths {
    /// A length in words.
    ///
    /// ```
    /// use nightmend_web::preferences::Lengths;
    /// assert_eq!(Lengths::HoursAndMinutes.words(440.0), "7 h 20");
    /// assert_eq!(Lengths::DecimalHours.words(440.0), "7.3 h");
    /// assert_eq!(Lengths::HoursAndMinutes.words(25.0), "25 min");
    /// ```
    #[must_use]
    pub fn words(self, minutes: f64) -> String {
        let whole = minutes.round();
        match self {
            _ if whole.abs() < 60.0 => format!("{whole} min"),
            Self::DecimalHours => format!("{:.1} h", minutes / 60.0),
            Self::HoursAndMinutes => format!("{} h {:02}", (whole / 60.0).trunc(), (whole % 60.0).abs()),
        }
    }
}

/// Reads what was chosen; nothing where nothing was.
pub(crate) fn load(folder: &Path) -> Result<Preferences, AppError> {
    let path = folder.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            AppError::Refused(format!(
                "{} cannot be read ({error}); mend it, or remove it to begin with the choices as they come",
                path.display()
            ))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Preferences::default()),
        Err(source) => Err(AppError::File { what: format!("reading {}", path.display()), source }),
    }
}

/// Writes what was chosen, whole or not at all.
pub(crate) fn save(folder: &Path, preferences: &Preferences) -> Result<(), AppError> {
    let bytes = serde_json::to_vec_pretty(preferences).expect("choices are plain values");
    write_own(&folder.join(FILE), &bytes)
}

/// The key that sessions are signed with; made once.
pub(crate) fn secret(folder: &Path) -> Result<[u8; 32], AppError> {
    let path = folder.join(SECRET);
    if let Ok(Ok(secret)) = fs::read(&path).map(<[u8; 32]>::try_from) {
        return Ok(secret);
    }
    let secret = random();
    write_own(&path, &secret)?;
    Ok(secret)
}

/// The token that scripts show to the API; made once, in a file that only its owner can read.
///
/// # Errors
/// A file that cannot be read or written.
pub fn api_token(folder: &Path) -> Result<String, AppError> {
    let path = folder.join(TOKEN);
    if let Ok(text) = fs::read_to_string(&path)
        && text.trim().len() == 64
    {
        return Ok(text.trim().to_owned());
    }
    let token = hex(&random());
    write_own(&path, format!("{token}\n").as_bytes())?;
    Ok(token)
}

/// Bytes that nobody can guess.
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// Bytes as small letters and digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file that only its owner can read, by way of another name: a power cut leaves the old one or the new.
pub(crate) fn write_own(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let failed = |source| AppError::File { what: format!("writing {}", path.display()), source };
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", hex(&random()[..6])));
    let unfinished = Path::new(&name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(unfinished, path)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(unfinished);
        failed(error)
    })
}
