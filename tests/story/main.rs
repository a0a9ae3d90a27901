//! Stories: the whole of Vestibule over HTTP, against an upstream of our own that can misbehave.

#[cfg(test)]
mod another;
#[cfg(test)]
mod authserver;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod channel;
#[cfg(test)]
mod choice;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod database;
#[cfg(test)]
mod encoding;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod guesses;
#[cfg(test)]
mod house;
#[cfg(test)]
mod lies;
#[cfg(test)]
mod log;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod own_password;
#[cfg(test)]
mod page;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod switches;
#[cfg(test)]
mod toy_kind;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod upstream_as_it_claims;
#[cfg(test)]
mod waits;
#[cfg(test)]
mod walk;
