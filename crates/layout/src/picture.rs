use std::collections::BTreeMap;

use crate::workspace::{Arrow, Workspace};

/// The heading that the picture stands under.
const HEADING: &str = "## The crates";

/// What stands before the crates that a crate is built of, and before those that its tests alone need.
const SIGNS: [(char, Arrow); 2] = [('→', Arrow::Builds), ('⇢', Arrow::Tests)];

/// What a line says that a crate needs.
type Arrows = BTreeMap<String, Arrow>;

struct Picture<'a> {
    /// The line of the closing fence, counted from 1.
    end: usize,
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    number: usize,
    label: &'a str,
    /// What the crate is for.
    words: &'a str,
    arrows: Arrows,
}

/// Holds the picture of the crates in the text of `file` to what Cargo knows, and returns what is wrong, each with file and line.
///
/// The picture is the fence under the heading "The crates". It has a line for each crate: its name, what it is for, and what it
/// needs. What a crate is built of stands below it.
pub fn check_picture(file: &str, text: &str, workspace: &Workspace) -> Vec<String> {
    let Some(picture) = read(text) else {
        return vec![format!(
            "{file}: no fence stands under the heading `{HEADING}`"
        )];
    };
    let mut wrong = Vec::new();
    let place = |label: &str| {
        let line = picture.lines.iter().find(|line| line.label == label);
        line.map(|line| line.number)
    };
    for (label, package) in &workspace.packages {
        if place(label).is_none() {
            let line = picture.write(label, &package.description, &package.arrows);
            let below = built_of(&package.arrows).filter_map(|to| place(to)).min();
            let below = below.unwrap_or(picture.end);
            wrong.push(format!(
                "{file}:{below}: no line above this one for the crate `{label}`; write:\n{line}"
            ));
        }
    }
    for line in &picture.lines {
        let Line { number, label, .. } = *line;
        let Some(package) = workspace.packages.get(label) else {
            wrong.push(format!(
                "{file}:{number}: Cargo knows no crate `{label}`; remove the line"
            ));
            continue;
        };
        if place(label) != Some(number) {
            wrong.push(format!(
                "{file}:{number}: a second line for the crate `{label}`"
            ));
        }
        if line.arrows != package.arrows {
            wrong.push(format!(
                "{file}:{number}: says `{label}{}`, Cargo says `{label}{}`; write:\n{}",
                show(&line.arrows),
                show(&package.arrows),
                picture.write(label, line.words, &package.arrows)
            ));
        }
        for to in built_of(&package.arrows) {
            if let Some(above) = place(to).filter(|above| *above < number) {
                wrong.push(format!(
                    "{file}:{number}: the arrow from `{label}` to `{to}` points up to line {above}; move it above that line"
                ));
            }
        }
    }
    wrong
}

impl Picture<'_> {
    /// A line as the picture lays it out.
    fn write(&self, label: &str, words: &str, arrows: &Arrows) -> String {
        let widest =
            |length: fn(&Line<'_>) -> usize| self.lines.iter().map(length).max().unwrap_or(0);
        let labels = widest(|line| line.label.chars().count());
        let said = widest(|line| line.words.chars().count());
        let line = format!("{label:labels$}  {words:said$} {}", show(arrows));
        line.trim_end().to_owned()
    }
}

/// The crates that must stand below.
fn built_of(arrows: &Arrows) -> impl Iterator<Item = &String> {
    let builds = arrows.iter().filter(|(_, arrow)| **arrow == Arrow::Builds);
    builds.map(|(label, _)| label)
}

/// The arrows as a line ends with them.
fn show(arrows: &Arrows) -> String {
    let mut text = String::new();
    for (sign, kind) in SIGNS {
        let of_kind = arrows.iter().filter(|(_, arrow)| **arrow == kind);
        let labels: Vec<&str> = of_kind.map(|(label, _)| label.as_str()).collect();
        if !labels.is_empty() {
            text += &format!(" {sign} {}", labels.join(", "));
        }
    }
    text
}

fn read(text: &str) -> Option<Picture<'_>> {
    let mut lines = (1..)
        .zip(text.lines())
        .skip_while(|(_, line)| *line != HEADING)
        .skip(1);
    let (start, _) = lines
        .by_ref()
        .take_while(|(_, line)| !line.starts_with("## "))
        .find(|(_, line)| line.starts_with("```"))?;
    let lines: Vec<Line<'_>> = lines
        .take_while(|(_, line)| !line.starts_with("```"))
        .map(|(number, line)| read_line(number, line))
        .collect();
    Some(Picture {
        end: start + lines.len() + 1,
        lines,
    })
}

fn read_line(number: usize, line: &str) -> Line<'_> {
    let is_sign = |sign: char| SIGNS.iter().any(|(known, _)| *known == sign);
    let (said, drawn) = line.split_at(line.find(is_sign).unwrap_or(line.len()));
    let said = said.trim();
    let (label, words) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    let mut arrows = Arrows::new();
    let mut kind = Arrow::Builds;
    for part in drawn.split_inclusive(is_sign) {
        let sign = SIGNS.iter().find(|(sign, _)| part.ends_with(*sign));
        let labels = part.trim_end_matches(is_sign).split(',').map(str::trim);
        for label in labels.filter(|label| !label.is_empty()) {
            arrows.insert(label.to_owned(), kind);
        }
        if let Some((_, next)) = sign {
            kind = *next;
        }
    }
    Line {
        number,
        label,
        words: words.trim(),
        arrows,
    }
}
