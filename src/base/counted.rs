//! A number with its noun, for messages.

use std::fmt::Display;

/// `1 session`, `2 sessions`.
#[must_use]
pub fn counted(number: impl Display, one: &str, several: &str) -> String {
    let number = number.to_string();
    let noun = if number == "1" { one } else { several };
    format!("{number} {noun}")
}

/// `1 session`, `2 sessions`.
#[must_use]
pub fn sessions(number: impl Display) -> String {
    counted(number, "session", "sessions")
}

#[cfg(test)]
mod tests {
    use super::sessions;

    #[test]
    fn only_one_is_singular() {
        assert_eq!([0, 1, 2, 11].map(sessions), ["0 sessions", "1 session", "2 sessions", "11 sessions"]);
    }
}
