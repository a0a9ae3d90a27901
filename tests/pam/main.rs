//! Logins through the system's libpam, in helpers of the real binary, with services of the tests' own.
//! `tests/real/pam.test.mjs` covers real Unix users.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod helper_process;
mod services;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use vestibule::base::clock::Clock;
use vestibule::base::ids::{Issuer, Subject};
use vestibule::base::secret::Secret;
use vestibule::signin::challenge::throttle::Throttled;
use vestibule::signin::identify::ExternalIdentity;
use vestibule::signin::identify::password::{Credentials, NotAccepted, NotAvailable, RefusalReason};
use vestibule::upstream::PasswordModule as _;
use vestibule::upstream::attempt::{Attempt, Gate};
use vestibule::upstream::pam::Pam;
use vestibule::upstream::pam::settings::{PamSettings, SubjectForm};

/// A folder with PAM services for one test.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a service `vestibule` of these lines.
    fn with(lines: &str) -> Self {
        let fixture = Self::new();
        fs::write(fixture.path("vestibule"), lines.replace("{folder}", fixture.folder.path().to_str().unwrap()))
            .unwrap();
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds a script that a service can run.
    fn script(self, name: &str, text: &str) -> Self {
        let text = text.replace("{folder}", self.folder.path().to_str().unwrap());
        fs::write(self.path(name), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn module(&self) -> Pam {
        self.module_with_timeout(Duration::from_secs(20))
    }

    fn module_with_timeout(&self, timeout: Duration) -> Pam {
        self.with_subject(SubjectForm::Name, timeout)
    }

    fn with_subject(&self, subject: SubjectForm, timeout: Duration) -> Pam {
        let (service, issuer) = ("vestibule".to_owned(), Issuer::from("pam:vestibule"));
        let settings = PamSettings { service, confdir: Some(self.folder.path().to_owned()), issuer, subject, timeout };
        let program = PathBuf::from(env!("CARGO_BIN_EXE_vestibule"));
        Pam::with_helper("unix".parse().unwrap(), Arc::new(settings), Clock::system(), program)
    }
}

/// Lets every try through, and records its account or its name as sent.
#[derive(Default)]
struct RecordingGate(Mutex<Vec<String>>);

#[async_trait]
impl Gate for RecordingGate {
    async fn admit_lookup(&self) -> Result<(), Throttled> {
        Ok(())
    }

    async fn admit_account(&self, account: &str) -> Result<(), Throttled> {
        self.0.lock().unwrap().push(account.to_owned());
        Ok(())
    }

    async fn admit_account_again(&self, account: &str) -> Result<(), Throttled> {
        self.admit_account(account).await
    }

    async fn admit_unknown_name(&self) -> Result<(), Throttled> {
        Ok(())
    }

    fn forgive_unknown_name(&self) {}

    async fn admit_sent_name(&self, sent: &str) -> Result<(), Throttled> {
        self.admit_account(sent).await
    }

    async fn admit_sent_name_again(&self, sent: &str) -> Result<(), Throttled> {
        self.admit_sent_name(sent).await
    }

    async fn is_disabled(&self, _: &Subject) -> bool {
        false
    }

    async fn admit_subject(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }
}

async fn check(pam: &Pam, name: &str, password: &str) -> Result<ExternalIdentity, NotAccepted> {
    let typed = Credentials::parse(name.to_owned(), Secret::new(password.to_owned())).unwrap();
    pam.check(&Attempt::new(&typed, &RecordingGate::default())).await
}

fn refused(result: &Result<ExternalIdentity, NotAccepted>) -> RefusalReason {
    match result {
        Err(NotAccepted::Refused { why, .. }) => *why,
        other => panic!("not refused: {other:?}"),
    }
}

fn trouble(result: Result<ExternalIdentity, NotAccepted>) -> NotAvailable {
    match result {
        Err(NotAccepted::NotAvailable(trouble)) => trouble,
        other => panic!("no trouble: {other:?}"),
    }
}
