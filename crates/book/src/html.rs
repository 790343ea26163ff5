use std::cell::RefCell;
use std::convert::Infallible;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// What a built page consists of, as far as checks ask for it.
#[derive(Debug, Default)]
pub struct Page {
    /// Every start tag, in order.
    pub tags: Vec<Tag>,
    /// The text outside of scripts and styles.
    pub text: String,
}

/// A start tag of a page.
#[derive(Debug)]
pub struct Tag {
    /// The element's name, in lower case.
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// Returns the value of the attribute `name`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(key, _)| key == name)?;
        Some(value)
    }

    /// Says whether `class` is one of the element's classes.
    pub fn has_class(&self, class: &str) -> bool {
        let classes = self.attribute("class").unwrap_or_default();
        classes.split_ascii_whitespace().any(|name| name == class)
    }
}

impl Page {
    /// Reads a page. Like a browser, it accepts any text.
    pub fn parse(html: &str) -> Self {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        let tokenizer = Tokenizer::new(Collector::default(), TokenizerOpts::default());
        // The collector never asks to pause for a script, so that one call consumes everything.
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink.page.into_inner()
    }

    /// Says whether `fragment` names a place in the page.
    pub fn has_anchor(&self, fragment: &str) -> bool {
        fragment.is_empty()
            || self
                .tags
                .iter()
                .any(|tag| tag.attribute("id") == Some(fragment))
    }
}

#[derive(Default)]
struct Collector {
    page: RefCell<Page>,
    in_code_of_the_page: RefCell<bool>,
}

impl TokenSink for Collector {
    type Handle = Infallible;

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<Infallible> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let raw = match &*tag.name {
                    "script" => Some(RawKind::ScriptData),
                    "style" => Some(RawKind::Rawtext),
                    _ => None,
                };
                let attributes = tag.attrs.iter();
                self.page.borrow_mut().tags.push(Tag {
                    name: tag.name.to_string(),
                    attributes: attributes
                        .map(|attribute| {
                            (
                                attribute.name.local.to_string(),
                                attribute.value.to_string(),
                            )
                        })
                        .collect(),
                });
                if let Some(raw) = raw {
                    self.in_code_of_the_page.replace(true);
                    return TokenSinkResult::RawData(raw);
                }
            }
            Token::TagToken(tag) if matches!(&*tag.name, "script" | "style") => {
                self.in_code_of_the_page.replace(false);
            }
            Token::CharacterTokens(text) if !*self.in_code_of_the_page.borrow() => {
                self.page.borrow_mut().text.push_str(&text);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}
