//! The extra fields in lines of libraries that use the `log` crate. The bridge to `tracing`, `tracing_log`, adds them.

/// The field with the library's module that logs.
pub const TARGET: &str = "log.target";

/// The name of that field in our lines.
pub const PART: &str = "target";

/// Whether a field shows a source path of the machine that built the library. Operators have no use for it.
pub fn is_of_source(field: &str) -> bool {
    matches!(field, "log.module_path" | "log.file" | "log.line")
}
