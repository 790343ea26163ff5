use std::fmt::{self, Display};
use std::ops::Range;

/// A change to a text that makes it false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// The file, relative to the repository's root.
    pub file: String,
    /// The line that the change starts on, counted from 1.
    pub line: usize,
    /// What is changed.
    pub kind: Kind,
    /// The words of the heading that the line stands under.
    pub section: String,
    /// What is replaced, in bytes of the text.
    pub range: Range<usize>,
    /// What comes in its place.
    pub with: String,
    /// What stood there, in the words of a report.
    pub before: String,
    /// What stands there now, in the words of a report.
    pub after: String,
}

impl Mutation {
    /// The text with the change made.
    pub fn apply(&self, text: &str) -> String {
        let mut changed = text.to_owned();
        changed.replace_range(self.range.clone(), &self.with);
        changed
    }
}

impl Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {} → {}",
            self.file, self.line, self.kind, self.before, self.after
        )
    }
}

/// Defines [`Kind`] with the words for each kind.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $words:literal,)+) => {
        /// What a mutation changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $kind,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The kind in a few words.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$kind => $words,)+
                }
            }
        }
    };
}

kinds! {
    /// A block's verdict becomes another one.
    Verdict = "verdict",
    /// `cancel_safe` is added or dropped.
    CancelSafe = "cancel_safe",
    /// `timed` is added or dropped.
    Timed = "timed",
    /// A block stands in another context.
    Context = "context",
    /// The code of an entry's wrong block and that of its right one change places.
    Sides = "wrong and right swapped",
    /// A block is gone.
    Block = "block deleted",
    /// A name in a block that runs or must not compile becomes another, once.
    Name = "name in a block",
    /// A statement of a right block is gone.
    Statement = "statement deleted",
    /// Two neighbouring statements of a right block, of which one needs the other, change places.
    Order = "statements swapped",
    /// Two neighbouring guards in a struct that derives `AsyncDrop` change places.
    Fields = "fields swapped",
    /// An `.await` is gone.
    Await = ".await dropped",
    /// A `?` is gone.
    Try = "? dropped",
    /// A name, a type, a bound or a return type in a signature block becomes another.
    Signature = "signature",
    /// A word of a quoted message becomes another.
    QuoteWord = "word of a quoted message",
    /// A number of a quoted message becomes another.
    QuoteNumber = "number in a quoted message",
    /// Two lines of a quoted message change places, or a line is made up.
    QuoteLine = "line of a quoted message",
    /// A quoted message is gone.
    Quote = "quoted message deleted",
    /// A word of a message in prose or front matter becomes another.
    Message = "message in prose",
    /// A link points to a file that is not there.
    LinkTarget = "link's file",
    /// A link points to an anchor that is not there.
    LinkAnchor = "link's anchor",
    /// A link points to another numbered entry.
    LinkEntry = "link's entry",
    /// The number in a link's words becomes another.
    LinkNumber = "number in a link's words",
    /// A name in inline code becomes another.
    CodeName = "name in inline code",
    /// A name in front matter becomes another.
    FrontMatter = "front matter",
    /// A number in prose, tables or inline code becomes another.
    Number = "number in prose",
    /// A file's path becomes another.
    Path = "path",
    /// A command's flag becomes another.
    Flag = "flag",
    /// A word of a command becomes another.
    Command = "command",
    /// A row of a table is gone.
    Row = "table row deleted",
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}
