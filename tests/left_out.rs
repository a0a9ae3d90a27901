//! Says, at each `cargo test`, which suites it leaves out and how to run them: a green run must not look like all.

use std::io::Write as _;

/// Each suite that needs a server or a browser, and what it needs.
const LEFT_OUT: [(&str, &str); 6] = [
    ("OpenID Connect against a certified provider", "Node.js"),
    ("the stores on PostgreSQL", "PostgreSQL"),
    ("behind a reverse proxy", "nginx"),
    ("the demo and every page in a browser, with axe", "Chromium, Node.js"),
    ("the rules of Galène, held by a stand-in", "Go"),
    ("the verifiers of examples/verify", "Python, Go, Node.js"),
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nnot run by cargo test alone, as each needs what may not be installed here:")?;
    for (suite, needs) in LEFT_OUT {
        writeln!(out, "  {suite} ({needs})")?;
    }
    writeln!(out, "all of them, and everything else: tests/run\n")
}
