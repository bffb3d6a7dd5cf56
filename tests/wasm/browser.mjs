// Uses the page of demo/browser in Debian's Chromium, as a person would. Pictures of it are left in the third folder, if one is
// named. usage: browser.mjs FOLDER PLAYWRIGHT [PICTURES]
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, playwright, pictures] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(resolve(playwright)).href);
const TYPES = { html: 'text/html', mjs: 'text/javascript', wasm: 'application/wasm' };

const server = createServer(async (request, response) => {
  const name = request.url === '/' ? 'index.html' : request.url.slice(1);
  try {
    if (!/^[a-z]+\.[a-z]+$/.test(name)) throw new Error('no such file');
    const bytes = await readFile(join(folder, name));
    response.writeHead(200, { 'content-type': TYPES[name.split('.')[1]] }).end(bytes);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1360, height: 1000 }, colorScheme: 'light' });
const problems = [];
page.on('pageerror', (error) => problems.push(String(error)));
page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()); });
const picture = (name) => (pictures ? page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true }) : null);
const texts = (selector) => page.locator(selector).allInnerTexts();
const item = (name) => page.locator('#table tbody tr', { hasText: name });

try {
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForSelector('html[data-ready=yes]', { timeout: 60_000 });
  assert.equal(await page.textContent('#commit'), 'Commit 8, now');
  assert.deepEqual(await texts('#table tbody tr td:first-child'), ['Banana bread', 'Espresso', 'Flat white', 'Tea']);
  await picture('now');

  // The slider goes back, and the table, the marks and the query with it.
  await page.locator('#slider').fill('4');
  assert.equal(await page.textContent('#commit'), 'Commit 4 of 8');
  assert.equal(await page.textContent('#what'), '4 changed');
  assert.equal(await item('Espresso').locator('td.changed').innerText(), '2.42.6');
  assert.equal(await item('Banana bread').count(), 0);
  await picture('earlier');
  await page.locator('#slider').fill('6');
  assert.match(await item('Croissant').getAttribute('class'), /removed/);
  await page.click('#ask');
  assert.equal(await page.inputValue('#sql'), 'SELECT * FROM menu FOR SYSTEM_TIME AS OF 6;');
  assert.deepEqual((await texts('#results tbody td:first-child')).sort(), ['Espresso', 'Flat white', 'Tea']);

  // A new commit is followed where the last one was looked at.
  await page.locator('#slider').fill('8');
  await page.fill('#sql', "UPDATE menu SET price = 9 WHERE item = 'Tea'");
  await page.press('#sql', 'Control+Enter');
  assert.equal(await page.textContent('#commit'), 'Commit 9, now');
  assert.equal(await item('Tea').locator('td.changed').innerText(), '2.79');

  // Every example runs; an error is shown, and the page goes on.
  for (const example of await page.locator('#examples button').all()) {
    await example.click();
    assert.equal(await page.locator('#results .error').count(), 0, await page.textContent('#results'));
  }
  assert.equal((await texts('#results tbody td'))[0], 'ok');
  await page.fill('#sql', 'SELECT flavour FROM menu');
  await page.click('#run');
  assert.match(await page.textContent('#results .error'), /no such column: flavour/);
  await picture('error');

  // A commit is one click in the lives and in the history away.
  await page.locator('#history tr').last().click();
  assert.match(await page.textContent('#commit'), /^Commit 1 of /);
  await page.locator('#lives rect').last().click();
  assert.doesNotMatch(await page.textContent('#commit'), /^Commit 1 of /);

  // What is saved is opened again, with its history.
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  const saved = await download.path();
  await page.reload();
  await page.waitForSelector('html[data-ready=yes]');
  await page.setInputFiles('#file', saved);
  await page.waitForFunction(() => document.getElementById('results').textContent.includes('is open'));
  await page.locator('#slider').fill('1');
  assert.deepEqual(await texts('#table tbody tr td:first-child'), ['Espresso', 'Flat white', 'Tea']);

  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 800, height: 1000 });
  await picture('dark');
  assert.deepEqual(problems, []);
  console.log('The page does what it should');
} finally {
  await browser.close();
  server.close();
}
