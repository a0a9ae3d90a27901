//! Costs that must not grow with accounts, providers, apps, or a provider that hangs, as ratios; and the search.

mod accounts;
mod builds;
mod durable;
mod providers;
pub mod search;
mod unresponsive_provider;
mod userinfo;
pub mod comparison;
pub mod row;

use std::fmt::{self, Display};
use std::path::Path;

use crate::{Failed, Options};
use row::{Row, rows};
use search::Search;

/// All comparisons of two servers, and the search of accounts.
#[derive(Debug)]
pub struct Scale(Vec<Row>, Option<Search>);

impl Scale {
    pub async fn measure(options: &Options) -> Result<Self, Failed> {
        let mut rows = accounts::many(options).await?;
        rows.extend(providers::many(options).await?);
        rows.extend(providers::presets(options).await?);
        rows.extend(unresponsive_provider::one(options).await?);
        rows.extend(userinfo::one(options).await?);
        rows.extend(durable::full(options).await?);
        Ok(Self(rows, Some(Search::measure(options.accounts).await?)))
    }

    /// Compares only this build with another one.
    pub async fn against(binary: &Path, options: &Options) -> Result<Self, Failed> {
        Ok(Self(builds::compare(binary, options).await?, None))
    }
}

impl Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(compared, search) = self;
        rows(f, compared)?;
        search.as_ref().map_or(Ok(()), |search| write!(f, "\n{search}"))
    }
}
