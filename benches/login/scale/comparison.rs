//! Two servers under the same load in turn, so that other work of the machine affects both equally.

use std::time::Duration;

use crate::Failed;
use crate::deployment::Deployment;
use crate::load::{self, CompletedLogins, Load};
use crate::login_client::LoginClient;
use crate::server::Server;

/// A server whose people have all signed in once.
#[derive(Debug)]
pub struct RunningServer {
    pub server: Server,
    pub client: LoginClient,
}

impl RunningServer {
    /// Starts a server, and signs everybody in once, which makes missing accounts.
    pub async fn open(deployment: &Deployment) -> Result<Self, Failed> {
        let server = deployment.serve().await?;
        let client = LoginClient::connect(deployment).await?;
        load::each_person_once(&client).await?;
        Ok(Self { server, client })
    }
}

/// The loads of both servers.
#[derive(Debug)]
pub struct Comparison {
    without: Vec<Load>,
    with: Vec<Load>,
}

impl Comparison {
    pub async fn measure(
        rounds: u32,
        [without, with]: [&RunningServer; 2],
        work: impl AsyncFn(&LoginClient) -> Result<CompletedLogins, Failed>,
    ) -> Result<Self, Failed> {
        let turn = async |server: &RunningServer| Load::measure(&server.server, work(&server.client)).await;
        let mut comparison = Self { without: Vec::new(), with: Vec::new() };
        for round in 0..rounds {
            // The order alternates, so that neither server gains from it.
            if round % 2 == 0 {
                comparison.without.push(turn(without).await?);
                comparison.with.push(turn(with).await?);
            } else {
                comparison.with.push(turn(with).await?);
                comparison.without.push(turn(without).await?);
            }
        }
        Ok(comparison)
    }

    pub fn sums(&self) -> [Load; 2] {
        [Load::sum(&self.without), Load::sum(&self.with)]
    }

    /// The ratio over all turns, with the smallest and the largest ratio of a round as its uncertainty.
    pub fn ratio(&self, figure: impl Fn(&Load) -> Duration) -> String {
        let of = |without: &Load, with: &Load| figure(with).as_secs_f64() / figure(without).as_secs_f64().max(1e-9);
        let [without, with] = self.sums();
        let rounds = self.without.iter().zip(&self.with).map(|(without, with)| of(without, with));
        let (least, most) = rounds.fold((f64::MAX, 0.0_f64), |(least, most), one| (least.min(one), most.max(one)));
        format!("**{:.2}** ({least:.2}–{most:.2})", of(&without, &with))
    }
}
