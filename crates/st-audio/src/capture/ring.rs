//! From the device's thread to the one that reads: a ring without locks. What does not fit is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rtrb::{Consumer, Producer, RingBuffer};

/// Sound that the ring holds, in seconds: longer than a slow disk takes for anything.
const SECONDS: usize = 10;
/// Most silence put in for lost frames at a time, in seconds: a counter that went wild must not fill the disk.
const MOST_SILENCE: u64 = 60;

/// The side of the device's thread. It takes no lock and no memory.
pub(super) struct Feeder {
    ring: Producer<f32>,
    lost: Arc<AtomicU64>,
    channels: usize,
}

/// The side of the reader.
pub(super) struct Taker {
    ring: Consumer<f32>,
    lost: Arc<AtomicU64>,
    /// How many of the lost frames were replaced.
    replaced: u64,
    channels: usize,
    rate: u32,
}

/// Both sides of a new ring.
pub(super) fn ring(rate: u32, channels: u16) -> (Feeder, Taker) {
    let channels = usize::from(channels.max(1));
    let (ring, taken) = RingBuffer::new(SECONDS * rate as usize * channels);
    let lost = Arc::new(AtomicU64::new(0));
    let feeder = Feeder { ring, lost: Arc::clone(&lost), channels };
    (feeder, Taker { ring: taken, lost, replaced: 0, channels, rate })
}

impl Feeder {
    /// Moves frames into the ring.
    pub(super) fn push(&mut self, samples: impl ExactSizeIterator<Item = f32>) {
        let frames = samples.len() / self.channels;
        let room = (self.ring.slots() / self.channels).min(frames);
        if let Ok(chunk) = self.ring.write_chunk_uninit(room * self.channels) {
            chunk.fill_from_iter(samples);
        }
        if room < frames {
            self.lost((frames - room) as u64);
        }
    }

    /// Counts frames that the system threw away.
    pub(super) fn lost(&self, frames: u64) {
        self.lost.fetch_add(frames, Ordering::Release);
    }
}

impl Taker {
    /// Appends what is there, and silence for what was lost behind it.
    pub(super) fn take(&mut self, into: &mut Vec<f32>) {
        // Read before the ring: what was lost later is not yet reached.
        let lost = self.lost();
        let count = self.ring.slots() / self.channels * self.channels;
        if let Ok(chunk) = self.ring.read_chunk(count) {
            let (first, second) = chunk.as_slices();
            into.extend_from_slice(first);
            into.extend_from_slice(second);
            chunk.commit_all();
        }
        let frames = (lost - self.replaced).min(MOST_SILENCE * u64::from(self.rate));
        into.resize(into.len() + frames as usize * self.channels, 0.0);
        self.replaced = lost;
    }

    /// Frames lost so far.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_while_there_is_room_and_the_rest_is_counted() {
        let (mut feeder, mut taker) = ring(10, 2);
        feeder.push((0..60).map(|n| n as f32));
        let mut taken = Vec::new();
        taker.take(&mut taken);
        assert!(taken.iter().copied().eq((0..60).map(|n| n as f32)));
        assert_eq!(taker.lost(), 0);
        // 100 frames fit.
        for _ in 0..4 {
            feeder.push((0..60).map(|n| n as f32));
        }
        taken.clear();
        taker.take(&mut taken);
        assert_eq!((taken.len(), taker.lost()), (240, 20));
        assert_eq!(&taken[198..202], &[18.0, 19.0, 0.0, 0.0], "silence in place of what was lost");
        taken.clear();
        feeder.push([0.5, 0.25].into_iter());
        taker.take(&mut taken);
        assert_eq!(taken, [0.5, 0.25]);
    }
}
