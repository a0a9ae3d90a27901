//! The extra fields in lines of libraries that use the `log` crate. The bridge to `tracing`, `tracing_log`, adds them.

/// The field with the library's module that logs.
pub const TARGET: &str = "log.target";

/// The name of that field in our lines.
pub const SHORT_TARGET: &str = "target";

/// Whether a field holds a source path of the machine that built the library. Operators don't need it.
pub fn is_source_location(field: &str) -> bool {
    matches!(field, "log.module_path" | "log.file" | "log.line")
}
