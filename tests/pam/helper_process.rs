//! The process that PAM is asked in: what it may, how long it lives, and what is left of it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use vestibule::signin::identify::password::NotAccepted;

use super::{Site, check, trouble};

/// A service that runs a script at a login, and lets everybody in if that ends well.
fn running(script: &str) -> Site {
    let lines = "auth required pam_exec.so quiet {folder}/script\naccount required pam_permit.so\n";
    Site::with(lines).script("script", script)
}

fn number_in(path: &Path) -> u32 {
    fs::read_to_string(path).unwrap().trim().parse().unwrap()
}

/// A whole line: the shell makes the file before it writes.
fn is_written(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.ends_with('\n'))
}

/// The helper's process, once the script has begun.
async fn begun(site: &Site) -> u32 {
    while !is_written(&site.path("helper")) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    number_in(&site.path("helper"))
}

fn lives(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

// C46
#[tokio::test]
async fn a_module_that_hangs_is_killed_with_all_that_it_started() {
    let site = running(
        "echo $PPID > {folder}/helper; (setsid sh -c 'echo $$ > {folder}/stray; exec sleep 300' &); sleep 300 & echo \
         $! > {folder}/sleep; wait",
    );
    let started = ["helper", "sleep", "stray"];
    // A slow machine may need more time to start them all.
    let mut seconds = 2;
    loop {
        let begun = Instant::now();
        let trouble = trouble(check(&site.patient(Duration::from_secs(seconds)), "daemon", "pw").await);
        assert!(begun.elapsed() < Duration::from_secs(200), "{:?}", begun.elapsed());
        assert_eq!(
            trouble.why,
            format!(
                "no answer within {seconds} s, so it was killed; look at the modules that the service names, and at \
                 what they ask"
            )
        );
        if started.iter().all(|name| is_written(&site.path(name))) {
            break;
        }
        seconds *= 2;
        assert!(seconds < 100, "not all of {started:?} were started");
    }
    for name in started {
        assert!(!lives(number_in(&site.path(name))), "{name} is killed and buried");
    }
}

// C46
#[tokio::test]
async fn what_a_module_leaves_running_ends_with_the_helper() {
    let site = running("setsid sleep 300 & echo $! > {folder}/stray");
    check(&site.module(), "daemon", "pw").await.unwrap();
    assert!(!lives(number_in(&site.path("stray"))));
}

#[tokio::test]
async fn nobody_who_gives_up_waiting_leaves_a_helper_behind_for_longer_than_its_time() {
    let site = running("echo $PPID > {folder}/helper; sleep 300");
    let module = site.patient(Duration::from_secs(10));
    let helper = tokio::select! {
        said = check(&module, "daemon", "pw") => panic!("it hangs: {said:?}"),
        helper = begun(&site) => helper,
    };
    let late = Instant::now() + Duration::from_mins(1);
    while lives(helper) {
        assert!(Instant::now() < late, "the helper is left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_module_that_falls_over_takes_nothing_else_down() {
    let site = running("kill -ABRT $PPID; sleep 1");
    let trouble = trouble(check(&site.module(), "daemon", "pw").await);
    assert!(trouble.why.contains("ended without an answer"), "{trouble}");
    assert!(!trouble.why.contains("core dumped"), "{trouble}");
}

#[tokio::test]
async fn more_than_can_wait_are_told_so_at_once() {
    let site = running("sleep 300");
    let module = site.patient(Duration::from_secs(4));
    let checks = (0..40).map(|_| check(&module, "daemon", "pw"));
    let said = join_all(checks).await;
    // In the order in which they were told.
    let (busy, hung) = said.split_at(36);
    assert!(busy.iter().all(|said| matches!(said, Err(NotAccepted::Busy(_)))), "{said:?}");
    assert!(hung.iter().all(|said| matches!(said, Err(NotAccepted::NotAvailable(_)))), "{said:?}");
}

async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.map(Box::pin).collect();
    let mut said = Vec::new();
    std::future::poll_fn(move |context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(done) => {
                said.push(done);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(std::mem::take(&mut said)) } else { std::task::Poll::Pending }
    })
    .await
}

// C46
#[tokio::test]
async fn the_helper_has_given_up_what_no_module_needs() {
    let site = running(
        "cp /proc/$PPID/status {folder}/status; cp /proc/$PPID/limits {folder}/limits; tr '\\000' ' ' < \
         /proc/$PPID/cmdline > {folder}/cmdline; cut -d' ' -f6,7 /proc/$PPID/stat > {folder}/stat; pwd > {folder}/cwd",
    );
    check(&site.module(), "daemon", "the password").await.unwrap();
    let read = |name: &str| fs::read_to_string(site.path(name)).unwrap();
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
    let site = running("echo $PPID > {folder}/helper; sleep 300");
    let module = site.patient(Duration::from_secs(250));
    let look = async {
        let helper = begun(&site).await;
        // Nobody but root may look: it is not to be read by a debugger.
        let Ok(open) = fs::read_dir(format!("/proc/{helper}/fd")) else {
            assert!(!rustix_is_root());
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
        said = check(&module, "daemon", "pw") => panic!("it hangs: {said:?}"),
        () = look => {}
    }
    drop(ours);
}

fn rustix_is_root() -> bool {
    fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t0\t0\t")
}
