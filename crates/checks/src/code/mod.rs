//! The model of the code that the chapters speak of.

pub(crate) mod canonical;
pub(crate) mod compiled;
pub(crate) mod files;
pub(crate) mod library;
pub(crate) mod options;
pub(crate) mod package;
pub(crate) mod surface;
pub(crate) mod tokens;
