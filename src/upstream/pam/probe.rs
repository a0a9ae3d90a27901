//! `vestibule check` for PAM: asks the same helper as a sign-in does, without a name or a password.

use std::time::Instant;

use super::Pam;
use super::settings::SubjectForm;
use super::wire::{Answer, HelperTask, NO_SETUID, Rights, SetupReport};
use crate::signin::identify::password::NotAccepted;
use crate::upstream::probe::{FindingSink, Reporter};

impl Pam {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.id), sink);
        match self.settings.subject {
            SubjectForm::UidAndName => reporter.good("subject: an account is tied to uid and name, such as 1000:ada"),
            SubjectForm::Name => reporter.warn(
                "subject: an account is tied to the name alone: if a name is removed here and later given to somebody \
                 else, they get that account",
                "set subject = \"uid\"; or unlink a removed user (vestibule identity unlink) before the name is given \
                 again",
            ),
        }
        let begun = Instant::now();
        match self.ask(HelperTask::Inspect, begun).await {
            Ok(Answer::Looked(report)) => {
                reporter.good(format!("helper: it answers, in {} ms", begun.elapsed().as_millis()));
                report_setup(&report, &mut reporter);
            }
            Ok(Answer::Broken(error)) => reporter.wrong_from_error(&error.why),
            Ok(Answer::Proved(_) | Answer::NotProved(_)) => {
                reporter.wrong("helper: it answered another question", "check that no other program has its name");
            }
            Err(failed) => reporter.wrong_from_error(&NotAccepted::from(failed)),
        }
    }
}

fn report_setup(report: &SetupReport, reporter: &mut Reporter<'_>) {
    match &report.library {
        Ok(()) => reporter.good("libpam: found"),
        Err(why) => reporter.wrong_from_error(why),
    }
    match &report.service {
        Ok(path) => match &report.missing {
            None => reporter.good(format!("service: {path}, its modules are there")),
            Some(missing) => reporter.wrong_from_error(&format!("service: {path} {missing}")),
        },
        Err(error) => reporter.wrong_from_error(&format!("service: {}", error.why)),
    }
    if let (Ok(path), Some(fault)) = (&report.service, &report.program) {
        reporter.warn_from_error(&format!("service: {path} {fault}"));
    }
    if !report.local {
        return;
    }
    if !report.may_call_setuid {
        reporter.wrong_from_error(&format!("rights: {NO_SETUID}"));
    }
    match report.rights {
        Rights::Root => reporter.good("rights: its helper is root, and may check any user's password"),
        Rights::Shadow => reporter.warn(
            "rights: /etc/shadow can be read, which is enough up to Linux-PAM 1.5; from 1.6 on pam_unix answers root \
             alone",
            "test it with a sign-in: the docs describe both cases (operate.md)",
        ),
        Rights::Few => reporter.wrong(
            "rights: pam_unix can't check passwords: /etc/shadow can't be read",
            "add SupplementaryGroups=shadow to the systemd unit, or see the docs for Linux-PAM 1.6 and newer \
             (operate.md)",
        ),
    }
}
