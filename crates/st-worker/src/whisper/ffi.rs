//! whisper.cpp's C interface in safe clothes: a model, a state, one run of one window.
//!
//! The bindings of whisper-rs are used directly: its safe wrapper casts a fat pointer for the abort callback and leaks
//! a string a call (`docs/decisions/0002-native-libraries.md`).

use std::ffi::{CStr, CString, c_int, c_void};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use whisper_rs::whisper_rs_sys as sys;

use super::segment::RawSegment;
use super::words::Token;

unsafe extern "C" {
    // Made by `native/whisper.cmake`. A linker that misses them has a whisper.cpp that was built before:
    // `cargo clean --release --package whisper-rs-sys`.

    /// `whisper_full_with_state`, which ends the process with a message where C++ throws: any thread of Rust would swallow it.
    fn securetranscribe_full(
        context: *mut sys::whisper_context,
        state: *mut sys::whisper_state,
        params: sys::whisper_full_params,
        samples: *const f32,
        count: c_int,
    ) -> c_int;
    /// `whisper_init_state` in the same way.
    fn securetranscribe_state(context: *mut sys::whisper_context) -> *mut sys::whisper_state;
}

/// A loaded model.
pub struct Context(NonNull<sys::whisper_context>);

// SAFETY: whisper.cpp only reads a context once it is loaded; all that changes is in the state.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the pointer came from whisper_init and is freed once; states borrow the context and are gone.
        unsafe { sys::whisper_free(self.0.as_ptr()) }
    }
}

impl Context {
    /// Loads a model onto the GPU of that index, or onto the processor. `None` where whisper.cpp refuses the file.
    pub fn load(path: &Path, gpu: Option<c_int>, flash_attention: bool) -> Option<Self> {
        let path = CString::new(path.to_str()?).ok()?;
        // SAFETY: a plain struct by value, and a string that outlives the call.
        let context = unsafe {
            let mut params = sys::whisper_context_default_params();
            params.use_gpu = gpu.is_some();
            params.gpu_device = gpu.unwrap_or(0);
            params.flash_attn = flash_attention;
            sys::whisper_init_from_file_with_params_no_state(path.as_ptr(), params)
        };
        NonNull::new(context).map(Self)
    }

    /// Whether the model knows more than English.
    pub fn is_multilingual(&self) -> bool {
        // SAFETY: the context is valid as long as self.
        unsafe { sys::whisper_is_multilingual(self.0.as_ptr()) != 0 }
    }

    /// The first id that is no text.
    pub fn token_eot(&self) -> c_int {
        // SAFETY: as above.
        unsafe { sys::whisper_token_eot(self.0.as_ptr()) }
    }

    /// The tokens of a text; empty where it cannot be written with them.
    pub fn tokenize(&self, text: &str) -> Vec<c_int> {
        let Ok(text) = CString::new(text) else { return Vec::new() };
        // Byte pairs never give more tokens than bytes.
        let mut tokens: Vec<c_int> = vec![0; text.as_bytes().len() + 1];
        // SAFETY: the buffer is as long as said.
        let found = unsafe {
            sys::whisper_tokenize(self.0.as_ptr(), text.as_ptr(), tokens.as_mut_ptr(), tokens.len() as c_int)
        };
        tokens.truncate(usize::try_from(found).unwrap_or(0));
        tokens
    }
}

/// whisper.cpp's number of a language code.
pub fn language_id(code: &str) -> Option<c_int> {
    let code = CString::new(code).ok()?;
    // SAFETY: a valid string.
    let id = unsafe { sys::whisper_lang_id(code.as_ptr()) };
    (id >= 0).then_some(id)
}

/// The language code of whisper.cpp's number.
pub fn language_code(id: usize) -> Option<String> {
    let id = c_int::try_from(id).ok()?;
    // SAFETY: null or a static string.
    unsafe {
        let code = sys::whisper_lang_str(id);
        if code.is_null() { None } else { CStr::from_ptr(code).to_str().ok().map(str::to_string) }
    }
}

/// Working memory for runs with one model.
pub struct State<'a> {
    state: NonNull<sys::whisper_state>,
    context: &'a Context,
}

impl Drop for State<'_> {
    fn drop(&mut self) {
        // SAFETY: made by whisper_init_state and freed once.
        unsafe { sys::whisper_free_state(self.state.as_ptr()) }
    }
}

/// How a run ended that gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The abort flag was set.
    #[error("cancelled")]
    Cancelled,
    /// The audio could not be turned into a spectrogram.
    #[error("the spectrogram could not be computed")]
    Spectrogram,
    /// Working memory could not be had.
    #[error("out of memory")]
    Memory,
    /// whisper.cpp's own number.
    #[error("whisper.cpp returned {0}")]
    Code(c_int),
}

/// One run: one window of at most 30 s at one temperature.
pub struct Run<'a> {
    /// whisper.cpp's code of the language.
    pub language: &'a CStr,
    /// Translate to English.
    pub translate: bool,
    /// Beam width; 1 is greedy.
    pub beam: c_int,
    /// Samples drawn at a temperature above 0; the best is kept.
    pub best_of: c_int,
    /// Softmax temperature.
    pub temperature: f32,
    /// Threads.
    pub threads: c_int,
    /// Encoder positions (20 ms each), 0 for all 1,500.
    pub audio_ctx: c_int,
    /// Tokens given to the model before its own.
    pub prompt: &'a [c_int],
}

/// What the callbacks of a run see.
struct Live<'a> {
    abort: &'a AtomicBool,
    encoded: bool,
}

impl<'a> State<'a> {
    /// Working memory for `context`; `None` where it cannot be had.
    pub fn new(context: &'a Context) -> Option<Self> {
        static MAKING: Mutex<()> = Mutex::new(());
        // One after the other, as whisper.cpp itself makes them for several threads (`whisper_full_parallel`).
        let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the context is valid and outlives the state.
        let state = unsafe { securetranscribe_state(context.0.as_ptr()) };
        NonNull::new(state).map(|state| Self { state, context })
    }

    /// Probabilities of all languages, by whisper.cpp's number.
    pub fn languages(&mut self, pcm: &[f32], threads: c_int) -> Result<Vec<f32>, RunError> {
        // SAFETY: samples and probabilities are as long as whisper.cpp is told or knows (lang_max_id + 1).
        unsafe {
            let (context, state) = (self.context.0.as_ptr(), self.state.as_ptr());
            if sys::whisper_pcm_to_mel_with_state(context, state, pcm.as_ptr(), pcm.len() as c_int, threads) != 0 {
                return Err(RunError::Spectrogram);
            }
            let mut probabilities = vec![0.0; sys::whisper_lang_max_id() as usize + 1];
            let code = sys::whisper_lang_auto_detect_with_state(context, state, 0, threads, probabilities.as_mut_ptr());
            if code < 0 { Err(RunError::Code(code)) } else { Ok(probabilities) }
        }
    }

    /// Runs one encoder window over the start of `pcm`. `abort` is asked between decoder steps.
    pub fn run(mut self, run: &Run, pcm: &[f32], abort: &AtomicBool) -> Result<Vec<RawSegment>, RunError> {
        let mut live = Live { abort, encoded: false };
        let user: *mut c_void = (&raw mut live).cast();
        // SAFETY: a plain struct by value.
        let mut params = unsafe { sys::whisper_full_default_params(strategy(run.beam)) };
        params.n_threads = run.threads;
        params.language = run.language.as_ptr();
        params.translate = run.translate;
        params.no_context = true;
        params.print_progress = false;
        params.print_timestamps = false;
        params.token_timestamps = true;
        // Suppressing non-speech tokens costs over a point of word error rate (docs/decisions/0001); what they write
        // ("[Music]") is taken out afterwards.
        params.suppress_nst = false;
        params.audio_ctx = run.audio_ctx;
        params.temperature = run.temperature;
        // One try a run: what is doubtful is judged and tried again by ourselves.
        params.temperature_inc = 0.0;
        // Never throw text away inside; that too is judged by ourselves.
        params.no_speech_thold = 2.0;
        params.greedy.best_of = run.best_of;
        params.beam_search.beam_size = run.beam;
        if !run.prompt.is_empty() {
            params.prompt_tokens = run.prompt.as_ptr();
            params.prompt_n_tokens = run.prompt.len() as c_int;
        }
        params.encoder_begin_callback = Some(before_encoder);
        params.encoder_begin_callback_user_data = user;
        params.abort_callback = Some(should_abort);
        params.abort_callback_user_data = user;
        // SAFETY: language, prompt, samples and `live` outlive the call, and whisper.cpp keeps none of them.
        let code = unsafe {
            securetranscribe_full(
                self.context.0.as_ptr(),
                self.state.as_ptr(),
                params,
                pcm.as_ptr(),
                pcm.len() as c_int,
            )
        };
        match code {
            0 if abort.load(Ordering::Relaxed) => Err(RunError::Cancelled),
            0 => Ok(self.segments()),
            // whisper.cpp frees the state itself when the cache of the beams cannot be had.
            -7 => {
                std::mem::forget(self);
                Err(RunError::Memory)
            }
            _ if abort.load(Ordering::Relaxed) => Err(RunError::Cancelled),
            -2 => Err(RunError::Spectrogram),
            code => Err(RunError::Code(code)),
        }
    }

    fn segments(&mut self) -> Vec<RawSegment> {
        // SAFETY: the state is valid and its last run is over.
        unsafe {
            let count = sys::whisper_full_n_segments_from_state(self.state.as_ptr());
            (0..count).map(|i| read_segment(self.context, self.state.as_ptr(), i)).collect()
        }
    }
}

fn strategy(beam: c_int) -> sys::whisper_sampling_strategy {
    if beam > 1 {
        sys::whisper_sampling_strategy_WHISPER_SAMPLING_BEAM_SEARCH
    } else {
        sys::whisper_sampling_strategy_WHISPER_SAMPLING_GREEDY
    }
}

/// # Safety
/// `state` is valid and holds more than `index` segments.
unsafe fn read_segment(context: &Context, state: *mut sys::whisper_state, index: c_int) -> RawSegment {
    let eot = context.token_eot();
    let millis = |centiseconds: i64| u64::try_from(centiseconds).unwrap_or(0) * 10;
    // SAFETY: see above; token texts live as long as the context and are copied at once.
    unsafe {
        let count = sys::whisper_full_n_tokens_from_state(state, index);
        let mut tokens = Vec::new();
        for i in 0..count {
            let data = sys::whisper_full_get_token_data_from_state(state, index, i);
            if data.id >= eot {
                continue;
            }
            let text = sys::whisper_full_get_token_text_from_state(context.0.as_ptr(), state, index, i);
            let text = if text.is_null() { Vec::new() } else { CStr::from_ptr(text).to_bytes().to_vec() };
            tokens.push(Token {
                text,
                probability: data.p,
                logprob: data.plog,
                start: millis(data.t0),
                end: millis(data.t1),
            });
        }
        RawSegment {
            start: millis(sys::whisper_full_get_segment_t0_from_state(state, index)),
            end: millis(sys::whisper_full_get_segment_t1_from_state(state, index)),
            tokens,
            no_speech: sys::whisper_full_get_segment_no_speech_prob_from_state(state, index),
        }
    }
}

/// Lets the first encoder window begin and no other: a run is one window.
unsafe extern "C" fn before_encoder(
    _: *mut sys::whisper_context,
    _: *mut sys::whisper_state,
    user: *mut c_void,
) -> bool {
    // SAFETY: `user` is the `Live` of the running call, and only that call's thread is here.
    let live = unsafe { &mut *user.cast::<Live>() };
    !std::mem::replace(&mut live.encoded, true)
}

unsafe extern "C" fn should_abort(user: *mut c_void) -> bool {
    // SAFETY: as above; only the flag is touched.
    unsafe { (*user.cast::<Live>()).abort.load(Ordering::Relaxed) }
}
