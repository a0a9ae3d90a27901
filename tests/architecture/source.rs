//! A source file as tokens. Comments, texts and character literals are left out, because they are not code.

/// A source file.
pub struct Source {
    /// Relative to the root of the project: `src/base/ids.rs`.
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
}

/// A word (an identifier, keyword or number) or a single sign; `::` is one sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

impl Source {
    pub fn read(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), tokens: tokens(text) }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < characters.len() {
        let rest = &characters[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            _ if raw_text(rest).is_some() => raw_text(rest).unwrap_or(1),
            ['b' | 'c', '"', ..] => 1 + quoted(&rest[1..], '"'),
            ['"', ..] => quoted(rest, '"'),
            ['b', '\'', ..] => 1 + quoted(&rest[1..], '\''),
            // A character, or the name of a lifetime.
            ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(rest, '\''),
            [c, ..] if is_word(*c) => {
                // `r#type` is the word `type`.
                let start = if matches!(rest, ['r', '#', c, ..] if is_word(*c)) { 2 } else { 0 };
                let length = rest[start..].iter().position(|c| !is_word(*c)).unwrap_or(rest.len() - start);
                found.push(Token { text: rest[start..start + length].iter().collect(), line });
                start + length
            }
            [':', ':', ..] => {
                found.push(Token { text: "::".into(), line });
                2
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    found.push(Token { text: c.to_string(), line });
                }
                1
            }
            [] => 1,
        };
        line += rest[..length].iter().filter(|c| **c == '\n').count();
        at += length;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a block comment; they nest.
fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a text or character from its opening quote to its closing one.
fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The length of `r"…"`, `r#"…"#`, `br"…"` and the like, if one begins here.
fn raw_text(rest: &[char]) -> Option<usize> {
    let opening = match rest {
        ['r', ..] => 1,
        ['b' | 'c', 'r', ..] => 2,
        _ => return None,
    };
    let hashes = rest[opening..].iter().take_while(|c| **c == '#').count();
    let start = opening + hashes + 1;
    if rest.get(start - 1) != Some(&'"') {
        return None;
    }
    let closes = |at: &usize| rest[*at] == '"' && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
    let end = (start..rest.len()).find(closes)?;
    Some(end + 1 + hashes)
}
