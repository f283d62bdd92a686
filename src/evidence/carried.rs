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

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::domain::ids::Digest;

    #[test]
    fn the_recount_names_the_description_that_it_was_written_from() {
        let digest = Digest(Sha256::digest(SPEC_TEXT).into());

        assert!(RECOUNT_TEXT.contains(&format!("SPEC_SHA256 = \"{digest}\"")), "SPEC.md is now {digest}");
    }

    #[test]
    fn the_recount_needs_nothing_but_pythons_own_library() {
        let imports = RECOUNT_TEXT
            .lines()
            .map(str::trim_start)
            .filter_map(|line| line.strip_prefix("import ").or_else(|| line.strip_prefix("from ")));
        let modules: Vec<&str> = imports.filter_map(|rest| rest.split([' ', '.']).next()).collect();

        let own = [
            "__future__",
            "argparse",
            "base64",
            "bisect",
            "csv",
            "dataclasses",
            "datetime",
            "functools",
            "hashlib",
            "io",
            "json",
            "os",
            "re",
            "sys",
            "tomllib",
            "typing",
            "xml",
            "zipfile",
        ];
        assert!(modules.len() > 10);
        assert!(modules.iter().all(|module| own.contains(module)), "{modules:?}");
    }
}
