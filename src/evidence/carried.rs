//! What every bundle carries so that it can be counted again without this program: the format's description, and a
//! recount that was written from it.

/// The description of the format.
pub(super) const SPEC: &str = "SPEC.md";

/// The recount in plain Python.
pub(super) const RECOUNT: &str = "recount.py";

const SPEC_TEXT: &str = include_str!("carried/SPEC.md");

const RECOUNT_TEXT: &str = include_str!("carried/recount.py");

/// Both files, by name.
pub(super) fn all() -> [(&'static str, Vec<u8>); 2] {
    [(SPEC, SPEC_TEXT), (RECOUNT, RECOUNT_TEXT)].map(|(name, text)| (name, text.as_bytes().to_vec()))
}
