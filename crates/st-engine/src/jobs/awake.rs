//! Keeps the machine from falling asleep while a job runs or somebody records.

/// While it lives the machine does not fall asleep by itself; the screen may go dark.
pub struct Awake {
    _held: Option<keepawake::KeepAwake>,
}

impl Awake {
    /// Asks the system. Where there is nobody to ask (a server, a container) the job runs all the same.
    pub fn hold() -> Self {
        Self::because("A recording is being transcribed")
    }

    /// The same for sound that is being recorded.
    pub fn for_recording() -> Self {
        Self::because("Sound is being recorded")
    }

    fn because(reason: &str) -> Self {
        let asked = keepawake::Builder::default()
            .idle(true)
            .sleep(true)
            .display(false)
            .reason(reason)
            .app_name("SecureTranscribe")
            .app_reverse_domain("app.securetranscribe")
            .create();
        if let Err(error) = &asked {
            tracing::debug!(%error, "the machine may fall asleep");
        }
        Self { _held: asked.ok() }
    }
}
