//! How a recording goes, on standard error.

use std::mem::{Discriminant, discriminant};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use st_engine::Event;
use st_engine::core::time::Millis;
use st_engine::recording::{Input, NoSignalCause, RecorderPhase, RecorderState, RecorderWarning};

use crate::out;
use crate::progress::Style;

/// How often the line on a terminal moves.
const SHOW: Duration = Duration::from_millis(200);

/// Shows a recording.
pub struct Watcher {
    style: Style,
    bar: Option<ProgressBar>,
    inputs: Vec<Input>,
    shown: Option<Instant>,
    input: Option<String>,
    warned: Vec<Discriminant<RecorderWarning>>,
}

impl Watcher {
    /// `inputs` give the names.
    pub fn new(style: Style, inputs: Vec<Input>) -> Self {
        let style = style.settled();
        let bar = (style == Style::Bar).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(shape) = ProgressStyle::with_template("{msg}") {
                bar.set_style(shape);
            }
            bar
        });
        Self { style, bar, inputs, shown: None, input: None, warned: Vec::new() }
    }

    /// Takes note of what happened.
    pub fn see(&mut self, event: &Event) {
        if self.style == Style::Json
            && let Ok(line) = serde_json::to_string(event)
        {
            return out::complain(line);
        }
        if let Event::Preview { pieces } = event
            && self.style != Style::None
        {
            pieces.iter().filter(|piece| piece.settled).for_each(|piece| self.say(&piece.text));
        }
        let Event::Recorder { state } = event else { return };
        if self.style == Style::None || state.phase == RecorderPhase::Idle {
            return;
        }
        if state.input.is_some() && state.input != self.input {
            self.input.clone_from(&state.input);
            self.say(&format!("Recording from {}. Ctrl-C ends it.", self.name()));
        }
        let new: Vec<_> = state.warnings.iter().filter(|w| !self.warned.contains(&discriminant(*w))).cloned().collect();
        for warning in &new {
            self.say(&words(warning));
        }
        self.warned = state.warnings.iter().map(discriminant).collect();
        self.show(state);
    }

    /// Nothing more is shown.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.style = Style::None;
    }

    fn name(&self) -> String {
        let id = self.input.as_deref().unwrap_or_default();
        let known = self.inputs.iter().find(|input| input.id == id);
        known.map_or_else(|| id.to_owned(), |input| format!("“{}”", input.name))
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| out::complain(text)),
            None => out::complain(text),
        }
    }

    fn show(&mut self, state: &RecorderState) {
        let Some(bar) = &self.bar else { return };
        if self.shown.is_some_and(|shown| shown.elapsed() < SHOW) {
            return;
        }
        self.shown = Some(Instant::now());
        let level = match (state.phase, state.level_db) {
            (RecorderPhase::Waiting, _) => "waiting for an input".to_owned(),
            (_, Some(level)) => format!("{level:.0} dB"),
            (_, None) => String::new(),
        };
        bar.set_message(format!("{}  {level}", Millis(state.elapsed_ms)));
        bar.tick();
    }
}

/// A warning in words.
fn words(warning: &RecorderWarning) -> String {
    match warning {
        RecorderWarning::NoSignal { cause: NoSignalCause::Off, .. } => {
            "Nothing is heard: the system says that the input is muted or turned down. Turn it up.".into()
        }
        RecorderWarning::NoSignal { .. } => {
            "Nothing is heard. Check that the right input is chosen (--device), that it is switched on, and its level."
                .into()
        }
        RecorderWarning::Clipping { .. } => "It is too loud: the sound is cut off. Turn the input down.".into(),
        RecorderWarning::DeviceGone { name, at_ms } => {
            format!("“{name}” is gone at {}. The recording goes on when it or another is there.", Millis(*at_ms))
        }
        RecorderWarning::DeviceChanged { name, at_ms } => {
            format!("“{name}” is recorded from {} on.", Millis(*at_ms))
        }
        RecorderWarning::NoPermission => "The system does not let this program use the input.".into(),
        RecorderWarning::DiskLow { left_ms } => {
            format!("The disk has room for {} more. Free some space.", Millis(*left_ms))
        }
        RecorderWarning::Overrun { lost_ms } => {
            format!("This computer could not follow: {} ms are silent so far.", lost_ms)
        }
        RecorderWarning::PreviewBehind { .. } => {
            "This computer is too slow for text while it records; the recording is whole.".into()
        }
    }
}
