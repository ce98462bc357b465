// The sample pages in a real browser, as a reader meets them: wide and narrow, light and dark.
// Usage: browser_test.mjs CHROMIUM WRITE_SAMPLE_PAGES FOLDER (screenshots stay in FOLDER)
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [executablePath, writeSamplePages, folder] = process.argv.slice(2);
// A machine that does other work beside this may need more; 1 is what a reader has.
const slowness = Number(process.env.WAVETANK_SLOWNESS ?? 4);
const views = [
  { name: "wide", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "narrow", viewport: { width: 420, height: 900 }, colorScheme: "dark" },
];
let browser;

before(async () => {
  execFileSync(writeSamplePages, [folder]);
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser.close());

/** Opens a page and notes whatever it complains of or asks the network for. */
async function open(file, view, options = {}) {
  const context = await browser.newContext({ viewport: view.viewport, colorScheme: view.colorScheme, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith("file:")) complaints.push(`request: ${request.url()}`); });
  await page.goto(`file://${resolve(folder, file)}`);
  return { page, complaints, close: () => context.close() };
}

/** Pairs of texts of one drawing whose boxes overlap; runs in the browser. */
function overlappingTexts() {
  const overlaps = [];
  for (const svg of document.querySelectorAll("svg")) {
    const boxes = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      // Lines of text may touch by their leading.
      if (across > 1 && down > 4) overlaps.push(`${a.text} | ${b.text}`);
    }));
  }
  return overlaps;
}

/** Texts that stick out of their drawing; runs in the browser. */
function textsOutside() {
  return [...document.querySelectorAll("svg text")].filter((text) => {
    const box = text.getBoundingClientRect(), all = text.ownerSVGElement.getBoundingClientRect();
    return box.left < all.left - 1 || box.right > all.right + 1 || box.top < all.top - 1 || box.bottom > all.bottom + 1;
  }).map((text) => text.textContent);
}

for (const name of ["violated", "passing", "against", "hostile", "nothing", "crowded", "enormous", "sweep", "sweep-crowded", "capacity", "capacity-single", "capacity-crowded"]) {
  for (const view of views) {
    test(`${name}, ${view.name}: nothing complains, nothing loads, no text overlaps, the page does not scroll sideways`, async () => {
      const { page, complaints, close } = await open(`${name}.html`, view);
      await page.screenshot({ path: join(folder, `${name}-${view.name}.png`), fullPage: true });
      assert.deepEqual(complaints, []);
      assert.deepEqual(await page.evaluate(overlappingTexts), []);
      assert.deepEqual(await page.evaluate(textsOutside), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "scrolls sideways");
      await close();
    });
  }
}

test("the check for overlaps sees one", async () => {
  const { page, close } = await open("violated.html", views[0]);
  await page.evaluate(() => {
    const text = document.querySelector("svg text");
    text.parentNode.append(text.cloneNode(true));
  });
  assert.notDeepEqual(await page.evaluate(overlappingTexts), []);
  await close();
});

test("the cursor follows the pointer and the arrow keys", async () => {
  const { page, complaints, close } = await open("violated.html", views[0]);
  const readout = page.locator("#readout");
  assert.equal(await readout.isVisible(), false);
  await page.locator("#timeline").scrollIntoViewIfNeeded();
  const box = await page.locator("#timeline").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const middle = await readout.textContent();
  assert.match(middle, /^14\d s: p50 .+, p99 .+; lag 4,000; in 100\/s, out 90\/s$/);
  await page.locator("#timeline").focus();
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await readout.textContent(), middle);
  await page.keyboard.press("Home");
  assert.match(await readout.textContent(), /^0 s:/);
  assert.deepEqual(complaints, []);
  await close();
});

test("the result can be downloaded as it is", async () => {
  const { page, close } = await open("violated.html", views[0]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("[data-download]").click()]);
  assert.equal(download.suggestedFilename(), "result.json");
  await close();
});

test("a page that does not carry the whole result offers no download of it, and has its cursor", async () => {
  const { page, complaints, close } = await open("enormous.html", views[0]);
  assert.equal(await page.locator("[data-download]").isVisible(), false);
  await page.locator("#timeline").focus();
  await page.keyboard.press("Home");
  assert.match(await page.locator("#readout").textContent(), /^0 s:/);
  assert.deepEqual(complaints, []);
  await close();
});

test("without scripts everything is there to read, and no button promises what it cannot do", async () => {
  const { page, close } = await open("violated.html", views[0], { javaScriptEnabled: false });
  for (const heading of ["Objectives", "What happened", "Where the time goes", "Where the load is", "Faults", "The shape of the tail", "How busy the hosts were", "Events"]) {
    assert.ok(await page.getByRole("heading", { name: heading }).isVisible(), heading);
  }
  assert.equal(await page.locator("button:visible").count(), 0);
  await close();
});

test("the report of a crowded run is there to read within a second", async () => {
  const { page, close } = await open("crowded.html", views[0]);
  const ready = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
  console.log(`DOM ready after ${ready.toFixed(0)} ms`);
  assert.ok(ready < 1000 * slowness, `${ready} ms`);
  await close();
});

test("every sample page is looked at", () => {
  assert.equal(readdirSync(folder).filter((file) => file.endsWith(".html")).length, 12);
});
