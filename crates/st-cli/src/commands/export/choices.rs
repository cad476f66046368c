//! The options of files that are written.

use clap::ValueEnum;
use st_engine::formats::{CueOptions, ExportOptions, Paper};

/// What can be chosen about the files; a format passes over what does not concern it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What stands in the files")]
pub struct Choices {
    /// Leave times out of documents
    #[arg(long)]
    no_times: bool,
    /// Leave names out of documents and subtitles
    #[arg(long)]
    no_speakers: bool,
    /// Say how sure the recogniser was of each utterance
    #[arg(long)]
    confidence: bool,
    /// Begin with facts about the recording
    #[arg(long)]
    facts: bool,
    /// Each speaker's share of time and words
    #[arg(long)]
    shares: bool,
    /// How sure the recogniser was on the whole
    #[arg(long)]
    average_confidence: bool,
    /// The questions that were asked
    #[arg(long)]
    questions: bool,
    /// What somebody is to do
    #[arg(long)]
    actions: bool,
    /// What is to happen next
    #[arg(long)]
    next_steps: bool,
    /// End with the record of origin: hashes, models, settings, corrections
    #[arg(long)]
    origin: bool,
    /// A player for the recording in web pages
    #[arg(long)]
    audio_link: bool,
    /// Size of pages
    #[arg(long, value_enum, default_value_t = PaperSize::A4)]
    paper: PaperSize,
    /// Numbers before the lines of pages
    #[arg(long)]
    line_numbers: bool,
    /// No byte-order mark at the start of tables
    #[arg(long)]
    no_bom: bool,
    #[command(flatten)]
    cues: Cues,
}

/// The limits of subtitles.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Subtitles")]
struct Cues {
    /// Columns of a line; a Chinese, Japanese or Korean character takes two
    #[arg(long, value_name = "N", default_value_t = CueOptions::default().columns)]
    columns: usize,
    /// Lines of a cue
    #[arg(long, value_name = "N", default_value_t = CueOptions::default().lines)]
    lines: usize,
    /// A cue is shown at least so long where there is time
    #[arg(long, value_name = "MS", default_value_t = CueOptions::default().least_ms)]
    shortest: u64,
    /// A cue is shown at most so long
    #[arg(long, value_name = "MS", default_value_t = CueOptions::default().most_ms)]
    longest: u64,
    /// Characters a second that can be read
    #[arg(long, value_name = "N", default_value_t = CueOptions::default().reading_speed)]
    reading_speed: u64,
    /// Time between two cues
    #[arg(long, value_name = "MS", default_value_t = CueOptions::default().gap_ms)]
    gap: u64,
}

/// Sizes of pages, as they are typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum PaperSize {
    A4,
    Letter,
}

impl Choices {
    /// As the exporters take them.
    pub fn options(&self) -> ExportOptions {
        ExportOptions {
            timestamps: !self.no_times,
            speakers: !self.no_speakers,
            confidence: self.confidence,
            summary: self.facts,
            shares: self.shares,
            average_confidence: self.average_confidence,
            questions: self.questions,
            actions: self.actions,
            next_steps: self.next_steps,
            origin: self.origin,
            audio_link: self.audio_link,
            paper: match self.paper {
                PaperSize::A4 => Paper::A4,
                PaperSize::Letter => Paper::Letter,
            },
            line_numbers: self.line_numbers,
            csv_bom: !self.no_bom,
            cues: CueOptions {
                columns: self.cues.columns,
                lines: self.cues.lines,
                least_ms: self.cues.shortest,
                most_ms: self.cues.longest,
                reading_speed: self.cues.reading_speed,
                gap_ms: self.cues.gap,
            },
        }
    }
}
