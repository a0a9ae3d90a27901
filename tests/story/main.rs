//! Stories: the whole of Vestibule over HTTP, against an upstream of our own that can misbehave.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod choice;
#[cfg(test)]
mod house;
#[cfg(test)]
mod lies;
#[cfg(test)]
mod log;
#[cfg(test)]
mod page;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod upstream_as_it_claims;
#[cfg(test)]
mod walk;
