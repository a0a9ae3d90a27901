//! The helper process that calls PAM: its privileges, its timeout, and its cleanup.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use vestibule::signin::identify::password::NotAccepted;

use super::{Fixture, check, trouble};

/// A service that runs a script at each login, and accepts everybody if the script succeeds.
fn fixture_with_script(script: &str) -> Fixture {
    let lines = "auth required pam_exec.so quiet {folder}/script\naccount required pam_permit.so\n";
    Fixture::with(lines).script("script", script)
}

fn number_in(path: &Path) -> u32 {
    fs::read_to_string(path).unwrap().trim().parse().unwrap()
}

/// Whether the file has a whole line: the shell creates it before it writes.
fn is_written(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.ends_with('\n'))
}

/// The helper's process id, once the script runs.
async fn helper_pid(fixture: &Fixture) -> u32 {
    while !is_written(&fixture.path("helper")) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    number_in(&fixture.path("helper"))
}

fn is_running(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

// C46
#[tokio::test]
async fn a_helper_that_hangs_is_killed_with_all_its_processes() {
    let fixture = fixture_with_script(
        "echo $PPID > {folder}/helper; (setsid sh -c 'echo $$ > {folder}/stray; exec sleep 300' &); sleep 300 & echo \
         $! > {folder}/sleep; wait",
    );
    let started = ["helper", "sleep", "stray"];
    // A slow machine may need more time to start all processes.
    let mut seconds = 2;
    loop {
        let started_at = Instant::now();
        let trouble = trouble(check(&fixture.module_with_timeout(Duration::from_secs(seconds)), "daemon", "pw").await);
        assert!(started_at.elapsed() < Duration::from_secs(200), "{:?}", started_at.elapsed());
        assert_eq!(
            trouble.why,
            format!(
                "no answer within {seconds} s, so it was killed; look at the modules that the service names, and at \
                 what they ask"
            )
        );
        if started.iter().all(|name| is_written(&fixture.path(name))) {
            break;
        }
        seconds *= 2;
        assert!(seconds < 100, "not all of {started:?} were started");
    }
    for name in started {
        assert!(!is_running(number_in(&fixture.path(name))), "{name} still runs");
    }
}

// C46
#[tokio::test]
async fn processes_left_by_a_pam_module_end_with_the_helper() {
    let fixture = fixture_with_script("setsid sleep 300 & echo $! > {folder}/stray");
    check(&fixture.module(), "daemon", "pw").await.unwrap();
    assert!(!is_running(number_in(&fixture.path("stray"))));
}

#[tokio::test]
async fn a_cancelled_check_leaves_no_helper_after_the_timeout() {
    let fixture = fixture_with_script("echo $PPID > {folder}/helper; sleep 300");
    let module = fixture.module_with_timeout(Duration::from_secs(10));
    let helper = tokio::select! {
        result = check(&module, "daemon", "pw") => panic!("it hangs: {result:?}"),
        helper = helper_pid(&fixture) => helper,
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    while is_running(helper) {
        assert!(Instant::now() < deadline, "the helper still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_helper_that_crashes_fails_only_its_own_check() {
    let fixture = fixture_with_script("kill -ABRT $PPID; sleep 1");
    let trouble = trouble(check(&fixture.module(), "daemon", "pw").await);
    assert!(trouble.why.contains("ended without an answer"), "{trouble}");
    assert!(!trouble.why.contains("core dumped"), "{trouble}");
}

#[tokio::test]
async fn checks_beyond_the_queue_are_refused_at_once() {
    let fixture = fixture_with_script("sleep 300");
    let module = fixture.module_with_timeout(Duration::from_secs(4));
    let checks = (0..40).map(|_| check(&module, "daemon", "pw"));
    let results = join_all(checks).await;
    // In the order in which they were answered.
    let (busy, hung) = results.split_at(36);
    assert!(busy.iter().all(|result| matches!(result, Err(NotAccepted::Busy(_)))), "{results:?}");
    assert!(hung.iter().all(|result| matches!(result, Err(NotAccepted::NotAvailable(_)))), "{results:?}");
}

async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.map(Box::pin).collect();
    let mut results = Vec::new();
    std::future::poll_fn(move |context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(done) => {
                results.push(done);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(std::mem::take(&mut results)) } else { std::task::Poll::Pending }
    })
    .await
}

// C46
#[tokio::test]
async fn the_helper_keeps_only_the_capabilities_that_modules_need() {
    let fixture = fixture_with_script(
        "cp /proc/$PPID/status {folder}/status; cp /proc/$PPID/limits {folder}/limits; tr '\\000' ' ' < \
         /proc/$PPID/cmdline > {folder}/cmdline; cut -d' ' -f6,7 /proc/$PPID/stat > {folder}/stat; pwd > {folder}/cwd",
    );
    check(&fixture.module(), "daemon", "the password").await.unwrap();
    let read = |name: &str| fs::read_to_string(fixture.path(name)).unwrap();
    let status = read("status");
    let of = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        u64::from_str_radix(line.trim_start_matches(':').trim(), 16).unwrap()
    };
    // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, SETGID, SETUID, AUDIT_WRITE
    let kept = 0b1111 | 1 << 6 | 1 << 7 | 1 << 29;
    assert_eq!((of("CapPrm") & !kept, of("CapEff") & !kept, of("CapInh") & !kept), (0, 0, 0));
    if fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t0\t") {
        assert_eq!(of("CapBnd") & !kept, 0, "the bounding set allows no others");
    }
    let core = read("limits").lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"]);
    // Every user may read the command line, so it holds neither name nor password.
    assert_eq!(read("cmdline").trim(), "vestibule pam-helper");
    assert_eq!(read("cwd").trim(), "/");
    let stat = read("stat");
    let (session, terminal) = stat.trim().split_once(' ').unwrap();
    assert_eq!((session.parse::<u32>().is_ok(), terminal), (true, "0"), "a session of its own, without a terminal");
}

#[tokio::test]
async fn the_helper_inherits_no_open_files_and_no_environment() {
    let ours = fs::File::open("/etc/hostname").unwrap();
    let fixture = fixture_with_script("echo $PPID > {folder}/helper; sleep 300");
    let module = fixture.module_with_timeout(Duration::from_secs(250));
    let look = async {
        let helper = helper_pid(&fixture).await;
        // The helper is not dumpable, so only root may read its files.
        let Ok(open) = fs::read_dir(format!("/proc/{helper}/fd")) else {
            assert!(!is_root());
            return;
        };
        let open: Vec<_> = open.map(|entry| fs::read_link(entry.unwrap().path()).unwrap()).collect();
        for held in &open {
            let held = held.to_str().unwrap();
            assert!(held == "/dev/null" || held.starts_with("socket:") || held.starts_with("pipe:"), "{open:?}");
        }
        assert_eq!(fs::read(format!("/proc/{helper}/environ")).unwrap(), b"");
    };
    tokio::select! {
        result = check(&module, "daemon", "pw") => panic!("it hangs: {result:?}"),
        () = look => {}
    }
    drop(ours);
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t0\t0\t")
}
