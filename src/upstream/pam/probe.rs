//! `vestibule check` for PAM: asks the same helper as a sign-in does, without a name or a password.

use std::time::Instant;

use super::Pam;
use super::settings::SubjectForm;
use super::wire::{Answer, Ask, Look, NO_SETUID, Rights};
use crate::signin::identify::password::NotAccepted;
use crate::upstream::probe::{Speaker, Tell};

impl Pam {
    pub(super) async fn look(&self, tell: Tell<'_>) {
        let mut to = Speaker::new(format!("provider {}", self.id), tell);
        match self.settings.subject {
            SubjectForm::UidAndName => to.good("subject: an account is tied to uid and name, such as 1000:ada"),
            SubjectForm::Name => to.warn(
                "subject: an account is tied to the name alone: if a name is removed here and later given to somebody \
                 else, they get that account",
                "set subject = \"uid\"; or unlink a removed user (vestibule identity unlink) before the name is given \
                 again",
            ),
        }
        let begun = Instant::now();
        match self.ask(Ask::Look, begun).await {
            Ok(Answer::Looked(look)) => {
                to.good(format!("helper: it answers, in {} ms", begun.elapsed().as_millis()));
                judge(&look, &mut to);
            }
            Ok(Answer::Broken(trouble)) => to.wrong_as_told(&trouble.why),
            Ok(Answer::Proved(_) | Answer::NotProved(_)) => {
                to.wrong("helper: it answered another question", "see that no other program has its name");
            }
            Err(failed) => to.wrong_as_told(&NotAccepted::from(failed)),
        }
    }
}

fn judge(look: &Look, to: &mut Speaker<'_>) {
    match &look.library {
        Ok(()) => to.good("libpam: found"),
        Err(why) => to.wrong_as_told(why),
    }
    match &look.service {
        Ok(path) if look.missing.is_empty() => to.good(format!("service: {path}, its modules are there")),
        Ok(path) => {
            let what = format!("service: {path} names {}, which is not there", look.missing.join(", "));
            to.wrong(what, "install the package that has it, or take the line out");
        }
        Err(trouble) => to.wrong_as_told(&format!("service: {}", trouble.why)),
    }
    if !look.local {
        return;
    }
    if !look.may_call_setuid {
        to.wrong_as_told(&format!("rights: {NO_SETUID}"));
    }
    match look.rights {
        Rights::Root => to.good("rights: its helper is root, and may ask for anybody's password"),
        Rights::Shadow => to.warn(
            "rights: /etc/shadow can be read, which is enough up to Linux-PAM 1.5; from 1.6 on pam_unix answers root \
             alone",
            "try it with a sign-in: the docs tell what to do about either (operate.md)",
        ),
        Rights::Few => to.wrong(
            "rights: pam_unix can't look up anybody's password: /etc/shadow can't be read",
            "add SupplementaryGroups=shadow to the systemd unit, or see the docs for Linux-PAM 1.6 and newer \
             (operate.md)",
        ),
    }
}
