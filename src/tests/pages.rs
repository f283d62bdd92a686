//! The pages in a real browser.

mod browser;

use browser::Browser;

#[test]
fn smoke() {
    let mut browser = Browser::start();
    let base = std::env::var("FAKE").unwrap();
    let tab = browser.open(&format!("{base}/join#good"));
    browser.wait_for_state(&tab, "counted");
    // A second tab.
    let second = browser.open(&format!("{base}/join#good"));
    browser.wait_for_state(&second, "counted");
    browser.wait_for_state(&tab, "rest");
    browser.close(second);
    browser.wait_for_state(&tab, "counted");
    // Away and back.
    browser.value(&tab, "window.mark = 7");
    browser.go(&tab, &format!("{base}/screen"));
    browser.wait(&tab, "location.pathname === '/screen'");
    std::thread::sleep(std::time::Duration::from_secs(1));
    browser.value(&tab, "history.back()");
    browser.wait(&tab, "location.pathname === '/join'");
    browser.wait_for_state(&tab, "counted");
    eprintln!("mark {:?}", browser.value(&tab, "window.mark ?? 0"));
    browser.call(Some(&tab), "Page.setWebLifecycleState", serde_json::json!({"state": "frozen"}));
    std::thread::sleep(std::time::Duration::from_secs(4));
    browser.call(Some(&tab), "Page.setWebLifecycleState", serde_json::json!({"state": "active"}));
    std::thread::sleep(std::time::Duration::from_secs(2));
    browser.wait_for_state(&tab, "counted");
}
