//! The log of one story, kept whole.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that the crate says on this thread, at the level nobody should need.
///
/// A story runs on one thread, Vestibule with it; what sqlx says from threads of its own is not ours.
pub struct Log {
    kept: Kept,
    _listening: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn open() -> Self {
        let kept = Kept::default();
        let filter = EnvFilter::new("warn,vestibule=trace");
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(kept.clone());
        Self { kept, _listening: tracing::subscriber::set_default(subscriber.finish()) }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.kept.0.lock().unwrap().clone()).unwrap()
    }

    /// The line that holds this reference code.
    pub fn line(&self, code: &str) -> String {
        let text = self.text();
        let mut lines = text.lines().filter(|line| line.contains(code));
        let line = lines.next().unwrap_or_else(|| panic!("{code} is not in the log:\n{text}"));
        line.to_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Kept {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}
