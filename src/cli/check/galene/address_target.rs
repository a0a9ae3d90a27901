//! Where the addresses in a group's settings lead.

use crate::signin::arrive::StartRefused;

/// Where one of a group's two addresses leads.
pub(super) enum AddressTarget {
    Unset,
    OtherServer,
    /// To us; for a portal, into this room.
    ThisApp,
    OtherRoom,
    /// To a sign-in to this app that names no room. It is refused.
    RoomMissing,
    /// To a sign-in to this app that is refused for another reason.
    Refused(StartRefused),
    /// To an address of ours that is not a sign-in of this app.
    OtherApp,
}
