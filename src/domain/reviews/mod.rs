//! What people decide about the counting, each as a signed act or a logged fact.

pub mod acts;
pub mod claims;
pub(super) mod decisions;
pub mod deed;
pub mod groups;
pub(super) mod merging;
pub mod privacy;
pub mod readings;
pub mod rulings;
pub mod sample;
pub mod versions;
