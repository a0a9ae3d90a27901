//! A process that does not outlive its test.

use std::process::Child;

/// A process that SIGKILL ends when this is dropped.
#[derive(Debug)]
pub struct ChildProcess(pub Child);

impl Drop for ChildProcess {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}
