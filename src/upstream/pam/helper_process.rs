//! The helper process. It answers one request and exits.

use std::ffi::{CStr, CString};
use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use rustix::process::{Signal, getpid, kill_process};

use super::helper_request::ERROR_PREFIX;
use super::native::descriptors;
use super::native::libpam::{Libpam, PromptAnswers, SUCCESS, Transaction, UnansweredPrompt};
use super::native::user_database;
use super::privileges;
use super::process_reaper;
use super::service::{Places, Service};
use super::wire::{
    self, Answer, HelperRequest, HelperTask, NO_SETUID, PamFailure, Person, Rights, SetupReport, Step, StepError,
    SystemUser,
};
use crate::base::invisible::is_invisible;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;

/// Reads one request from standard input (a socket), answers it and exits.
#[must_use]
pub fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _gone = writeln!(io::stderr(), "{ERROR_PREFIX}{why}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    if io::stdin().is_terminal() {
        return Err(io::Error::other("only Vestibule itself starts this command; `vestibule check` tests PAM"));
    }
    descriptors::close_inherited();
    privileges::drop_all()?;
    let mut socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // Modules and the programs that they start must not read the request or answer in our place.
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    let request = wire::decode(&mut socket)?;
    let listening = socket.try_clone()?;
    std::thread::Builder::new().spawn(move || end_when_closed(listening))?;
    let answer = answer(request);
    process_reaper::kill_all();
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    socket.write_all(&line)
}

/// Ends the helper when Vestibule closes the socket or dies. (The kernel could kill the helper then, but not its
/// children.)
fn end_when_closed(mut listening: UnixStream) {
    let _hung_up = listening.read(&mut [0]);
    process_reaper::kill_all();
    let _never_fails = kill_process(getpid(), Signal::KILL);
}

fn answer(request: HelperRequest) -> Answer {
    let HelperRequest { service, confdir, ask } = request;
    match ask {
        HelperTask::Inspect => Answer::Looked(inspect_setup(&service, confdir.as_deref())),
        HelperTask::Check { name, password } => {
            check(&service, confdir.as_deref(), &name, &password).unwrap_or_else(Answer::Broken)
        }
    }
}

fn check(
    service: &str,
    confdir: Option<&str>,
    name: &Secret<String>,
    password: &Secret<String>,
) -> Result<Answer, StepError> {
    let pam = Libpam::open().map_err(|why| StepError { step: Step::Library, why: no_library(&why) })?;
    let file = Service::read(service, &places(confdir))?;
    if let Some(fault) = broken_part(&file) {
        return Err(StepError { step: Step::Service, why: format!("{} {fault}", file.path.display()) });
    }
    if file.is_local() && !rustix::process::geteuid().is_root() && !privileges::may_call_setuid() {
        return Err(StepError { step: Step::Start, why: NO_SETUID.into() });
    }
    let typed = PromptAnswers::new(c_string(name.expose())?, c_string(password.expose())?);
    let confdir = confdir.map(c_string).transpose()?;
    let mut transaction =
        Transaction::start(&pam, &c_string(service)?, confdir.as_deref(), &typed).map_err(|code| {
            let why = match code {
                Some(code) => format!(
                    "libpam does not start ({code}), which a broken file of the service `other` can cause, too; look \
                     at {}, at `other` in the same folder, and at what they include",
                    file.path.display()
                ),
                None => {
                    "this libpam reads no other folder; leave out confdir, or install Linux-PAM 1.4 or newer".into()
                }
            };
            StepError { step: Step::Start, why }
        })?;
    // libpam has read all its files now.
    file.check_unchanged()?;
    // The account may be refused although the password is right: security rule C46.
    let code = transaction.authenticate();
    if code != SUCCESS {
        return not_proved(&transaction, Step::Authenticate, code, &typed, &file);
    }
    let code = transaction.account();
    if code != SUCCESS {
        return not_proved(&transaction, Step::Account, code, &typed, &file);
    }
    let no_name = || StepError {
        step: Step::Account,
        why: "PAM accepted the password but returned no user name; check its modules".into(),
    };
    let username = transaction.user().filter(|name| !name.is_empty()).ok_or_else(no_name)?;
    person(&username).ok_or_else(no_name).map(Answer::Proved)
}

fn not_proved(
    transaction: &Transaction<'_>,
    step: Step,
    code: i32,
    typed: &PromptAnswers,
    file: &Service,
) -> Result<Answer, StepError> {
    let known = user_database::find(&typed.name);
    // A module that gets no answer to its prompt may return any code, often that of a wrong password.
    if let Some(prompt) = typed.unanswered() {
        return Err(StepError { step, why: unanswered_prompt(&prompt, typed, known.is_some()) });
    }
    let local = known.as_ref().filter(|_| file.is_local());
    let locked = local.and_then(|entry| user_database::is_locked(&entry.name)).unwrap_or(false);
    let known = known.and_then(|entry| Some(SystemUser { name: entry.name.into_string().ok()?, uid: entry.uid }));
    let (said, runs_programs) = (transaction.strerror(code), file.runs_programs(step));
    Ok(Answer::NotProved(PamFailure { step, code, said, known, locked, runs_programs }))
}

fn unanswered_prompt(prompt: &UnansweredPrompt, typed: &PromptAnswers, known: bool) -> String {
    let quoted = |text: &CStr| quoted(text, typed, known);
    let asked = match &prompt.after {
        Some(first) => format!("asks {} after {}", quoted(&prompt.text), quoted(first)),
        None => format!("asks {}", quoted(&prompt.text)),
    };
    format!(
        "the PAM service {asked}, and Vestibule knows no more than a name and one password; take the module that asks \
         out of the service's file, or give it use_first_pass where it wants the same password"
    )
}

/// How many characters of a prompt the log quotes.
const LONGEST_QUESTION: usize = 80;

/// A module's prompt for the log: one line, without the typed name and password. The name of an existing user may stay
/// in it.
fn quoted(text: &CStr, typed: &PromptAnswers, known: bool) -> String {
    let text = text.to_string_lossy();
    let holds = |typed: &CStr| Redaction::of([&*typed.to_string_lossy()]).is_in(&text);
    if holds(&typed.password) || (!known && holds(&typed.name)) {
        return "(a prompt that holds the typed name or password)".into();
    }
    let plain: String = text.chars().map(|c| if c == ';' || is_invisible(c) { ' ' } else { c }).collect();
    let plain: Vec<_> = plain.split_whitespace().collect();
    format!("\"{}\"", plain.join(" ").chars().take(LONGEST_QUESTION).collect::<String>())
}

/// The person with this name. A user that only PAM knows, and not the system, has only a name.
fn person(username: &CStr) -> Option<Person> {
    let name = username.to_str().ok()?.to_owned();
    let Some(entry) = user_database::find(username) else { return Some(Person { name, ..Person::default() }) };
    // The system's own spelling. If the system ignores letter case, each typed spelling would be another person.
    let name = entry.name.to_str().ok()?.to_owned();
    let full_name = entry.gecos.split(',').next().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(Person { name, uid: Some(entry.uid), full_name, groups: user_database::groups(&entry) })
}

fn inspect_setup(service: &str, confdir: Option<&str>) -> SetupReport {
    let library = Libpam::open().map(drop).map_err(|why| no_library(&why));
    let file = Service::read(service, &places(confdir));
    let (missing, program, local) = match &file {
        Ok(file) => (broken_part(file), file.other_program_fault(), file.is_local()),
        Err(_) => (None, None, false),
    };
    let rights = match File::open("/etc/shadow") {
        _ if rustix::process::geteuid().is_root() => Rights::Root,
        Ok(_) => Rights::Shadow,
        Err(_) => Rights::Few,
    };
    let service = file.map(|file| file.path.display().to_string());
    SetupReport { library, service, missing, program, local, rights, may_call_setuid: privileges::may_call_setuid() }
}

/// A missing module, or a program that can't run and refuses everybody.
fn broken_part(file: &Service) -> Option<String> {
    module_folder().and_then(|folder| file.missing(&folder)).or_else(|| file.program_fault())
}

/// Where the opened libpam finds the files of services.
fn places(confdir: Option<&str>) -> Places {
    let library = library_file().and_then(|path| fs::read(path).ok());
    Places::new(confdir, library.as_deref())
}

fn no_library(why: &str) -> String {
    format!("libpam can't be opened: {why}; install it (Debian: libpam0g libpam-modules)")
}

/// The file of the opened libpam.
fn library_file() -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.contains("/libpam.so."))?;
    Some(PathBuf::from(line.get(line.find('/')?..)?))
}

/// The folder of libpam's modules: next to the library that was opened. `None` if the system keeps them elsewhere.
fn module_folder() -> Option<PathBuf> {
    let folder = library_file()?.parent()?.join("security");
    folder.is_dir().then_some(folder)
}

fn c_string(text: &str) -> Result<CString, StepError> {
    CString::new(text).map_err(|_| StepError { step: Step::Start, why: "a text for libpam holds NUL".into() })
}
