//! Windows in flight. Several lanes decode, each a window at a time; whenever every lane that still goes on has asked for
//! something, all of it becomes one request. So a window's second look is in flight beside the first look of others, and
//! nothing of how many there are reaches the text.

use std::sync::mpsc::{Receiver, Sender, channel};

use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::DecodeParams;

use crate::inference::{Clip, InferenceError, Outcome, Run, Supervisor};
use crate::jobs::CancelFlag;

/// What a lane asks.
struct Question {
    pcm: Vec<f32>,
    start: Millis,
    speech: Vec<TimeSpan>,
    params: DecodeParams,
    answer: Sender<WindowHypothesis>,
}

impl Question {
    fn clip(&self) -> Clip<'_> {
        Clip { pcm: &self.pcm, start: self.start, speech: &self.speech, params: &self.params }
    }
}

enum Message {
    Asked(Question),
    Ended,
}

/// One who decodes a window at a time. Its flight ends when all lanes are gone.
pub struct Lane {
    to: Sender<Message>,
}

impl Lane {
    /// The text of samples that begin at `start`; cancelled where the flight ended before it came.
    pub fn ask(
        &self,
        pcm: &[f32],
        start: Millis,
        speech: &[TimeSpan],
        params: &DecodeParams,
    ) -> Outcome<WindowHypothesis> {
        let (answer, answered) = channel();
        let question = Question { pcm: pcm.to_vec(), start, speech: speech.to_vec(), params: params.clone(), answer };
        // A flight that ended hears nothing, and drops what was asked.
        let _ = self.to.send(Message::Asked(question));
        answered.recv().map_or(Outcome::Cancelled, Outcome::Done)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let _ = self.to.send(Message::Ended);
    }
}

/// Answers what lanes ask.
pub struct Flight {
    from: Receiver<Message>,
    lanes: usize,
}

impl Flight {
    /// A flight with so many lanes.
    pub fn new(count: usize) -> (Self, Vec<Lane>) {
        let (to, from) = channel();
        let lanes = (0..count).map(|_| Lane { to: to.clone() }).collect();
        (Self { from, lanes: count }, lanes)
    }

    /// Answers until all lanes are gone, or it fails or is cancelled; then whoever waits for an answer is told so.
    pub fn run(mut self, supervisor: &mut Supervisor, cancel: &CancelFlag) -> Result<Outcome<()>, InferenceError> {
        let mut asked: Vec<Question> = Vec::new();
        while self.lanes > 0 {
            match self.from.recv() {
                Ok(Message::Asked(question)) => asked.push(question),
                Ok(Message::Ended) => self.lanes -= 1,
                Err(_) => self.lanes = 0,
            }
            if asked.is_empty() || asked.len() < self.lanes {
                continue;
            }
            let clips: Vec<Clip<'_>> = asked.iter().map(Question::clip).collect();
            let mut run = Run { cancel, on_segment: &mut |_| {} };
            // Who asked may be gone, over an error of its own.
            let mut done = |index: usize, window| drop(asked[index].answer.send(window));
            if let Outcome::Cancelled = supervisor.transcribe_all(&clips, &mut run, &mut done)? {
                return Ok(Outcome::Cancelled);
            }
            asked.clear();
        }
        Ok(Outcome::Done(()))
    }
}
