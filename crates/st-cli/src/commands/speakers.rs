//! `speakers`: tells the speakers of a transcript apart again, without transcribing again.

use std::process::ExitCode;

use st_engine::{CancelFlag, Engine, Outcome, RecordingId, SpeakerChoice};

use super::library::newest;
use super::transcribe::watched;
use crate::end::{End, FAILED};
use crate::out;
use crate::progress::{Shower, Style};
use crate::signals;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Number of the recording, as `library list` has it
    #[arg(value_name = "ID")]
    id: RecordingId,
    /// How many people speak: auto, a number, or a range such as 2-5
    #[arg(long, default_value = "auto", value_name = "N", allow_hyphen_values = true)]
    speakers: String,
    /// How progress is shown on standard error
    #[arg(long, value_enum, default_value_t = Style::Auto)]
    progress: Style,
}

/// Finds them.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let choice: SpeakerChoice = args.speakers.parse()?;
    let job = engine.diarize_again(newest(engine, args.id)?.id, choice)?;
    let cancel = CancelFlag::new();
    signals::cancel_on_signal(&cancel);
    match watched(engine, &job, &cancel, &mut Shower::new(args.progress))? {
        Outcome::Done(transcript) => {
            let found = engine.transcript(transcript)?.document.speakers.len();
            out::line(format!("{}: {found} speakers", job.name))?;
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Cancelled => {
            out::complain(format!("Stopped: {}. The transcript is as it was before.", job.name));
            Ok(ExitCode::from(FAILED))
        }
    }
}
