//! What keeps somebody for review without anybody's proposal, until two sides release them.

/// What holds somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Holds {
    /// They share a device with more persons than declared.
    pub(in crate::domain) shares_device: bool,
    /// Device and network both changed during the lesson, where the declaration holds for it.
    pub(in crate::domain) relays: bool,
    /// A scan of theirs came later than declared.
    pub(in crate::domain) scanned_late: bool,
}

impl Holds {
    /// Whether anything does.
    pub(in crate::domain) fn any(self) -> bool {
        self.shares_device || self.relays || self.scanned_late
    }

    /// Either of two.
    pub(in crate::domain) fn or(self, other: Self) -> Self {
        Self {
            shares_device: self.shares_device || other.shares_device,
            relays: self.relays || other.relays,
            scanned_late: self.scanned_late || other.scanned_late,
        }
    }

    /// What is left of it beyond another.
    pub(in crate::domain) fn beyond(self, other: Self) -> Self {
        Self {
            shares_device: self.shares_device && !other.shares_device,
            relays: self.relays && !other.relays,
            scanned_late: self.scanned_late && !other.scanned_late,
        }
    }
}
