//! The privileges that the helper drops before it reads a password.

use std::io;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getpid, getuid, set_child_subreaper, set_dumpable_behavior, setrlimit, setsid,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, remove_capability_from_bounding_set, set_capabilities, set_thread_uid,
};

/// What PAM's modules need as root: to read `/etc/shadow` regardless of its mode, to write their failure counters, to
/// switch to a user, and to write to the kernel's audit log. Programs that a module starts get no more than this.
const KEPT_CAPABILITIES: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::AUDIT_WRITE);

/// Afterwards the process has no terminal, no debugger can attach, it dumps no core, it is the parent of all orphans of
/// its modules, and it holds only the capabilities in [`KEPT_CAPABILITIES`].
///
/// `no_new_privs` stays as it was: `pam_unix` runs `unix_chkpwd`, which gets its rights from its file (setuid, setgid).
///
/// # Errors
/// When one of these steps fails. Then no password is read.
pub fn drop_all() -> io::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    let held = capabilities(None)?;
    // Removes them from what programs can regain. Only root may do so; another user holds none of them.
    if held.effective.contains(CapabilitySet::SETPCAP) {
        for unneeded in CapabilitySet::all().difference(KEPT_CAPABILITIES).iter() {
            // The kernel may know fewer than we do.
            let _unknown = remove_capability_from_bounding_set(unneeded);
        }
    }
    let kept = |held: CapabilitySet| held.intersection(KEPT_CAPABILITIES);
    let sets = CapabilitySets {
        effective: kept(held.effective),
        permitted: kept(held.permitted),
        inheritable: kept(held.inheritable),
    };
    // A filter may forbid a call even if it would change nothing: `capset` is in systemd's `@privileged`.
    if held == sets {
        return Ok(());
    }
    set_capabilities(None, sets).map_err(|why| {
        io::Error::other(format!(
            "it can't give up root's capabilities ({why}); allow `capset` in SystemCallFilter of the systemd unit, or \
             narrow CapabilityBoundingSet there"
        ))
    })
}

/// Whether `setuid` to our own user id is allowed. Without a filter of system calls it always is.
///
/// `pam_unix` runs `unix_chkpwd`, which calls `setuid` before it checks a password. If the call fails, it reports a
/// wrong password.
pub fn may_call_setuid() -> bool {
    set_thread_uid(getuid()).is_ok()
}
