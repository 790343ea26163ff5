/// Says whether each line of `quote` stands in `recorded`, in order; if not, which line does not.
///
/// Blank lines do not count. The line numbers and the `|` that rustc puts before source lines do not count either,
/// since they are those of the recorded case, not of the chapter.
pub(super) fn stands_in<'a>(quote: &'a str, recorded: &str) -> Result<(), (usize, &'a str)> {
    let mut said = recorded.lines().map(without_gutter);
    for (index, line) in quote.lines().enumerate() {
        let quoted = without_gutter(line);
        if !quoted.is_empty() && !said.any(|line| line == quoted) {
            return Err((index, line));
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
";

    #[test]
    fn lines_are_found_in_order_whatever_their_numbers() {
        assert_eq!(
            stands_in(
                "error[E0382]: use of moved value: `guard`\n 3 | guard.ping();\n  | ^^^^^ value used here after move",
                RECORDED
            ),
            Ok(())
        );
    }

    #[test]
    fn a_line_out_of_order_is_not_found() {
        let quote = "= note: move occurs because `guard` is not `Copy`\nerror[E0382]: use of moved value: `guard`";
        assert_eq!(
            stands_in(quote, RECORDED),
            Err((1, "error[E0382]: use of moved value: `guard`"))
        );
    }

    #[test]
    fn part_of_a_line_is_not_the_line() {
        assert!(stands_in("use of moved value", RECORDED).is_err());
    }
}
