//! Tells how a command ended: done, failed, wrong usage, or nothing in the input could be taken.

use std::fmt;
use std::process::ExitCode;

/// How a command that did not succeed ended. Standard error has said why, with something to do.
#[derive(Debug)]
pub enum Failure {
    /// The command line asked for something that cannot be meant (exit 64).
    Usage(String),
    /// Nothing in the input could be taken (exit 65).
    Refused(String),
    /// Something outside went wrong (exit 1).
    Failed(anyhow::Error),
    /// Whoever read our output stopped reading: not worth a word (exit 0).
    ClosedPipe,
}

/// The result of a command.
pub type Outcome = Result<(), Failure>;

impl Failure {
    /// The exit code of this ending.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 64,
            Self::Refused(_) => 65,
            Self::Failed(_) => 1,
            Self::ClosedPipe => 0,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Refused(message) => f.write_str(message),
            Self::Failed(error) => {
                let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
                f.write_str(&chain.join(": "))
            }
            Self::ClosedPipe => Ok(()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Failed(error.into())
        }
    }
}
