//! The keys of `kind = "password"`.

use crate::config::reader::{Fault, Section, whole};
use crate::passwords::pool::half_of_the_cores;
use crate::passwords::{Cost, HashingSettings, Pepper};

/// Reads the keys of this kind, beside those that all kinds share.
pub fn parse(section: &mut Section) -> Option<HashingSettings> {
    for key in ["groups_claim", "groups", "allow_private", "ca_file"] {
        let fault = Fault::new("has no meaning for our own accounts");
        section.out_of_place(key, fault.fix("leave it out; `vestibule user group add` puts them into groups"));
    }
    let cost = cost(section);
    let pepper = pepper(section, "pepper");
    let former_pepper = former_pepper(section);
    let at_once = section.optional("at_once", whole(1..=256));
    let queue = section.optional("queue", whole(0..=10_000));
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

/// Memory in MiB, and the fewest passes with it. OWASP's Password Storage Cheat Sheet calls them equally strong.
const LEAST: [(u32, u32); 5] = [(46, 1), (19, 2), (12, 3), (9, 4), (7, 5)];

fn cost(section: &mut Section) -> Option<Cost> {
    let (least, most) = (LEAST.map(|(mib, _)| mib).into_iter().min().unwrap_or(7), 1_024);
    let mib = section.has("memory_mib").then(|| section.optional("memory_mib", whole(least..=most)));
    let passes = section.has("passes").then(|| section.optional("passes", whole(1..=64)));
    let lanes = section.has("lanes").then(|| section.optional("lanes", whole(1..=16)));
    let (mib, passes, lanes) = (mib.unwrap_or(Some(19))?, passes.unwrap_or(Some(2))?, lanes.unwrap_or(Some(1))?);
    if !LEAST.iter().any(|(least_mib, least_passes)| mib >= *least_mib && passes >= *least_passes) {
        let key = if section.has("memory_mib") { "memory_mib" } else { "passes" };
        let what = format!("makes hashes that are too cheap to guess: {mib} MiB, {passes} passes");
        section.wrong(
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
        section.wrong(key, fault.fix("make one: openssl rand -base64 32"));
    }
    pepper
}

fn former_pepper(section: &mut Section) -> Option<Pepper> {
    let alone = !section.has("pepper") && !section.has("pepper_file");
    let former = pepper(section, "former_pepper");
    for key in ["former_pepper", "former_pepper_file"] {
        if alone && section.has(key) {
            let fault = Fault::new("names a pepper before the one that is not there");
            section.wrong(key, fault.fix("add pepper_file: a pepper can be changed, and not be given up"));
        }
    }
    former
}
