//! The domain of SecureTranscribe. Pure: no files, network, threads, clock or randomness; times and ids come in as
//! arguments.

pub mod align;
pub mod channels;
pub mod clustering;
pub mod coverage;
pub mod diarization;
pub mod doubt;
pub mod edit;
pub mod find;
pub mod history;
pub mod hypothesis;
pub mod metrics;
pub mod places;
pub mod punctuation;
pub mod quotes;
pub mod reconstruct;
pub mod record;
pub mod regroup;
pub mod retext;
pub mod rttm;
pub mod sections;
pub mod sound;
pub mod speech;
pub mod summary;
pub mod time;
pub mod transcript;
pub mod turns;
pub mod windows;
