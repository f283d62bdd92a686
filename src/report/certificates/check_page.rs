//! `check.html`: the hub's own page for checking a code, with everything in one file that needs no network.

use ed25519_dalek::VerifyingKey;

use super::code::key_text;

const PAGE: &str = include_str!("../../web/certificate.html");

/// In the order in which they use each other.
const SCRIPTS: [&str; 3] = [
    include_str!("../../web/page.js"),
    include_str!("../../web/certificate-words.js"),
    include_str!("../../web/certificate.js"),
];

const STYLES: [&str; 2] = [include_str!("../../web/style.css"), include_str!("../../web/certificate.css")];

/// Nothing is loaded and nothing is sent: the file is what it is wherever it is opened.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
    script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">";

/// The page with the key that it checks by, and what it checks certificates of.
#[must_use]
pub fn check_page(key: &VerifyingKey, title: &str) -> String {
    // What the hub serves beside the page stands in it here.
    let kept = PAGE.lines().filter(|line| !line.starts_with("<link ") && !line.starts_with("<script "));
    let page: String = kept.flat_map(|line| [line, "\n"]).collect();
    let key =
        format!("<meta name=\"certificate-key\" content=\"{}\" data-title=\"{}\">", key_text(key), escaped(title));
    let script: String = SCRIPTS.iter().map(|script| inline(script)).collect();
    let head =
        format!("{POLICY}\n{key}\n<style>\n{}</style>\n<script type=\"module\">\n{script}</script>\n", STYLES.concat());
    page.replacen("</head>\n", &format!("{head}</head>\n"), 1)
}

/// A module as a part of one script: what it imports stands before it.
fn inline(module: &str) -> String {
    let lines = module.lines().filter(|line| !line.starts_with("import "));
    let plain = lines.map(|line| match line.strip_prefix("export default ") {
        Some(value) => format!("const catalogue = {value}\n"),
        None => format!("{}\n", line.strip_prefix("export ").unwrap_or(line)),
    });
    plain.collect()
}

/// A text within quotation marks in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_nothing_outside_itself_and_no_title_leaves_its_place() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key();

        let page = check_page(&key, "\"><script>alert(1)</script>");

        for part in ["src=", "href=", "/web/page.js", "import ", "export ", "\"><script>"] {
            assert!(!page.contains(part), "{part}");
        }
        assert_eq!((page.matches("<script").count(), page.matches("</script>").count()), (1, 1));
        assert!(page.contains(&key_text(&key)) && page.contains("const catalogue = {"));
    }
}
