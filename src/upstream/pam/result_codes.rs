//! What libpam's result codes mean. An unknown code is an error, never a success.

use super::settings::SubjectForm;
use super::wire::{PamFailure, Step};
use crate::base::ids::Subject;
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};

/// Numbers of Linux-PAM (`security/_pam_types.h`).
mod code {
    pub const SYSTEM_ERROR: i32 = 4;
    pub const PERMISSION_DENIED: i32 = 6;
    pub const AUTHENTICATION: i32 = 7;
    pub const CREDENTIALS_INSUFFICIENT: i32 = 8;
    pub const INFORMATION_UNAVAILABLE: i32 = 9;
    pub const USER_UNKNOWN: i32 = 10;
    pub const MOST_TRIES: i32 = 11;
    pub const NEW_PASSWORD_REQUIRED: i32 = 12;
    pub const ACCOUNT_EXPIRED: i32 = 13;
    pub const CREDENTIALS_EXPIRED: i32 = 16;
    pub const CONVERSATION: i32 = 19;
    pub const PASSWORD_EXPIRED: i32 = 27;
    pub const MODULE_UNKNOWN: i32 = 28;
}

/// The meaning of a failure of libpam.
pub fn interpret(no: &PamFailure, subject: SubjectForm) -> NotAccepted {
    let refused = |why| NotAccepted::Refused { why, subject: known_subject(no, subject) };
    match (no.code, no.step) {
        // No password matches a locked entry, so none was right.
        (code::AUTHENTICATION | code::USER_UNKNOWN, Step::Authenticate) if no.locked => refused(RefusalReason::Locked),
        // PAM does not say which of the two is wrong.
        (code::AUTHENTICATION | code::USER_UNKNOWN, Step::Authenticate) => refused(RefusalReason::NameOrPassword),
        (code::AUTHENTICATION | code::USER_UNKNOWN | code::PERMISSION_DENIED, _) => refused(RefusalReason::NotAllowed),
        (code::MOST_TRIES, _) => refused(RefusalReason::Locked),
        (code::ACCOUNT_EXPIRED, _) => refused(RefusalReason::AccountExpired),
        // pam_unix(8) returns it for an expired password and after `chage --lastday 0`.
        (code::NEW_PASSWORD_REQUIRED, _) => refused(RefusalReason::PasswordChangeRequired),
        (code::CREDENTIALS_EXPIRED | code::PASSWORD_EXPIRED, _) => refused(RefusalReason::PasswordExpired),
        // pam_exec(8) returns it if its program ends with an error, and a program has no other way to refuse. So the
        // person must not read that PAM does not answer. In `account`, that would show that the password was right
        // (security rule C42).
        (code::SYSTEM_ERROR, _) if no.runs_programs => refused(RefusalReason::ProgramFailed),
        (other, step) => {
            let fix = match other {
                code::CREDENTIALS_INSUFFICIENT | code::INFORMATION_UNAVAILABLE => {
                    "check that Vestibule may read what the modules read, such as /etc/shadow, and that their servers \
                     answer"
                }
                code::MODULE_UNKNOWN => "install the modules that the service names",
                code::CONVERSATION => "leave out modules that ask for more than a name and a password",
                _ => "the system's log has the module's own words",
            };
            not_available(step.name(), format!("{} ({other}); {fix}", no.said)).into()
        }
    }
}

/// PAM, or the helper, could not answer.
pub fn not_available(phase: &'static str, why: impl Into<String>) -> NotAvailable {
    NotAvailable::new("pam", phase, why)
}

/// The user, if the system knows them.
pub fn known_subject(no: &PamFailure, subject: SubjectForm) -> Option<Subject> {
    no.known.as_ref().and_then(|known| subject.of(&known.name, Some(known.uid)))
}

#[cfg(test)]
mod tests {
    use super::interpret;
    use crate::base::ids::Subject;
    use crate::signin::identify::password::{NotAccepted, RefusalReason};
    use crate::upstream::pam::settings::SubjectForm;
    use crate::upstream::pam::wire::{PamFailure, Step, SystemUser};

    fn of(code: i32, step: Step) -> NotAccepted {
        interpret(&no(code, step), SubjectForm::Name)
    }

    fn no(code: i32, step: Step) -> PamFailure {
        PamFailure {
            step,
            code,
            said: "words".into(),
            known: Some(SystemUser { name: "ada".into(), uid: 1000 }),
            locked: false,
            runs_programs: false,
        }
    }

    fn why(code: i32, step: Step) -> Option<RefusalReason> {
        match of(code, step) {
            NotAccepted::Refused { why, .. } => Some(why),
            _ => None,
        }
    }

    // C46
    #[test]
    fn each_failure_code_has_its_reason_for_the_log() {
        assert_eq!(why(7, Step::Authenticate), Some(RefusalReason::NameOrPassword));
        assert_eq!(why(10, Step::Authenticate), Some(RefusalReason::NameOrPassword));
        assert_eq!(why(11, Step::Authenticate), Some(RefusalReason::Locked));
        assert_eq!(why(13, Step::Account), Some(RefusalReason::AccountExpired));
        assert_eq!(
            (why(12, Step::Account), why(27, Step::Account)),
            (Some(RefusalReason::PasswordChangeRequired), Some(RefusalReason::PasswordExpired))
        );
        assert_eq!(
            (why(6, Step::Account), why(7, Step::Account)),
            (Some(RefusalReason::NotAllowed), Some(RefusalReason::NotAllowed))
        );
        let locked = PamFailure { known: None, locked: true, ..no(7, Step::Authenticate) };
        assert_eq!(
            interpret(&locked, SubjectForm::Name),
            NotAccepted::Refused { why: RefusalReason::Locked, subject: None }
        );
    }

    // C42
    #[test]
    fn a_program_of_pam_exec_refuses_by_a_system_error() {
        for step in [Step::Authenticate, Step::Account] {
            let of = |code| interpret(&PamFailure { runs_programs: true, ..no(code, step) }, SubjectForm::Name);
            assert!(matches!(of(4), NotAccepted::Refused { why: RefusalReason::ProgramFailed, subject: Some(_) }));
            assert!(matches!(of(9), NotAccepted::NotAvailable(_)));
        }
    }

    #[test]
    fn a_refusal_names_the_user_by_the_subject_of_a_login() {
        for (form, subject) in [(SubjectForm::UidAndName, "1000:ada"), (SubjectForm::Name, "ada")] {
            let refused =
                NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: Some(Subject::from(subject)) };
            assert_eq!(interpret(&no(7, Step::Authenticate), form), refused);
        }
    }

    // C46: no such code counts as a success.
    #[test]
    fn an_unknown_result_code_is_an_error() {
        for code in [-1, 0, 1, 2, 3, 4, 5, 8, 9, 14, 15, 17, 18, 19, 20, 25, 26, 28, 30, 31, 99] {
            let result = of(code, Step::Authenticate);
            let NotAccepted::NotAvailable(error) = result else { panic!("{code}: {result}") };
            assert!(error.why.contains("; "), "{error}");
        }
    }
}
