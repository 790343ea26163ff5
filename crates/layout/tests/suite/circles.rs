use crate::planted::{circles, find, manifest, repository};

/// What a crate with these sources is told.
fn told(sources: &[(&str, &str)]) -> String {
    circles(sources).to_string()
}

#[test]
fn two_files_that_import_each_other_are_named_with_lines_and_names() {
    let told = told(&[
        ("src/lib.rs", "mod door;\nmod wall;\n"),
        (
            "src/door.rs",
            "use crate::wall::{Brick, Wall};\n\npub struct Door(Wall, Brick);\n",
        ),
        (
            "src/wall.rs",
            "\nuse super::door;\npub struct Brick;\npub struct Wall(Vec<door::Door>);\n",
        ),
    ]);
    assert_eq!(
        told,
        "2 files import each other: src/door.rs, src/wall.rs\n  \
         src/door.rs:1 imports `wall::Brick`, `wall::Wall` from src/wall.rs\n  \
         src/wall.rs:4 imports `door::Door` from src/door.rs\n"
    );
}

#[test]
fn a_circle_of_three_is_found_and_what_hangs_on_it_is_left_out() {
    let found = circles(&[
        ("src/lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
        ("src/a.rs", "pub struct A(crate::b::B);\n"),
        ("src/b.rs", "pub struct B(crate::c::C, crate::d::D);\n"),
        ("src/c.rs", "pub struct C(Box<crate::a::A>);\n"),
        ("src/d.rs", "pub struct D;\n"),
    ]);
    assert_eq!(
        found.to_string(),
        "3 files import each other: src/a.rs, src/b.rs, src/c.rs\n  \
         src/a.rs:1 imports `b::B` from src/b.rs\n  \
         src/b.rs:1 imports `c::C` from src/c.rs\n  \
         src/c.rs:1 imports `a::A` from src/a.rs\n"
    );
    assert_eq!((found.pairs, found.files_upward), (4, 1));
}

#[test]
fn a_name_that_faces_hand_on_is_traced_to_the_file_that_defines_it() {
    let told = told(&[
        (
            "src/lib.rs",
            "mod room;\nmod yard;\npub use room::Lamp;\npub use yard::*;\n",
        ),
        (
            "src/room/mod.rs",
            "mod lamp;\npub use lamp::Lamp as Lamp;\n",
        ),
        (
            "src/room/lamp.rs",
            "use crate::Tree;\npub struct Lamp(Tree);\n",
        ),
        (
            "src/yard.rs",
            "pub struct Tree(Option<Box<crate::Lamp>>);\n",
        ),
    ]);
    assert!(
        told.contains("src/room/lamp.rs:1 imports `Tree` from src/yard.rs"),
        "{told}"
    );
    assert!(
        told.contains("src/yard.rs:1 imports `Lamp` from src/room/lamp.rs"),
        "{told}"
    );
}

#[test]
fn a_face_that_defines_what_its_own_module_takes_closes_a_circle() {
    let told = told(&[
        ("src/lib.rs", "mod room;\n"),
        (
            "src/room/mod.rs",
            "mod lamp;\npub use lamp::Lamp;\npub struct Switch;\n",
        ),
        ("src/room/lamp.rs", "pub struct Lamp(super::Switch);\n"),
    ]);
    assert_eq!(
        told,
        "2 files import each other: src/room/lamp.rs, src/room/mod.rs\n  \
         src/room/lamp.rs:1 imports `Switch` from src/room/mod.rs\n  \
         src/room/mod.rs:2 imports `lamp::Lamp` from src/room/lamp.rs\n"
    );
}

#[test]
fn modules_may_import_each_others_items_through_the_face_that_hands_them_on() {
    let told = told(&[
        ("src/lib.rs", "mod room;\npub use room::{Lamp, Switch};\n"),
        (
            "src/room/mod.rs",
            "mod lamp;\nmod switch;\npub use lamp::Lamp;\npub use switch::Switch;\n",
        ),
        (
            "src/room/lamp.rs",
            "use super::Switch;\npub struct Lamp(Switch);\n",
        ),
        ("src/room/switch.rs", "pub struct Switch;\n"),
    ]);
    assert_eq!(told, "");
}

#[test]
fn what_a_file_only_declares_is_no_import() {
    let told = told(&[
        ("src/lib.rs", "mod room;\npub fn light() {}\n"),
        ("src/room.rs", "pub fn switch() {\n    crate::light();\n}\n"),
    ]);
    assert_eq!(told, "");
}

#[test]
fn super_leads_out_of_modules_that_stand_in_one_file() {
    let told = told(&[
        ("src/lib.rs", "mod a;\nmod b;\n"),
        (
            "src/a.rs",
            "pub fn one() {}\nmod inside {\n    pub mod deeper {\n        use super::super::super::b;\n        \
             pub fn two() {\n            b::three();\n        }\n    }\n}\n",
        ),
        ("src/b.rs", "pub fn three() {\n    super::a::one();\n}\n"),
    ]);
    assert!(
        told.contains("src/a.rs:6 imports `b::three` from src/b.rs"),
        "{told}"
    );
    assert!(
        told.contains("src/b.rs:2 imports `a::one` from src/a.rs"),
        "{told}"
    );
}

#[test]
fn a_glob_imports_all_that_it_brings() {
    let told = told(&[
        ("src/lib.rs", "mod a;\nmod b;\n"),
        (
            "src/a.rs",
            "use super::b::*;\npub fn one() {\n    two();\n}\n",
        ),
        (
            "src/b.rs",
            "pub fn two() {\n    if false {\n        crate::a::one();\n    }\n}\n",
        ),
    ]);
    assert!(
        told.contains("src/a.rs:1 imports `*` from src/b.rs"),
        "{told}"
    );
    assert!(
        told.contains("src/b.rs:3 imports `a::one` from src/a.rs"),
        "{told}"
    );
}

#[test]
fn imports_in_blocks_and_in_the_arguments_of_macros_count() {
    let told = told(&[
        ("src/lib.rs", "mod a;\nmod b;\n"),
        (
            "src/a.rs",
            "pub fn one() {\n    use crate::b as other;\n    other::two();\n}\n",
        ),
        (
            "src/b.rs",
            "pub fn two() {\n    println!(\"{:?}\", vec![crate::a::one()]);\n}\n",
        ),
    ]);
    assert!(
        told.contains("src/a.rs:3 imports `other::two` from src/b.rs"),
        "{told}"
    );
    assert!(
        told.contains("src/b.rs:2 imports `a::one` from src/a.rs"),
        "{told}"
    );
}

#[test]
fn macros_count_by_name_and_by_what_they_take_of_their_crate() {
    let sources = |call| {
        [
            ("src/lib.rs", "#[macro_use]\nmod macros;\nmod work;\n"),
            (
                "src/macros.rs",
                "#[macro_export]\nmacro_rules! run {\n    () => {\n        $crate::work::done()\n    };\n}\n",
            ),
            ("src/work.rs", call),
        ]
    };
    for call in [
        "pub fn done() {}\npub fn work() {\n    crate::run!();\n}\n",
        "pub fn done() {}\npub fn work() {\n    run!();\n}\n",
        "use crate::run;\npub fn done() {}\npub fn work() {\n    run!();\n}\n",
    ] {
        let told = told(&sources(call));
        assert!(
            told.contains("src/macros.rs:4 imports `work::done` from src/work.rs"),
            "{told}"
        );
        assert!(told.contains("src/work.rs:"), "{told}");
    }
}

#[test]
fn every_cfg_and_every_path_attribute_is_followed() {
    let told = told(&[
        (
            "src/lib.rs",
            "#[cfg(windows)]\n#[path = \"elsewhere/w.rs\"]\nmod a;\n#[cfg(unix)]\nmod a;\nmod b;\n",
        ),
        (
            "src/elsewhere/w.rs",
            "mod inner;\npub fn one() {\n    inner::two();\n}\n",
        ),
        (
            "src/elsewhere/inner.rs",
            "pub fn two() {\n    crate::b::three();\n}\n",
        ),
        ("src/a.rs", "pub fn one() {}\n"),
        ("src/b.rs", "pub fn three() {\n    crate::a::one();\n}\n"),
    ]);
    assert!(
        told.starts_with(
            "3 files import each other: src/b.rs, src/elsewhere/inner.rs, src/elsewhere/w.rs\n"
        ),
        "{told}"
    );
}

#[test]
fn a_path_of_a_module_in_a_file_starts_at_the_files_folder() {
    let told = told(&[
        ("src/lib.rs", "mod a;\nmod b;\n"),
        (
            "src/a.rs",
            "#[path = \"elsewhere\"]\nmod room {\n    pub mod inner;\n}\npub use room::inner::one;\npub fn two() {}\n",
        ),
        (
            "src/elsewhere/inner.rs",
            "pub fn one() {\n    crate::a::two();\n}\n",
        ),
        ("src/b.rs", ""),
    ]);
    assert!(
        told.starts_with("2 files import each other: src/a.rs, src/elsewhere/inner.rs\n"),
        "{told}"
    );
}

#[test]
fn a_path_through_a_module_does_not_lead_to_a_function_of_the_same_name() {
    let told = told(&[
        (
            "src/lib.rs",
            "mod on;\nmod off;\nmod run;\n#[cfg(unix)]\nuse on::run;\n#[cfg(windows)]\nuse off::run;\n",
        ),
        ("src/run.rs", "pub struct Plan;\n"),
        (
            "src/on.rs",
            "use super::run::Plan;\npub fn run(_: Plan) {}\n",
        ),
        (
            "src/off.rs",
            "use super::run::Plan;\npub fn run(_: Plan) {}\n",
        ),
    ]);
    assert_eq!(told, "");
}

#[test]
fn folders_that_import_each_other_are_named_though_no_two_files_do() {
    let found = circles(&[
        ("src/lib.rs", "mod kitchen;\nmod garden;\n"),
        (
            "src/kitchen/mod.rs",
            "mod stove;\nmod table;\npub use stove::Stove;\npub use table::Table;\n",
        ),
        (
            "src/kitchen/stove.rs",
            "use crate::garden::Herb;\npub struct Stove(Herb);\n",
        ),
        ("src/kitchen/table.rs", "pub struct Table;\n"),
        (
            "src/garden/mod.rs",
            "mod herb;\nmod bench;\npub use herb::Herb;\n",
        ),
        ("src/garden/herb.rs", "pub struct Herb;\n"),
        (
            "src/garden/bench.rs",
            "use crate::kitchen::Table;\npub struct Bench(Table);\n",
        ),
    ]);
    assert_eq!(
        found.to_string(),
        "2 entries of src import each other: src/garden, src/kitchen\n  \
         src/garden/bench.rs:1 imports `kitchen::Table` from src/kitchen/table.rs\n  \
         src/kitchen/stove.rs:1 imports `garden::Herb` from src/garden/herb.rs\n"
    );
    assert!(found.files.is_empty());
    assert_eq!((found.entry_pairs, found.entries_upward), (2, 1));
}

#[test]
fn a_file_beside_a_folder_is_one_of_its_rooms() {
    let told = told(&[
        ("src/lib.rs", "mod room;\nmod words;\n"),
        (
            "src/room/mod.rs",
            "mod lamp;\nmod switch;\npub use switch::Switch;\n",
        ),
        (
            "src/room/lamp.rs",
            "use crate::words::Words;\npub struct Lamp(Words);\n",
        ),
        ("src/room/switch.rs", "pub struct Switch;\n"),
        ("src/words.rs", "pub struct Words(crate::room::Switch);\n"),
    ]);
    assert!(
        told.starts_with("2 entries of src import each other: src/room, src/words.rs\n"),
        "{told}"
    );
}

#[test]
fn tests_and_packages_that_the_workspace_excludes_are_looked_at() {
    let root = format!(
        "{}[workspace]\nexclude = [\"aside\"]\n",
        manifest("planted")
    );
    let aside = format!("{}[workspace]\n", manifest("aside"));
    let circle = "pub fn work() {\n    if false {\n        super::other::work();\n    }\n}\n";
    let back = "pub fn work() {\n    super::one::work();\n}\n";
    let folder = repository(&[
        ("Cargo.toml", &root),
        ("src/lib.rs", ""),
        (
            "tests/all.rs",
            "#[path = \"all/one.rs\"]\nmod one;\n#[path = \"all/other.rs\"]\nmod other;\n",
        ),
        ("tests/all/one.rs", circle),
        ("tests/all/other.rs", back),
        ("aside/Cargo.toml", &aside),
        ("aside/src/lib.rs", "mod one;\nmod other;\n"),
        ("aside/src/one.rs", circle),
        ("aside/src/other.rs", back),
    ]);
    let told = find(folder.path()).to_string();
    for first in [
        "tests/all/one.rs, tests/all/other.rs",
        "aside/src/one.rs, aside/src/other.rs",
    ] {
        assert!(
            told.contains(&format!("2 files import each other: {first}\n")),
            "{told}"
        );
    }
}
