//! Attacks: what another site, a changed provider or an impatient crowd could try, tried on all of Vestibule.

mod cross_site;
mod providers;
mod sessions;
