use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};
use url::{ParseError, Url};

/// How long the driver and the browser may take to come up.
const START: Duration = Duration::from_secs(60);
/// How long one command to the browser may take.
const COMMAND: Duration = Duration::from_secs(30);
/// How often the page is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(50);
/// How long the browser may take to close.
const CLOSE: Duration = Duration::from_secs(5);

const INSTALL: &str = "the browser check needs Chromium and its driver; on Debian: apt-get install chromium chromium-driver";

/// What keeps the browser from doing anything but showing the book.
const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox", // Chromium refuses to run as root with it, and CI runs as root.
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage", // Containers give /dev/shm too little room.
    "--window-size=1280,900",
    // The book has everything it needs: a request to any host fails, which the console then shows.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
];

/// A headless Chromium and the driver that steers it.
///
/// Its cleanup closes the browser, ends both and removes the browser's profile. Dropped without cleanup, it kills both.
#[derive(Debug)]
pub(crate) struct Browser {
    driver: Child,
    /// Kept open, since the driver would otherwise fail to write.
    output: Lines<BufReader<ChildStdout>>,
    session: Option<Client>,
    profile: TempDir,
    /// How long a page may take to get into the state that a check waits for.
    patience: Duration,
}

impl Browser {
    /// Starts the driver on a free port, and a browser with a fresh profile.
    ///
    /// A page may take `patience` to get into the state that a check waits for.
    pub(crate) async fn start(patience: Duration) -> Result<AsyncDropGuard<Self>> {
        let mut browser = AsyncDropGuard::new(Self::spawn(patience)?);
        let connected = timeout(START, browser.connect()).await;
        let connected = connected
            .unwrap_or_else(|_| Err(anyhow!("the browser has not started within {START:?}")));
        if let Err(error) = connected {
            browser.async_drop().await?;
            return Err(error);
        }
        Ok(browser)
    }

    fn spawn(patience: Duration) -> Result<Self> {
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut driver = command.spawn().context(INSTALL)?;
        let output = driver.stdout.take().context("chromedriver has no output")?;
        Ok(Self {
            driver,
            output: BufReader::new(output).lines(),
            session: None,
            profile: tempfile::Builder::new()
                .prefix("browser-check-")
                .tempdir()?,
            patience,
        })
    }

    async fn connect(&mut self) -> Result<()> {
        let port = self.port().await?;
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("written as an object")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let session = builder.connect(&format!("http://localhost:{port}")).await;
        self.session = Some(session.context(INSTALL)?);
        Ok(())
    }

    /// Reads the port that the driver has chosen.
    async fn port(&mut self) -> Result<u16> {
        while let Some(line) = self.output.next_line().await? {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return Ok(port.trim_end_matches('.').parse()?);
            }
        }
        bail!("chromedriver ended without naming its port")
    }

    /// Opens an address and waits until the page has loaded.
    pub(crate) async fn open(&self, address: &Url) -> Result<()> {
        self.command("opening a page", self.session()?.goto(address.as_str()))
            .await?;
        self.loaded().await
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) -> Result<()> {
        self.command("reloading", self.session()?.refresh()).await?;
        self.loaded().await
    }

    async fn loaded(&self) -> Result<()> {
        self.wait_until("document.readyState === 'complete'", "the page to load")
            .await
    }

    /// Clicks the first element that the CSS selector `css` finds.
    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        let element = self
            .command(css, self.session()?.find(Locator::Css(css)))
            .await?;
        self.command(css, element.click()).await
    }

    /// Types into the first element that the CSS selector `css` finds.
    pub(crate) async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        let element = self
            .command(css, self.session()?.find(Locator::Css(css)))
            .await?;
        self.command(css, element.send_keys(text)).await
    }

    /// Evaluates a JavaScript expression in the page.
    pub(crate) async fn evaluate(&self, expression: &str) -> Result<Value> {
        let script = format!("return ({expression})");
        self.command("a script", self.session()?.execute(&script, Vec::new()))
            .await
    }

    /// Waits until a JavaScript expression is true; `what` names the state in the error.
    pub(crate) async fn wait_until(&self, expression: &str, what: &str) -> Result<()> {
        let deadline = Instant::now() + self.patience;
        while self.evaluate(&format!("!!({expression})")).await? != Value::Bool(true) {
            if Instant::now() >= deadline {
                bail!("waited {:?} for {what}", self.patience);
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Takes the errors that the console has shown since the last call: of scripts, and of what could not be loaded.
    pub(crate) async fn console_errors(&self) -> Result<Vec<String>> {
        let log = self.post("se/log", json!({ "type": "browser" })).await?;
        let entries = log.as_array().context("the driver returned no log")?;
        let errors = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(errors
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect())
    }

    /// Makes pages see the preference for a `light` or `dark` colour scheme.
    pub(crate) async fn prefer(&self, scheme: &str) -> Result<()> {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        let body =
            json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": [feature] } });
        self.post("goog/cdp/execute", body).await?;
        Ok(())
    }

    /// Takes a picture of what the window shows, as PNG.
    pub(crate) async fn screenshot(&self) -> Result<Vec<u8>> {
        self.command("a screenshot", self.session()?.screenshot())
            .await
    }

    async fn post(&self, path: &'static str, body: Value) -> Result<Value> {
        self.command(path, self.session()?.issue_cmd(Post { path, body }))
            .await
    }

    fn session(&self) -> Result<&Client> {
        self.session.as_ref().context("the browser is closed")
    }

    async fn command<T>(
        &self,
        what: &str,
        command: impl Future<Output = Result<T, CmdError>>,
    ) -> Result<T> {
        match timeout(COMMAND, command).await {
            Ok(done) => done.with_context(|| format!("the browser failed at {what}")),
            Err(_) => bail!("the browser has not answered within {COMMAND:?} at {what}"),
        }
    }

    /// Ends the driver and the browser at once.
    fn kill(&mut self) {
        // Without an id it has been waited for, and the id may be another process's by now.
        #[cfg(unix)]
        if let Some(group) = self
            .driver
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
        {
            // Fails only when the group has ended by itself.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.driver.start_kill();
    }
}

#[async_trait]
impl AsyncDrop for Browser {
    type Error = anyhow::Error;

    async fn async_drop_impl(&mut self) -> Result<()> {
        if let Some(session) = &self.session {
            // A browser that does not close in time is killed below.
            let _ = timeout(CLOSE, session.clone().close()).await;
        }
        self.session = None;
        self.kill();
        timeout(CLOSE, self.driver.wait())
            .await
            .context("chromedriver does not end")??;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command that the WebDriver standard does not have.
#[derive(Debug)]
struct Post {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _address: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
