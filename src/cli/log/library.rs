//! Lines of libraries that use the `log` crate. The bridge to `tracing` adds fields to them (`tracing_log`).

/// The field with the part of the library that speaks.
pub const TARGET: &str = "log.target";

/// The field with the library's part, as our lines call it.
pub const PART: &str = "target";

/// Whether a field says where the library's source lay on the machine that built it. Only its makers have a use for it.
pub fn is_of_source(field: &str) -> bool {
    matches!(field, "log.module_path" | "log.file" | "log.line")
}
