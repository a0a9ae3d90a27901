//! The system's user database: `/etc/passwd` and the other sources of its name service.

use std::ffi::{CStr, CString, c_char, c_int};

/// A user's entry.
pub struct PasswdEntry {
    /// As the database spells it.
    pub name: CString,
    /// Comment field: the full name, then other details after commas.
    pub gecos: String,
    pub uid: libc::uid_t,
    group: libc::gid_t,
}

/// Most groups of one person.
const MAX_GROUPS: usize = 65_536;

/// The user with this name.
pub fn find(name: &CStr) -> Option<PasswdEntry> {
    // SAFETY: the entry lies in libc's own memory, and is copied before the next look-up.
    unsafe {
        let entry = libc::getpwnam(name.as_ptr()).as_ref()?;
        let name = text(entry.pw_name)?.to_owned();
        let gecos = text(entry.pw_gecos).map(|gecos| gecos.to_string_lossy().into_owned()).unwrap_or_default();
        Some(PasswdEntry { name, gecos, uid: entry.pw_uid, group: entry.pw_gid })
    }
}

/// The names of a user's groups.
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
    // SAFETY: the entry lies in libc's own memory, and is copied before the next look-up.
    unsafe { Some(text(libc::getgrgid(id).as_ref()?.gr_name)?.to_str().ok()?.to_owned()) }
}

/// Whether the user's hash is locked, so that no password matches it, as after `usermod --lock`. `None` if the hash
/// can't be read.
pub fn is_locked(name: &CStr) -> Option<bool> {
    // SAFETY: the entry lies in libc's own memory, and is read before the next look-up.
    unsafe {
        let password = text(libc::getspnam(name.as_ptr()).as_ref()?.sp_pwdp)?.to_bytes();
        Some(matches!(password.first(), Some(b'!' | b'*')))
    }
}

/// # Safety
/// `at` is null, or points to a C string that outlives the result.
unsafe fn text<'a>(at: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller promises.
    (!at.is_null()).then(|| unsafe { CStr::from_ptr(at) })
}
