//! Calls the functions of libpam that a check needs, and answers the prompts of its modules.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::marker::PhantomData;
use std::ptr::{null, null_mut};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

/// Numbers of Linux-PAM (`security/_pam_types.h`).
pub const SUCCESS: c_int = 0;
const BUFFER_ERROR: c_int = 5;
const CONVERSATION_ERROR: c_int = 19;
const ITEM_USER: c_int = 2;
const ITEM_FAIL_DELAY: c_int = 10;
const PROMPT_ECHO_OFF: c_int = 1;
const PROMPT_ECHO_ON: c_int = 2;
const ERROR_MESSAGE: c_int = 3;
const TEXT_MESSAGE: c_int = 4;
const MAX_MESSAGES: c_int = 32;
/// `PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK`
const FLAGS: c_int = 0x8000 | 0x1;

const NAME: &str = "libpam.so.0";

#[repr(C)]
struct Message {
    style: c_int,
    text: *const c_char,
}

#[repr(C)]
struct Response {
    text: *mut c_char,
    unused: c_int,
}

#[repr(C)]
struct Conversation {
    ask: extern "C" fn(c_int, *mut *const Message, *mut *mut Response, *mut c_void) -> c_int,
    data: *mut c_void,
}

type Handle = *mut c_void;
type StartFn = unsafe extern "C" fn(*const c_char, *const c_char, *const Conversation, *mut Handle) -> c_int;
type StartConfdirFn =
    unsafe extern "C" fn(*const c_char, *const c_char, *const Conversation, *const c_char, *mut Handle) -> c_int;
type CallFn = unsafe extern "C" fn(Handle, c_int) -> c_int;
type GetItemFn = unsafe extern "C" fn(Handle, c_int, *mut *const c_void) -> c_int;
type SetItemFn = unsafe extern "C" fn(Handle, c_int, *const c_void) -> c_int;
type StrErrorFn = unsafe extern "C" fn(Handle, c_int) -> *const c_char;

/// libpam, found and opened. It is never closed: its modules may have left threads and handlers behind.
pub struct Libpam {
    start: StartFn,
    /// Since Linux-PAM 1.4.
    start_confdir: Option<StartConfdirFn>,
    authenticate: CallFn,
    account: CallFn,
    end: CallFn,
    get: GetItemFn,
    set: SetItemFn,
    strerror: StrErrorFn,
}

impl Libpam {
    /// # Errors
    /// The loader's message.
    pub fn open() -> Result<Self, String> {
        // SAFETY: loading runs only the system library's own code. Each type below matches its header.
        unsafe {
            // Global, since some modules use libpam without linking to it.
            let library = Library::open(Some(NAME), RTLD_NOW | RTLD_GLOBAL).map_err(|why| why.to_string())?;
            let opened = Self {
                start: symbol(&library, "pam_start")?,
                start_confdir: symbol(&library, "pam_start_confdir").ok(),
                authenticate: symbol(&library, "pam_authenticate")?,
                account: symbol(&library, "pam_acct_mgmt")?,
                end: symbol(&library, "pam_end")?,
                get: symbol(&library, "pam_get_item")?,
                set: symbol(&library, "pam_set_item")?,
                strerror: symbol(&library, "pam_strerror")?,
            };
            std::mem::forget(library);
            Ok(opened)
        }
    }
}

/// A function of the library.
///
/// # Safety
/// `F` must be the function's type.
unsafe fn symbol<F: Copy>(library: &Library, name: &str) -> Result<F, String> {
    // SAFETY: as the caller promises; the library is never closed.
    unsafe { library.get::<F>(name) }.map(|found| *found).map_err(|why| why.to_string())
}

/// The answers to modules' prompts, and the first prompt that has none.
pub struct PromptAnswers {
    pub name: CString,
    pub password: CString,
    state: RefCell<PromptState>,
}

#[derive(Default)]
struct PromptState {
    /// The hidden prompt that the password answers.
    hidden: Option<CString>,
    unanswered: Option<UnansweredPrompt>,
}

/// A prompt that neither the name nor the password answers, such as one for a code.
#[derive(Clone)]
pub struct UnansweredPrompt {
    pub text: CString,
    /// The hidden prompt before it, which the password answered.
    pub after: Option<CString>,
}

impl PromptAnswers {
    pub fn new(name: CString, password: CString) -> Self {
        Self { name, password, state: RefCell::default() }
    }

    /// The first prompt that had no answer.
    pub fn unanswered(&self) -> Option<UnansweredPrompt> {
        self.state.borrow().unanswered.clone()
    }

    /// The answer to a prompt. A hidden prompt whose text differs from the first one asks for something else than the
    /// password: a code, or the password of another server. The same text again asks for the same password.
    fn answer(&self, style: c_int, text: &CStr) -> Option<&CStr> {
        let mut state = self.state.borrow_mut();
        if style == PROMPT_ECHO_ON && asks_for_name(text) {
            return Some(&self.name);
        }
        if style == PROMPT_ECHO_OFF && state.hidden.as_deref().is_none_or(|first| first == text) {
            state.hidden.get_or_insert_with(|| text.to_owned());
            return Some(&self.password);
        }
        let after = state.hidden.clone();
        state.unanswered.get_or_insert_with(|| UnansweredPrompt { text: text.to_owned(), after });
        None
    }
}

/// libpam has the name from the start. A module that asks for it again uses a prompt such as `login:`.
fn asks_for_name(text: &CStr) -> bool {
    let text = text.to_string_lossy().to_lowercase();
    ["login", "user", "name"].iter().any(|word| text.contains(word))
}

/// One check, from start to end.
pub struct Transaction<'p> {
    pam: &'p Libpam,
    handle: Handle,
    last: c_int,
    typed: PhantomData<&'p PromptAnswers>,
}

impl<'p> Transaction<'p> {
    /// # Errors
    /// libpam's result code, or `None` if this libpam can't use another folder.
    pub fn start(
        pam: &'p Libpam,
        service: &CStr,
        confdir: Option<&CStr>,
        typed: &'p PromptAnswers,
    ) -> Result<Self, Option<c_int>> {
        let data = std::ptr::from_ref(typed).cast_mut().cast();
        let conversation = Conversation { ask: converse, data };
        let mut handle = null_mut();
        let (service, name) = (service.as_ptr(), typed.name.as_ptr());
        // SAFETY: all texts live through the call, in which libpam copies them and the conversation; `typed` outlives
        // the transaction.
        let started = unsafe {
            match confdir {
                None => (pam.start)(service, name, &raw const conversation, &raw mut handle),
                Some(folder) => {
                    let start = pam.start_confdir.ok_or(None)?;
                    start(service, name, &raw const conversation, folder.as_ptr(), &raw mut handle)
                }
            }
        };
        if started != SUCCESS || handle.is_null() {
            return Err(Some(started));
        }
        let transaction = Self { pam, handle, last: SUCCESS, typed: PhantomData };
        // Modules ask for seconds of delay after a wrong password. That would occupy the helper, and the login throttle
        // has limited the attempts already. SAFETY: the handle is valid, and the item is a function of this type, kept
        // as a plain pointer.
        unsafe { (pam.set)(transaction.handle, ITEM_FAIL_DELAY, no_delay as *const c_void) };
        Ok(transaction)
    }

    pub fn authenticate(&mut self) -> c_int {
        // SAFETY: the handle is valid until `self` is dropped.
        self.last = unsafe { (self.pam.authenticate)(self.handle, FLAGS) };
        self.last
    }

    pub fn account(&mut self) -> c_int {
        // SAFETY: the handle is valid until `self` is dropped.
        self.last = unsafe { (self.pam.account)(self.handle, FLAGS) };
        self.last
    }

    /// The user's name after the check: a module may have replaced the typed one.
    pub fn user(&self) -> Option<CString> {
        let mut item = null();
        // SAFETY: the handle is valid; the name is a C string that libpam owns, copied before the next call.
        unsafe {
            let got = (self.pam.get)(self.handle, ITEM_USER, &raw mut item);
            (got == SUCCESS && !item.is_null()).then(|| CStr::from_ptr(item.cast()).to_owned())
        }
    }

    /// libpam's text for a result code.
    pub fn strerror(&self, code: c_int) -> String {
        // SAFETY: it returns a static string.
        unsafe {
            let strerror = (self.pam.strerror)(self.handle, code);
            if strerror.is_null() { String::new() } else { CStr::from_ptr(strerror).to_string_lossy().into_owned() }
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is valid, and it is not used after this.
        unsafe { (self.pam.end)(self.handle, self.last) };
    }
}

extern "C" fn no_delay(_: c_int, _: c_uint, _: *mut c_void) {}

/// Answers prompts as [`PromptAnswers::answer`] does. Drops messages to the person.
extern "C" fn converse(
    count: c_int,
    messages: *mut *const Message,
    answers: *mut *mut Response,
    data: *mut c_void,
) -> c_int {
    let Some(wanted) = usize::try_from(count).ok().filter(|_| (1..=MAX_MESSAGES).contains(&count)) else {
        return CONVERSATION_ERROR;
    };
    // SAFETY: Linux-PAM passes `count` pointers to messages, and the `data` of the conversation: a `PromptAnswers`
    // that outlives the transaction. libpam calls `free` on the answers, so `calloc` and `strdup` allocate them.
    unsafe {
        let typed = &*data.cast::<PromptAnswers>();
        let given: *mut Response = libc::calloc(wanted, size_of::<Response>()).cast();
        if given.is_null() {
            return BUFFER_ERROR;
        }
        for at in 0..wanted {
            let message = &**messages.add(at);
            match message.style {
                PROMPT_ECHO_OFF | PROMPT_ECHO_ON => {
                    let text = if message.text.is_null() { c"" } else { CStr::from_ptr(message.text) };
                    let Some(answer) = typed.answer(message.style, text) else { return free_answers(given, at) };
                    (*given.add(at)).text = libc::strdup(answer.as_ptr());
                }
                ERROR_MESSAGE | TEXT_MESSAGE => {}
                _ => return free_answers(given, at),
            }
        }
        *answers = given;
    }
    SUCCESS
}

/// # Safety
/// `given` was allocated by `calloc`, and the first `filled` of it are texts of `strdup`, or null.
unsafe fn free_answers(given: *mut Response, filled: usize) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        for at in 0..filled {
            libc::free((*given.add(at)).text.cast());
        }
        libc::free(given.cast());
    }
    CONVERSATION_ERROR
}

#[cfg(test)]
mod tests;
