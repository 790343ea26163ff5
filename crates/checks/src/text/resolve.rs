//! Finds what the names in a piece of inline code stand for.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::prose::Unit;
use super::section::Section;
use crate::code::{Code, GUARD, KEYWORDS, TRAIT, is_after, is_before, is_placeholder, path, words};

/// Looks up the names of one unit.
pub(super) struct Resolver<'a> {
    code: &'a Code,
    section: &'a Section,
    /// Whether the unit is a row that tells of the section's own item, or starts with the type that it tells of: names of
    /// blocks and foreign ones do not count then.
    is_entry: bool,
    /// The types whose members can be meant.
    types: BTreeSet<String>,
    /// Names that stand for something of the reader's.
    placeholders: BTreeSet<String>,
    /// What is wrong, with the index of the piece.
    wrong: Vec<String>,
    /// Whether only names that have the library's form are looked up.
    only_ours: bool,
    /// The foreign names that were needed.
    pub(super) used: BTreeSet<String>,
}

impl<'a> Resolver<'a> {
    /// In pages beside the chapters (`only_ours`), code is often none of Rust: there, only `AsyncDrop…`, `…async_drop…!` and
    /// `Type::member` are looked up.
    pub(super) fn new(code: &'a Code, section: &'a Section, unit: &Unit, only_ours: bool) -> Self {
        let is_about_one = unit.pieces().next().is_some_and(|first| {
            first.is_code && code.is_ours(&first.text) && code.is_type(&first.text)
        });
        let is_entry = !section.subjects.is_empty() && (unit.is_row || is_about_one);
        let mut types = BTreeSet::from([GUARD, TRAIT].map(str::to_owned));
        if !is_about_one {
            types.extend(section.subjects.iter().cloned());
        }
        if !is_entry {
            types.extend(section.types.iter().cloned());
        }
        for piece in unit.pieces() {
            for word in words(&piece.text) {
                if code.is_type(word) {
                    types.insert(word.to_owned());
                } else if !piece.is_code
                    && let Some(of) = code.called(word)
                {
                    types.insert(of.to_owned());
                }
            }
        }
        // A member that is named brings what it returns.
        let returned: Vec<String> = unit
            .code()
            .flat_map(|piece| words(&piece.text))
            .flat_map(|word| types.iter().map(move |of| (of, word)))
            .flat_map(|(of, word)| returned(code, of, word))
            .collect();
        types.extend(returned);
        Self {
            code,
            section,
            is_entry,
            types,
            placeholders: BTreeSet::new(),
            wrong: Vec::new(),
            only_ours,
            used: BTreeSet::new(),
        }
    }

    /// What is wrong with the names in `code`.
    pub(super) fn code(&mut self, code: &str) -> Vec<String> {
        if self.is_foreign(code) {
            return Vec::new();
        }
        let code = code.replace('…', " ").replace("..", " ");
        match code.parse::<TokenStream>() {
            Ok(tokens) => self.tokens(tokens, false),
            Err(_) if words(&code).next().is_none() => {}
            Err(_) if self.only_ours => {}
            Err(_) => self.wrong.push(format!("`{code}` is not Rust")),
        }
        std::mem::take(&mut self.wrong)
    }

    /// What is wrong with a line of a manifest.
    pub(super) fn setting(&mut self, code: &str) -> Option<String> {
        (!self.only_ours && !self.is_foreign(code))
            .then(|| format!("{} has no such setting", self.code.foreign().file))
    }

    /// What is wrong with saying that there is no `name`; it has to be the name of something elsewhere.
    pub(super) fn denied(&mut self, name: &str) -> Option<String> {
        let code = self.code;
        let guard = BTreeSet::from([GUARD.to_owned()]);
        let of = match self.section.subjects.is_empty() {
            true => &guard,
            false => &self.section.subjects,
        };
        let has = |of: &&String| code.member(of, name).next().is_some();
        if let Some(of) = of.iter().find(has) {
            return Some(format!("said not to exist, but there is `{of}::{name}`"));
        }
        let is_capital = name.starts_with(char::is_uppercase);
        if is_capital && code.is_ours(name) {
            return Some(format!("said not to exist, but there is `{name}`"));
        }
        let is_known = (is_capital && code.is_compiled(name))
            || KEYWORDS.contains(&name)
            || !code.types_with(name).is_empty()
            || code.is_called(name)
            || self.is_foreign(name);
        (!is_known && !self.only_ours).then(|| {
            format!(
                "said not to exist, and nothing anywhere is called so: see {}",
                code.foreign().file
            )
        })
    }

    fn tokens(&mut self, tokens: TokenStream, in_arguments: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut in_pattern, mut is_bound) = (false, false);
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Punct(punct) => match punct.as_char() {
                    '|' => {
                        is_bound |= in_pattern;
                        in_pattern = !in_pattern;
                    }
                    '=' => in_pattern = false,
                    _ => {}
                },
                TokenTree::Ident(word) if word == "let" => in_pattern = true,
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    if in_pattern {
                        self.placeholders.insert(word);
                    } else {
                        // In a closure's body, what it calls something on is what it binds.
                        let is_receiver = is_bound && is_before(&tokens, at, ".");
                        self.word(&tokens, at, &word, in_arguments && !is_receiver);
                    }
                }
                TokenTree::Group(group) => {
                    let is_attribute = is_after(&tokens, at, "#");
                    if is_attribute && group.delimiter() == Delimiter::Bracket {
                        self.attribute(group.stream());
                    } else {
                        let is_called = at > 0
                            && !matches!(&tokens[at - 1], TokenTree::Punct(punct) if "=|".contains(punct.as_char()));
                        self.tokens(group.stream(), in_arguments || is_called);
                    }
                }
                TokenTree::Literal(_) => {}
            }
        }
    }

    fn word(&mut self, tokens: &[TokenTree], at: usize, word: &str, in_arguments: bool) {
        if is_after(tokens, at, "'") {
            if word.len() > 1 && !["static", "_"].contains(&word) {
                self.unknown(&format!("'{word}"));
            }
            return;
        }
        let path = path(tokens, at, word);
        if word == "Self"
            && let [_, name, ..] = path.as_slice()
            && !self.code.has_pair(Some(word), name)
        {
            self.unknown(&format!("Self::{name}"));
        }
        if is_after(tokens, at, "::") || KEYWORDS.contains(&word) {
            return;
        }
        let is_macro = is_before(tokens, at, "!") && !is_before(tokens, at, "!=");
        let is_call = matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
        if is_after(tokens, at, ".") {
            self.member(tokens, at, word);
        } else if path.len() > 1 {
            self.path(&path);
        } else if is_macro {
            self.invoked(word);
        } else if word.starts_with(char::is_uppercase) {
            self.capital(word);
        } else if in_arguments && !is_call {
            self.placeholders.insert(word.to_owned());
        } else if is_before(tokens, at, ".") && self.code.called(word).is_some() {
            // A stack, a group: the member behind the `.` is looked up in its type.
        } else {
            self.lower(word, &self.types.clone());
        }
    }

    /// `receiver.word`
    fn member(&mut self, tokens: &[TokenTree], at: usize, word: &str) {
        let receiver = at.checked_sub(2).map(|before| &tokens[before]);
        match receiver {
            Some(TokenTree::Ident(of)) if of == "self" => {
                self.placeholders.insert(word.to_owned());
            }
            Some(TokenTree::Ident(of)) if let Some(of) = self.code.called(&of.to_string()) => {
                let of = BTreeSet::from([of, GUARD, TRAIT].map(str::to_owned));
                self.lower(word, &of);
            }
            _ => self.lower(word, &self.types.clone()),
        }
    }

    fn attribute(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        match tokens.as_slice() {
            [TokenTree::Ident(name), TokenTree::Group(options)] if name == "async_drop" => {
                let options: Vec<TokenTree> = options.stream().into_iter().collect();
                for (at, token) in options.iter().enumerate() {
                    if let TokenTree::Ident(word) = token {
                        let word = word.to_string();
                        if is_after(&options, at, "=") {
                            self.word(&options, at, &word, false);
                        } else if !self.code.derive_options().contains_key(&word)
                            && !is_after(&options, at, "::")
                        {
                            self.wrong
                                .push(format!("`#[async_drop]` has no option `{word}`"));
                        }
                    }
                }
            }
            [TokenTree::Ident(name), rest @ ..] if name == "derive" || name == "test" => {
                self.tokens(rest.iter().cloned().collect(), false);
            }
            _ => self.tokens(tokens.into_iter().collect(), false),
        }
    }

    fn path(&mut self, path: &[String]) {
        let head = path[0].as_str();
        if is_placeholder(head) {
            // `T::Error`: some type has it.
            let last = &path[path.len() - 1];
            if !self.code.has_pair(None, last) {
                self.unknown(&path.join("::"));
            }
            return;
        }
        if head == self.code.library_name() {
            for name in &path[1..] {
                if !self.code.is_ours(name) {
                    self.unknown(&format!("{head}::{name}"));
                }
            }
            return;
        }
        let whole = path.join("::");
        for pair in path.windows(2) {
            let [of, name] = pair else { continue };
            if let Some(sources) = self.code.sources_of(of) {
                if !self.code.has_member(of, name) {
                    self.wrong
                        .push(format!("there is no `{of}::{name}` in {sources}"));
                }
                continue;
            }
            let both_ours = self.code.is_ours(of) && self.code.is_ours(name);
            if self.code.hides(of) {
                self.unknown(of);
            } else if !both_ours && !self.code.has_pair(Some(of), name) {
                if !self.is_foreign(&whole) {
                    self.unknown(&whole);
                }
                return;
            }
        }
    }

    fn invoked(&mut self, name: &str) {
        let code = self.code;
        let is_used = code.is_imported(name) && !code.hides(name);
        let is_meant = !self.only_ours || name.contains("async_drop");
        if is_meant && !code.has_macro(name) && !is_used && !self.is_foreign(&format!("{name}!")) {
            let sources = code.library_sources();
            self.wrong
                .push(format!("there is no `{name}!` in {sources}"));
        }
    }

    fn capital(&mut self, name: &str) {
        let code = self.code;
        let is_known = is_placeholder(name)
            || code.is_ours(name)
            || code.is_fixture(name)
            || self.types.iter().any(|of| code.has_member(of, name))
            || (code.is_compiled(name) && !code.hides(name));
        if !is_known && !self.is_foreign(name) {
            self.unknown(name);
        }
    }

    fn lower(&mut self, name: &str, types: &BTreeSet<String>) {
        if self.only_ours {
            return;
        }
        let code = self.code;
        if self.placeholders.contains(name)
            || code.is_ours(name)
            || code.is_feature(name)
            || code.is_crate(name)
            || code.is_fixture(name)
            || name == code.library_name()
            || types.iter().any(|of| code.has_member(of, name))
            || (!self.is_entry && self.section.names.contains(name))
        {
            return;
        }
        let elsewhere = code.types_with(name);
        let is_used = (code.is_imported(name) || code.is_called(name)) && !code.hides(name);
        if elsewhere.is_empty() && is_used {
            return;
        }
        // In the entry of an item, a method of another one is meant for the item's own.
        if (elsewhere.is_empty() || self.section.subjects.is_empty()) && self.is_foreign(name) {
            return;
        }
        if elsewhere.is_empty() {
            return self.unknown(name);
        }
        let of: Vec<&str> = types.iter().map(String::as_str).collect();
        self.wrong.push(format!(
            "there is no `{name}` in {}; {} has one",
            of.join(", "),
            elsewhere.join(", ")
        ));
    }

    fn is_foreign(&mut self, name: &str) -> bool {
        let is_listed = self.code.foreign().names.contains_key(name);
        if is_listed {
            self.used.insert(name.to_owned());
        }
        is_listed
    }

    fn unknown(&mut self, name: &str) {
        if self.only_ours && !name.starts_with("AsyncDrop") {
            return;
        }
        self.wrong.push(format!(
            "nothing is called `{name}`: neither the library, the section's blocks nor {} have it",
            self.code.foreign().file
        ));
    }
}

/// The library's types that the member `name` of `of` returns.
fn returned(code: &Code, of: &str, name: &str) -> Vec<String> {
    let returned = code
        .member(of, name)
        .filter_map(|item| item.returns.as_deref());
    returned
        .flat_map(words)
        .filter(|word| code.is_type(word))
        .map(str::to_owned)
        .collect()
}
