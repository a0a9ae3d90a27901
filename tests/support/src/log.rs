//! The log of one test.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::sync::Once;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Everything that Vestibule logs in this test, at all levels.
///
/// Each test runs Vestibule on its own thread, so the log of a thread is the log of a test. All threads share one
/// subscriber, because `tracing` caches for all threads which events are enabled.
pub struct Log(Buffer);

type Buffer = Rc<RefCell<Vec<u8>>>;

thread_local! {
    static BUFFER: RefCell<Option<Buffer>> = const { RefCell::new(None) };
}

impl Log {
    pub fn open() -> Self {
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            let filter = Targets::new().with_default(Level::WARN).with_target("vestibule", Level::TRACE);
            let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| ThreadWriter);
            tracing_subscriber::registry().with(filter).with(lines).init();
        });
        let buffer = Buffer::default();
        BUFFER.set(Some(Rc::clone(&buffer)));
        Self(buffer)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }

    /// The first line that contains this reference code.
    pub fn line(&self, code: &str) -> String {
        let text = self.text();
        let mut lines = text.lines().filter(|line| line.contains(code));
        let line = lines.next().unwrap_or_else(|| panic!("{code} is not in the log:\n{text}"));
        line.to_owned()
    }
}

struct ThreadWriter;

impl Write for ThreadWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        BUFFER.with_borrow(|buffer| buffer.iter().for_each(|buffer| buffer.borrow_mut().extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
