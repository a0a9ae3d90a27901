//! Tests of reading service files.

use std::path::Path;

use super::{Places, Service};
use crate::upstream::pam::wire::Step;

/// Reads the service `vestibule` of a folder with these files. `{}` in them is the folder.
fn read(files: &[(&str, &str)]) -> Result<Service, String> {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().to_str().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text.replace("{}", named)).unwrap();
    }
    let places = Places::new(Some(named), None);
    Service::read("vestibule", &places).map_err(|service_error| service_error.why.replace(named, ""))
}

// C46
#[test]
fn a_service_that_would_fall_back_to_other_is_refused() {
    let none = read(&[("other", "auth required pam_permit.so\naccount required pam_permit.so\n")]);
    assert!(none.unwrap_err().starts_with("there is no service file /vestibule"));
    let half = read(&[("vestibule", "auth required pam_permit.so\nsession required pam_permit.so\n")]);
    assert!(half.unwrap_err().contains("no line for `account`"));
    let other = read(&[("vestibule", "account required pam_permit.so # auth required pam_unix.so\n")]);
    assert!(other.unwrap_err().contains("no line for `auth`"));
    let hollow = read(&[("vestibule", "auth include {}/none\naccount required pam_permit.so\n"), ("none", "\n")]);
    assert!(hollow.unwrap_err().contains("no line for `auth`"));
    assert!(read(&[("vestibule", "")]).unwrap_err().contains("none for `account`"));
}

#[test]
fn a_program_is_known_by_the_step_that_runs_it() {
    let service = read(&[
        ("vestibule", "@include {}/common\naccount required pam_permit.so\nsession required pam_exec.so /bin/a\n"),
        ("common", "-auth required /lib/pam_exec.so /bin/b\nauth required pam_deny.so\n"),
    ])
    .unwrap();
    assert!(service.runs_programs(Step::Authenticate) && !service.runs_programs(Step::Account));
}

#[test]
fn a_program_refuses_only_if_its_line_makes_the_failure_count() {
    for (control, decides) in [
        ("required", true),
        ("Requisite", true),
        ("sufficient", false),
        ("optional", false),
        ("[success=1 default=ignore]", false),
        ("[success=ok default=bad]", true),
        ("[success=ok]", true),
        ("[default=die system_err=ignore]", false),
        ("[system_err = bad default=ignore]", true),
        ("[default=1]", false),
    ] {
        let text =
            format!("auth {control} pam_exec.so /bin/a\nauth required pam_b.so\naccount required pam_permit.so\n");
        let service = read(&[("vestibule", &text)]).unwrap();
        assert_eq!(service.runs_programs(Step::Authenticate), decides, "{control}");
    }
}

#[test]
fn a_pipe_in_place_of_a_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("includes"), format!("@include {named}/vestibule\n")).unwrap();
    let pipe = folder.path().join("vestibule");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    for service in ["vestibule", "includes"] {
        let why = Service::read(service, &Places::new(Some(named), None)).unwrap_err().why;
        assert!(
            why.contains("/vestibule is a pipe, a socket or a device, not a regular file; put a file there"),
            "{why}"
        );
    }
}

#[test]
fn lines_of_included_files_count() {
    let whole = read(&[
        ("vestibule", "@include {}/common\naccount substack {}/common-account\n"),
        ("common", "auth [success=1 default=ignore] \\\n pam_unix.so nullok\nauth requisite pam_deny.so\n"),
        ("common-account", "account required pam_unix.so\nauth required pam_never.so\n-account optional pam_gone.so\n"),
    ]);
    let whole = whole.unwrap();
    assert_eq!(whole.modules, ["pam_unix.so", "pam_deny.so", "pam_unix.so"]);
    assert!(whole.is_local());
    assert!(!whole.runs_programs(Step::Authenticate));
    let missing = whole.missing(Path::new("/nowhere")).unwrap();
    assert!(
        missing.starts_with("names pam_deny.so, pam_unix.so, which does not exist; install the package"),
        "{missing}"
    );
}

#[test]
fn a_module_without_its_end_is_named_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for module in ["pam_permit.so", "pam_deny.so"] {
        std::fs::write(folder.path().join(module), "").unwrap();
    }
    let missing = |auth: &str| {
        let lines = format!("auth required {auth}\naccount required pam_permit.so\n");
        read(&[("vestibule", &lines)]).unwrap().missing(folder.path())
    };
    assert_eq!(missing("pam_permit.so"), None);
    let without_end = "names pam_permit without `.so`, so libpam finds no such file; write pam_permit.so";
    assert_eq!(missing("pam_permit").as_deref(), Some(without_end));
    assert_eq!(missing("pam_gone.so\nauth required pam_permit").as_deref(), Some(without_end));
    let absolute = folder.path().join("pam_deny").display().to_string();
    assert_eq!(
        missing(&absolute),
        Some(format!("names {absolute} without `.so`, so libpam finds no such file; write {absolute}.so"))
    );
    let gone = missing("pam_gone").unwrap();
    assert!(gone.starts_with("names pam_gone, which does not exist; install the package that has it"), "{gone}");
}

#[test]
fn the_error_names_the_line_ends_of_windows() {
    let own = "auth required pam_permit.so\r\naccount required pam_permit.so\n";
    for files in [&[("vestibule", own)][..], &[("vestibule", "@include {}/common\n"), ("common", own)]] {
        let why = read(files).unwrap_err();
        assert!(
            why.contains(" has the line ends of Windows, and libpam") && why.contains("sed -i 's/\\r$//' "),
            "{why}"
        );
    }
    // libpam ignores it in a comment.
    read(&[("vestibule", "# of old\r\nauth required pam_permit.so\naccount required pam_permit.so\n")]).unwrap();
}

#[test]
fn a_file_with_a_broken_include_or_line_is_refused() {
    assert!(
        read(&[("vestibule", "@include {}/gone\n")])
            .unwrap_err()
            .contains("line 1: it includes \"/gone\", which does not exist")
    );
    assert!(read(&[("vestibule", "@include {}/vestibule\n")]).unwrap_err().contains("without end"));
    assert!(read(&[("vestibule", "auth required\n")]).unwrap_err().contains("names no module"));
}

#[test]
fn an_unknown_control_or_type_is_named() {
    let account = "account required pam_permit.so\n";
    for (line, says) in [
        ("auth needed pam_permit.so", "`needed` is not a PAM control; write required, requisite, sufficient"),
        ("auth [success] pam_permit.so", "`success` in [success] names no action"),
        ("auth [success=goon] pam_permit.so", "`goon` in [success=goon] is not a PAM action"),
        ("auth [success=0] pam_permit.so", "`0` in [success=0] is not a PAM action"),
        ("auth [success=+1] pam_permit.so", "`+1` in [success=+1] is not a PAM action"),
        ("auth [succes=ok default=bad] pam_permit.so", "`succes` in [succes=ok default=bad] is not a PAM result"),
        ("auht required pam_permit.so", "`auht` is not a type of line; write auth, account, password or session"),
    ] {
        let why = read(&[("vestibule", &format!("{line}\n{account}"))]).unwrap_err();
        assert!(why.contains(says), "{why}");
    }
    for line in [
        "AUTH Required pam_permit.so",
        "auth [success = ok default=die user_unknown=ignore] pam_permit.so",
        "auth [ success=done new_authtok_reqd=reset default=bad ] pam_permit.so",
        "-session optional pam_gone.so\nauth required pam_permit.so",
    ] {
        read(&[("vestibule", &format!("{line}\n{account}"))]).unwrap();
    }
}

#[test]
fn a_jump_beyond_the_end_is_named() {
    let account = "account required pam_permit.so\n";
    let jump = "auth [success=2 default=ignore] pam_unix.so\n";
    let why = read(&[("vestibule", &format!("{jump}auth requisite pam_deny.so\n{account}"))]).unwrap_err();
    assert!(why.contains("[success=2 default=ignore] jumps over 2 lines for `auth`, but only 1 follows"), "{why}");
    let deny = "auth requisite pam_deny.so\nauth required pam_permit.so\n";
    read(&[("vestibule", &format!("{jump}{deny}{account}"))]).unwrap();
    read(&[("vestibule", &format!("{jump}@include {{}}/rest\n{account}")), ("rest", deny)]).unwrap();
    // A jump takes a substack as one line, and does not leave its own.
    let substack = format!("{jump}auth substack {{}}/rest\n{account}");
    assert!(read(&[("vestibule", &substack), ("rest", deny)]).unwrap_err().contains("but only 1 follows"));
    let within = format!("auth substack {{}}/rest\n{deny}{account}");
    assert!(read(&[("vestibule", &within), ("rest", jump)]).unwrap_err().contains("but none follows"));
}

#[test]
fn a_byte_order_mark_is_named() {
    let own = "\u{feff}auth required pam_permit.so\naccount required pam_permit.so\n";
    for files in [&[("vestibule", own)][..], &[("vestibule", "@include {}/common\n"), ("common", own)]] {
        let why = read(files).unwrap_err();
        assert!(why.contains(" begins with a byte order mark, which hides its first line from libpam"), "{why}");
    }
}

// C46: Debian's libpam reads a relative include from /etc/pam.d, and others from `confdir`.
#[test]
fn with_confdir_a_relative_include_is_refused() {
    let own = "auth required pam_permit.so\naccount required pam_permit.so\n";
    for (word, line) in [
        ("include", "account include more"),
        ("substack", "auth substack more"),
        ("@include", "@include more"),
        ("INCLUDE", "-Account\tINCLUDE\tmore"),
    ] {
        let says = format!(
            "it includes \"more\" by a relative path, and with `confdir` some versions of libpam read /etc/pam.d/more \
             for it; write the absolute path: {word} /more"
        );
        let why = read(&[("vestibule", &format!("{own}{line}\n")), ("more", own)]).unwrap_err();
        assert_eq!(why, format!("/vestibule, line 3: {says}"));
        let inner = read(&[("vestibule", "@include {}/a\n"), ("a", &format!("{own}\n{line}\n")), ("more", own)]);
        assert_eq!(inner.unwrap_err(), format!("/a, line 4: {says}"));
    }
    read(&[("vestibule", "@include {}/a\n"), ("a", "auth include {}/b\naccount include {}/b\n"), ("b", own)]).unwrap();
    // Vestibule never asks for these.
    read(&[("vestibule", &format!("{own}session include more\npassword include more\n"))]).unwrap();
}

// C46
#[test]
fn a_line_that_versions_of_libpam_read_differently_is_refused() {
    let own = "auth required pam_permit.so\naccount required pam_permit.so\n";
    let long = "x".repeat(1001);
    for (lines, says) in [
        ("auth required pam_permit.so \\ # more\n", "line 3: `\\` before a comment does not continue the line"),
        ("auth required pam_permit.so \\\n\naccount include /x\n", "line 4: the line before ends in `\\`"),
        ("auth required pam_permit.so \\\n # x\naccount include /x\n", "line 4: the line before ends in `\\`"),
        ("auth required pam_permit.so \\", "line 3: the file ends after a `\\`"),
        ("auth required pam_permit.so \0\n", "holds a NUL byte"),
        (&format!("# {long}\n"), "line 3: some versions of libpam take the rest of a line after 1,000 bytes"),
        (&format!("auth required pam_permit.so \\\n {long}\n"), "line 4: some versions"),
        // To libpam, a no-break space belongs to the name.
        ("auth include {}/more\u{a0}x\n", "line 3: it includes \"/more\\u{a0}x\", which does not exist"),
    ] {
        let read = read(&[("vestibule", &format!("{own}{lines}")), ("more", own)]);
        assert!(read.as_ref().is_err_and(|why| why.contains(says)), "{lines:?}: {read:?}");
    }
}

#[test]
fn a_folder_that_this_libpam_does_not_read_is_not_looked_at() {
    let here = Places::new(None, Some(b"\0/etc/pam.d/%s\0/usr/lib/pam.d/%s\0"));
    assert_eq!(here.services(), [Path::new("/etc/pam.d"), Path::new("/usr/lib/pam.d")]);
    let vendor = Places::new(None, Some(b"\0/etc/pam.d/%s\0/usr/lib/pam.d/%s\0/usr/etc/pam.d/%s\0"));
    assert_eq!(vendor.services().len(), 3);
    assert!(here.included("@include", "common-auth").unwrap_err().contains("only Debian has; write `auth include"));
}

#[test]
fn a_file_that_changed_after_it_was_read_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().to_str().unwrap();
    let (own, more) = (folder.path().join("vestibule"), folder.path().join("more"));
    std::fs::write(&own, format!("@include {}\n", more.display())).unwrap();
    std::fs::write(&more, "auth required pam_permit.so\naccount required pam_permit.so\n").unwrap();
    let service = Service::read("vestibule", &Places::new(Some(named), None)).unwrap();
    service.check_unchanged().unwrap();
    std::fs::write(&more, "auth required pam_permit.so\n").unwrap();
    let why = service.check_unchanged().unwrap_err().why;
    assert!(why.starts_with(&format!("{} was changed while libpam read it; ", more.display())), "{why}");
}

#[test]
fn a_program_of_pam_exec_that_cannot_run_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let good = script("good", "#!/bin/sh\n", 0o755);
    let plain = script("plain", "#!/bin/sh\n", 0o644);
    let windows = script("windows", "#!/bin/sh\r\nexit 0\r\n", 0o755);
    let orphan = script("orphan", "#!/gone/python\n", 0o755);
    let faults = |control: &str, arguments: &str| {
        let lines =
            format!("auth {control} pam_exec.so {arguments}\nauth required pam_a.so\naccount required pam_a.so\n");
        let service = read(&[("vestibule", &lines)]).unwrap();
        (service.program_fault(), service.other_program_fault())
    };
    assert_eq!(faults("required", &format!("quiet expose_authtok log=/x {good} a b")), (None, None));
    assert_eq!(faults("required", "type=account /gone/x"), (None, None));
    for (arguments, says) in [
        ("quiet", "has a line for pam_exec.so without a program; "),
        ("TYPE=auth /gone/x", "the program /gone/x, which does not exist; correct its path"),
        ("expose_authtok /", "the program /, which is not a file; "),
        (&plain, "which the service's user may not execute; chmod +x "),
        (&windows, "which has the line ends of Windows; "),
        (&orphan, "which needs /gone/python, which does not exist; "),
    ] {
        let (decides, other) = faults("required", arguments);
        assert!(decides.as_ref().is_some_and(|fault| fault.contains(says)) && other.is_none(), "{decides:?}");
        let (decides, other) = faults("optional", arguments);
        assert!(other.as_ref().is_some_and(|fault| fault.contains(says)) && decides.is_none(), "{other:?}");
    }
}
