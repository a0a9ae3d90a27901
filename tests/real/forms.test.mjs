// The forms of our pages in Chromium, which checks every redirect after a form against `form-action`: to the app, and onwards.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';

import { launch } from './support/chromium.mjs';
import { closed, freePort, until } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, provider, run, server } from './support/vestibule.mjs';

const PASSWORD = 'one pale lantern over water';
const OWN = '[[provider]]\nid = "own"\nkind = "password"\nname = "Accounts of this site"\n';

/** A server that answers with a page, or redirects to `onward` once it has a token. */
async function listen(host, onward) {
  const taken = [];
  const listener = createServer((request, answer) => {
    const token = new URL(request.url, 'http://app').searchParams.get('token');
    if (token) taken.push(token);
    if (token && onward) return answer.writeHead(303, { location: onward() }).end();
    return answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>In</title><h1>You are in</h1>');
  }).listen(0, host);
  await new Promise((done) => listener.once('listening', done));
  const { address, port, family } = listener.address();
  return { origin: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, taken, stop: () => closed(listener) };
}

let apps, upstream, vestibule, browser, context, page, complaints;
before(async () => {
  const port = await freePort();
  const home = await listen('127.0.0.1');
  const six = await listen('::1');
  const redirecting = await listen('127.0.0.1', () => `${home.origin}/home`);
  apps = { home, six, redirecting };
  upstream = await startProvider({ clients: [client([`http://localhost:${port}/callback/posting`])] });
  const own = (id, origin, more = '') => app({ id, name: 'Notes', url: `${origin}/in`, more: `providers = ["own"]\ndelivery = "query"\n${more}` });
  vestibule = await Vestibule.serve(() => [
    server({ port }), OWN,
    provider({ issuer: upstream.issuer, id: 'posting', username: 'posted-{{ preferred_username }}', more: 'response_mode = "form_post"' }),
    own('onward', redirecting.origin, `onward_origins = ["${home.origin}"]`),
    own('forgotten', redirecting.origin),
    own('six', six.origin),
    app({ id: 'six-posted', name: 'Notes', url: `${six.origin}/in`, more: 'providers = ["posting"]\ndelivery = "query"' }),
    app({ id: 'onward-posted', name: 'Notes', url: `${redirecting.origin}/in`, more: `providers = ["posting"]\ndelivery = "query"\nonward_origins = ["${home.origin}"]` }),
  ].join('\n'), { port });
  const made = await run(['user', 'add', 'ada', '--password-stdin', '--config', `${vestibule.folder}/vestibule.toml`], vestibule.folder, { input: `${PASSWORD}\n` });
  assert.equal(made.status, 0, made.err);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await vestibule?.stop();
  await upstream?.stop();
  for (const one of Object.values(apps ?? {})) await one.stop();
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => { if (/Content.Security.Policy|form-action/i.test(message.text())) complaints.push(message.text()); });
});

async function typePassword(id) {
  await page.goto(`${vestibule.url}/auth/${id}`);
  await page.fill('input[name=username]', 'ada');
  await page.fill('input[name=password]', PASSWORD);
  await page.click('form.password button');
}

describe('a sign-in with a password', () => {
  test('follows the app’s redirect, if the config names that origin', async () => {
    await typePassword('onward');
    await page.waitForURL(`${apps.home.origin}/home`);
    assert.deepEqual(complaints, []);
  });

  test('stops at an origin that the config does not name, with the console message that the docs quote', async () => {
    const before = apps.redirecting.taken.length;
    await typePassword('forgotten');
    const said = await until('Chromium complains', () => complaints.find((line) => line.includes(apps.redirecting.origin)));
    assert.match(said, /form-action 'self' http:\/\/127\.0\.0\.1/);
    assert.equal(apps.redirecting.taken.length, before + 1, 'the app has received the token');
  });

  test('reaches an app at an IPv6 address', async () => {
    await typePassword('six');
    await page.waitForURL(`${apps.six.origin}/in?token=*`);
    assert.deepEqual(complaints, []);
  });
});

describe('a callback that a provider posts', () => {
  for (const [id, to] of [['six-posted', () => `${apps.six.origin}/in?token=*`], ['onward-posted', () => `${apps.home.origin}/home`]]) {
    test(`reaches the app: ${id}`, async () => {
      await page.goto(`${vestibule.url}/auth/${id}`);
      await page.click('button[value=ada]');
      if (await page.locator('button[value=allow]').count()) await page.click('button[value=allow]');
      await page.waitForURL(to());
      assert.deepEqual(complaints, []);
    });
  }
});
