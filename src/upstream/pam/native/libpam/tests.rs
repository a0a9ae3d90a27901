//! Which answer a module gets to which prompt.

use std::ffi::{CStr, CString};
use std::ptr::null_mut;

use super::{
    CONVERSATION_ERROR, Message, PROMPT_ECHO_OFF, PROMPT_ECHO_ON, PromptAnswers, Response, SUCCESS, TEXT_MESSAGE,
    converse,
};

fn typed() -> PromptAnswers {
    PromptAnswers::new(c"ada".into(), c"open sesame".into())
}

/// Sends all prompts at once, as a module may. `None` if they get no answer.
fn ask(typed: &PromptAnswers, prompts: &[(i32, &CStr)]) -> Option<Vec<Option<CString>>> {
    let messages: Vec<_> = prompts.iter().map(|(style, text)| Message { style: *style, text: text.as_ptr() }).collect();
    let mut pointers: Vec<_> = messages.iter().map(std::ptr::from_ref).collect();
    let mut answers: *mut Response = null_mut();
    let data = std::ptr::from_ref(typed).cast_mut().cast();
    let count = prompts.len().try_into().unwrap();
    match converse(count, pointers.as_mut_ptr(), &raw mut answers, data) {
        SUCCESS => {}
        refused => {
            assert_eq!(refused, CONVERSATION_ERROR);
            return None;
        }
    }
    // SAFETY: one answer was allocated for each prompt, and the caller must free them.
    let received = unsafe {
        let received = std::slice::from_raw_parts(answers, prompts.len()).iter().map(|answer| {
            let text = (!answer.text.is_null()).then(|| CStr::from_ptr(answer.text).to_owned());
            libc::free(answer.text.cast());
            text
        });
        let received = received.collect();
        libc::free(answers.cast());
        received
    };
    Some(received)
}

#[test]
fn a_hidden_prompt_gets_the_password_and_a_prompt_for_the_name_gets_the_name() {
    let received =
        ask(&typed(), &[(PROMPT_ECHO_ON, c"login: "), (TEXT_MESSAGE, c"Hello"), (PROMPT_ECHO_OFF, c"Password: ")]);
    assert_eq!(received.unwrap(), [Some(c"ada".into()), None, Some(c"open sesame".into())]);
}

#[test]
fn the_same_prompt_again_gets_the_password_again() {
    let typed = typed();
    for _ in 0..2 {
        assert_eq!(ask(&typed, &[(PROMPT_ECHO_OFF, c"Password: ")]).unwrap(), [Some(c"open sesame".into())]);
    }
    assert!(typed.unanswered().is_none());
}

// C46: a prompt for a code has another text, and must not get the password.
#[test]
fn another_hidden_prompt_gets_no_answer_and_is_remembered() {
    let typed = typed();
    let both = [(PROMPT_ECHO_OFF, c"Password: "), (PROMPT_ECHO_OFF, c"Verification code: ")];
    assert_eq!(ask(&typed, &both), None);
    assert_eq!(ask(&typed, &[(PROMPT_ECHO_OFF, c"Backup code: ")]), None);
    let unanswered = typed.unanswered().unwrap();
    assert_eq!(
        (unanswered.text.as_c_str(), unanswered.after.as_deref()),
        (c"Verification code: ", Some(c"Password: "))
    );
}

#[test]
fn a_visible_prompt_that_is_not_for_the_name_gets_no_answer() {
    let typed = typed();
    assert_eq!(ask(&typed, &[(PROMPT_ECHO_ON, c"Verification code: ")]), None);
    assert!(typed.unanswered().unwrap().after.is_none());
}
