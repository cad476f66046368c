//! Text while people speak: provisional, for showing only. The recording thread hands sound over and never waits; where
//! this computer is too slow, phrases are left out and that is said.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use st_audio::resample::Resampler;
use st_core::hypothesis::{Word, join_words};
use st_core::time::{Millis, SAMPLE_RATE, TimeSpan};
use st_worker_protocol::DecodeParams;

use super::phrases::{Phrase, Phrases};
use super::types::PreviewPiece;
use crate::engine::Pair;
use crate::inference::{Clip, InferenceError, Outcome};
use crate::jobs::{CancelFlag, JobSettings, LanguageChoice};

/// Blocks that may wait: at a block each 20 ms half a minute.
const WAITING: usize = 1_500;
/// Samples of a VAD frame.
const FRAME: usize = 512;
/// Sound that is looked at for speech at a time, in frames: about a third of a second.
const AT_ONCE: usize = 10;
/// A phrase whose end lies this far back is left out, in ms: what is said now matters more.
const TOO_LATE: u64 = 12_000;
/// While somebody speaks on, the phrase so far is shown anew after so much more of it, in ms.
const AGAIN: u64 = 3_000;
/// Least sound to tell a language by, in ms.
const LANGUAGE_FROM: u64 = 1_500;

/// What the recording thread holds of it.
pub(crate) struct Preview {
    blocks: Option<SyncSender<Block>>,
    model: String,
    channels: usize,
    rate: u32,
    shared: Arc<Shared>,
    cancel: CancelFlag,
}

/// What both sides read and write.
#[derive(Debug, Default)]
struct Shared {
    /// Where the newest sound ends, in ms.
    newest: AtomicU64,
    /// What was left out, in ms.
    skipped: AtomicU64,
    over: AtomicBool,
}

enum Block {
    /// Mono samples at the recording's rate, and where they begin in ms.
    Sound(Vec<f32>, u64),
    /// What comes next does not follow what came before.
    Break,
}

/// What runs the models, and how.
pub(crate) struct Setup {
    /// Name of the model that writes.
    pub model: String,
    /// How it writes.
    pub settings: JobSettings,
    /// Makes a supervisor with models loaded: takes seconds. None where that fails or is not wanted any more.
    pub load: Loader,
    /// Takes text.
    pub show: Box<dyn Fn(Vec<PreviewPiece>) + Send>,
}

/// Loads models, unless that is not wanted any more.
type Loader = Box<dyn FnOnce(&CancelFlag) -> Option<Ready> + Send>;

/// A worker with its models.
pub(crate) struct Ready {
    /// Runs them: its `main` does.
    pub pair: Pair,
    /// Whether the recogniser knows more than English.
    pub multilingual: bool,
    /// Takes the worker back.
    pub give_back: Box<dyn FnOnce(Pair) + Send>,
}

impl Preview {
    /// Begins; text comes once the models are loaded.
    pub(crate) fn start(setup: Setup, rate: u32, channels: u16) -> Option<Self> {
        let resampler = Resampler::new(rate).ok()?;
        let (blocks, incoming) = sync_channel(WAITING);
        let (shared, cancel) = (Arc::new(Shared::default()), CancelFlag::new());
        let preview = Self {
            blocks: Some(blocks),
            model: setup.model.clone(),
            channels: usize::from(channels.max(1)),
            rate,
            shared: Arc::clone(&shared),
            cancel: cancel.clone(),
        };
        thread::spawn(move || {
            let Some(ready) = (setup.load)(&cancel) else { return };
            let Ready { pair, multilingual, give_back } = ready;
            let mut writer = Writer::new(pair, multilingual, setup.settings, setup.show, shared, cancel);
            if let Err(error) = writer.run(&incoming, resampler) {
                tracing::warn!(%error, "the preview ended");
            }
            give_back(writer.pair);
        });
        Some(preview)
    }

    /// Name of the model that writes.
    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// What was left out, in ms.
    pub(super) fn skipped(&self) -> u64 {
        self.shared.skipped.load(Ordering::Acquire)
    }

    /// Hands over frames that begin at `at` ms of the recording.
    pub(super) fn push(&mut self, frames: &[f32], at: u64) {
        let scale = 1.0 / self.channels as f32;
        let mono: Vec<f32> =
            frames.chunks_exact(self.channels).map(|frame| frame.iter().sum::<f32>() * scale).collect();
        let length = mono.len() as u64 * 1_000 / u64::from(self.rate.max(1));
        self.shared.newest.store(at + length, Ordering::Release);
        if let Some(blocks) = &self.blocks
            && let Err(TrySendError::Full(_)) = blocks.try_send(Block::Sound(mono, at))
        {
            self.shared.skipped.fetch_add(length, Ordering::AcqRel);
        }
    }

    /// What comes next does not follow what came before.
    pub(super) fn pause(&mut self) {
        if let Some(blocks) = &self.blocks {
            drop(blocks.try_send(Block::Break));
        }
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        // The whole recording is transcribed next; what is still to be shown is of no use any more.
        self.shared.over.store(true, Ordering::Release);
        self.cancel.cancel();
        self.blocks = None;
    }
}

/// The preview's thread.
struct Writer {
    pair: Pair,
    settings: JobSettings,
    show: Box<dyn Fn(Vec<PreviewPiece>) + Send>,
    shared: Arc<Shared>,
    cancel: CancelFlag,
    language: Option<String>,
    phrases: Phrases,
    /// Sound at 16 kHz from `from` samples on, counted from the last break.
    pcm: Vec<f32>,
    from: u64,
    /// Samples that were looked at for speech.
    looked: u64,
    /// Where the sound after the last break begins in the recording, in ms.
    base: Option<u64>,
    /// Where the next block must begin to follow.
    next: u64,
    fresh: bool,
    /// Length of the running phrase when it was last shown.
    shown: u64,
    /// How long the last look at a phrase took for each ms of it.
    pace: f64,
}

impl Writer {
    fn new(
        pair: Pair,
        multilingual: bool,
        settings: JobSettings,
        show: Box<dyn Fn(Vec<PreviewPiece>) + Send>,
        shared: Arc<Shared>,
        cancel: CancelFlag,
    ) -> Self {
        let language = match &settings.language {
            LanguageChoice::Code(code) => Some(code.clone()),
            LanguageChoice::Auto if !multilingual => Some("en".into()),
            LanguageChoice::Auto => None,
        };
        Self {
            pair,
            settings,
            show,
            shared,
            cancel,
            language,
            phrases: Phrases::default(),
            pcm: Vec::new(),
            from: 0,
            looked: 0,
            base: None,
            next: 0,
            fresh: true,
            shown: 0,
            pace: 0.0,
        }
    }

    fn run(&mut self, incoming: &Receiver<Block>, mut resampler: Resampler) -> Result<(), InferenceError> {
        let rate = resampler.rate();
        for block in incoming {
            if self.shared.over.load(Ordering::Acquire) {
                return Ok(());
            }
            match block {
                Block::Break => {
                    self.flush()?;
                    resampler = Resampler::new(rate).unwrap_or(resampler);
                }
                Block::Sound(samples, at) => {
                    // A hole of blocks that did not find room is a break too; counts are rounded to ms.
                    if self.base.is_some() && at.abs_diff(self.next) > 50 {
                        self.flush()?;
                        resampler = Resampler::new(rate).unwrap_or(resampler);
                    }
                    self.base.get_or_insert(at);
                    self.next = at + samples.len() as u64 * 1_000 / u64::from(rate.max(1));
                    resampler.push(&samples, &mut self.pcm);
                    self.listen()?;
                }
            }
        }
        Ok(())
    }

    /// Looks for speech in what came.
    fn listen(&mut self) -> Result<(), InferenceError> {
        let unseen = (self.from + self.pcm.len() as u64 - self.looked) as usize;
        let count = unseen / FRAME * FRAME;
        if count < FRAME * AT_ONCE {
            return Ok(());
        }
        let start = (self.looked - self.from) as usize;
        let heard = self.pair.main.speech(&self.pcm[start..start + count], self.fresh, &self.cancel)?;
        let Outcome::Done(frames) = heard else { return Ok(()) };
        self.fresh = false;
        self.looked += count as u64;
        for probability in frames {
            if let Some(phrase) = self.phrases.push(probability) {
                self.write(phrase, true)?;
                self.shown = 0;
            }
        }
        if let Some(running) = self.phrases.running() {
            let length = running.end - running.start;
            // Only where it takes a third of the time that passes meanwhile: the end of the phrase comes first.
            if length >= self.shown + AGAIN && self.pace * (length as f64) < AGAIN as f64 / 3.0 {
                self.shown = length;
                self.write(running, false)?;
            }
        }
        let keep = self.phrases.needed_from() * u64::from(SAMPLE_RATE) / 1_000;
        let old = keep.min(self.looked).saturating_sub(self.from) as usize;
        self.pcm.drain(..old);
        self.from += old as u64;
        Ok(())
    }

    /// Ends what is being said and begins anew.
    fn flush(&mut self) -> Result<(), InferenceError> {
        if let Some(phrase) = self.phrases.end() {
            self.write(phrase, true)?;
        }
        self.phrases = Phrases::default();
        self.pcm.clear();
        (self.from, self.looked, self.base, self.fresh, self.shown) = (0, 0, None, true, 0);
        Ok(())
    }

    /// Writes a phrase down and shows it.
    fn write(&mut self, phrase: Phrase, settled: bool) -> Result<(), InferenceError> {
        let base = self.base.unwrap_or(0);
        let late = self.shared.newest.load(Ordering::Acquire).saturating_sub(base + phrase.end);
        if late > TOO_LATE {
            if settled {
                self.shared.skipped.fetch_add(phrase.end - phrase.start, Ordering::AcqRel);
            }
            return Ok(());
        }
        let sample = |ms: u64| (ms * u64::from(SAMPLE_RATE) / 1_000).saturating_sub(self.from) as usize;
        let (start, end) = (sample(phrase.start), sample(phrase.end).min(self.pcm.len()));
        let clip = self.pcm.get(start..end).unwrap_or_default().to_vec();
        if clip.is_empty() {
            return Ok(());
        }
        let begin = Instant::now();
        let Some(language) = self.language(&clip)? else { return Ok(()) };
        let params = DecodeParams {
            language,
            translate: self.settings.translate,
            beam: 1,
            words: self.settings.words.clone(),
            temperature: 0.0,
        };
        let length = phrase.end - phrase.start;
        let speech = [TimeSpan::new(0, length)];
        let threads = self.pair.main.threads();
        let clip = Clip { pcm: &clip, start: Millis(0), speech: &speech, params: &params, threads };
        let Outcome::Done(window) = self.pair.main.transcribe(clip, &self.cancel)? else { return Ok(()) };
        self.pace = begin.elapsed().as_secs_f64() * 1_000.0 / length.max(1) as f64;
        let words: Vec<Word> = window.segments.into_iter().flat_map(|segment| segment.words).collect();
        let text = join_words(&words);
        if !text.is_empty() {
            let piece = PreviewPiece { start_ms: base + phrase.start, end_ms: base + phrase.end, text, settled };
            (self.show)(vec![piece]);
        }
        Ok(())
    }

    /// The language that is spoken: as given, or as the first long enough phrase says.
    fn language(&mut self, clip: &[f32]) -> Result<Option<String>, InferenceError> {
        if let Some(known) = &self.language {
            return Ok(Some(known.clone()));
        }
        let Outcome::Done(guesses) = self.pair.main.detect_language(clip, &self.cancel)? else { return Ok(None) };
        let Some(best) = guesses.into_iter().next() else { return Ok(None) };
        if Duration::from_secs_f64(clip.len() as f64 / f64::from(SAMPLE_RATE)).as_millis() as u64 >= LANGUAGE_FROM {
            self.language = Some(best.code.clone());
        }
        Ok(Some(best.code))
    }
}
