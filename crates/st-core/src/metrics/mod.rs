//! Measures of how good a result is against a reference.

pub mod assignment;
pub mod cpwer;
pub mod der;
pub mod normalize;
pub mod wer;
