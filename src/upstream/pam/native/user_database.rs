//! The system's list of people: `/etc/passwd` and whatever else its name service asks.

use std::ffi::{CStr, CString, c_char, c_int};

/// Somebody's entry.
pub struct PasswdEntry {
    /// As the list writes it.
    pub name: CString,
    /// Comment field: the full name, and what else there is after commas.
    pub gecos: String,
    pub uid: libc::uid_t,
    group: libc::gid_t,
}

/// Most groups of one person.
const MAX_GROUPS: usize = 65_536;

/// Whose name this is.
pub fn find(name: &CStr) -> Option<PasswdEntry> {
    // SAFETY: the entry lies in libc's own memory, and is copied before anything else is looked up.
    unsafe {
        let entry = libc::getpwnam(name.as_ptr()).as_ref()?;
        let name = text(entry.pw_name)?.to_owned();
        let gecos = text(entry.pw_gecos).map(|gecos| gecos.to_string_lossy().into_owned()).unwrap_or_default();
        Some(PasswdEntry { name, gecos, uid: entry.pw_uid, group: entry.pw_gid })
    }
}

/// Names of the groups that somebody is in.
pub fn groups(of: &PasswdEntry) -> Vec<String> {
    let mut ids: Vec<libc::gid_t> = vec![0; 64];
    loop {
        let mut count = c_int::try_from(ids.len()).unwrap_or(c_int::MAX);
        // SAFETY: there is room for `count` of them, and no more are written.
        let fits = unsafe { libc::getgrouplist(of.name.as_ptr(), of.group, ids.as_mut_ptr(), &raw mut count) };
        let found = usize::try_from(count).unwrap_or_default();
        if fits >= 0 {
            ids.truncate(found);
            break;
        }
        if ids.len() >= MAX_GROUPS {
            break;
        }
        ids.resize(found.max(ids.len() * 2).min(MAX_GROUPS), 0);
    }
    ids.into_iter().filter_map(group_name).collect()
}

fn group_name(id: libc::gid_t) -> Option<String> {
    // SAFETY: the entry lies in libc's own memory, and is copied before anything else is looked up.
    unsafe { Some(text(libc::getgrgid(id).as_ref()?.gr_name)?.to_str().ok()?.to_owned()) }
}

/// Whether somebody's password is one that nothing matches, as `usermod --lock` makes it. `None` where that can't be
/// read.
pub fn is_locked(name: &CStr) -> Option<bool> {
    // SAFETY: the entry lies in libc's own memory, and is looked at before anything else is looked up.
    unsafe {
        let password = text(libc::getspnam(name.as_ptr()).as_ref()?.sp_pwdp)?.to_bytes();
        Some(matches!(password.first(), Some(b'!' | b'*')))
    }
}

/// # Safety
/// `at` is null, or leads to a C string that outlives its use.
unsafe fn text<'a>(at: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller promises.
    (!at.is_null()).then(|| unsafe { CStr::from_ptr(at) })
}
