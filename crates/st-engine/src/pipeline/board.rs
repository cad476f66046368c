//! What is finished of each section of a recording, and which window comes next. Sections of all tracks stand on one
//! board: the window that begins first has its turn first, so that text comes in the order of speech; but no section is
//! left to be worked on alone at the end.

use st_core::coverage::union;
use st_core::hypothesis::{Hypothesis, WindowHypothesis};
use st_core::sections::{SectionOptions, sections};
use st_core::time::{Millis, TimeSpan};
use st_core::windows::{WindowOptions, next_window, speech_in};

use super::cursor::Cursor;
use super::seam::Seam;
use crate::ids::JobId;
use crate::library::{Library, LibraryError, Scan, Track};

/// What is left of sound that the voice detector did not hear is passed over where it is shorter, in milliseconds.
const LEAST_UNHEARD_MS: u64 = 1_000;

/// The sections of all tracks.
pub struct Board {
    sections: Vec<Section>,
    /// Finished windows of each track, in any order.
    windows: Vec<Vec<WindowHypothesis>>,
    /// Readers of each track whose sections are finished.
    spare: Vec<Vec<Cursor>>,
    /// How many windows are decoded at once.
    lanes: u64,
    duration: Millis,
    closed: bool,
}

/// One section on its way.
struct Section {
    track: usize,
    span: TimeSpan,
    regions: Vec<TimeSpan>,
    unheard: Vec<TimeSpan>,
    position: Millis,
    /// None while a window of it is decoded.
    hands: Option<Hands>,
}

/// What goes from window to window of a section.
#[derive(Default)]
pub struct Hands {
    /// What the words so far leave to the next window.
    pub seam: Seam,
    /// Reads the recording; none until it is needed.
    pub cursor: Option<Cursor>,
}

/// A window that is to be decoded.
pub struct Turn {
    /// Number of its section.
    section: usize,
    /// Number of its track.
    pub track: usize,
    /// Where it is.
    pub span: TimeSpan,
    /// Whether the voice detector hears speech in it.
    pub heard: bool,
    /// Where somebody speaks, or may.
    pub speech: Vec<TimeSpan>,
    /// What goes on to the next window.
    pub hands: Hands,
}

impl Board {
    /// The sections of these tracks, with the windows of each that are finished, in their order.
    ///
    /// Windows of a job that was begun before there were sections reach over their ends; then the next section goes on
    /// behind them.
    pub fn new(tracks: &[Track], duration: Millis, finished: Vec<Vec<WindowHypothesis>>) -> Self {
        let mut found = Vec::new();
        for (number, (track, windows)) in tracks.iter().zip(&finished).enumerate() {
            let sound = union(track.regions.iter().chain(&track.unheard).copied().collect());
            for span in sections(&sound, duration, &SectionOptions::default()) {
                found.push(Section::new(number, track, span, windows));
            }
        }
        let spare = tracks.iter().map(|_| Vec::new()).collect();
        Self { sections: found, windows: finished, spare, lanes: 1, duration, closed: false }
    }

    /// As many windows are decoded at once; gives it back, or how many sections have something left where these are fewer.
    pub fn share(&mut self, lanes: u32) -> u32 {
        let open = self.sections.iter().filter(|section| section.next().is_some()).count();
        let lanes = u32::try_from(open).unwrap_or(u32::MAX).min(lanes);
        self.lanes = lanes.into();
        lanes
    }

    /// Nothing more is taken from now on.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// The window that begins first of those that come next in each section that nobody works on. It has to be given back.
    /// Where a section has as much left as each lane would have of all, its window comes before: it would keep
    /// one lane busy when the others have nothing left to do.
    pub fn take(&mut self) -> Option<Turn> {
        if self.closed {
            return None;
        }
        let all: u64 = self.sections.iter().map(Section::left).sum();
        let idle = self.sections.iter().enumerate().filter(|(_, section)| section.hands.is_some());
        let upcoming = idle.filter_map(|(number, section)| section.next().map(|(span, heard)| (number, span, heard)));
        let order = |(number, span, _): &(usize, TimeSpan, bool)| {
            let left = self.sections[*number].left();
            let late = if left * self.lanes < all { 0 } else { left };
            (std::cmp::Reverse(late), span.start)
        };
        let (number, span, heard) = upcoming.min_by_key(order)?;
        let section = &mut self.sections[number];
        let mut hands = section.hands.take()?;
        if hands.cursor.is_none() {
            let spare = &mut self.spare[section.track];
            hands.cursor = spare.iter().position(|cursor| cursor.reads(span.start)).map(|at| spare.swap_remove(at));
        }
        let speech = speech_in(if heard { &section.regions } else { &section.unheard }, span);
        Some(Turn { section: number, track: section.track, span, heard, speech, hands })
    }

    /// A window is finished.
    pub fn give(&mut self, turn: Turn, window: WindowHypothesis) {
        let section = &mut self.sections[turn.section];
        section.position = window.decoded_until;
        let mut hands = turn.hands;
        if section.next().is_none() {
            self.spare[turn.track].extend(hands.cursor.take());
        }
        section.hands = Some(hands);
        self.windows[turn.track].push(window);
    }

    /// Up to where everything is finished.
    pub fn reached(&self) -> Millis {
        let open = self.sections.iter().filter(|section| section.next().is_some());
        open.map(|section| section.position).min().unwrap_or(self.duration)
    }

    /// The part of the speech that is finished, 0..=1.
    pub fn done(&self) -> f32 {
        let (mut passed, mut all) = (0, 0);
        for section in &self.sections {
            let before = TimeSpan { start: Millis(0), end: section.position };
            passed += section.regions.iter().map(|region| region.overlap(before)).sum::<u64>();
            all += section.regions.iter().map(|region| region.millis()).sum::<u64>();
        }
        if all == 0 { 1.0 } else { passed as f32 / all as f32 }
    }

    /// All windows, one hypothesis a track.
    pub fn hypotheses(self) -> Vec<Hypothesis> {
        let in_order = |mut windows: Vec<WindowHypothesis>| {
            windows.sort_by_key(|window| window.span.start);
            Hypothesis { windows }
        };
        self.windows.into_iter().map(in_order).collect()
    }
}

impl Section {
    fn new(number: usize, track: &Track, span: TimeSpan, windows: &[WindowHypothesis]) -> Self {
        let inside = |spans: &[TimeSpan]| spans.iter().copied().filter(|s| s.overlap(span) > 0).collect();
        let mut hands = Hands::default();
        let mut position = span.start;
        for window in windows.iter().filter(|window| window.span.start < span.end && window.decoded_until > span.start)
        {
            hands.seam.pass(window);
            position = position.max(window.decoded_until);
        }
        let (regions, unheard) = (inside(&track.regions), inside(&track.unheard));
        Self { track: number, span, regions, unheard, position, hands: Some(hands) }
    }

    /// Milliseconds of sound that are not decoded yet.
    fn left(&self) -> u64 {
        let behind = TimeSpan { start: self.position, end: self.span.end };
        self.regions.iter().chain(&self.unheard).map(|sound| sound.overlap(behind)).sum()
    }

    /// Its next window and whether the voice detector hears speech in it. What could be speech that it did not hear has its
    /// turn where it stands, and ends where speech begins.
    fn next(&self) -> Option<(TimeSpan, bool)> {
        let (end, position) = (self.span.end, self.position);
        let next = |regions: &[TimeSpan]| next_window(regions, end, position, &WindowOptions::default());
        let heard = next(&self.regions);
        let Some(unheard) = next(&self.unheard) else { return heard.map(|span| (span, true)) };
        let speech = self.regions.iter().map(|r| r.start.max(position)).find(|start| *start > unheard.start);
        let unheard = TimeSpan { end: unheard.end.min(speech.unwrap_or(end)), ..unheard };
        match heard {
            Some(heard) if heard.start <= unheard.start || unheard.millis() < LEAST_UNHEARD_MS => Some((heard, true)),
            None if unheard.millis() < LEAST_UNHEARD_MS => None,
            _ => Some((unheard, false)),
        }
    }
}

/// Up to where a job has finished all text of a recording that was scanned so.
pub fn reached(library: &Library, job: JobId, scan: &Scan) -> Result<Millis, LibraryError> {
    let whole = [Track { regions: scan.regions.clone(), unheard: scan.unheard.clone(), ..Track::default() }];
    let apart = library.first_channel(job)?.is_some_and(|channel| channel > 0);
    let tracks: &[Track] = if apart { &scan.channels.tracks } else { &whole };
    let windows = tracks.iter().map(|track| library.windows_of(job, track.number).map(|found| found.windows));
    Ok(Board::new(tracks, scan.duration, windows.collect::<Result<_, _>>()?).reached())
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
