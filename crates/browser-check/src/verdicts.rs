use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use crate::book::{Book, VERDICTS};
use crate::browser::Browser;
use crate::page::{console, strings};

/// Checks that the page of verdicts has a row for each block of the book, that its total is right, and that its links land on the blocks.
pub(crate) async fn verdicts(browser: &Browser, book: &Book) -> Result<()> {
    /// The links of the rows that are seen.
    const LINKS: &str = "[...document.querySelectorAll('main tr[data-verdict]')]
        .filter(row => row.checkVisibility() && row.innerText.trim() !== '')
        .map(row => row.querySelector('a')?.getAttribute('href') ?? '')";
    /// True when the caption of the block that the address names is in the window and nothing covers it.
    const BLOCK_IS_SEEN: &str = "(() => {
        const id = decodeURIComponent(location.hash.slice(1));
        const caption = document.getElementById(id)?.querySelector(':scope > figcaption');
        if (!caption) return false;
        const place = caption.getBoundingClientRect();
        return caption.contains(document.elementFromPoint(place.left + 15, place.top + place.height / 2));
    })()";

    let mut expected = BTreeSet::new();
    let mut followed = Vec::new();
    for page in &book.pages {
        book.open(browser, page).await?;
        let ids = browser
            .evaluate("[...document.querySelectorAll('main code.language-rust')].map(code => code.closest('figure')?.id ?? '')")
            .await?;
        let links: Vec<String> = strings(&ids)?
            .iter()
            .map(|id| format!("{page}#{id}"))
            .collect();
        // The one that is farthest down.
        followed.extend(links.last().cloned());
        for link in links {
            if !expected.insert(link.clone()) {
                bail!("two blocks have the address {link}");
            }
        }
    }
    book.open(browser, VERDICTS).await?;
    let rows = strings(&browser.evaluate(LINKS).await?)?;
    let (outside, inside): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|link| link.starts_with("https://"));
    let listed: BTreeSet<String> = inside.iter().cloned().collect();
    if let Some(block) = expected.difference(&listed).next() {
        let missing = expected.difference(&listed).count();
        bail!("{VERDICTS}: {missing} blocks without a row, such as {block}");
    }
    if let Some(row) = listed.difference(&expected).next() {
        let surplus = listed.difference(&expected).count();
        bail!("{VERDICTS}: {surplus} rows without a block, such as {row}");
    }
    if inside.len() > listed.len() {
        let twice = inside.len() - listed.len();
        bail!("{VERDICTS}: {twice} rows lead to a block that another row leads to");
    }
    let total = browser
        .evaluate("[...document.querySelectorAll('main tr')].find(row => row.cells[0].innerText === 'all')?.cells[1].innerText")
        .await?;
    let rows = (inside.len() + outside.len()).to_string();
    if total.as_str() != Some(&rows) {
        bail!("{VERDICTS}: counts {total} blocks and lists {rows}");
    }
    for link in followed {
        book.open(browser, VERDICTS).await?;
        let landed = async {
            browser.click(&format!("main a[href='{link}']")).await?;
            let page = link.split('#').next().unwrap_or_default();
            let opened = format!("location.pathname.endsWith('/{page}') && location.hash");
            browser.wait_until(&opened, "the page to open").await?;
            browser
                .wait_until(BLOCK_IS_SEEN, "the block's verdict to be in sight")
                .await
        };
        landed
            .await
            .with_context(|| format!("{VERDICTS}: the link `{link}`"))?;
    }
    console(browser).await
}
