//! The process that PAM is asked in: what it may, how long it lives, and what is left of it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use vestibule::signin::identify::password::NotAccepted;

use super::{Fixture, check, trouble};

/// A service that runs a script at a login, and lets everybody in if that ends well.
fn fixture_with_script(script: &str) -> Fixture {
    let lines = "auth required pam_exec.so quiet {folder}/script\naccount required pam_permit.so\n";
    Fixture::with(lines).script("script", script)
}

fn number_in(path: &Path) -> u32 {
    fs::read_to_string(path).unwrap().trim().parse().unwrap()
}

/// A whole line: the shell makes the file before it writes.
fn is_written(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.ends_with('\n'))
}

/// The helper's process, once the script has begun.
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
async fn a_module_that_hangs_is_killed_with_all_that_it_started() {
    let fixture = fixture_with_script(
        "echo $PPID > {folder}/helper; (setsid sh -c 'echo $$ > {folder}/stray; exec sleep 300' &); sleep 300 & echo \
         $! > {folder}/sleep; wait",
    );
    let started = ["helper", "sleep", "stray"];
    // A slow machine may need more time to start them all.
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
        assert!(!is_running(number_in(&fixture.path(name))), "{name} is killed and buried");
    }
}

// C46
#[tokio::test]
async fn what_a_module_leaves_running_ends_with_the_helper() {
    let fixture = fixture_with_script("setsid sleep 300 & echo $! > {folder}/stray");
    check(&fixture.module(), "daemon", "pw").await.unwrap();
    assert!(!is_running(number_in(&fixture.path("stray"))));
}

#[tokio::test]
async fn nobody_who_gives_up_waiting_leaves_a_helper_behind_for_longer_than_its_time() {
    let fixture = fixture_with_script("echo $PPID > {folder}/helper; sleep 300");
    let module = fixture.module_with_timeout(Duration::from_secs(10));
    let helper = tokio::select! {
        result = check(&module, "daemon", "pw") => panic!("it hangs: {result:?}"),
        helper = helper_pid(&fixture) => helper,
    };
    let late = Instant::now() + Duration::from_mins(1);
    while is_running(helper) {
        assert!(Instant::now() < late, "the helper is left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_module_that_falls_over_takes_nothing_else_down() {
    let fixture = fixture_with_script("kill -ABRT $PPID; sleep 1");
    let trouble = trouble(check(&fixture.module(), "daemon", "pw").await);
    assert!(trouble.why.contains("ended without an answer"), "{trouble}");
    assert!(!trouble.why.contains("core dumped"), "{trouble}");
}

#[tokio::test]
async fn more_than_can_wait_are_told_so_at_once() {
    let fixture = fixture_with_script("sleep 300");
    let module = fixture.module_with_timeout(Duration::from_secs(4));
    let checks = (0..40).map(|_| check(&module, "daemon", "pw"));
    let results = join_all(checks).await;
    // In the order in which they were told.
    let (busy, hung) = results.split_at(36);
    assert!(busy.iter().all(|results| matches!(results, Err(NotAccepted::Busy(_)))), "{results:?}");
    assert!(hung.iter().all(|results| matches!(results, Err(NotAccepted::NotAvailable(_)))), "{results:?}");
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
async fn the_helper_has_given_up_what_no_module_needs() {
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
        assert_eq!(of("CapBnd") & !kept, 0, "not to be had back");
    }
    let core = read("limits").lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"]);
    // Neither name nor password stands where everybody may read it.
    assert_eq!(read("cmdline").trim(), "vestibule pam-helper");
    assert_eq!(read("cwd").trim(), "/");
    let stat = read("stat");
    let (session, terminal) = stat.trim().split_once(' ').unwrap();
    assert_eq!((session.parse::<u32>().is_ok(), terminal), (true, "0"), "a session of its own, without a terminal");
}

#[tokio::test]
async fn the_helper_holds_nothing_open_that_is_ours_and_no_word_of_our_environment() {
    let ours = fs::File::open("/etc/hostname").unwrap();
    let fixture = fixture_with_script("echo $PPID > {folder}/helper; sleep 300");
    let module = fixture.module_with_timeout(Duration::from_secs(250));
    let look = async {
        let helper = helper_pid(&fixture).await;
        // Nobody but root may look: it is not to be read by a debugger.
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
