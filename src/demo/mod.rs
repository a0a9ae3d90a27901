//! The demo: everything that stands around Vestibule when somebody tries it alone on one machine.

pub mod provider;
