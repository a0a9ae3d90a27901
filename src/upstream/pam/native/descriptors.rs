//! What a process was started with open, and never asked for.

use std::fs;

/// Closes all but the standard three. For the first moments of a process, when nothing else in it has opened any.
pub fn close_inherited() {
    let open = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers: Vec<i32> = open.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // SAFETY: nobody in this process holds it. The one that listed them is closed already, and closing it again
        // fails.
        unsafe { libc::close(number) };
    }
}
