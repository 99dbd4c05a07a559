// Opens a report in a real browser and prints what happened as JSON: node browser.js CHROMIUM FILE
const fs = require("fs");
const path = require("path");
const modules = path.join(process.env.GK_CONSUMERS || path.join(__dirname, "node_modules"));
const puppeteer = require(path.join(modules, "puppeteer-core"));
const axe = fs.readFileSync(path.join(modules, "axe-core", "axe.min.js"), "utf8");

const visible = (page) =>
  page.evaluate(() => [...document.querySelectorAll(".finding")].filter((each) => each.checkVisibility()).map((each) => each.id));

async function open(browser, file, scheme) {
  const page = await browser.newPage();
  const said = [], asked = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("request", (request) => asked.push(request.url()));
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`file://${file}`);
  await page.evaluate(axe);
  const checked = await page.evaluate(() => axe.run());
  const violations = checked.violations.map((each) => `${each.id}: ${each.help}`);
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  return { page, seen: { said, asked: asked.length, violations, background } };
}

async function filtered(page) {
  const shown = { start: await visible(page) };
  const controls = await page.evaluate(() => [...document.querySelectorAll(".filters input")].map((each) => each.id));
  for (const control of controls) {
    await page.evaluate((wanted) => {
      document.querySelector(".filters button").click();
      document.querySelector(`label[for="${wanted}"]`).click();
    }, control);
    shown[control] = await visible(page);
  }
  return shown;
}

(async () => {
  const [chromium, file] = process.argv.slice(2);
  const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
  const light = await open(browser, file, "light");
  const dark = await open(browser, file, "dark");
  const shown = await filtered(light.page);
  await browser.close();
  process.stdout.write(JSON.stringify({ light: light.seen, dark: dark.seen, shown }));
})();
