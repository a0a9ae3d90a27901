//! Days and times, which the messages put into words.

use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, UtcOffset};

/// A day in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// `2026-05-03`, for programs.
    pub iso: String,
    pub day: u8,
    pub month: u8,
    pub year: i32,
}

/// A minute of a day, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// `2026-05-03T14:05:00Z`, for programs.
    pub iso: String,
    pub day: Day,
    /// `14:05`
    pub time: String,
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self { iso: date.to_string(), day: date.day(), month: date.month().into(), year: date.year() }
    }
}

impl From<OffsetDateTime> for Day {
    fn from(at: OffsetDateTime) -> Self {
        at.to_offset(UtcOffset::UTC).date().into()
    }
}

impl From<OffsetDateTime> for Moment {
    fn from(at: OffsetDateTime) -> Self {
        let at = at.to_offset(UtcOffset::UTC);
        let minute = at.replace_second(0).and_then(|at| at.replace_nanosecond(0)).unwrap_or(at);
        Self {
            iso: minute.format(&Rfc3339).unwrap_or_default(),
            day: at.into(),
            time: format!("{:02}:{:02}", at.hour(), at.minute()),
        }
    }
}
