//! What our pages say, by message id, in one language.

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use minijinja::{Error, ErrorKind, value::Kwargs, value::Value};

use super::Language;

/// The messages of one language.
pub(super) struct Messages {
    bundle: FluentBundle<FluentResource>,
    #[cfg(test)]
    said: Said,
}

/// The ids asked for so far, so that a test can find the messages nobody says.
#[cfg(test)]
pub(super) type Said = std::sync::Arc<std::sync::Mutex<std::collections::BTreeSet<String>>>;

impl Messages {
    pub(super) fn new(language: Language) -> Result<Self, Error> {
        let tag = language.tag().parse().map_err(|_| unspoken(language.tag(), "is no language tag"))?;
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Fluent would put invisible isolation marks around every value. We put them ourselves, and only where a value
        // may run the other way: so plain names stay plain in titles, when copied, and to whoever searches the page.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(language.messages().to_owned());
        let resource = resource.map_err(|(_, faults)| unspoken(language.tag(), &format!("{faults:?}")))?;
        bundle.add_resource(resource).map_err(|faults| unspoken(language.tag(), &format!("{faults:?}")))?;
        Ok(Self {
            bundle,
            #[cfg(test)]
            said: Said::default(),
        })
    }

    #[cfg(test)]
    pub(super) fn noting(self, said: Said) -> Self {
        Self { said, ..self }
    }

    /// The message `id`, or its attribute as `id.attribute`, as plain text: the template escapes it like any other.
    /// A name that is not known is passed as none; messages know it as the number 0, which no name can be.
    pub(super) fn say(&self, id: &str, names: &Kwargs) -> Result<String, Error> {
        #[cfg(test)]
        self.said.lock().unwrap().insert(id.to_owned());
        let (message, attribute) =
            id.split_once('.').map_or((id, None), |(message, attribute)| (message, Some(attribute)));
        let found = self.bundle.get_message(message).and_then(|message| match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|attribute| attribute.value()),
        });
        let pattern = found.ok_or_else(|| unspoken(id, "is not among the messages"))?;
        let values = names.args().map(|name| Ok((name, name_value(&names.get::<Value>(name)?)?)));
        let values = values.collect::<Result<FluentArgs<'_>, Error>>()?;
        let mut faults = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&values), &mut faults).into_owned();
        if faults.is_empty() { Ok(text) } else { Err(unspoken(id, &format!("{faults:?}"))) }
    }
}

fn unspoken(id: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("message {id} {why}"))
}

fn name_value(value: &Value) -> Result<FluentValue<'static>, Error> {
    if value.is_none() {
        return Ok(FluentValue::from(0));
    }
    if let Ok(number) = i64::try_from(value.clone()) {
        return Ok(FluentValue::from(number));
    }
    let text = value.as_str().ok_or_else(|| unspoken("argument", "is neither text nor a number"))?;
    Ok(FluentValue::String(Cow::Owned(apart(text))))
}

/// `text` so that its direction cannot spill into the sentence around it: marks that steer direction are taken out, and
/// where a letter may run from right to left the whole is set apart (UAX #9, FSI and PDI).
fn apart(text: &str) -> String {
    let plain: String = text.chars().filter(|letter| !steers(*letter)).collect();
    // All scripts written from right to left lie above this point; isolating another above it does no harm. On a page
    // that itself runs from right to left, the names below it would have to be set apart too.
    if plain.chars().any(|letter| letter >= '\u{590}') { format!("\u{2068}{plain}\u{2069}") } else { plain }
}

fn steers(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn a_name_cannot_turn_the_sentence_around_it() {
        assert_eq!(apart("Dee Müller"), "Dee Müller");
        assert_eq!(apart("שלום"), "\u{2068}שלום\u{2069}");
        assert_eq!(apart("evil\u{202e}cod\u{2069}"), "evilcod");
    }
}
