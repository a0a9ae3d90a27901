//! The pages of identity admins.

mod account;
mod change;
mod identities;
mod invitation;
mod merge;
mod provider;
mod request;
mod request_link;
mod search;
mod start;

pub use account::{AdminAccountPage, AdminAct, AdminMethod, AdminNotice, AuditLine};
pub use change::{AdminChangePage, ChangeForms, ChangeKind, ChangedIdentity, GroupLink, MethodLeft};
pub use identities::{AdminIdentitiesPage, IdentityLine};
pub use invitation::InvitationPage;
pub use merge::{AdminMergePage, MergeKind, MergeLine, MovedMethod};
pub use provider::{AdminProviderPage, AdminProvidersPage, ProviderAct, ProviderRow, SuspendedRow};
pub use request::{AdminRequestPage, DecisionKind};
pub use request_link::AdminRequestLinkPage;
pub use search::{AdminSearchPage, FoundLine, Mend, MendKind, RefusalLine};
pub use start::{AdminStartPage, HolderRow, RequestRow};
