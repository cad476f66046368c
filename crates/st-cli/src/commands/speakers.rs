//! `speakers`: tells the speakers of a transcript apart again, without transcribing again.

use std::process::ExitCode;

use st_engine::core::edit::Edit;
use st_engine::core::transcript::{SpeakerId, Transcript};
use st_engine::{CancelFlag, Code, Engine, Failure, Grouped, Outcome, RecordingId, SpeakerChoice, SpeakerWish};

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
    /// How many people speak: auto, a number, or a range such as 2-5; auto where nothing else is asked for
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    speakers: Option<String>,
    /// Speakers who are one person: names, or numbers counted from 1; the first stays
    #[arg(long, value_delimiter = ',', num_args = 1, value_name = "A,B")]
    same: Vec<String>,
    /// A speaker who is two people
    #[arg(long, value_name = "A")]
    split: Option<String>,
    /// How progress is shown on standard error
    #[arg(long, value_enum, default_value_t = Style::Auto)]
    progress: Style,
}

/// Finds them. What was said with `same` and `split` holds for the grouping after it, and for later ones.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let told = !args.same.is_empty() || args.split.is_some();
    let count = match &args.speakers {
        Some(count) => Some(count.parse::<SpeakerChoice>()?),
        None => (!told).then_some(SpeakerChoice::Auto),
    };
    let name = engine.recording(args.id)?.name;
    if let Some((into, others)) = args.same.split_first() {
        if others.is_empty() {
            return Err(End::Usage("Name at least two speakers who are the same, with a comma between.".into()));
        }
        let stored = newest(engine, args.id)?;
        let into = named(&stored.document, into)?;
        let merge = |from: &String| Ok(Edit::MergeSpeakers { from: named(&stored.document, from)?, into });
        let edits = others.iter().map(merge).collect::<Result<_, Failure>>()?;
        engine.apply(stored.id, stored.revision, &Edit::Together { edits })?;
    }
    if let Some(split) = &args.split {
        let stored = newest(engine, args.id)?;
        let speaker = named(&stored.document, split)?;
        engine.group_speakers(stored.id, stored.revision, SpeakerWish::Split(speaker))?;
    }
    if let Some(count) = count {
        let stored = newest(engine, args.id)?;
        if let Grouped::Queued(job) = engine.group_speakers(stored.id, stored.revision, SpeakerWish::Count(count))? {
            let cancel = CancelFlag::new();
            signals::cancel_on_signal(&cancel);
            if let Outcome::Cancelled = watched(engine, &job, &cancel, &mut Shower::new(args.progress))? {
                out::complain(format!("Stopped: {name}. The transcript is as it was before."));
                return Ok(ExitCode::from(FAILED));
            }
        }
    }
    out::line(format!("{name}: {} speakers", newest(engine, args.id)?.document.speakers.len()))?;
    Ok(ExitCode::SUCCESS)
}

/// The speaker with a name or a number.
fn named(document: &Transcript, wanted: &str) -> Result<SpeakerId, Failure> {
    let wanted = wanted.trim().to_lowercase();
    let is = |name: &str| name.to_lowercase() == wanted;
    let number = |id: SpeakerId| wanted.parse() == Ok(u64::from(id.0) + 1);
    let found = document.speakers.iter().find(|s| is(&s.display_name()) || is(&s.label) || number(s.id));
    found.map(|speaker| speaker.id).ok_or_else(|| {
        let all: Vec<String> = document.speakers.iter().map(|s| format!("“{}”", s.display_name())).collect();
        Failure::new(Code::NotFound, format!("There is no speaker “{wanted}” in this transcript."))
            .hint(format!("There are: {}.", all.join(", ")))
    })
}
