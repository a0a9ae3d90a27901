//! Reports the keys that presets set.

use crate::config::{Config, Environment, Expanded, expansions};
use crate::upstream::probe::{FindingSink, Reporter};
use crate::upstream::{KINDS, ProviderSettings};

/// Each key that the file leaves to a preset, with its value.
pub fn report(config: &Config<ProviderSettings>, sink: FindingSink<'_>) {
    for Expanded { provider, preset, added } in expansions(&config.file, &Environment::of_process(), &KINDS) {
        let mut reporter = Reporter::new(format!("provider {provider}"), sink);
        reporter.good(format!("preset {}: kind = {:?}", preset.name, preset.base));
        for (key, value) in added {
            reporter.good(format!("preset {}: {key} = {value}", preset.name));
        }
    }
}
