//! Decodes a text step by step, and keeps the place in the source of each byte.

use std::ops::Range;

use super::escape::{ESCAPES, Escape, Kind};

/// How often a text is decoded, because a server may encode a text that is already encoded.
const MAX_LEVELS: usize = 5;
/// How many kinds of escape are decoded one after another.
const MAX_TURNS: usize = 3;

/// A decoded text, with the range in the source for each byte.
pub(super) struct Decoded {
    pub bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Decoded {
    /// The text after all decodings.
    pub fn of(text: &[u8]) -> Self {
        Self::levels(text).pop().unwrap_or_else(|| Self::raw(text))
    }

    fn raw(text: &[u8]) -> Self {
        Self { bytes: text.to_vec(), places: (0..text.len()).map(|at| at..at + 1).collect() }
    }

    /// The text unchanged, and after each decoding that changes it.
    pub fn levels(text: &[u8]) -> Vec<Self> {
        let mut levels = vec![Self::raw(text)];
        for _ in 0..MAX_LEVELS {
            let Some(next) = levels.last().and_then(|last| last.changed(&ESCAPES)) else { break };
            levels.push(next);
        }
        levels
    }

    /// The text after decoding one kind of escape and then another, in each order that changes it. A secret may hold
    /// what looks like another kind of escape than the server used: a `\` at its end, in HTML, joins with the character
    /// after it.
    pub fn in_turns(text: &[u8]) -> Vec<Self> {
        let each = |before: &Self| ESCAPES.chunks(1).filter_map(|kind| before.changed(kind)).collect::<Vec<_>>();
        let mut found = Vec::new();
        let mut last = vec![Self::raw(text)];
        for _ in 0..MAX_TURNS {
            let next = last.iter().flat_map(each).collect();
            found.extend(std::mem::replace(&mut last, next));
        }
        found.extend(last);
        found
    }

    fn changed(&self, kinds: &[Kind]) -> Option<Self> {
        Some(self.once(kinds)).filter(|next| next.bytes.len() < self.bytes.len())
    }

    fn once(&self, kinds: &[Kind]) -> Self {
        let mut decoded = Self { bytes: Vec::new(), places: Vec::new() };
        let mut at = 0;
        while let (Some(byte), Some(place)) = (self.bytes.get(at), self.places.get(at)) {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let escape = Kind::of(*byte).filter(|kind| kinds.contains(kind)).and_then(|_| Escape::at(rest));
            let length = escape.as_ref().map_or(1, |escape| escape.length);
            let end = self.places.get(at + length - 1).map_or(place.end, |last| last.end);
            match escape {
                Some(escape) => decoded.bytes.extend(escape.stands_for),
                None => decoded.bytes.push(*byte),
            }
            decoded.places.resize(decoded.bytes.len(), place.start..end);
            at += length;
        }
        decoded
    }

    pub fn source(&self, range: &Range<usize>) -> Range<usize> {
        let places = self.places.get(range.clone()).unwrap_or_default();
        match places {
            [] => 0..0,
            [first, ..] => first.start..places.last().map_or(first.end, |last| last.end),
        }
    }
}
