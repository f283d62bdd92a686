//! The values that only a declaration has, each with what a valid one looks like.

use super::super::settings::{Setting, whole};
use crate::roster;

/// How many participation checks are planned.
pub(super) enum Count {
    /// As many as keep a lesson of this length honest.
    Auto,
    /// This many.
    Of(u32),
}

impl Setting for Count {
    const EXPECTED: &'static str = "\"auto\" (three in fifty minutes, at least two) or a whole number";

    fn read(value: &toml::de::DeValue<'_>) -> Result<Self, String> {
        match value.as_str() {
            Some("auto") => Ok(Self::Auto),
            Some(other) => Err(format!("is \"{other}\"")),
            None => whole(value).map(Self::Of),
        }
    }
}

/// A time zone that the zone database knows.
pub(super) struct Zone(pub(super) String);

impl Setting for Zone {
    const EXPECTED: &'static str = "a zone of the IANA database, such as \"Asia/Jakarta\"";

    fn read(value: &toml::de::DeValue<'_>) -> Result<Self, String> {
        let name = String::read(value)?;
        match jiff::tz::TimeZone::get(&name) {
            Ok(_) => Ok(Self(name)),
            Err(_) => Err(format!("is \"{name}\", which is not a known time zone")),
        }
    }
}

/// The address under which participants reach the hub.
pub(super) struct PublicUrl(pub(super) String);

impl Setting for PublicUrl {
    const EXPECTED: &'static str = "scheme and host only, such as \"https://hadir.example\"";

    fn read(value: &toml::de::DeValue<'_>) -> Result<Self, String> {
        let text = String::read(value)?;
        let uri = text.parse::<http::Uri>().ok();
        let origin = uri.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
                && matches!(uri.path(), "" | "/")
                && uri.query().is_none()
                && !text.contains('#')
        });
        if origin { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err(format!("is \"{text}\"")) }
    }
}

/// The identifier that merges two rows.
pub(super) struct PrimaryId(pub(super) String);

impl Setting for PrimaryId {
    const EXPECTED: &'static str = "\"auto\", \"nuptk\", \"nip\", \"nik\", \"id\" or \"email\"";

    fn read(value: &toml::de::DeValue<'_>) -> Result<Self, String> {
        let name = String::read(value)?;
        if matches!(name.as_str(), "auto" | "nuptk" | "nip" | "nik" | "id" | "email") {
            Ok(Self(name))
        } else {
            Err(format!("is \"{name}\", which is no identifier that Hadir can check"))
        }
    }
}

/// Roles as the roster writes them: a role that no row can have would count nobody.
pub(super) struct Roles(pub(super) Vec<String>);

impl Setting for Roles {
    const EXPECTED: &'static str = "a list of roles in small letters, such as [\"participant\", \"guru\"]";

    fn read(value: &toml::de::DeValue<'_>) -> Result<Self, String> {
        let roles = Vec::<String>::read(value)?;
        for role in &roles {
            match roster::normal_role(role) {
                Some(normal) if normal == *role => {}
                Some(normal) => return Err(format!("names \"{role}\", which rosters call \"{normal}\"")),
                None => return Err(format!("names \"{role}\", which is no role")),
            }
        }
        Ok(Self(roles))
    }
}
