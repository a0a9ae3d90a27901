//! The texts of our pages in one language, by message id.

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use minijinja::{Error, ErrorKind, value::Kwargs, value::Value};

use super::Language;

/// The messages of one language.
pub struct Messages {
    bundle: FluentBundle<FluentResource>,
    #[cfg(test)]
    used_ids: UsedIds,
}

/// The ids that templates asked for, so that a test finds unused messages.
#[cfg(test)]
pub(super) type UsedIds = std::sync::Arc<std::sync::Mutex<std::collections::BTreeSet<String>>>;

impl Messages {
    /// Reads `source`, the texts in Fluent's syntax.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn new(language: Language, source: &str) -> Result<Self, Error> {
        let tag = language.tag().parse().map_err(|_| unusable(language.tag(), "is not a language tag"))?;
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Fluent would put invisible isolation marks around every value. We add them ourselves, and only around a value
        // that may run from right to left. So other names stay plain in titles, in copied text, and for a search of the
        // page.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(source.to_owned());
        let resource = resource.map_err(|(_, errors)| unusable(language.tag(), &format!("{errors:?}")))?;
        bundle.add_resource(resource).map_err(|errors| unusable(language.tag(), &format!("{errors:?}")))?;
        Ok(Self {
            bundle,
            #[cfg(test)]
            used_ids: UsedIds::default(),
        })
    }

    #[cfg(test)]
    pub(super) fn recording_in(self, used_ids: UsedIds) -> Self {
        Self { used_ids, ..self }
    }

    /// The message `id`, or its attribute `id.attribute`, as plain text. The template escapes it like any other
    /// value. For a missing name, the template passes `none` and the message gets the number 0, which is no name.
    ///
    /// # Errors
    /// When there is no such message, or it needs other names.
    pub fn text(&self, id: &str, names: &Kwargs) -> Result<String, Error> {
        #[cfg(test)]
        self.used_ids.lock().map(|mut used| used.insert(id.to_owned())).ok();
        let (message, attribute) =
            id.split_once('.').map_or((id, None), |(message, attribute)| (message, Some(attribute)));
        let found = self.bundle.get_message(message).and_then(|message| match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|attribute| attribute.value()),
        });
        let pattern = found.ok_or_else(|| unusable(id, "is not among the messages"))?;
        let values = names.args().map(|name| Ok((name, name_value(&names.get::<Value>(name)?)?)));
        let values = values.collect::<Result<FluentArgs<'_>, Error>>()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        if errors.is_empty() { Ok(text) } else { Err(unusable(id, &format!("{errors:?}"))) }
    }
}

fn unusable(id: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("message {id} {why}"))
}

fn name_value(value: &Value) -> Result<FluentValue<'static>, Error> {
    if value.is_none() {
        return Ok(FluentValue::from(0));
    }
    if let Ok(number) = i64::try_from(value.clone()) {
        return Ok(FluentValue::from(number));
    }
    let text = value.as_str().ok_or_else(|| unusable("argument", "is neither text nor a number"))?;
    Ok(FluentValue::String(Cow::Owned(isolated(text))))
}

/// Keeps the direction of `text` from changing the sentence around it. Removes direction marks. If a letter may run
/// from right to left, isolates the text (UAX #9, FSI and PDI).
fn isolated(text: &str) -> String {
    let plain: String = text.chars().filter(|letter| !is_direction_mark(*letter)).collect();
    // All scripts that run from right to left are above this code point. Isolating a text in another script does no
    // harm. On a page that runs from right to left itself, Latin names would need isolation, too.
    if plain.chars().any(|letter| letter >= '\u{590}') { format!("\u{2068}{plain}\u{2069}") } else { plain }
}

fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::isolated;

    #[test]
    fn a_name_cannot_change_the_direction_of_the_sentence_around_it() {
        assert_eq!(isolated("Dee Müller"), "Dee Müller");
        assert_eq!(isolated("שלום"), "\u{2068}שלום\u{2069}");
        assert_eq!(isolated("evil\u{202e}cod\u{2069}"), "evilcod");
    }
}
