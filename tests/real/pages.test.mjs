// Every page in Chromium: checked with axe in light and dark, on 320 px, and against its own Content-Security-Policy.
//
// First as served, reached as a person reaches it. Then every sample of every page in every language, from the folder that
// GALLERY names: VESTIBULE_GALLERY=FOLDER cargo test --lib gallery makes it.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { checkPage, checkNarrowPage, launch } from './support/chromium.mjs';
import { startFacebook } from './support/facebook.mjs';
import { freePort, startApp } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, provider, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

const { GALLERY } = process.env;
if (!GALLERY) throw new Error('GALLERY is not set: VESTIBULE_GALLERY=FOLDER cargo test --lib gallery makes the folder that it names');

let upstream, social, notes, vestibule, config, browser, context, page, complaints;
before(async () => {
  const port = await freePort();
  const dead = `http://127.0.0.1:${await freePort()}`;
  const ids = ['uni', 'second', 'posting', 'secretive', 'strict', 'nameless'];
  notes = await startApp();
  social = await startFacebook();
  upstream = await startProvider({ clients: [client(ids.map((id) => `http://localhost:${port}/callback/${id}`))] });
  const one = (id, more, rest = {}) => provider({ issuer: upstream.issuer, id, name: `The ${id} University`, more, ...rest });
  const some = (id, providers, rest = {}) => app({ id, name: 'Notes', url: notes.url, more: `providers = [${providers.map((name) => `"${name}"`)}]`, ...rest });
  config = [
    server({ port }).replace('[log]', '[brand]\nname = "The People of Example"\nhelp = "mailto:help@example.org"\n[log]'),
    one('uni'), one('second'), one('posting', 'response_mode = "form_post"', { username: 'posting-{{ preferred_username }}' }),
    one('secretive').replace('only-for-these-tests-0123456789', 'another-secret'),
    one('strict', 'first_login = "refuse"'), one('nameless', '', { username: '{{ nickname }}' }),
    provider({ issuer: dead, id: 'dead', name: 'The silent University' }), one('off', 'enabled = false'),
    ...Array.from({ length: 5 }, (_, at) => provider({ issuer: dead, id: `far-${at}`, name: `University number ${at}`, more: 'enabled = true' })),
    some('notes', ['uni']), some('two', ['uni', 'second']), some('many', ['uni', 'second', 'dead', 'far-0', 'far-1', 'far-2', 'far-3', 'far-4']),
    some('none', ['off']), some('closed', ['uni'], { name: 'Closed' }).replace('kind = "plain"', 'kind = "plain"\nenabled = false'),
    social.config, some('social', ['facebook']), some('queried', ['facebook'], {}).replace('kind = "plain"', 'kind = "plain"\ndelivery = "query"'),
    ...['posting', 'secretive', 'strict', 'nameless', 'dead', 'second'].map((id) => some(id, [id])),
    app({ id: 'meet', name: 'Meeting', url: notes.url, more: `providers = ["uni"]\nroom_location = "${notes.url}r/{room}/"`, allow: 'rooms = ["maths"]' }),
  ].join('\n');
  vestibule = await Vestibule.serve(() => config, { port });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await vestibule?.stop();
  await upstream?.stop();
  await social?.stop();
  await notes?.stop();
});

async function fresh(options = {}) {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => { if (/Content.Security.Policy|Refused/i.test(message.text())) complaints.push(message.text()); });
}
const open = (path) => page.goto(`${vestibule.url}${path}`);
const press = (answer) => page.click(`button[value=${answer}]`);
async function signIn(path, who = 'ada') {
  await open(path);
  await press(who);
  if (await page.locator('button[value=allow]').count()) await press('allow');
  await page.waitForLoadState();
}
/** Signs in, and returns the callback's URL. */
async function callback(path) {
  const back = page.waitForRequest(`${vestibule.url}/callback/**`);
  await signIn(path);
  return (await back).url();
}

const VISITS = {
  'the choice of two providers': ['Sign in to Notes', () => open('/auth/two')],
  'the choice when one is used last': ['Sign in to Notes', async () => {
    await signIn('/auth/two?provider=uni');
    await open('/auth/two?prompt=select_account');
  }],
  'the choice of many, with a search and one that does not answer': ['Sign in to Notes', () => open('/auth/many')],
  'the choice without an app': ['Sign in to The People of Example', () => open('/auth?return_to=%2Flogout')],
  'a link that would lead to another site': ['This link is not right', () => open('/auth?return_to=%2F%2Fevil.example%2F')],
  'a search that finds nothing': ['Sign in to Notes', () => open('/auth/many?find=zzz')],
  'no way to sign in': ['No way to sign in is set up here', () => open('/auth/none')],
  'the question before signing out': ['Sign out?', async () => {
    await signIn('/auth/notes');
    await open('/logout');
  }],
  'signed out': ['You are signed out', async () => {
    await signIn('/auth/notes');
    await open('/logout');
    await page.click('button:has-text("Sign out")');
  }],
  'nobody to sign out': ['You are not signed in', () => open('/logout')],
  'a name that was taken': ['Your name here is ada-', () => signIn('/auth/second')],
  'the page that re-posts, when its script does not arrive': ['One moment', async () => {
    await page.route('**/static/repost*', (route) => route.abort());
    await signIn('/auth/posting');
  }],
  'denied at the provider': ['You did not finish signing in', async () => {
    await open('/auth/two?provider=uni');
    await press('deny');
  }],
  'begun in another browser': ['This sign-in began in another browser', async () => {
    const elsewhere = new Visitor();
    let at = await elsewhere.press(await elsewhere.visit(`${vestibule.url}/auth/notes`), 'ada', { stop: vestibule.url });
    if (at.status === 200) at = await elsewhere.press(at, 'allow', { stop: vestibule.url });
    await page.goto(at.url.href);
  }],
  'the same callback twice': ['You are already signed in', async () => {
    await page.goto(await callback('/auth/notes'));
  }],
  'the same callback twice, signed out in between': ['This sign-in is already finished', async () => {
    const url = await callback('/auth/notes');
    await context.clearCookies({ name: '__Host-vestibule' });
    await page.goto(url);
  }],
  'a provider that does not answer': ['The silent University is not answering', () => open('/auth/dead')],
  'our secret is not the provider’s': ['can’t be used right now', () => signIn('/auth/secretive')],
  'nobody has set the person up': ['You have no access here yet', () => signIn('/auth/strict')],
  'no name to use': ['did not give us a name to use', () => signIn('/auth/nameless')],
  'not expected in a room': ['not expected in physics', () => signIn('/auth/meet?room=physics')],
  'the app is disabled': ['Closed can’t be used', () => open('/auth/closed')],
  'the provider is disabled': ['can’t be used here at the moment', () => open('/auth/none?provider=off')],
  'an address that is not registered': ['This link is not right', () => open('/auth/notes?location=https%3A%2F%2Fevil.example%2F')],
  'a parameter given twice': ['This link is not right', () => open('/auth/notes?state=a&state=b')],
  'an unknown app': ['This link is not right', () => open('/auth/nowhere')],
  'nothing at this address': ['There is nothing at this address', () => open('/administration')],
  'a callback that is not ours': ['This sign-in can’t be finished', () => open('/callback/uni?code=x&state=made-up')],
  'a button pressed on a page that is not ours': ['Please press the button on our own page', async () => {
    await page.goto(notes.url);
    await page.setContent(`<form method="post" action="${vestibule.url}/logout"><button>Free cookies</button></form>`);
    await page.click('button');
  }],
};

describe('as served:', () => {
  for (const [what, [words, reach]] of Object.entries(VISITS)) {
    test(what, async () => {
      await fresh();
      await reach();
      await page.waitForSelector(`h1:has-text("${words}")`);
      await checkPage(page, `page-${what.replace(/[^a-z]+/gi, '-')}`);
      assert.deepEqual(complaints, []);
    });
  }

  test('an account that was disabled', async () => {
    await fresh();
    await signIn('/auth/notes', 'ben');
    const { status, err } = await vestibule.command('user', 'disable', 'ben');
    assert.equal(status, 0, err);
    await signIn('/auth/notes?prompt=login', 'ben');
    await page.waitForSelector('h1:has-text("This account can’t be used here")');
    await checkPage(page, 'page-account-switched-off');
  });

  // RFC 9110 §10.2.2: a browser keeps a fragment through redirects to addresses without one.
  test('what Facebook appends to our address never reaches the app', async () => {
    const hash = () => page.evaluate(() => location.hash);
    social.refuse(true);
    await fresh();
    await open('/auth/social');
    await page.waitForSelector('h1:has-text("You did not finish signing in with Facebook")');
    assert.equal(await hash(), '#_=_');
    social.refuse(false);
    for (const [path, fragment] of [['/auth/social', /^#token=/], ['/auth/queried', /^$/]]) {
      await fresh();
      await open(path);
      await page.waitForURL(`${notes.url}**`);
      assert.match(await hash(), fragment);
    }
  });

  test('pages are in French and German by ui_locales and by the browser’s preference', async () => {
    await fresh({ locale: 'de-CH' });
    await open('/auth/two');
    assert.equal(await page.getAttribute('html', 'lang'), 'de');
    await open('/auth/two?ui_locales=fr');
    assert.equal(await page.getAttribute('html', 'lang'), 'fr');
    assert.match(await page.title(), /^(?!Sign in)/);
  });

  test('the choice page works by keyboard alone, with a visible focus ring', async () => {
    await fresh();
    await open('/auth/two');
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.classList.contains('choice'))) break;
    }
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
    assert.equal(ring, '3px');
    await page.keyboard.press('Enter');
    await page.waitForSelector('button[value=ada]');
  });

  test('a page with its stylesheet is at most 20 KB over the wire', async () => {
    await fresh();
    let bytes = 0;
    page.on('response', async (response) => { bytes += (await response.body()).length; });
    await open('/auth/two');
    await page.waitForLoadState('networkidle');
    assert.ok(bytes > 0 && bytes <= 20_480, `${bytes} bytes`);
  });
});

test('every sample of every page in every language', async () => {
  await fresh({ viewport: { width: 320, height: 640 } });
  // Without this, the page that posts itself would leave at once.
  await page.route('**/*.js', (route) => route.abort());
  const samples = (await readdir(GALLERY)).filter((name) => name.endsWith('.html')).sort();
  assert.ok(samples.length > 60, `${samples.length} samples`);
  for (const sample of samples) {
    await page.goto(pathToFileURL(join(GALLERY, sample)).href);
    await checkNarrowPage(page, sample);
  }
});
