//! Where the addresses in a group's settings lead.

/// Where one of a group's two addresses leads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    Nowhere,
    Elsewhere,
    /// To us; for a portal, into this room.
    Here,
    ToAnotherRoom,
    /// To a sign-in to this app that names no room. It is refused.
    ToNoRoom,
    /// To an address of ours that is no sign-in of this app.
    ToAnotherApp,
}
