//! Cycles of imports: files that name each other, directly or through others.
//!
//! A part of a module may name the module itself, whose types all parts share. All other imports must go in one
//! direction, so that a reader can begin at one end. Tests don't count.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{NamedPath, module_of, named_paths_with};
use super::source::Source;

type Module = Vec<String>;

/// Every cycle among these files, one line each.
pub fn cycles(sources: &[Source]) -> Vec<String> {
    let found = ImportGraph::of(sources).cycles();
    found.iter().map(|cycle| format!("an import cycle: {}", cycle.join(", "))).collect()
}

/// For each file, the files that it names, and the names that it uses.
struct ImportGraph<'s>(BTreeMap<&'s str, BTreeMap<&'s str, BTreeSet<String>>>);

impl<'s> ImportGraph<'s> {
    fn of(sources: &'s [Source]) -> Self {
        let files = Files::of(sources);
        let mut imports: BTreeMap<&str, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
        for (from, names) in &files.names {
            let home = owned(&module_of(from));
            for named in names {
                let Some((module, name)) = files.resolve(&named.path) else { continue };
                if home.starts_with(&module) {
                    continue;
                }
                let Some(to) = files.modules.get(&module) else { continue };
                imports.entry(from).or_default().entry(to).or_default().insert(name);
            }
        }
        Self(imports)
    }

    fn reachable_from(&self, from: &str) -> BTreeSet<&'s str> {
        let (mut found, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(from) = next.pop() {
            for to in self.0.get(from).into_iter().flat_map(BTreeMap::keys) {
                if found.insert(*to) {
                    next.push(to);
                }
            }
        }
        found
    }

    /// Each set of files that reach each other, as the list of its imports: `a.rs -> b.rs (names)`.
    fn cycles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.0.keys().map(|from| (*from, self.reachable_from(from))).collect();
        let mut cycles: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
        for (from, to) in &reached {
            if to.contains(from) {
                let back = |other: &&&str| reached.get(**other).is_some_and(|reached| reached.contains(from));
                cycles.insert(to.iter().filter(back).copied().collect());
            }
        }
        let within = |cycle: BTreeSet<&str>| {
            let imports = self.0.iter().filter(|(from, _)| cycle.contains(*from)).flat_map(|(from, to)| {
                let inner = to.iter().filter(|(to, _)| cycle.contains(*to));
                inner.map(move |(to, names)| {
                    format!("{from} -> {to} ({})", names.iter().cloned().collect::<Vec<_>>().join(" "))
                })
            });
            imports.collect()
        };
        cycles.into_iter().map(within).collect()
    }
}

/// The files by their modules, and the paths that each names outside its tests.
struct Files<'s> {
    modules: BTreeMap<Module, &'s str>,
    names: BTreeMap<&'s str, Vec<NamedPath>>,
}

impl<'s> Files<'s> {
    fn of(sources: &'s [Source]) -> Self {
        let modules: BTreeMap<Module, &str> =
            sources.iter().map(|source| (owned(&module_of(&source.path)), source.path.as_str())).collect();
        let is_test = |path: &[String]| path.iter().any(|module| module == "tests");
        let code = sources.iter().filter(|source| !is_test(&owned(&module_of(&source.path))));
        let names = code.map(|source| {
            let mut named = named_paths_with(source, |path| modules.contains_key(path));
            named.retain(|named| !is_test(&named.within));
            (source.path.as_str(), named)
        });
        let names = names.collect();
        Self { modules, names }
    }

    /// The module that defines the last name of a path. A module may re-export names of another.
    fn resolve(&self, path: &[String]) -> Option<(Module, String)> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let length = (1..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
            let (module, rest) = path.split_at(length);
            let Some(name) = rest.first() else { return Some((module.to_vec(), "self".into())) };
            let file = self.modules.get(module)?;
            let names = self.names.get(file).map(Vec::as_slice).unwrap_or_default();
            let reexport = names.iter().find(|named| named.alias == *name && named.within == module);
            let reexport = reexport.filter(|reexport| reexport.path != path && reexport.path.len() > 1);
            let Some(reexport) = reexport else { return Some((module.to_vec(), name.clone())) };
            path = reexport.path.iter().chain(&rest[1..]).cloned().collect();
        }
        None
    }
}

fn owned(module: &[&str]) -> Module {
    module.iter().map(|name| (*name).to_owned()).collect()
}

mod tests;
