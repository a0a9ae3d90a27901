//! Closes file descriptors that the process inherited.

use std::fs;

/// Closes all but the standard three. Call it when the process starts, before other code opens a descriptor.
pub fn close_inherited() {
    let open = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers: Vec<i32> = open.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // SAFETY: no code in this process uses the descriptor. The one of the listing is closed already, and closing
        // it again only fails.
        unsafe { libc::close(number) };
    }
}
