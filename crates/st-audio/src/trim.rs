//! Cuts off what an encoder put before and after the sound, so that times are those of the recording.

/// How long the sound is, in frames at its own rate, once its start is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As long as there is sound.
    Open,
    /// Exactly so long.
    Hard(u64),
    /// So long if not much more than that comes: a count in a header may be wrong, and then all of it is sound.
    Soft {
        /// The count in the header.
        frames: u64,
        /// The most that an encoder adds.
        slack: usize,
    },
}

/// Passes on what lies between start and end. A frame is one sample, or one of each channel.
#[derive(Debug)]
pub(crate) struct Trim<T = f32> {
    skip: u64,
    end: End,
    given: u64,
    /// Sound after a soft end, of which is not yet known whether it is the encoder's.
    held: Vec<T>,
}

impl<T: Copy> Default for Trim<T> {
    fn default() -> Self {
        Self::new(0, End::Open)
    }
}

impl<T: Copy> Trim<T> {
    /// Cuts `skip` frames off the start.
    pub(crate) fn new(skip: u64, end: End) -> Self {
        Self { skip, end, given: 0, held: Vec::new() }
    }

    /// Goes on behind the first `given` frames of the sound.
    #[cfg(feature = "playback")]
    pub(crate) fn behind(given: u64, end: End) -> Self {
        Self { skip: 0, end, given, held: Vec::new() }
    }

    /// Hands the part of `frames` that is sound to `take`.
    pub(crate) fn push(&mut self, frames: &[T], take: &mut impl FnMut(&[T])) {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(frames.len());
        self.skip -= skipped as u64;
        let frames = &frames[skipped..];
        let limit = match self.end {
            End::Open => u64::MAX,
            End::Hard(limit) => limit,
            End::Soft { frames, .. } => frames,
        };
        let room = usize::try_from(limit.saturating_sub(self.given)).unwrap_or(usize::MAX).min(frames.len());
        let (inside, beyond) = frames.split_at(room);
        if !inside.is_empty() {
            self.given += inside.len() as u64;
            take(inside);
        }
        let End::Soft { slack, .. } = self.end else { return };
        self.held.extend_from_slice(beyond);
        if self.held.len() > slack {
            self.end = End::Open;
            self.given += self.held.len() as u64;
            take(&self.held);
            self.held = Vec::new();
        }
    }

    /// Whether nothing more will be passed on.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.end, End::Hard(limit) if self.given >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(skip: u64, end: End, total: usize, block: usize) -> Vec<f32> {
        let all: Vec<f32> = (0..total).map(|i| i as f32).collect();
        let mut trim = Trim::new(skip, end);
        let mut out = Vec::new();
        for block in all.chunks(block) {
            trim.push(block, &mut |part| out.extend_from_slice(part));
        }
        out
    }

    #[test]
    fn cuts_start_and_end_for_all_block_sizes() {
        for block in [1, 3, 7, 100] {
            assert_eq!(run(2, End::Open, 6, block), [2.0, 3.0, 4.0, 5.0]);
            assert_eq!(run(2, End::Hard(2), 6, block), [2.0, 3.0]);
            assert_eq!(run(1, End::Soft { frames: 3, slack: 2 }, 6, block), [1.0, 2.0, 3.0]);
            assert!(run(9, End::Open, 6, block).is_empty());
        }
    }

    #[test]
    fn a_count_that_is_far_too_small_is_not_believed() {
        for block in [1, 3, 7, 100] {
            assert_eq!(run(1, End::Soft { frames: 3, slack: 2 }, 7, block), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        }
    }
}
