//! A second look at who says each stretch of the turns that were drawn.
//!
//! Where two people take short turns, the segmentation may count both to one local speaker, and then a whole turn is in
//! the wrong mouth. How the stretch itself sounds shows that: like its own speaker to 0.1 and like the right one to 0.8.

use super::count::Speaker;
use super::linkage::dot;
use super::{Told, unit};
use crate::coverage::{bridged, union, without};
use crate::diarization::{Diarization, SpeakerEvidence, SpeakerIndex, SpeakerTurn};
use crate::reconstruct::{FRAME, first_frame};
use crate::time::{Millis, TimeSpan};

/// A stretch is somebody's who speaks alone in so much of it.
const WITHIN: f32 = 0.6;
/// So much more (cosine) it must sound like another to go to that one. From 0.1 to 0.3 nothing changes.
const MORE: f32 = 0.2;
/// A rest of a turn that is shorter than this goes along with the stretch beside it, in milliseconds: stretches and turns
/// are cut by different rules.
const REST_MS: u64 = 350;
/// A stretch longer than this weighs no more: its embedding was made from so much.
const WEIGHT_MOST_MS: u64 = 4_000;

/// A stretch on the recording's clock.
pub struct Piece {
    span: TimeSpan,
    /// How it sounds, of unit length.
    pub voice: Vec<f32>,
    /// Milliseconds, at most [`WEIGHT_MOST_MS`].
    pub weight: f32,
    /// Whose the turn is that it lies in.
    drawn: Option<usize>,
    /// Whose it is as a person said.
    told: Option<usize>,
}

impl Piece {
    /// Whose it is.
    pub fn of(&self) -> Option<usize> {
        self.told.or(self.drawn)
    }
}

/// The turns with each stretch given to whom it sounds like. Speakers keep their numbers. `gap_ms`: pauses of one speaker
/// up to this are filled.
pub fn recheck(pieces: &[Piece], drawn: Diarization, speakers: usize, gap_ms: u64) -> Diarization {
    if pieces.is_empty() {
        return drawn;
    }
    let mut means: Vec<Mean> = Vec::new();
    means.resize_with(speakers, Mean::default);
    for piece in pieces {
        if let Some(mean) = piece.of().and_then(|of| means.get_mut(of)) {
            mean.add(piece);
        }
    }
    let units: Vec<Vec<f32>> = means.iter().map(|mean| unit(&mean.sum)).collect();
    let mut left: Vec<usize> = means.iter().map(|mean| mean.count).collect();
    let mut turns = by_speaker(&drawn, speakers);
    let mut changed = false;
    for piece in pieces {
        let Some(from) = piece.drawn else { continue };
        let to = match piece.told {
            Some(told) => told,
            None => sounds_like(piece, from, &means, &units).unwrap_or(from),
        };
        if to == from {
            continue;
        }
        if piece.told.is_none() {
            // Nobody loses the last of a voice.
            if left[from] < 2 {
                continue;
            }
            left[from] -= 1;
            left[to] += 1;
        }
        give(&mut turns, piece.span, from, to);
        changed = true;
    }
    if !changed {
        return drawn;
    }
    let turn = |(speaker, spans): (usize, Vec<TimeSpan>)| {
        let speaker = SpeakerIndex(speaker as u32);
        bridged(union(spans), gap_ms).into_iter().map(move |span| SpeakerTurn { span, speaker })
    };
    Diarization::from_turns(turns.into_iter().enumerate().flat_map(turn).collect())
}

/// The voices of a speaker together.
#[derive(Default)]
struct Mean {
    sum: Vec<f32>,
    count: usize,
}

impl Mean {
    fn add(&mut self, piece: &Piece) {
        self.sum.resize(piece.voice.len(), 0.0);
        self.sum.iter_mut().zip(&piece.voice).for_each(|(sum, value)| *sum += piece.weight * value);
        self.count += 1;
    }

    /// How much a piece of this speaker sounds like the others; none where there is no other.
    fn without(&self, piece: &Piece) -> Option<f32> {
        let rest: Vec<f32> = self.sum.iter().zip(&piece.voice).map(|(sum, value)| sum - piece.weight * value).collect();
        (self.count > 1).then(|| dot(&unit(&rest), &piece.voice))
    }
}

/// The speaker whose other stretches one sounds clearly more like than like those of its own.
fn sounds_like(piece: &Piece, of: usize, means: &[Mean], units: &[Vec<f32>]) -> Option<usize> {
    let own = means[of].without(piece)?;
    let others = (0..means.len()).filter(|&other| other != of && means[other].count > 0);
    let (like, best) = others
        .map(|other| (dot(&units[other], &piece.voice), other))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    (like > own + MORE).then_some(best)
}

/// The stretches, and whose they are as the turns have it or as a person said.
pub fn pieces(evidence: &SpeakerEvidence, drawn: &Diarization, told: &[Told], speakers: &[Speaker]) -> Vec<Piece> {
    let drawn = alone(drawn.turns.iter().map(|turn| (turn.span, turn.speaker.0 as usize)));
    let number = |told: &Told| speakers.iter().position(|speaker| speaker.told == Some(told.speaker));
    let told = alone(told.iter().filter_map(|told| Some((told.span, number(told)?))));
    let stretches = evidence.windows.iter().flat_map(|window| {
        let first = first_frame(window.start);
        let at = move |frame: u16| Millis::from_sample((first + u64::from(frame)) * FRAME);
        window.stretches.iter().map(move |stretch| (at(stretch.first), at(stretch.end), &stretch.embedding))
    });
    let piece = |(start, end, embedding): (Millis, Millis, &Vec<f32>)| {
        let span = TimeSpan { start, end: end.max(start) };
        let weight = span.millis().min(WEIGHT_MOST_MS) as f32;
        Piece { span, voice: unit(embedding), weight, drawn: most(&drawn, span), told: most(&told, span) }
    };
    let usable = |piece: &Piece| !piece.span.is_empty() && piece.voice.iter().all(|value| value.is_finite());
    stretches.map(piece).filter(usable).collect()
}

/// Who has [`WITHIN`] of a span; `parts` in order and apart from each other.
fn most(parts: &[(TimeSpan, usize)], span: TimeSpan) -> Option<usize> {
    let first = parts.partition_point(|(part, _)| part.end <= span.start);
    let mut sums: Vec<(usize, u64)> = Vec::new();
    for (part, who) in parts[first..].iter().take_while(|(part, _)| part.start < span.end) {
        match sums.iter_mut().find(|(known, _)| known == who) {
            Some((_, sum)) => *sum += part.overlap(span),
            None => sums.push((*who, part.overlap(span))),
        }
    }
    let (who, sum) = sums.into_iter().max_by_key(|&(who, sum)| (sum, std::cmp::Reverse(who)))?;
    (sum as f32 >= WITHIN * span.millis() as f32).then_some(who)
}

/// Where one alone speaks, in order.
fn alone(turns: impl Iterator<Item = (TimeSpan, usize)>) -> Vec<(TimeSpan, usize)> {
    // Ends come before beginnings at the same time.
    let mut edges: Vec<(Millis, bool, usize)> =
        turns.flat_map(|(span, who)| [(span.start, true, who), (span.end, false, who)]).collect();
    edges.sort_unstable();
    let (mut open, mut since) = (Vec::new(), Millis(0));
    let mut found = Vec::new();
    for (at, begins, speaker) in edges {
        if let [only] = open[..] {
            let span = TimeSpan { start: since, end: at };
            found.extend((!span.is_empty()).then_some((span, only)));
        }
        if begins {
            open.push(speaker);
        } else if let Some(place) = open.iter().position(|&one| one == speaker) {
            open.swap_remove(place);
        }
        since = at;
    }
    found
}

fn by_speaker(drawn: &Diarization, speakers: usize) -> Vec<Vec<TimeSpan>> {
    let mut turns = vec![Vec::new(); speakers];
    for turn in &drawn.turns {
        turns[turn.speaker.0 as usize].push(turn.span);
    }
    turns
}

/// Gives what one speaker says in a stretch to another.
fn give(turns: &mut [Vec<TimeSpan>], span: TimeSpan, from: usize, to: usize) {
    let own = &mut turns[from];
    let first = own.partition_point(|turn| turn.end <= span.start);
    let last = first + own[first..].partition_point(|turn| turn.start < span.end);
    let (mut rests, mut taken) = (Vec::new(), Vec::new());
    for turn in &own[first..last] {
        let start = if span.start.0 < turn.start.0 + REST_MS { turn.start } else { span.start };
        let end = if turn.end.0 < span.end.0 + REST_MS { turn.end } else { span.end };
        rests.extend([TimeSpan { start: turn.start, end: start }, TimeSpan { start: end, end: turn.end }]);
        taken.push(TimeSpan { start, end });
    }
    rests.retain(|rest| !rest.is_empty());
    own.splice(first..last, rests);
    for new in without(&taken, &turns[to]) {
        let place = turns[to].partition_point(|turn| turn.start < new.start);
        turns[to].insert(place, new);
    }
}
