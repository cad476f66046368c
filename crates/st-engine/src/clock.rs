//! The time of day, as documents carry it.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Now in UTC to the second: `2026-11-25T09:31:20Z`.
pub fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

/// A moment in milliseconds since 1970, to the second; none outside the years that the form has room for.
pub fn at(millis: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(millis.div_euclid(1000)).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn now_is_rfc_3339_in_utc() {
        let now = super::now();
        assert!(now.len() == 20 && now.ends_with('Z') && now.as_bytes()[10] == b'T', "{now}");
    }
}
