//! People: import, identifiers, personal links and the encrypted store.
