//! Measures of how good a result is against a reference.

pub mod assignment;
pub mod der;
