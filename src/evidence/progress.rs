//! How far a long step has come, for whoever shows it: the evidence itself draws nothing and knows no time.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Entries are counted.
    Counting,
    /// Entries and their hashes are written.
    Writing,
    /// Documents for people are made.
    Documents,
    /// Certificates are made, school by school.
    Certificates,
    /// What was written is counted again and compared.
    Checking,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which step.
    pub step: Step,
    /// How many entries, or schools, are behind it.
    pub done: u64,
    /// How many there are; 0 where the step does not go by entries.
    pub total: u64,
}

/// Is told now and then how far a step has come; it must not take long.
pub type Watch<'a> = dyn Fn(Progress) + 'a;

/// Shows nothing.
pub fn unseen(_: Progress) {}
