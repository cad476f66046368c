//! Why a command ended early, and which exit status that gives.

use std::io;
use std::process::ExitCode;

use st_engine::Failure;

/// Everything done.
pub const OK: u8 = 0;
/// Something could not be done.
pub const FAILED: u8 = 1;
/// The command makes no sense as typed (clap's own errors have the same).
pub const USAGE: u8 = 2;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum End {
    /// Something could not be done.
    #[error("{0}")]
    Failure(#[from] Failure),
    /// The arguments contradict each other.
    #[error("{0}")]
    Usage(String),
    /// Who reads our output stopped reading: nothing is left to say.
    #[error("the reader of the output is gone")]
    ClosedPipe,
    /// Standard output cannot be written.
    #[error("The output cannot be written: {0}.")]
    Output(io::Error),
}

impl End {
    /// Says it on stderr where there is something to say, and gives the exit status.
    pub fn report(&self) -> ExitCode {
        match self {
            // As other programs in a pipe: `securetranscribe … | head` is no failure.
            Self::ClosedPipe => ExitCode::from(OK),
            Self::Usage(_) => {
                crate::out::complain(self);
                ExitCode::from(USAGE)
            }
            Self::Failure(_) | Self::Output(_) => {
                crate::out::complain(self);
                ExitCode::from(FAILED)
            }
        }
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::ClosedPipe } else { Self::Output(error) }
    }
}
