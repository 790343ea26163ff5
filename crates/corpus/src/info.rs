use crate::Verdict;
use crate::excerpt::Excerpt;

/// The verdicts, for messages.
const VERDICTS: &str =
    "`right`, `compile_fail`, `should_panic`, `leaks`, `signature` or `example=<file>:<anchor>`";

/// What the context is called where the info string names none.
const DEFAULT_CONTEXT: &str = "body";

/// What a Rust fence's info string says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) verdict: Verdict,
    pub(crate) timed: bool,
    pub(crate) context: Option<String>,
    pub(crate) excerpt: Option<Excerpt>,
}

/// Whether a fence with this info string is taken for Rust, by readers and highlighters.
pub(crate) fn is_rust(info: &str) -> bool {
    let language = info
        .trim()
        .trim_start_matches(['{', '.'])
        .split([',', ' ', '\t', '{', '}'])
        .next()
        .unwrap_or_default();
    language.eq_ignore_ascii_case("rust") || language.eq_ignore_ascii_case("rs")
}

/// Reads `rust,<verdict>[,cancel_safe|,once][,timed][,in=<context>]`, or `rust,example=<file>:<anchor>`.
pub(crate) fn parse(info: &str) -> Result<Info, String> {
    let mut words = info.trim().split(',');
    if words.next() != Some("rust") {
        return Err(format!(
            "the info string `{info}` must start with `rust,` and a verdict: {VERDICTS}"
        ));
    }
    let mut excerpt = None;
    let mut verdict = match words.next() {
        Some("right") => Verdict::Right { cancel_safe: false },
        Some("compile_fail") => Verdict::CompileFail,
        Some("should_panic") => Verdict::ShouldPanic,
        Some("leaks") => Verdict::Leaks,
        Some("signature") => Verdict::Signature,
        Some(word) if word.starts_with("example") => {
            excerpt = Some(Excerpt::parse(word)?);
            Verdict::Example
        }
        None | Some("") => {
            return Err(format!("a Rust fence without a verdict: say {VERDICTS}"));
        }
        Some(word @ ("ignore" | "no_run")) => {
            return Err(format!(
                "`{word}` is not allowed, since nothing would hold the block to the code: say {VERDICTS}"
            ));
        }
        Some(word) => return Err(format!("unknown verdict `{word}`: say {VERDICTS}")),
    };
    let mut context = None;
    let mut timed = false;
    for word in words {
        match (word, &mut verdict) {
            ("timed", _) if timed => return Err("`timed` is said twice".to_owned()),
            ("timed", Verdict::Right { .. }) => timed = true,
            ("timed", _) => {
                return Err("`timed` is only for `right` and `right,cancel_safe`".to_owned());
            }
            ("cancel_safe", Verdict::Right { cancel_safe }) if !*cancel_safe => *cancel_safe = true,
            ("once", verdict @ Verdict::Right { cancel_safe: false }) => {
                *verdict = Verdict::RightOnce;
            }
            ("cancel_safe", Verdict::Right { .. }) => {
                return Err("`cancel_safe` is said twice".to_owned());
            }
            ("once", Verdict::RightOnce) => return Err("`once` is said twice".to_owned()),
            ("cancel_safe" | "once", Verdict::Right { .. } | Verdict::RightOnce) => {
                return Err(
                    "`cancel_safe` and `once` exclude each other: what runs once is not cancelled"
                        .to_owned(),
                );
            }
            (word @ ("cancel_safe" | "once"), _) => {
                return Err(format!("`{word}` is only for the verdict `right`"));
            }
            (word @ ("ignore" | "no_run"), _) => {
                return Err(format!(
                    "`{word}` is not allowed, since nothing would hold the block to the code"
                ));
            }
            (word, verdict) => match word.strip_prefix("in=") {
                Some(_) if takes_no_context(*verdict) => {
                    return Err(format!("`{}` takes no context", verdict.name()));
                }
                Some(_) if context.is_some() => return Err("`in=` is said twice".to_owned()),
                Some(name) if is_context_name(name) => context = Some(name.to_owned()),
                Some(name) => {
                    return Err(format!(
                        "`{name}` is no name of a context: use lowercase letters, digits and `_`"
                    ));
                }
                None => {
                    return Err(format!(
                        "unknown word `{word}` in the info string: after the verdict, only `cancel_safe` or `once`, `timed` and `in=<context>` may follow"
                    ));
                }
            },
        }
    }
    if !takes_no_context(verdict) && context.is_none() {
        context = Some(DEFAULT_CONTEXT.to_owned());
    }
    Ok(Info {
        verdict,
        timed,
        context,
        excerpt,
    })
}

fn takes_no_context(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Signature | Verdict::Example)
}

fn is_context_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
