//! The repository as a plugin marketplace for Claude Code.

use std::fs;

use serde_json::Value;

use crate::support::{repository, strings};

fn marketplace() -> Value {
    let text = fs::read_to_string(repository().join(".claude-plugin/marketplace.json"))
        .expect("a marketplace");
    serde_json::from_str(&text).expect("a marketplace in JSON")
}

#[test]
fn marketplace_has_what_is_required() {
    let marketplace = marketplace();
    let is_kebab_case = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    assert!(is_kebab_case(marketplace["name"].as_str().expect("a name")));
    assert!(marketplace["owner"]["name"].is_string());
    let plugins = marketplace["plugins"].as_array().expect("the plugins");
    assert_eq!(plugins.len(), 1);
    assert!(is_kebab_case(plugins[0]["name"].as_str().expect("a name")));
    assert!(plugins[0]["description"].is_string());
}

#[test]
fn the_plugin_is_the_skill_at_the_root() {
    let marketplace = marketplace();
    let plugin = &marketplace["plugins"][0];
    let source = plugin["source"].as_str().expect("a path");
    assert!(
        source.starts_with("./"),
        "a path in the repository starts with ./"
    );
    let skills = strings(&plugin["skills"]);
    assert_eq!(skills.len(), 1);
    let skill = repository().join(source).join(skills[0]).join("SKILL.md");
    let text = fs::read_to_string(&skill).expect("the skill");
    assert_eq!(
        skill.canonicalize().expect("a path"),
        repository()
            .join("SKILL.md")
            .canonicalize()
            .expect("a path")
    );
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("name: "))
        .expect("a name in the front matter");
    assert_eq!(plugin["name"], name);
}

#[test]
fn the_marketplace_alone_defines_the_plugin() {
    let marketplace = marketplace();
    assert_eq!(marketplace["plugins"][0]["strict"], false);
    // With a manifest of its own, a clone in the skills folder would be loaded as a plugin instead of as the skill.
    assert!(!repository().join(".claude-plugin/plugin.json").exists());
}
