use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::browser::Browser;

/// Checks that the console has shown no error since it was last asked.
pub(crate) async fn console(browser: &Browser) -> Result<()> {
    let errors = browser.console_errors().await?;
    if !errors.is_empty() {
        bail!("the console shows: {}", errors.join("; "));
    }
    Ok(())
}

/// The strings that the page answered with.
pub(crate) fn strings(found: &Value) -> Result<Vec<String>> {
    let all = found
        .as_array()
        .with_context(|| format!("the page answered {found}"))?;
    Ok(all
        .iter()
        .map(|one| one.as_str().unwrap_or_default().to_owned())
        .collect())
}
