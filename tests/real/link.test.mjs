// Linking in Chromium with JavaScript switched off: at a second provider, a person is asked whether they have an account.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './support/chromium.mjs';
import { freePort, startApp } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, provider, server } from './support/vestibule.mjs';

let university, lab, notes, vestibule, browser, page;
before(async () => {
  const port = await freePort();
  const callback = (id) => [client([`http://localhost:${port}/callback/${id}`])];
  notes = await startApp();
  university = await startProvider({ clients: callback('uni') });
  lab = await startProvider({ clients: callback('lab') });
  const ask = 'first_login = "ask"\nask = ["prove", "new", "request"]';
  const config = [
    server({ port }),
    provider({ issuer: university.issuer }),
    provider({ issuer: lab.issuer, id: 'lab', name: 'Example Lab', more: ask }),
    app({ url: notes.url, more: 'claims = ["preferred_username"]' }),
  ].join('\n');
  vestibule = await Vestibule.serve(() => config, { port });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await vestibule?.stop();
  for (const one of [university, lab, notes]) await one?.stop();
});

/** A browser without cookies and without script. */
async function fresh() {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 900 } });
  page = await context.newPage();
}
const heading = async (expected) => assert.equal(await page.locator('h1').innerText(), expected);
const choose = (words) => page.click(`a:has-text("${words}")`);
const press = (words) => page.click(`button:has-text("${words}")`);
/** The pages of the provider: who the person is, and whether they agree. */
async function authenticate(who) {
  for (const answer of [who, 'allow']) {
    const button = page.locator(`button[value=${answer}]`);
    if (await button.count()) await button.click();
  }
  await page.waitForLoadState();
}
async function signIn(id, who) {
  await page.goto(`${vestibule.url}/auth/notes?provider=${id}`);
  await authenticate(who);
}
/** The claims of the token in the fragment. */
function claims() {
  const token = new URLSearchParams(new URL(page.url()).hash.slice(1)).get('token');
  assert.ok(page.url().startsWith(notes.url) && token, page.url());
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

test('Ada proves her account at the university, links the lab, and enters the app by either', async () => {
  await fresh();
  await signIn('uni', 'ada');
  const { sub } = claims();
  await fresh();
  await signIn('lab', 'ada');
  await heading('Are you already here?');
  await choose('Continue with Example University');
  await authenticate('ada');
  await heading('Open ada with Example Lab too?');
  await press('No, go back');
  await heading('Are you already here?');
  await choose('Continue with Example University');
  await authenticate('ada');
  await press('Open with both');
  await page.waitForURL(`${notes.url}**`);
  assert.equal(claims().sub, sub);
  await fresh();
  await signIn('lab', 'ada');
  assert.equal(claims().sub, sub);
});

test('on her own page she sees both, removes one, keeps the last, and adds the first again', async () => {
  await fresh();
  await page.goto(`${vestibule.url}/account`);
  await choose('Continue with Example Lab');
  await authenticate('ada');
  await heading('Your account');
  const text = await page.locator('main').innerText();
  assert.ok(text.includes('You linked it on') && text.includes('You made this account with it on'), text);
  const remove = (name) => page.click(`li:has-text("${name}") a:has-text("Remove")`);
  await remove('Example University');
  await heading('Remove Example University?');
  await press('Remove');
  // Neither provider gives auth_time, so a removal needs a sign-in at which the lab was asked to authenticate again.
  await choose('Sign in again');
  await choose('Continue with Example Lab');
  await authenticate('ada');
  await heading('Remove Example University?');
  await press('Remove');
  await page.waitForURL('**/account?done=method-removed');
  assert.ok((await page.locator('[role=status]').innerText()).includes('no longer opens your account'));
  await remove('Example Lab');
  await heading('Example Lab stays for now.');
  await choose('Back to your account');
  await choose('Add a way to sign in');
  await choose('Continue with Example University');
  await authenticate('ada');
  await heading('Open ada with Example University too?');
  await press('Open with both');
  await page.waitForURL('**/account?done=method-added');
  await remove('Example Lab');
  await press('Remove');
  await choose('Sign in again');
  await choose('Continue with Example University');
  await authenticate('ada');
  await press('Remove');
  await page.waitForURL('**/account?done=method-removed');
  await fresh();
  await signIn('lab', 'ada');
  await heading('Are you already here?');
});

test('Ben asks to be let in, an admin decides, and Ben enters', async () => {
  await fresh();
  await signIn('lab', 'ben');
  await heading('Are you already here?');
  await choose('Ask to be let in');
  await page.fill('textarea', 'I am Ben, from the choir.');
  await press('Send');
  await heading('Your request was sent.');
  await fresh();
  await signIn('lab', 'ben');
  await heading('Your request is waiting.');
  const listed = await vestibule.command('access-request', 'list', '--json');
  const [request] = JSON.parse(listed.out);
  assert.equal(request.message, 'I am Ben, from the choir.');
  const decided = await vestibule.command('access-request', 'let-in', request.id);
  assert.equal(decided.status, 0, decided.err);
  await fresh();
  await signIn('lab', 'ben');
  assert.equal(claims().preferred_username, 'ben');
});
