//! Characters that people can't see.

/// Whether a character is invisible and has no place in a name: control characters, those that change the direction of
/// text (Unicode `Bidi_Control`), line separators and zero-width characters.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
}

/// A foreign text, fit for one line of a terminal: invisible characters are escaped, such as `\u{1b}`.
#[must_use]
pub fn escape_invisible(text: &str) -> String {
    text.chars().flat_map(|c| if is_invisible(c) { c.escape_unicode().collect() } else { vec![c] }).collect()
}

/// The text with one space in place of several in a row, as every page shows it.
pub(super) fn collapse_spaces(text: &str) -> String {
    let mut after_space = false;
    let keeps = |c: &char| {
        let again = *c == ' ' && after_space;
        after_space = *c == ' ';
        !again
    };
    text.chars().filter(keeps).collect()
}

/// Unicode `Default_Ignorable_Code_Point`: soft hyphens, joiners, fillers, variation selectors, tags.
pub(super) fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
