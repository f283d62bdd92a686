//! Certificates of participation: who counts, by school, each with a number of its own and a code that a page checks.

mod check_page;
mod code;
mod everybody;
mod issuer;
mod number;
mod qr;
mod sheet;
mod tables;

pub use self::{
    check_page::check_page,
    code::{CodeError, Payload, code, open},
    everybody::{Everybody, Row, everybody},
    issuer::{CertificateFonts, Issuer, SchoolFiles},
};

/// The register of all certificates.
pub const REGISTER: &str = "register.csv";

/// The public key by which codes are checked, and what it is for.
pub const KEY: &str = "key.txt";

/// The page that checks codes, in one file.
pub const CHECK: &str = "check.html";
