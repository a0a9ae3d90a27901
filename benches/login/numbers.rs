//! How the tables show numbers.

use std::time::Duration;

use crate::server::Memory;

/// Exact up to 2^32, far beyond any count here.
pub fn as_float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

pub fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}

pub fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

pub fn megabytes(memory: Memory) -> String {
    format!("{:.1} ({:.1})", as_float(memory.resident) / 1e6, as_float(memory.own) / 1e6)
}
