//! The keys of `kind = "password"`.

use crate::config::reader::{Fault, Section, integer};
use crate::passwords::pool::half_of_the_cores;
use crate::passwords::{Cost, HashingSettings, Pepper};

/// Reads the keys of this kind, in addition to those that all kinds share.
pub fn parse(section: &mut Section) -> Option<HashingSettings> {
    for key in ["groups_claim", "groups", "allow_private", "ca_file"] {
        let fault = Fault::new("has no meaning for our own accounts");
        section.reject_key(key, fault.fix("leave it out; `vestibule user group add` puts them into groups"));
    }
    let cost = cost(section);
    let pepper = pepper(section, "pepper");
    let former_pepper = former_pepper(section);
    let at_once = section.optional("at_once", integer(1..=256));
    let queue = section.optional("queue", integer(0..=10_000));
    Some(HashingSettings {
        cost: cost?,
        pepper,
        former_pepper,
        at_once: at_once.map_or_else(half_of_the_cores, count),
        queue: queue.map_or(32, count),
    })
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Memory in MiB, and the fewest passes with it. OWASP's Password Storage Cheat Sheet calls these pairs equally strong.
const MIN_COSTS: [(u32, u32); 5] = [(46, 1), (19, 2), (12, 3), (9, 4), (7, 5)];

fn cost(section: &mut Section) -> Option<Cost> {
    let (least, most) = (MIN_COSTS.map(|(mib, _)| mib).into_iter().min().unwrap_or(7), 1_024);
    let mib = section.has("memory_mib").then(|| section.optional("memory_mib", integer(least..=most)));
    let passes = section.has("passes").then(|| section.optional("passes", integer(1..=64)));
    let lanes = section.has("lanes").then(|| section.optional("lanes", integer(1..=16)));
    let (mib, passes, lanes) = (mib.unwrap_or(Some(19))?, passes.unwrap_or(Some(2))?, lanes.unwrap_or(Some(1))?);
    if !MIN_COSTS.iter().any(|(least_mib, least_passes)| mib >= *least_mib && passes >= *least_passes) {
        let key = if section.has("memory_mib") { "memory_mib" } else { "passes" };
        let what = format!("makes hashes that are too cheap to guess: {mib} MiB, {passes} passes");
        section.note_fault(
            key,
            Fault::new(what).fix("the least are 46 MiB with 1 pass, 19 with 2, 12 with 3, 9 with 4, 7 with 5"),
        );
        return None;
    }
    Cost::new(mib, passes, lanes)
}

fn pepper(section: &mut Section, key: &str) -> Option<Pepper> {
    let placed = section.secret(key)?;
    let pepper = Pepper::new(placed.value);
    if pepper.is_none() {
        let twin = format!("{key}_file");
        let key = if section.has(key) { key } else { &twin };
        let fault = Fault::new("holds fewer than 32 characters, which could be guessed");
        section.note_fault(key, fault.fix("make one: openssl rand -base64 32"));
    }
    pepper
}

fn former_pepper(section: &mut Section) -> Option<Pepper> {
    let alone = !section.has("pepper") && !section.has("pepper_file");
    let former = pepper(section, "former_pepper");
    for key in ["former_pepper", "former_pepper_file"] {
        if alone && section.has(key) {
            let fault = Fault::new("names a former pepper, but there is no current one");
            section.note_fault(key, fault.fix("add pepper_file: a pepper can be changed, but not removed"));
        }
    }
    former
}
