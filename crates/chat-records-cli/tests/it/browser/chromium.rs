//! A headless Chromium of its own profile, driven by the `DevTools` protocol over a pipe.
//!
//! The pipe needs no port and no driver, and a browser whose pipe closes ends by itself, however the
//! test ended. The protocol's messages are JSON with a null byte behind each.

use std::cell::{Cell, RefCell};
use std::env;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// After which something that should happen is taken to never happen.
const PATIENCE: Duration = Duration::from_secs(20);

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox", // containers and root have none
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
];

/// A browser with one tab. What its pages do is noted, see [`Chromium::take_notes`].
pub(crate) struct Chromium {
    to: RefCell<Option<ChildStdin>>,
    from: Receiver<Value>,
    session: RefCell<Option<String>>,
    last_id: Cell<u64>,
    notes: RefCell<Notes>,
    /// Loaders of documents that have loaded, or were given up.
    loaded: RefCell<Vec<String>>,
    child: RefCell<Child>,
    /// The profile, and what the browser says.
    dir: TempDir,
}

/// What the pages did.
#[derive(Debug, Default, Clone)]
pub(crate) struct Notes {
    /// Every address that was asked for, by whatever means.
    pub(crate) requests: Vec<String>,
    /// Console errors and warnings, exceptions, violations of the content security policy, dialogs.
    pub(crate) complaints: Vec<String>,
    /// Documents as they arrived: address, status, headers.
    pub(crate) documents: Vec<(String, u64, Value)>,
}

impl Chromium {
    /// Starts a browser, or says that there is none and that nothing was tried. With
    /// `CHAT_RECORDS_CHROMIUM=required` that is a failure.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = find() else {
            let is_required =
                env::var_os("CHAT_RECORDS_CHROMIUM").is_some_and(|it| it == "required");
            assert!(!is_required, "CHAT_RECORDS_CHROMIUM=required, but there is no Chromium here");
            eprintln!(
                "skipped: there is no Chromium on this machine, so no page was opened in one"
            );
            return None;
        };
        // now and then it crashes while it starts, which says nothing about any page
        let browser = Some(Self::launch(&program)).filter(Self::answers);
        let browser = browser.unwrap_or_else(|| Self::launch(&program));
        browser.call("Browser.setDownloadBehavior", &json!({"behavior": "deny"}));
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", &attach);
        *browser.session.borrow_mut() = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser.call("Page.setLifecycleEventsEnabled", &json!({"enabled": true}));
        // something that opens a window of its own is noted too
        browser.call("Target.setDiscoverTargets", &json!({"discover": true}));
        *browser.notes.borrow_mut() = Notes::default();
        Some(browser)
    }

    fn launch(program: &Path) -> Self {
        let dir = TempDir::new().unwrap();
        let log = File::create(dir.path().join("log")).unwrap();
        // the browser reads commands from descriptor 3 and writes answers to descriptor 4
        let mut child = Command::new("/bin/sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>&2"])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let to = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let (sender, from) = channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            while answers.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
                bytes.pop();
                let Ok(message) = serde_json::from_slice(&bytes) else { break };
                if sender.send(message).is_err() {
                    break;
                }
                bytes.clear();
            }
        });
        Self {
            to: RefCell::new(to),
            from,
            session: RefCell::new(None),
            last_id: Cell::new(0),
            notes: RefCell::default(),
            loaded: RefCell::default(),
            child: RefCell::new(child),
            dir,
        }
    }

    /// True if it came up.
    fn answers(&self) -> bool {
        self.send("Browser.getVersion", &json!({})).is_ok()
            && self.from.recv_timeout(PATIENCE).is_ok()
    }

    /// Sends a command and returns its result.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&self, method: &str, params: &Value) -> Result<Value, Value> {
        let id = self.send(method, params).unwrap();
        let begun = Instant::now();
        loop {
            let mut message = self.receive(begun, method);
            if message["id"] == id {
                return match message.get_mut("error") {
                    Some(error) => Err(error.take()),
                    None => Ok(message["result"].take()),
                };
            }
        }
    }

    fn send(&self, method: &str, params: &Value) -> io::Result<u64> {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = self.session.borrow().as_deref() {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.borrow_mut().as_mut().unwrap().write_all(&bytes)?;
        Ok(id)
    }

    /// The next message of the browser; events are noted on the way.
    fn receive(&self, begun: Instant, waiting_for: &str) -> Value {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        let message = self.from.recv_timeout(left).unwrap_or_else(|error| {
            let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            panic!("no answer while waiting for {waiting_for} ({error}); the browser said:\n{log}")
        });
        if let Some(method) = message["method"].as_str() {
            self.note(method, &message["params"]);
        }
        message
    }

    fn note(&self, method: &str, params: &Value) {
        let mut notes = self.notes.borrow_mut();
        let mut complain =
            |what: &str, about: &Value| notes.complaints.push(format!("{what}: {about}"));
        match method {
            "Network.requestWillBeSent" => {
                notes.requests.push(text(&params["request"]["url"]));
            }
            "Network.webSocketCreated" => notes.requests.push(text(&params["url"])),
            "Network.responseReceived" if params["type"] == "Document" => {
                let response = &params["response"];
                let status = response["status"].as_u64().unwrap_or(0);
                let headers = response["headers"].clone();
                notes.documents.push((text(&response["url"]), status, headers));
            }
            "Runtime.consoleAPICalled" => complain("console", &params["args"]),
            "Runtime.exceptionThrown" => complain("exception", &params["exceptionDetails"]),
            "Log.entryAdded" => complain("log", &params["entry"]),
            "Target.targetCreated" if params["targetInfo"]["type"] == "page" => {
                complain("a new window", &params["targetInfo"]["url"]);
            }
            "Page.javascriptDialogOpening" => {
                complain("a dialog", &params["message"]);
                drop(notes);
                // until it is answered, the page stands still
                self.send("Page.handleJavaScriptDialog", &json!({"accept": true})).unwrap();
            }
            "Page.lifecycleEvent" if params["name"] == "load" => {
                self.loaded.borrow_mut().push(text(&params["loaderId"]));
            }
            _ => {}
        }
    }

    /// What the pages did since this was last asked.
    pub(crate) fn take_notes(&self) -> Notes {
        // an answer comes behind the events that were before it
        self.call("Runtime.evaluate", &json!({"expression": "0"}));
        self.notes.take()
    }

    /// Opens an address and waits until the page has loaded. `false`: it is nothing to show, such
    /// as a download.
    pub(crate) fn open(&self, address: &str) -> bool {
        let result = self.call("Page.navigate", &json!({"url": address}));
        if result["errorText"].is_string() {
            return false;
        }
        let Some(loader) = result["loaderId"].as_str() else { return true };
        let begun = Instant::now();
        while !self.loaded.borrow().iter().any(|known| known == loader) {
            self.receive(begun, address);
        }
        true
    }

    /// The value of an expression in the page.
    pub(crate) fn js(&self, expression: &str) -> Value {
        self.js_if_it_stays(expression)
            .unwrap_or_else(|| panic!("the page went away during {expression}"))
    }

    /// The value of an expression in the page; nothing where the page goes away in the meantime.
    pub(crate) fn js_if_it_stays(&self, expression: &str) -> Option<Value> {
        let params = json!({
            "expression": expression,
            "returnByValue": true,
            "awaitPromise": true,
            "userGesture": true,
        });
        let result = match self.try_call("Runtime.evaluate", &params) {
            Ok(result) => result,
            Err(error) if text(&error["message"]) == "Inspected target navigated or closed" => {
                return None;
            }
            Err(error) => panic!("{expression}: {error}"),
        };
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {}",
            result["result"]["description"]
        );
        Some(result["result"]["value"].clone())
    }

    /// The value of an expression that is text.
    pub(crate) fn js_text(&self, expression: &str) -> String {
        let value = self.js(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    pub(crate) fn js_number(&self, expression: &str) -> f64 {
        let value = self.js(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// Waits until an expression in the page is true; it may be asked while a page is going.
    pub(crate) fn until(&self, expression: &str) {
        let (is_true, result) = self.comes_true(expression, PATIENCE);
        assert!(
            is_true,
            "never true: {expression}: {result:?} on {}",
            self.js_text("location.href + ' ' + document.body.innerText.slice(0, 2000)")
        );
    }

    /// Whether an expression becomes true in time, and what it was last.
    fn comes_true(&self, expression: &str, time: Duration) -> (bool, Result<Value, Value>) {
        let begun = Instant::now();
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        loop {
            let result = self.try_call("Runtime.evaluate", &params);
            let is_true = result.as_ref().is_ok_and(|result| result["result"]["value"] == true);
            if is_true || begun.elapsed() >= time {
                return (is_true, result);
            }
            thread::sleep(Duration::from_millis(15));
        }
    }

    /// Does something that leads to another page, and waits for it.
    pub(crate) fn leads_on(&self, act: impl Fn()) {
        self.js("window.before = 1; navigation.addEventListener('navigate', () => before = 2)");
        act();
        let is_going = "window.before !== 1";
        if !self.comes_true(is_going, Duration::from_secs(3)).0 {
            // what was to be hit had moved away; never a second time where the page is only slow
            act();
        }
        self.until("window.before === undefined && document.readyState === 'complete'");
    }

    /// Clicks with the mouse in the middle of what a selector names, which must be what is there.
    pub(crate) fn click(&self, selector: &str) {
        let quoted = json!(selector);
        let find = format!(
            "(() => {{
                const element = document.querySelector({quoted});
                if (!element) return 'nothing is ' + {quoted};
                element.scrollIntoView({{block: 'center', behavior: 'instant'}});
                const box = element.getClientRects()[0];
                if (!box) return 'not shown: ' + {quoted};
                const x = box.left + box.width / 2, y = box.top + box.height / 2;
                const there = document.elementFromPoint(x, y);
                if (!there || !(element.contains(there) || there.contains(element)))
                    return 'covered by ' + (there && there.outerHTML.slice(0, 200));
                return [x, y, document.documentElement.scrollHeight];
            }})()"
        );
        // more of the page may arrive above it: it has to stand still first
        let mut place = self.js(&find);
        let mut still = 0;
        while still < 8 {
            thread::sleep(Duration::from_millis(15));
            let now = self.js(&find);
            still = if now == place { still + 1 } else { 0 };
            place = now;
        }
        assert!(place.is_array(), "{place} on {}", self.js("location.href"));
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let params = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", &params);
        }
    }

    /// Writes into what has the focus.
    pub(crate) fn write(&self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Presses a key: its name as in `KeyboardEvent.key`.
    pub(crate) fn press(&self, key: &str) {
        let (code, number) = match key {
            "Tab" => ("Tab".to_owned(), 9),
            "Enter" => ("Enter".to_owned(), 13),
            "Escape" => ("Escape".to_owned(), 27),
            " " => ("Space".to_owned(), 32),
            "End" => ("End".to_owned(), 35),
            "Home" => ("Home".to_owned(), 36),
            "ArrowUp" => ("ArrowUp".to_owned(), 38),
            "ArrowDown" => ("ArrowDown".to_owned(), 40),
            "/" => ("Slash".to_owned(), 191),
            other => {
                let upper = other.to_ascii_uppercase();
                (format!("Key{upper}"), u32::from(upper.as_bytes()[0]))
            }
        };
        let mut params = json!({
            "type": "keyDown", "key": key, "code": code, "windowsVirtualKeyCode": number,
        });
        match key {
            "Enter" => params["text"] = json!("\r"),
            key if key.chars().count() == 1 => params["text"] = json!(key),
            _ => {}
        }
        self.call("Input.dispatchKeyEvent", &params);
        params["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", &params);
    }

    /// The size of the window, and whether its owner likes it dark.
    pub(crate) fn window(&self, width: u32, height: u32, dark: bool) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// The languages that the browser asks for.
    pub(crate) fn languages(&self, languages: &str) {
        let agent = self.js("navigator.userAgent");
        let params = json!({"userAgent": agent, "acceptLanguage": languages});
        self.call("Emulation.setUserAgentOverride", &params);
    }

    /// Pages that are opened from now on run their script or do not; ours still is.
    pub(crate) fn scripts(&self, run: bool) {
        self.call("Emulation.setScriptExecutionDisabled", &json!({"value": !run}));
    }

    /// A picture of the window, or of the whole page, as PNG in Base64.
    pub(crate) fn picture(&self, whole_page: bool) -> String {
        let params = json!({"format": "png", "captureBeyondViewport": whole_page});
        text(&self.call("Page.captureScreenshot", &params)["data"])
    }

    /// The page as it would be printed, as PDF in Base64.
    pub(crate) fn pdf(&self) -> String {
        text(&self.call("Page.printToPDF", &json!({"printBackground": true}))["data"])
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // with its pipe gone it ends; the profile may only go after it
        self.to.take();
        let mut child = self.child.borrow_mut();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            if child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The first that the path has.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found =
        NAMES.iter().flat_map(|name| env::split_paths(&path).map(move |dir| dir.join(name)));
    found.into_iter().find(|program| program.is_file())
}
