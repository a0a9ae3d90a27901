//! A whole sign-in with each preset, at a provider that answers as its documentation shows.
//!
//! The addresses are those of the fake provider. All other keys come from the preset, so that it is tested itself.

mod marketplaces;
mod organisations;
mod own_hosts;
mod public_services;
mod sample;
mod social_networks;

use std::collections::BTreeSet;

use tokio::task::JoinHandle;
use vestibule::upstream::presets;

use self::sample::Sample;

/// Presets that have a test double of their own, and stories with it.
const WITH_A_DOUBLE_OF_THEIR_OWN: &[&str] =
    &["apple", "bitbucket", "facebook", "github", "github-enterprise", "google", "microsoft", "slack"];

fn samples() -> Vec<Sample> {
    let of_all =
        [organisations::samples(), social_networks::samples(), marketplaces::samples(), public_services::samples()];
    of_all.into_iter().flatten().collect()
}

#[test]
fn every_preset_has_a_story_of_a_whole_sign_in() {
    let samples = samples();
    let own = WITH_A_DOUBLE_OF_THEIR_OWN.iter().copied();
    let told: Vec<_> = samples.iter().map(|sample| sample.preset).chain(own).collect();
    let presets: BTreeSet<_> = presets::all().iter().map(|preset| preset.name).collect();
    assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), presets);
    assert_eq!(told.len(), presets.len(), "one of them twice: {told:?}");
}

// C4, C12, C15, C17, C22
#[tokio::test]
async fn a_person_signs_in_with_each_preset() {
    each_must_pass(|sample| tokio::spawn(async move { sample.assert_sign_in().await })).await;
}

#[tokio::test]
async fn a_refusal_in_the_providers_own_words_ends_the_sign_in() {
    each_must_pass(|sample| tokio::spawn(async move { sample.assert_refusal().await })).await;
}

/// Runs all, so that a failure names each preset that is broken.
async fn each_must_pass(story: impl Fn(Sample) -> JoinHandle<()>) {
    let running: Vec<_> = samples().into_iter().map(|sample| (sample.preset, story(sample))).collect();
    let mut broken = Vec::new();
    for (preset, story) in running {
        if story.await.is_err() {
            broken.push(preset);
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}
