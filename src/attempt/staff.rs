//! `private/staff.json`: which persons of the store act, and as what. Their names and contacts stay in the store.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::files::{self, PRIVATE_FILE};
use crate::domain::event::StaffRole;

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Their short reference in the store.
    pub reference: String,
    /// As what they act.
    pub role: StaffRole,
    /// The group that they look after, if they are a steward of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Why the list of staff cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// Restore the file from a copy.
    #[error("{} is damaged", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The system refused: see its reason.
    #[error("{} cannot be read or written", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StaffError {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "restore private/staff.json from a copy of the attempt",
            Self::Io { .. } => "run as the user who owns the attempt, or correct its rights",
        }
    }
}

/// Everybody who acts; nobody where no file is.
///
/// # Errors
/// When the file is damaged or unreadable.
pub fn load(path: &Path) -> Result<Vec<Member>, StaffError> {
    match fs::read(path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|source| StaffError::Damaged { path: path.to_owned(), source })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StaffError::Io { path: path.to_owned(), source }),
    }
}

/// Adds somebody, or changes as what they act.
///
/// # Errors
/// When the file cannot be read or replaced.
pub fn add(path: &Path, member: Member) -> Result<(), StaffError> {
    let mut staff = load(path)?;
    staff.retain(|known| known.reference != member.reference);
    staff.push(member);
    let failed = |source: io::Error| StaffError::Io { path: path.to_owned(), source };
    let mut bytes = serde_json::to_vec_pretty(&staff).map_err(|error| failed(error.into()))?;
    bytes.push(b'\n');
    files::replace(path, &bytes, PRIVATE_FILE).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_back_and_acts_as_one_thing_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staff.json");
        let member = |role| Member { reference: "K7M-29QX".into(), role, group: None };

        assert_eq!(load(&path).unwrap(), []);
        add(&path, member(StaffRole::Witness)).unwrap();
        add(&path, member(StaffRole::Adjudicator)).unwrap();

        assert_eq!(load(&path).unwrap(), [member(StaffRole::Adjudicator)]);
        fs::write(&path, "[{").unwrap();
        assert!(matches!(load(&path), Err(StaffError::Damaged { .. })));
    }
}
