//! What this program uses of the machine, its workers included.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::{Engine, lock};

/// Memory and processors in use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Memory of this program and its workers, in bytes.
    pub memory_bytes: u64,
    /// Memory of the machine, in bytes.
    pub total_memory_bytes: u64,
    /// Part of all processors that they use, 0..=1, since the last look.
    pub processor: f32,
}

/// The system's view, kept because processor load is the difference of two looks.
pub(super) struct Looker(Mutex<Option<System>>);

impl Default for Looker {
    fn default() -> Self {
        Self(Mutex::new(System::new().ok()))
    }
}

impl Looker {
    /// Reads nothing about processes, so that the load since the last look stays what it was.
    fn total_memory(&self) -> u64 {
        lock(&self.0).as_mut().map_or(0, |system| {
            system.refresh_memory();
            system.total_memory()
        })
    }

    /// What is used now, and the processes that are this program and its workers.
    pub(super) fn look(&self) -> (Usage, Vec<u32>) {
        let mut slot = lock(&self.0);
        let Some(system) = &mut *slot else {
            // A system that says nothing about itself: zero is then what is known.
            return (Usage { memory_bytes: 0, total_memory_bytes: 0, processor: 0.0 }, vec![std::process::id()]);
        };
        system.refresh_memory();
        let kind = ProcessRefreshKind::nothing().with_memory().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let mut ours = vec![Pid::from_u32(std::process::id())];
        let mut usage = Usage { memory_bytes: 0, total_memory_bytes: system.total_memory(), processor: 0.0 };
        let mut next = 0;
        while let Some(&pid) = ours.get(next) {
            next += 1;
            if let Some(process) = system.process(pid) {
                usage.memory_bytes += process.memory();
                usage.processor += process.cpu_usage();
            }
            // Threads are listed as processes on Linux; their memory is their process's own.
            let children = system.processes().values().filter(|p| p.parent() == Some(pid) && p.thread_kind().is_none());
            ours.extend(children.map(sysinfo::Process::pid));
        }
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        usage.processor = (usage.processor / 100.0 / processors as f32).clamp(0.0, 1.0);
        (usage, ours.into_iter().map(Pid::as_u32).collect())
    }
}

impl Engine {
    /// Memory of the machine, in bytes.
    pub fn total_memory(&self) -> u64 {
        self.inner.looker.total_memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_uses_something_and_less_than_there_is() {
        let usage = Looker::default().look().0;
        assert!(usage.memory_bytes > 1 << 20 && usage.memory_bytes < usage.total_memory_bytes, "{usage:?}");
        assert!((0.0..=1.0).contains(&usage.processor));
    }
}
