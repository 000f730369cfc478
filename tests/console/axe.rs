//! What must hold for every page, asked in a real browser: labels, contrast, width, and all that axe-core knows.

use std::path::PathBuf;
use thirtyfour::WebDriver;

/// Everything that must hold for a page, asked inside the page: one heading, labels, alternatives, no wider than the window.
const LOOK: &str = r"
const faults = [];
const all = (what) => [...document.querySelectorAll(what)];
if (all('h1').length !== 1) faults.push('h1: ' + all('h1').length);
for (const field of all('input:not([type=hidden]), select, textarea'))
  if (!field.labels?.length && !field.getAttribute('aria-label')) faults.push('no label: ' + field.name);
for (const img of all('img')) if (!img.hasAttribute('alt')) faults.push('no alt: ' + img.src);
for (const b of all('button, a[href]')) if (!b.textContent.trim() && !b.getAttribute('aria-label')) faults.push('no name: ' + b.outerHTML);
const ids = all('[id]').map((e) => e.id);
for (const id of ids) if (ids.filter((i) => i === id).length > 1) faults.push('id twice: ' + id);
const wide = document.documentElement.scrollWidth;
if (wide > innerWidth) faults.push('wider than the window: ' + wide + ' > ' + innerWidth);
const rgb = (text) => (text.match(/[\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
for (const e of all('body *')) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.offsetParent || e.closest('.hidden, .skip')) continue;
  let under = e; let ground = [255, 255, 255];
  while (under) { const c = rgb(getComputedStyle(under).backgroundColor); if (c.length === 3 || c[3] > .99) { ground = c; break; } under = under.parentElement; }
  const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground)];
  const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (contrast < 4.5) faults.push('contrast ' + contrast.toFixed(2) + ': ' + e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 20));
}
if (window.xss) faults.push('something ran');
return faults;";

/// What axe-core finds wrong with the page, by WCAG 2.2 A and AA, which JIS X 8341-3 follows, and its best practices.
const AXE: &str = r"
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  (found) => done(found.violations.map((v) => v.id + ': ' + v.help + ' ' + v.nodes.map((n) => n.html).slice(0, 3).join(' | '))),
  (error) => done(['axe: ' + error]));";

/// Where `installer/axe.sh` has put axe-core.
fn axe_core() -> String {
    let cache = || std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = || cache().or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let folder = std::env::var_os("SHOKI_NATIVE").map(PathBuf::from);
    let folder = folder.or_else(|| cache().map(|cache| cache.join("shoki/native"))).unwrap();
    let file = folder.join("axe.min.js");
    std::fs::read_to_string(&file)
        .unwrap_or_else(|_| panic!("{} is missing: sh installer/axe.sh", file.display()))
}

/// Runs axe-core in the page.
pub async fn axe(browser: &WebDriver) -> Vec<String> {
    browser.execute(axe_core(), Vec::<serde_json::Value>::new()).await.unwrap();
    let found = browser.execute_async(AXE, Vec::<serde_json::Value>::new()).await.unwrap();
    found.convert().unwrap()
}

/// Everything that is wrong with the page.
pub async fn faults(browser: &WebDriver) -> Vec<String> {
    let found = browser.execute(LOOK, Vec::<serde_json::Value>::new()).await.unwrap();
    let mut faults: Vec<String> = found.convert().unwrap();
    faults.extend(axe(browser).await);
    faults
}
