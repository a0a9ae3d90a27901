//! The stages of a sign-in, in order: a stage names only itself and earlier stages.

use super::paths::{module_of, named_paths};
use super::rules::fault_at;
use super::source::Source;

/// The modules of `signin/` in order: first the types that all stages share, then the stages.
const ORDER: [&str; 10] =
    ["account", "app", "arrive", "challenge", "identify", "link", "permit", "remembered_profile", "seal", "send"];
/// Test samples, which use all stages.
const SAMPLES: &str = "samples";

/// Every name of a later stage in a file of `signin/`. Tests may name all stages.
pub fn later_stages(source: &Source) -> Vec<String> {
    let home = module_of(&source.path);
    let ["signin", own, ..] = home[..] else { return Vec::new() };
    if own == SAMPLES || home.contains(&"tests") {
        return Vec::new();
    }
    let Some(place) = place(own) else {
        return vec![fault_at(
            source,
            1,
            &format!("`{own}` has no place in the order of tests/architecture/stages.rs"),
        )];
    };
    let names = named_paths(source).into_iter().filter(|named| !named.within.iter().any(|module| module == "tests"));
    names
        .filter_map(|named| {
            let [folder, other, ..] = &named.path[..] else { return None };
            let is_earlier = folder != "signin" || self::place(other).is_some_and(|other| other <= place);
            (!is_earlier).then(|| fault_at(source, named.line, &format!("the stage {own} names {other}, a later one")))
        })
        .collect()
}

fn place(stage: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == stage)
}
