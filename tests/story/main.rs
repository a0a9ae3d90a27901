//! Stories: the whole of Vestibule over HTTP, against an upstream of our own that can misbehave.

#[cfg(test)]
mod upstream;
#[cfg(test)]
mod upstream_as_it_claims;
