//! Attacks on all of Vestibule: by another site, by a changed provider, and with a stolen session.

mod cross_site;
mod providers;
mod sessions;
