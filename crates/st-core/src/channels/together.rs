//! Transcripts of single channels to one: what both sides of a call say, in the order in which they say it.

use crate::align::renumber;
use crate::diarization::SpeakerCount;
use crate::transcript::{Speaker, SpeakerId, Utterance, UtteranceId};

/// How many people are looked for in each of `channels` channels, when so many are in all: at least one in each.
pub fn in_each(count: SpeakerCount, channels: u32) -> SpeakerCount {
    let most = |most: u32| match most.saturating_sub(channels) {
        0 => SpeakerCount::Exact(1),
        more => SpeakerCount::Range(1, more + 1),
    };
    match count {
        _ if channels <= 1 => count,
        SpeakerCount::Auto => SpeakerCount::Auto,
        SpeakerCount::Exact(all) => most(all),
        SpeakerCount::Range(_, all) => most(all),
    }
}

/// Puts the utterances of channels, each with its name, together. Nobody is in two channels. The only one of a channel has
/// its name, several are numbered: “Left”, “Right 1”, “Right 2”. Who speaks at the same time in another channel for
/// `overlap_ms` or more is noted with the utterance.
pub fn together(channels: Vec<(String, Vec<Utterance>)>, overlap_ms: u64) -> (Vec<Utterance>, Vec<Speaker>) {
    let (mut all, mut names): (Vec<Utterance>, Vec<String>) = Default::default();
    let mut of_channel: Vec<usize> = Vec::new();
    for (number, (title, mut utterances)) in channels.into_iter().enumerate() {
        let (first, count) = (names.len() as u32, renumber(&mut utterances).len());
        for utterance in &mut utterances {
            let moved = |id: SpeakerId| SpeakerId(id.0 + first);
            utterance.speaker = utterance.speaker.map(moved);
            utterance.overlap.iter_mut().for_each(|other| *other = moved(*other));
        }
        names.extend((1..=count).map(|n| if count == 1 { title.clone() } else { format!("{title} {n}") }));
        of_channel.extend(std::iter::repeat_n(number, utterances.len()));
        all.append(&mut utterances);
    }
    note_overlaps(&mut all, &of_channel, overlap_ms);
    all.sort_by_key(|utterance| (utterance.span, utterance.id));
    for (utterance, id) in all.iter_mut().zip(1..) {
        utterance.id = UtteranceId(id);
    }
    let before = renumber(&mut all);
    let named = |(id, before): (u32, SpeakerId)| Speaker {
        name: Some(names[before.0 as usize].clone()),
        ..Speaker::unnamed(SpeakerId(id))
    };
    (all, (0..).zip(before).map(named).collect())
}

/// Notes with each utterance who speaks in another channel meanwhile.
fn note_overlaps(all: &mut [Utterance], of_channel: &[usize], overlap_ms: u64) {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&at| all[at].span);
    let mut open: Vec<usize> = Vec::new();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for at in order {
        open.retain(|&other| all[other].span.end > all[at].span.start);
        let meets = |other: &&usize| {
            let other = **other;
            of_channel[other] != of_channel[at] && all[other].span.overlap(all[at].span) >= overlap_ms
        };
        found.extend(open.iter().filter(meets).map(|&other| (other, at)));
        open.push(at);
    }
    for (one, two) in found {
        for (here, there) in [(one, two), (two, one)] {
            if let Some(speaker) = all[there].speaker.filter(|id| !all[here].overlap.contains(id)) {
                all[here].overlap.push(speaker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::TimeSpan;

    fn utterance(id: u64, start: u64, end: u64, speaker: u32, text: &str) -> Utterance {
        Utterance {
            id: UtteranceId(id),
            speaker: Some(SpeakerId(speaker)),
            span: TimeSpan::new(start, end),
            text: text.into(),
            words: Vec::new(),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        }
    }

    #[test]
    fn both_sides_stand_in_the_order_of_their_speech_and_keep_what_overlaps() {
        let here = vec![utterance(1, 1_000, 4_000, 5, "hello"), utterance(2, 9_000, 12_000, 5, "well")];
        let there = vec![
            utterance(1, 0, 900, 0, "yes"),
            utterance(2, 3_000, 6_000, 1, "who is it"),
            utterance(3, 11_900, 15_000, 0, "fine"),
        ];
        let (all, speakers) = together(vec![("Microphone".into(), here), ("Computer sound".into(), there)], 250);
        let texts: Vec<&str> = all.iter().map(|utterance| utterance.text.as_str()).collect();
        assert_eq!(texts, ["yes", "hello", "who is it", "well", "fine"]);
        assert_eq!(all.iter().map(|utterance| utterance.id.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        let names: Vec<&str> = speakers.iter().map(|speaker| speaker.name.as_deref().unwrap_or_default()).collect();
        assert_eq!(names, ["Computer sound 1", "Microphone", "Computer sound 2"]);
        let who: Vec<u32> = all.iter().map(|utterance| utterance.speaker.map_or(9, |id| id.0)).collect();
        assert_eq!(who, [0, 1, 2, 1, 0]);
        let with: Vec<Vec<u32>> = all.iter().map(|u| u.overlap.iter().map(|id| id.0).collect()).collect();
        assert_eq!(with, [vec![], vec![2], vec![1], vec![], vec![]], "a tenth of a second is no overlap");
        assert_eq!(together(Vec::new(), 250), (Vec::new(), Vec::new()));
    }

    #[test]
    fn who_is_only_heard_beneath_others_has_a_name_too() {
        let mut loud = utterance(1, 0, 4_000, 0, "and so on");
        loud.overlap = vec![SpeakerId(1)];
        let (_, speakers) = together(vec![("Left".into(), vec![loud])], 250);
        let names: Vec<String> = speakers.iter().map(Speaker::display_name).collect();
        assert_eq!(names, ["Left 1", "Left 2"]);
    }

    #[test]
    fn a_number_of_people_is_shared_out() {
        for (count, channels, expected) in [
            (SpeakerCount::Auto, 2, SpeakerCount::Auto),
            (SpeakerCount::Exact(2), 2, SpeakerCount::Exact(1)),
            (SpeakerCount::Exact(1), 2, SpeakerCount::Exact(1)),
            (SpeakerCount::Exact(4), 2, SpeakerCount::Range(1, 3)),
            (SpeakerCount::Range(2, 3), 2, SpeakerCount::Range(1, 2)),
            (SpeakerCount::Exact(4), 1, SpeakerCount::Exact(4)),
        ] {
            assert_eq!(in_each(count, channels), expected, "{count:?} in {channels}");
        }
    }
}
