// The pages of identity admins in Chromium with JavaScript switched off.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './support/chromium.mjs';
import { freePort, startApp } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, provider, server } from './support/vestibule.mjs';

let university, notes, vestibule, browser, page;
before(async () => {
  const port = await freePort();
  notes = await startApp();
  university = await startProvider({ clients: [client([`http://localhost:${port}/callback/uni`])] });
  const config = [server({ port }), provider({ issuer: university.issuer }), app({ url: notes.url })].join('\n');
  vestibule = await Vestibule.serve(() => config, { port });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await vestibule?.stop();
  for (const one of [university, notes]) await one?.stop();
});

/** A browser without cookies and without script. */
async function fresh() {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 900 } });
  page = await context.newPage();
}
const heading = async (expected) => assert.equal(await page.locator('h1').innerText(), expected);
/** The pages of the provider: who the person is, and whether they agree. */
async function authenticate(who) {
  for (const answer of [who, 'allow']) {
    const button = page.locator(`button[value=${answer}]`);
    if (await button.count()) await button.click();
  }
  await page.waitForLoadState();
}

test('an invited person becomes the first admin, finds somebody, and disables their account', async () => {
  await fresh();
  await page.goto(`${vestibule.url}/auth/notes`);
  await authenticate('ben');
  const invited = await vestibule.command('admin', 'invite', '--json');
  assert.equal(invited.status, 0, invited.err);
  await fresh();
  await page.goto(JSON.parse(invited.out).address);
  await authenticate('ada');
  await heading('Become an admin');
  await page.click('button:has-text("Become an admin")');
  // The pages open only after a sign-in at which the provider authenticated Ada, and said when.
  await page.click('a:has-text("Sign in again")');
  await authenticate('ada');
  await heading('Identity administration');
  await page.fill('input[name=q]', 'okafor');
  await page.click('button:has-text("Search")');
  await page.click('a:has-text("ben")');
  await heading('Account ben');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  await page.click('button:has-text("Disable")');
  await page.waitForURL('**notice=done');
  assert.ok((await page.locator('main').innerText()).includes('disabled'));
  await fresh();
  await page.goto(`${vestibule.url}/auth/notes`);
  await authenticate('ben');
  await heading('This account can’t be used here at the moment.');
});

test('a person without a role sees no such page', async () => {
  await vestibule.command('user', 'enable', 'ben');
  await fresh();
  await page.goto(`${vestibule.url}/auth/notes`);
  await authenticate('ben');
  const answer = await page.goto(`${vestibule.url}/admin`);
  assert.equal(answer.status(), 404);
});

test('an admin merges two accounts of one person, and undoes it', async () => {
  const linked = await vestibule.command('identity', 'link', 'uni', university.issuer, 'u-3000', 'ben-2', '--new');
  assert.equal(linked.status, 0, linked.err);
  await fresh();
  await page.goto(`${vestibule.url}/admin`);
  await authenticate('ada');
  await heading('Identity administration');
  await page.fill('input[name=q]', 'ben-2');
  await page.click('button:has-text("Search")');
  await page.click('main a:has-text("ben-2")');
  await page.fill('#into', 'ben');
  await page.click('button:has-text("Show what happens")');
  await heading('Merge ben-2 into ben?');
  assert.ok((await page.locator('main').innerText()).includes('u-3000'));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  await page.check('input[name=sure]');
  await page.click('button:has-text("Merge")');
  await heading('Account ben');
  await page.click('a:has-text("Undo the merge with ben-2")');
  await heading('Undo the merge of ben-2 into ben?');
  await page.click('button:has-text("Undo the merge")');
  await page.waitForURL('**notice=done');
  const shown = await vestibule.command('user', 'show', 'ben-2', '--json');
  assert.equal(JSON.parse(shown.out).identities[0].subject, 'u-3000');
});

test('an admin suspends a provider while somebody is signed in there, and that session ends', async () => {
  await fresh();
  await page.goto(`${vestibule.url}/account`);
  await authenticate('ben');
  await heading('Your account');
  const bens = page;
  await fresh();
  await page.goto(`${vestibule.url}/admin`);
  await authenticate('ada');
  await page.click('a:has-text("Providers")');
  await page.click('main a:has-text("Example University")');
  await page.fill('#why', 'a leak');
  await page.click('button:has-text("Suspend")');
  // Ada came by the same provider, so her session ends, too. The command line resumes it.
  await bens.goto(`${vestibule.url}/account`);
  assert.notEqual(await bens.locator('h1').innerText(), 'Your account');
  const resumed = await vestibule.command('provider', 'resume', 'uni');
  assert.equal(resumed.status, 0, resumed.err);
});
