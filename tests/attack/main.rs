//! Attacks: what another site, a changed provider or an impatient crowd could try, tried on the whole of Vestibule.

#[cfg(test)]
mod doors;
#[cfg(test)]
mod providers;

// The house of the stories, and the people in it.
#[cfg(test)]
#[path = "../story/browser.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod browser;
#[cfg(test)]
#[path = "../story/house.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod house;
#[cfg(test)]
#[path = "../story/page.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod page;
#[cfg(test)]
#[path = "../story/plan.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod plan;
#[cfg(test)]
#[path = "../story/upstream/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the stories use more of it")]
mod upstream;
