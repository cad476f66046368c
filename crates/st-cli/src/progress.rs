//! Shows on standard error how far the work is: a bar on a terminal, a line a stage elsewhere, or JSON lines for
//! programs.

use std::io::IsTerminal;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use st_engine::{Event, Failure, Progress, Stage};

use crate::out;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Style {
    /// A bar on a terminal, plain lines elsewhere
    Auto,
    /// A bar
    Bar,
    /// A line for each stage
    Plain,
    /// Each event as a line of JSON
    Json,
    /// Nothing
    None,
}

impl Style {
    /// What `auto` means here.
    pub fn settled(self) -> Self {
        match self {
            Self::Auto if std::io::stderr().is_terminal() => Self::Bar,
            Self::Auto => Self::Plain,
            other => other,
        }
    }
}

/// Steps of a bar: fine enough to move every second in a job of an hour.
const STEPS: u64 = 10_000;

/// Shows one job after the other.
pub struct Shower {
    style: Style,
    bar: Option<ProgressBar>,
    name: String,
    stage: Option<Stage>,
    /// Quarter of the stage that was said last, in plain lines.
    quarter: u32,
}

impl Shower {
    /// Settles what `auto` means here.
    pub fn new(style: Style) -> Self {
        let style = style.settled();
        Self { style, bar: None, name: String::new(), stage: None, quarter: 0 }
    }

    /// A new job begins.
    pub fn begin(&mut self, name: &str) {
        self.name = name.to_string();
        (self.stage, self.quarter) = (None, 0);
        if self.style == Style::Bar {
            let bar = ProgressBar::new(STEPS);
            // The template is fixed and valid; a bar without it still shows.
            if let Ok(style) = ProgressStyle::with_template("{prefix}  {bar:24}  {percent:>3} %  {wide_msg}") {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_prefix(shorten(name, 32));
            self.bar = Some(bar);
        }
    }

    /// Something happened in the job.
    pub fn event(&mut self, event: &Event) {
        match self.style {
            Style::Json => {
                if let Ok(line) = serde_json::to_string(event) {
                    out::complain(line);
                }
            }
            Style::Bar => self.draw(event),
            Style::Plain => self.tell(event),
            Style::None | Style::Auto => {}
        }
    }

    /// The job is over; the bar goes, so that what follows stands on a clean line.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Says something beside the bar.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| out::complain(text)),
            None => out::complain(text),
        }
    }

    fn draw(&self, event: &Event) {
        let Some(bar) = &self.bar else { return };
        match event {
            Event::JobStage { stage, .. } => bar.set_message(stage.title()),
            Event::JobProgress { progress, .. } => {
                bar.set_position((f64::from(progress.fraction) * STEPS as f64) as u64);
                bar.set_message(message(progress));
            }
            Event::JobWarning { warning, .. } => self.say(&warning.to_string()),
            _ => {}
        }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::JobStarted { resumed: true, .. } => self.say(&format!("{}: goes on where it stopped", self.name)),
            Event::JobStage { stage, .. } if self.stage != Some(*stage) => {
                (self.stage, self.quarter) = (Some(*stage), 0);
                self.say(&format!("{}: {}", self.name, stage.title()));
            }
            Event::JobProgress { progress, .. } if Some(progress.stage) == self.stage => {
                let quarter = (progress.stage_fraction * 4.0) as u32;
                if quarter > self.quarter && quarter < 4 && progress.stage == Stage::Transcribe {
                    self.quarter = quarter;
                    self.say(&format!("{}: {}, {} %", self.name, progress.stage.title(), quarter * 25));
                }
            }
            Event::JobWarning { warning, .. } => self.warn(warning),
            _ => {}
        }
    }

    fn warn(&self, warning: &Failure) {
        self.say(&format!("{}: {warning}", self.name));
    }
}

/// Shows the fetching of one model.
pub struct Download {
    style: Style,
    name: String,
    bar: Option<ProgressBar>,
    tenth: u64,
}

impl Download {
    /// Settles what `auto` means here.
    pub fn new(style: Style, name: &str) -> Self {
        let style = style.settled();
        let bar = (style == Style::Bar).then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template(
                "{prefix}  {bar:24}  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}",
            ) {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_prefix(name.to_string());
            bar
        });
        Self { style, name: name.to_string(), bar, tenth: 0 }
    }

    /// So many bytes are here, of so many.
    pub fn step(&mut self, done: u64, of: u64) {
        let tenth = done.saturating_mul(10).checked_div(of).unwrap_or_default();
        match (&self.bar, self.style) {
            (Some(bar), _) => {
                bar.set_length(of);
                bar.set_position(done);
            }
            (None, Style::Json) => {
                out::complain(serde_json::json!({ "event": "download", "model": self.name, "bytes": done, "of": of }));
            }
            (None, Style::Plain) if tenth > self.tenth => {
                self.tenth = tenth;
                out::complain(format!("{}: {} % of {}", self.name, tenth * 10, out::megabytes(of)));
            }
            _ => {}
        }
    }

    /// It is over.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// `Writing text, about 4 min left, 14× real time`
fn message(progress: &Progress) -> String {
    let mut parts = vec![progress.stage.title().to_string()];
    if let Some(ms) = progress.eta_ms {
        parts.push(left(ms / 1000));
    }
    if let Some(speed) = progress.speed {
        parts.push(format!("{speed:.1}× real time"));
    }
    parts.join(", ")
}

fn left(seconds: u64) -> String {
    match seconds {
        0..60 => "under 1 min left".into(),
        60..3600 => format!("about {} min left", (seconds + 30) / 60),
        _ => format!("about {} h {} min left", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A name of at most `most` letters, its end kept: that is where long names differ.
fn shorten(name: &str, most: usize) -> String {
    let letters = name.chars().count();
    if letters <= most {
        name.to_string()
    } else {
        format!("…{}", name.chars().skip(letters - most + 1).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_times_are_shortened() {
        assert_eq!(shorten("talk.wav", 32), "talk.wav");
        assert_eq!(shorten("abcdef", 4), "…def");
        assert_eq!(left(20), "under 1 min left");
        assert_eq!(left(250), "about 4 min left");
        assert_eq!(left(3_900), "about 1 h 5 min left");
    }
}
