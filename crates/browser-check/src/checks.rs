use std::fmt::{self, Display};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::book::Book;
use crate::browser::Browser;
use crate::page::{console, strings};
use crate::verdicts::verdicts;

/// What the check looks at, in the order of checking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Console,
    Labels,
    Verdicts,
    RunButton,
    Search,
    Gotcha,
    Theme,
}

impl Check {
    pub(crate) const ALL: [Self; 7] = [
        Self::Console,
        Self::Labels,
        Self::Verdicts,
        Self::RunButton,
        Self::Search,
        Self::Gotcha,
        Self::Theme,
    ];
}

impl Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Console => "every page loads without a console error",
            Self::Labels => "every Rust block shows its verdict and what it was seen to do",
            Self::Verdicts => "the page of verdicts has a row for every block, which leads to it",
            Self::RunButton => "no block has a Run button",
            Self::Search => "search finds AsyncDropShared and leads to the helpers",
            Self::Gotcha => "a link to a gotcha lands on it",
            Self::Theme => "the theme follows the preference, can be switched, and stays",
        })
    }
}

impl Check {
    /// Checks the built book in the folder `book`.
    ///
    /// # Errors
    ///
    /// What is wrong with the book, or with the browser.
    pub(crate) async fn run(self, browser: &Browser, book: &Path) -> Result<()> {
        let book = Book::find(book)?;
        // What earlier pages said is not this check's business.
        browser.console_errors().await?;
        match self {
            Self::Console => on_every_page(browser, &book, console).await,
            Self::Labels => on_every_page(browser, &book, labels).await,
            Self::Verdicts => verdicts(browser, &book).await,
            Self::RunButton => on_every_page(browser, &book, run_button).await,
            Self::Search => search(browser, &book).await,
            Self::Gotcha => gotcha(browser, &book).await,
            Self::Theme => theme(browser, &book).await,
        }
    }
}

async fn on_every_page(
    browser: &Browser,
    book: &Book,
    check: impl AsyncFn(&Browser) -> Result<()>,
) -> Result<()> {
    let mut found = Vec::new();
    for page in &book.pages {
        book.open(browser, page).await?;
        if let Err(error) = check(browser).await {
            found.push(format!("{page}: {error:#}"));
        }
    }
    if !found.is_empty() {
        bail!("{}", found.join("\n"));
    }
    Ok(())
}

async fn labels(browser: &Browser) -> Result<()> {
    let bare = browser
        .evaluate(
            "[...document.querySelectorAll('main code.language-rust')].filter(code => {
                const caption = code.closest('figure.claim')?.querySelector(':scope > figcaption');
                const shown = [caption, caption?.querySelector('.claim-seen')];
                return !shown.every(words =>
                    words?.checkVisibility({ visibilityProperty: true, opacityProperty: true })
                    && words.innerText.trim() !== ''
                    && words.getBoundingClientRect().height > 0
                    && words.getBoundingClientRect().width > 0);
            }).map(code => code.innerText.split('\\n')[0])",
        )
        .await?;
    none_of(
        "Rust blocks without a visible verdict or what was seen, which start with",
        &bare,
    )
}

async fn run_button(browser: &Browser) -> Result<()> {
    let runnable = browser
        .evaluate("[...document.querySelectorAll('.play-button, .playground')].map(found => found.outerHTML.slice(0, 80))")
        .await?;
    none_of("elements that run code:", &runnable)
}

fn none_of(what: &str, found: &Value) -> Result<()> {
    let found = strings(found)?;
    if !found.is_empty() {
        bail!("{what} `{}`", found.join("`, `"));
    }
    Ok(())
}

async fn search(browser: &Browser, book: &Book) -> Result<()> {
    const RESULT: &str = "#mdbook-searchresults a[href*='helpers.html']";
    book.open(browser, "index.html").await?;
    browser.click("#mdbook-search-toggle").await?;
    browser
        .type_into("#mdbook-searchbar", "AsyncDropShared")
        .await?;
    browser
        .wait_until(
            &format!("document.querySelector(\"{RESULT}\")"),
            "a search result that leads to the helpers",
        )
        .await?;
    browser.click(RESULT).await?;
    browser
        .wait_until(
            "location.pathname.endsWith('/helpers.html')",
            "the search result to lead to the helpers",
        )
        .await?;
    browser
        .wait_until(
            TARGET_IS_SEEN,
            "the place that the search result names to be in sight",
        )
        .await?;
    browser
        .wait_until(
            "document.querySelector('main').innerText.includes('AsyncDropShared')",
            "AsyncDropShared on the page",
        )
        .await?;
    console(browser).await
}

/// True when the element that the address names is in the window and nothing covers it.
const TARGET_IS_SEEN: &str = "(() => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return false;
    const place = target.getBoundingClientRect();
    const seen = document.elementFromPoint(place.left + 5, place.top + place.height / 2);
    return target.contains(seen);
})()";

async fn gotcha(browser: &Browser, book: &Book) -> Result<()> {
    let mut links = 0;
    for page in &book.pages {
        book.open(browser, page).await?;
        // The last one is the farthest down in the chapter.
        let link = match page.as_str() {
            "gotchas.html" => {
                "[...document.querySelectorAll(\"main a[href^='#']:not(.header)\")].at(-1)"
            }
            _ => "[...document.querySelectorAll(\"main a[href*='gotchas.html#']\")].at(-1)",
        };
        let href = browser
            .evaluate(&format!("{link}?.getAttribute('href')"))
            .await?;
        let Some(href) = href.as_str() else {
            continue;
        };
        links += 1;
        let landed = async {
            browser.click(&format!("main a[href='{href}']")).await?;
            browser
                .wait_until(
                    "location.pathname.endsWith('/gotchas.html') && location.hash",
                    "the gotchas to open",
                )
                .await?;
            browser
                .wait_until(TARGET_IS_SEEN, "the gotcha to be in sight")
                .await
        };
        landed
            .await
            .with_context(|| format!("{page}: the link `{href}`"))?;
    }
    if links == 0 {
        bail!("no page links to a gotcha");
    }
    Ok(())
}

async fn theme(browser: &Browser, book: &Book) -> Result<()> {
    for (scheme, theme) in [("dark", "navy"), ("light", "light")] {
        browser.prefer(scheme).await?;
        book.open(browser, "SKILL.html").await?;
        browser.evaluate("localStorage.clear()").await?;
        browser.reload().await?;
        has_theme(browser, theme)
            .await
            .with_context(|| format!("with a preference for {scheme}"))?;
    }
    let before = background(browser).await?;
    browser.click("#mdbook-theme-toggle").await?;
    browser.click("#mdbook-theme-ayu").await?;
    has_theme(browser, "ayu")
        .await
        .context("after the switch")?;
    if background(browser).await? == before {
        bail!("the background is the same in two themes: {before}");
    }
    browser.reload().await?;
    has_theme(browser, "ayu").await.context("after reloading")?;
    book.open(browser, "helpers.html").await?;
    has_theme(browser, "ayu")
        .await
        .context("on the next page")?;
    browser.click("#mdbook-theme-toggle").await?;
    browser.click("#mdbook-theme-default_theme").await?;
    has_theme(browser, "light")
        .await
        .context("after switching back")?;
    console(browser).await
}

async fn has_theme(browser: &Browser, theme: &str) -> Result<()> {
    let expression = format!("document.documentElement.classList.contains('{theme}')");
    browser
        .wait_until(&expression, &format!("the theme {theme}"))
        .await
}

async fn background(browser: &Browser) -> Result<Value> {
    browser
        .evaluate("getComputedStyle(document.documentElement).backgroundColor")
        .await
}
