//! Installs the async-drop skill.

fn main() {}
