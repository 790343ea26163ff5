//! The models, each for the part of the library that it is named for.

mod armed;
mod driven;
mod last_owner;
mod tracker;
mod tree;
