//! Two servers under the same load by turns: what else the machine does meanwhile meets both alike.

use std::time::Duration;

use crate::Failed;
use crate::house::House;
use crate::load::{self, Load, Through};
use crate::person::Errand;
use crate::server::Server;

/// A server, its people warm.
#[derive(Debug)]
pub struct Here {
    pub server: Server,
    pub errand: Errand,
}

impl Here {
    /// Starts it, and has everybody sign in once: who has no account gets one.
    pub async fn open(house: &House) -> Result<Self, Failed> {
        let server = house.serve().await?;
        let errand = Errand::to(house).await?;
        load::everybody_once(&errand).await?;
        Ok(Self { server, errand })
    }
}

/// What each of them bore.
#[derive(Debug)]
pub struct Turns {
    without: Vec<Load>,
    with: Vec<Load>,
}

impl Turns {
    pub async fn take(
        rounds: u32,
        [without, with]: [&Here; 2],
        work: impl AsyncFn(&Errand) -> Result<Through, Failed>,
    ) -> Result<Self, Failed> {
        let turn = async |here: &Here| Load::under(&here.server, work(&here.errand)).await;
        let mut turns = Self { without: Vec::new(), with: Vec::new() };
        for round in 0..rounds {
            // Who goes first changes, so that neither gains by it.
            if round % 2 == 0 {
                turns.without.push(turn(without).await?);
                turns.with.push(turn(with).await?);
            } else {
                turns.with.push(turn(with).await?);
                turns.without.push(turn(without).await?);
            }
        }
        Ok(turns)
    }

    pub fn sums(&self) -> [Load; 2] {
        [Load::sum(&self.without), Load::sum(&self.with)]
    }

    /// Of all turns together, and of the rounds from the least to the greatest: how much to believe it.
    pub fn ratio(&self, figure: impl Fn(&Load) -> Duration) -> String {
        let of = |without: &Load, with: &Load| figure(with).as_secs_f64() / figure(without).as_secs_f64().max(1e-9);
        let [without, with] = self.sums();
        let rounds = self.without.iter().zip(&self.with).map(|(without, with)| of(without, with));
        let (least, most) = rounds.fold((f64::MAX, 0.0_f64), |(least, most), one| (least.min(one), most.max(one)));
        format!("**{:.2}** ({least:.2}–{most:.2})", of(&without, &with))
    }
}
