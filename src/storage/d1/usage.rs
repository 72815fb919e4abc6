//! D1 usage, as billed.

use super::batch::StatementResult;
use serde::Serialize;

/// D1 usage of one request.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Usage {
    /// Calls to D1.
    round_trips: u32,
    /// Rows read.
    rows_read: u32,
    /// Rows written, index entries included.
    rows_written: u32,
}

impl Usage {
    /// Returns the usage of a batch with these results.
    pub(crate) fn of(results: &[StatementResult]) -> Self {
        let mut usage = Self {
            round_trips: 1,
            ..Self::default()
        };
        for StatementResult { meta, .. } in results {
            usage.rows_read = usage.rows_read.saturating_add(meta.rows_read);
            usage.rows_written = usage.rows_written.saturating_add(meta.rows_written);
        }
        usage
    }

    /// Returns the sum of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            round_trips: self.round_trips.saturating_add(other.round_trips),
            rows_read: self.rows_read.saturating_add(other.rows_read),
            rows_written: self.rows_written.saturating_add(other.rows_written),
        }
    }
}
