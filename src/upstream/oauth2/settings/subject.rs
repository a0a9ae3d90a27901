//! Checks that `subject` names an id: an address or a name may belong to another person one day, who would then get the
//! first person's account (security rule C21).

use super::ClaimMapping;
use crate::config::reader::{Fault, Section};
use crate::signin::identify::ClaimPath;

/// Refuses a subject that the mapping itself calls an address or a name. Warns of one that is called so at the
/// provider: some APIs give such a name to an id that never changes.
pub(super) fn check(section: &mut Section, mapping: &ClaimMapping) {
    const TAKE_AN_ID: &str = "name the member with an id that never changes, such as \"id\"";
    let ClaimMapping { subject, email, name, preferred_username, .. } = mapping;
    let mapped = [("email", email), ("display_name", name), ("preferred_username", preferred_username)];
    if let Some((key, _)) = mapped.into_iter().find(|(_, path)| path.as_ref() == Some(subject)) {
        let fault = Fault::new(format!("is the same member as `{key}`, which another person may get one day"));
        let fix = format!("{TAKE_AN_ID}; if this is one, give `{key}` another member");
        section.note_fault("subject", fault.fix(fix));
    } else if may_be_given_again(subject) {
        let what = format!(
            "`subject` is \"{subject}\", which looks like a name or an address. Another person may get it one day, and \
             would then get the first person's account"
        );
        let fix = format!("{TAKE_AN_ID}, unless the provider says that this one is never given again");
        section.add_warning("subject", what, &fix);
    }
}

/// Whether the member's name is one that APIs give to addresses and names.
fn may_be_given_again(path: &ClaimPath) -> bool {
    const NAMES: [&str; 6] = ["acct", "handle", "nick", "phone", "phonenumber", "upn"];
    const ENDS: [&str; 4] = ["login", "mail", "mailaddress", "name"];
    // A number is the place in a list.
    let named = path.as_str().rsplit('.').find(|step| step.parse::<usize>().is_err()).unwrap_or_default();
    let name: String = named.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || ENDS.iter().any(|end| name.ends_with(end))
}
