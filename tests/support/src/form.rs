//! The forms of a page.

use crate::page::{Page, unescaped};

/// A form as a browser would send it, for each of its buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub action: String,
    pub is_post: bool,
    /// Name and value, with the button's. A field that waits for a text has an empty value.
    pub fields: Vec<(String, String)>,
}

impl Page {
    /// Every form of the page, once for each of its buttons.
    pub fn forms(&self) -> Vec<Form> {
        let forms = self.body.split("<form ").skip(1);
        forms.flat_map(|form| read(form.split_once("</form>").expect("the form should end").0)).collect()
    }
}

fn read(form: &str) -> Vec<Form> {
    let (head, _) = form.split_once('>').unwrap();
    let action = attribute(head, "action").expect("a form should say where it leads");
    let is_post = attribute(head, "method").as_deref() == Some("post");
    let mut fields = Vec::new();
    let mut buttons = Vec::new();
    for tag in form.split('<').skip(1).filter_map(|tag| tag.split_once('>').map(|(tag, _)| tag)) {
        let named = attribute(tag, "name").map(|name| (name, attribute(tag, "value").unwrap_or_default()));
        match tag.split_whitespace().next() {
            Some("input" | "textarea") => fields.extend(named),
            Some("button") => buttons.push(named),
            _ => {}
        }
    }
    let sent = |button: Option<(String, String)>| Form {
        action: action.clone(),
        is_post,
        fields: fields.iter().cloned().chain(button).collect(),
    };
    buttons.into_iter().map(sent).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| unescaped(value))
}
