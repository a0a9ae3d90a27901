//! Unreadable files: the config, and secret files.

use std::path::Path;

use vestibule::config::{Environment, load};
use vestibule::upstream::KINDS;

use crate::{APP, PROVIDER, SERVER};

#[test]
fn a_missing_config_is_reported_with_the_command_that_writes_one() {
    let message = load(Path::new("/nowhere/vestibule.toml"), &Environment::default(), &KINDS).unwrap_err().to_string();
    assert_eq!(
        message,
        "/nowhere/vestibule.toml: does not exist; `vestibule init --config /nowhere/vestibule.toml` writes one"
    );
}

#[test]
fn a_config_that_is_not_a_text_file_is_reported_with_its_type() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vestibule.toml");
    let message_for = |path: &Path| load(path, &Environment::default(), &KINDS).unwrap_err().to_string();
    let message = message_for(folder.path());
    assert!(
        message.contains(": is a folder, not a file; name the file in it: --config ") && !message.contains("init"),
        "{message}"
    );
    for (bytes, what) in [
        (&b"[server]\n# Z\xfcrich\n"[..], "vestibule.toml: is not UTF-8 in line 2; save it in UTF-8"),
        (b"\xff\xfe[\0s\0", "vestibule.toml: is in UTF-16, and must be in UTF-8; save it in UTF-8"),
        (b"\x7fELF\0", "vestibule.toml: is not text: line 1 holds a NUL byte; name a config file: --config FILE"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let message = message_for(&file);
        assert!(message.ends_with(what), "{message}");
    }
    let pipe = folder.path().join("pipe.toml");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    for special in [&pipe, Path::new("/dev/zero")] {
        let message = message_for(special);
        assert!(message.ends_with("not a regular file; name a config file: --config FILE"), "{message}");
    }
    std::fs::File::create(&file).unwrap().set_len(3 << 30).unwrap();
    let message = message_for(&file);
    assert!(message.ends_with("vestibule.toml: is larger than 16 MiB; name a config file: --config FILE"), "{message}");
    // A byte order mark and CRLF, as Windows editors write them, are accepted.
    let text = ["\u{feff}", SERVER, PROVIDER, APP].concat().replace('\n', "\r\n");
    std::fs::write(&file, text).unwrap();
    load(&file, &Environment::default(), &KINDS).unwrap();
}

#[test]
fn a_secret_file_that_is_not_a_text_file_is_reported_with_its_type() {
    let folder = tempfile::tempdir().unwrap();
    let (file, secret) = (folder.path().join("vestibule.toml"), folder.path().join("uni.secret"));
    let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", "client_secret_file = \"uni.secret\"");
    std::fs::write(&file, [SERVER, &text, APP].concat()).unwrap();
    let message_for = || load(&file, &Environment::default(), &KINDS).unwrap_err().to_string();
    assert!(message_for().ends_with(
        "`client_secret_file` names a file that does not exist; write the path of a file that exists, relative to the \
         config's folder"
    ));
    for (bytes, what) in [
        (&b""[..], "which is empty"),
        (b"\n", "which is empty"),
        (b"\x00\x9f\x92", "which is not text: line 1 holds a NUL byte; write a secret as text"),
        (b"\xe9t\xe9", "which is not UTF-8 in line 1"),
    ] {
        std::fs::write(&secret, bytes).unwrap();
        let message = message_for();
        assert!(
            message.contains("vestibule.toml:9: [provider.uni] `client_secret_file` names") && message.contains(what),
            "{message}"
        );
    }
    std::fs::remove_file(&secret).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &secret).unwrap();
    assert!(
        message_for()
            .ends_with("which is a pipe, a socket or a device, not a regular file; name a file that holds only this")
    );
    std::fs::remove_file(&secret).unwrap();
    std::fs::create_dir(&secret).unwrap();
    assert!(message_for().ends_with("which is a folder, not a file; name a file in it"));
}
