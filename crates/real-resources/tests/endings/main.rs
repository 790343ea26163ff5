//! Sends real signals to real programs, and counts at a server of its own what they leave open.
#![cfg(unix)]

mod far_side;
mod program;
mod random;
mod single;
