/// The errors of a recorded diagnostic, in the words that a chapter quotes.
///
/// A place in the block becomes `src/main.rs:L:C`, L counted from the block's first line, as in a panic's message. `case` is the
/// file's name, `first_line` the line of it on which the block of `lines` lines starts.
pub(crate) fn errors(
    recorded: &str,
    case: &str,
    first_line: usize,
    lines: usize,
) -> Vec<Vec<String>> {
    let mut errors: Vec<Vec<String>> = Vec::new();
    for line in recorded.lines() {
        if line.starts_with("error") || errors.is_empty() {
            errors.push(Vec::new());
        }
        let place = place(line, case)
            .filter(|(line, _)| (first_line..first_line + lines).contains(line))
            .map(|(line, column)| format!(" --> src/main.rs:{}:{column}", line - first_line + 1));
        errors
            .last_mut()
            .expect("one has been pushed")
            .push(place.unwrap_or_else(|| line.to_owned()));
    }
    errors
}

/// The line and the column that rustc's `--> FILE:LINE:COLUMN` names, if the file is `case`.
fn place<'a>(line: &'a str, case: &str) -> Option<(usize, &'a str)> {
    let (place, column) = line.trim().strip_prefix("--> ")?.rsplit_once(':')?;
    let (file, line) = place.rsplit_once(':')?;
    let name = file.rsplit('/').next()?;
    (name == case).then_some((line.parse().ok()?, column))
}

/// Says whether `quote` is what the compiler said: the first line of one of `errors`, its place in the block, and whatever else stands
/// in the same error, in order. If not, which line is wrong, and what is wrong with it.
///
/// Blank lines do not count. The line numbers and the `|` that rustc puts before source lines do not count either,
/// since they are those of the recorded case, not of the chapter.
pub(crate) fn check(quote: &str, errors: &[Vec<String>]) -> Result<(), (usize, String)> {
    if !quote.starts_with("error") {
        let what = "the quote has to start with an error's first line, its code included, such as `error[E0596]: …`";
        return Err((0, what.to_owned()));
    }
    if !quote.lines().any(|line| line.trim().starts_with("--> ")) {
        let what = "the quote has to name the error's place, such as ` --> src/main.rs:2:5`, lines counted from the block's first";
        return Err((0, what.to_owned()));
    }
    let mut furthest = 0;
    for error in errors {
        match stands_in(quote, error) {
            Ok(()) => return Ok(()),
            Err(index) => furthest = furthest.max(index),
        }
    }
    let said: Vec<&str> = errors.iter().flatten().map(String::as_str).collect();
    Err((
        furthest,
        format!(
            "the chapter quotes a line that the compiler does not say there\n  \
             the chapter says:  {}\n  the compiler says: {}",
            quote.lines().nth(furthest).unwrap_or_default(),
            said.join("\n")
                .trim_end()
                .replace('\n', "\n                     ")
        ),
    ))
}

/// The first line of `quote` that does not stand in `said`, in order.
fn stands_in(quote: &str, said: &[String]) -> Result<(), usize> {
    let mut said = said.iter().map(|line| without_gutter(line));
    for (index, line) in quote.lines().enumerate() {
        let quoted = without_gutter(line);
        let found = match quoted {
            "" => true,
            // None is passed over, so that the first is where the error itself is.
            place if place.starts_with("--> ") => {
                said.find(|line| line.starts_with("--> ")) == Some(place)
            }
            _ => said.any(|line| line == quoted),
        };
        if !found {
            return Err(index);
        }
    }
    Ok(())
}

fn without_gutter(line: &str) -> &str {
    let line = line.trim();
    let code = line
        .trim_start_matches(|ch: char| ch.is_ascii_digit())
        .trim_start();
    match code.strip_prefix('|') {
        Some(code) => code.trim(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = "\
error[E0382]: use of moved value: `guard`
  --> tests/compile_fail/gotchas-1.rs:12:5
   |
12 |     guard.ping();
   |     ^^^^^ value used here after move
   = note: move occurs because `guard` is not `Copy`

error[E0599]: no method named `pong` found
  --> tests/compile_fail/gotchas-1.rs:14:11
   = note: the block has ended
  --> tests/compile_fail/gotchas-1.rs:12:5
  --> tests/compile_fail/gotchas-11.rs:12:5
";

    const FIRST: &str = "error[E0382]: use of moved value: `guard`\n --> src/main.rs:3:5\n";

    /// The block is on the lines 10 to 12 of the case.
    fn checked(quote: &str) -> Result<(), usize> {
        check(quote, &errors(RECORDED, "gotchas-1.rs", 10, 3)).map_err(|(index, _)| index)
    }

    #[test]
    fn lines_are_found_in_order_whatever_their_numbers() {
        let more = " 3 | guard.ping();\n  | ^^^^^ value used here after move";
        assert_eq!(checked(&format!("{FIRST}{more}")), Ok(()));
    }

    #[test]
    fn a_line_out_of_order_is_not_found() {
        let note = "= note: move occurs because `guard` is not `Copy`";
        assert_eq!(checked(&format!("{FIRST}{note}\nguard.ping();")), Err(3));
    }

    #[test]
    fn another_place_or_code_is_not_found() {
        assert_eq!(checked(&FIRST.replace("3:5", "2:5")), Err(1));
        assert_eq!(checked(&FIRST.replace("3:5", "3:4")), Err(1));
        assert_eq!(checked(&FIRST.replace("E0382", "E0383")), Err(0));
        assert_eq!(checked(&FIRST.replace("[E0382]", "")), Err(0));
        assert_eq!(checked(&FIRST.replace("of moved", "of")), Err(0));
    }

    #[test]
    fn a_line_of_another_error_is_not_found() {
        assert_eq!(
            checked(&format!("{FIRST}= note: the block has ended")),
            Err(2)
        );
    }

    #[test]
    fn a_place_outside_the_block_is_not_the_readers() {
        let said = errors(RECORDED, "gotchas-1.rs", 10, 3);
        assert_eq!(said[1][1], "  --> tests/compile_fail/gotchas-1.rs:14:11");
        assert_eq!(said[1][3], " --> src/main.rs:3:5");
        assert_eq!(said[1][4], "  --> tests/compile_fail/gotchas-11.rs:12:5");
    }

    #[test]
    fn a_note_s_place_is_not_the_error_s() {
        let quote = "error[E0599]: no method named `pong` found\n --> src/main.rs:3:5";
        assert_eq!(checked(quote), Err(1));
    }

    #[test]
    fn a_quote_without_error_or_place_is_refused() {
        assert_eq!(checked(" --> src/main.rs:3:5\n"), Err(0));
        assert_eq!(checked(FIRST.lines().next().unwrap()), Err(0));
    }
}
