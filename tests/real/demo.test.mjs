// The demo, used in a browser as a new user would. Pictures are in target/test-output.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { checkPage, launch, picture } from './support/chromium.mjs';
import { until } from './support/net.mjs';
import { BINARY } from './support/vestibule.mjs';

let demo, output, log, at, folder, browser;
before(async () => {
  output = log = '';
  demo = spawn(BINARY, ['demo'], { stdio: ['ignore', 'pipe', 'pipe'] });
  demo.stdout.on('data', (text) => { output += text; });
  demo.stderr.on('data', (text) => { log += text; });
  await until('the demo prints its addresses', () => output.includes('Press Ctrl-C to stop'));
  const address = (what) => output.match(new RegExp(`${what}\\s+(http://\\S+)`))[1];
  at = { conference: output.match(/http:\/\/\S+/)[0], vestibule: address('Vestibule'), university: address('University'), social: address('Social') };
  folder = output.match(/database in (\S+),/)[1];
  browser = await launch();
});
after(async () => {
  await browser?.close();
  demo?.kill('SIGKILL');
});

const PEOPLE = { ada: 'Ada Lovelace', ben: 'Ben Okafor', dee: 'Dee Sørensen' };

/** A fresh browser at the list of rooms. `bar` collects the address bar after each page load. */
async function visitor(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const bar = [];
  page.on('load', () => bar.push(page.url()));
  await page.goto(at.conference);
  return { context, page, bar };
}
const enter = (page, room) => page.click(`button:has-text("Enter ${room}")`);
/** From the choice page to the university. */
const university = (page) => page.click('a.choice:has-text("Example University")');
/** From the choice page to the social network. */
const social = (page) => page.click('a.choice:has-text("Example Social")');
/** Answers at the university, after the choice page if that comes first. */
const choose = async (page, person) => {
  await page.locator(`a.choice, button[value=${person}]`).first().waitFor();
  if (await page.locator('a.choice').count()) await university(page);
  await page.click(`button[value=${person}]`);
};
/** At the first sign-in with Example Social. */
const isNew = async (page) => {
  await heading(page, 'Are you already here?');
  await page.click('button:has-text("Make a new account")');
};
const heading = async (page, text) => {
  await page.waitForSelector(`h1:has-text("${text}")`);
};

test('it prints an address to open and things to try', () => {
  assert.match(output, /Open this in a browser:\s+http:\/\/127\.0\.0\.1:\d+\//);
  assert.ok(output.includes('What to try'));
  assert.match(output, /Example Social, which has OAuth 2\.0 without OpenID Connect/);
  assert.ok(existsSync(folder));
});

for (const [person, name] of Object.entries(PEOPLE)) {
  test(`${name} enters Maths, and the address bar never shows the token`, async () => {
    const { context, page, bar } = await visitor();
    await enter(page, 'Maths');
    await university(page);
    await heading(page, 'Who are you?');
    await choose(page, person);
    await heading(page, 'You are in Maths');
    const shown = await page.textContent('#view');
    assert.ok(shown.includes(name), shown);
    assert.equal(shown.includes('moderate'), person === 'ada', 'staff moderates, others do not');
    const panel = await page.textContent('#story');
    for (const words of ['What just happened', 'The parts of the token', 'login+jwt', `${at.conference}room/maths/`]) assert.ok(panel.includes(words), words);
    assert.equal(await page.locator('#story .fails').count(), 0);
    assert.ok(await page.locator('#story .holds').count() >= 10);
    assert.equal(page.url(), `${at.conference}room/maths/`);
    assert.ok(bar.length >= 3, `${bar}`);
    for (const url of bar) assert.doesNotMatch(url, /token|eyJ/);
    await picture(page, `demo-maths-${person}`);
    await context.close();
  });
}

test('a second room opens without a second sign-in', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Maths');
  await choose(page, 'ben');
  await heading(page, 'You are in Maths');
  await page.click('text=Leave the room');
  const asked = [];
  page.on('request', (request) => { if (request.url().startsWith(at.university)) asked.push(request.url()); });
  await enter(page, 'Seminar B');
  await heading(page, 'You are in Seminar B');
  assert.deepEqual(asked, []);
  await picture(page, 'demo-second-room');
  await context.close();
});

test('Grace, who has no account at the university, enters with the password that the demo prints', async () => {
  const [, name, password] = output.match(/sign in as (\S+), password ([^:]+):/);
  const { context, page, bar } = await visitor();
  await enter(page, 'Seminar B');
  const send = async (typed) => {
    await page.fill('#username', name);
    await page.fill('#password', typed);
    await page.click('form.password button');
  };
  await send('nanoseconds of string');
  await page.waitForSelector('[role=alert]');
  assert.equal(await page.inputValue('#username'), name);
  await send(password);
  await heading(page, 'You are in Seminar B');
  assert.ok(bar.length >= 3, `${bar}`);
  for (const url of bar) assert.doesNotMatch(url, /token|eyJ|nanoseconds/);
  await context.close();
});

test('Dee is not expected in Seminar B, and enters with another account', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Seminar B');
  await choose(page, 'dee');
  await heading(page, 'You are signed in as dee, but not expected in seminars/b');
  assert.match(await page.textContent('code'), /^V-[0-9A-Z]{8}$/);
  await checkPage(page, 'demo-dee-refused');
  await page.click('text=Use another account');
  await choose(page, 'ada');
  await heading(page, 'You are in Seminar B');
  await context.close();
});

test('Dee can also return to the conference, which explains the refusal', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Seminar B');
  await choose(page, 'dee');
  await page.click('text=Return to Conference');
  await heading(page, 'Seminar B is not open to you');
  await picture(page, 'demo-dee-returned');
  await context.close();
});

test('a person who denies at the university can try again', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Maths');
  await choose(page, 'no');
  await heading(page, 'You did not finish signing in with Example University');
  await page.click('text=Try again');
  await choose(page, 'ada');
  await heading(page, 'You are in Maths');
  await context.close();
});

test('Mia of Example Social, whose e-mail address is verified, enters Seminar B', async () => {
  const { context, page, bar } = await visitor();
  await enter(page, 'Seminar B');
  await social(page);
  await heading(page, 'Who are you?');
  const asked = await page.textContent('main');
  assert.ok(asked.includes('your name and your e‑mail address.'), asked);
  await choose(page, 'mia');
  await isNew(page);
  await heading(page, 'You are in Seminar B');
  const shown = await page.textContent('#view');
  assert.ok(shown.includes('Mia Tanaka') && shown.includes('speak'), shown);
  assert.equal(await page.locator('#story .fails').count(), 0);
  for (const url of bar) assert.doesNotMatch(url, /token|eyJ/);
  await picture(page, 'demo-seminar-mia');
  await context.close();
});

test('Leo of Example Social is refused there, the log says why, and he may enter Maths', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Seminar B');
  await social(page);
  await choose(page, 'leo');
  await isNew(page);
  await heading(page, 'You are signed in as leo, but not expected in seminars/b');
  const code = await page.textContent('code');
  await until('the log has the refusal', () => log.includes(code));
  const line = log.split('\n').find((text) => text.includes(code));
  assert.match(line, /needs a verified address at makers\.example; has one that the provider does not call verified/);
  await page.goto(at.conference);
  await enter(page, 'Maths');
  await heading(page, 'You are in Maths');
  await context.close();
});

test('Ben links Example Social to the account that he has by the university, and sees both there', async () => {
  const first = await visitor();
  await enter(first.page, 'Maths');
  await choose(first.page, 'ben');
  await heading(first.page, 'You are in Maths');
  await first.context.close();
  const { context, page, bar } = await visitor();
  await enter(page, 'Maths');
  await social(page);
  await choose(page, 'benny');
  await heading(page, 'Are you already here?');
  assert.ok((await page.textContent('main')).includes('Example Social says that you are'));
  await checkPage(page, 'demo-are-you-here');
  await page.click('a:has-text("Example University")');
  await choose(page, 'ben');
  await heading(page, 'Open ben with Example Social too?');
  await checkPage(page, 'demo-open-with-both');
  await page.click('button:has-text("Open with both")');
  await heading(page, 'You are in Maths');
  for (const url of bar) assert.doesNotMatch(url, /token|eyJ/);
  await page.goto(`${at.vestibule}/account`);
  await heading(page, 'Your account');
  const text = await page.textContent('main');
  for (const words of ['Example University', 'Example Social']) assert.ok(text.includes(words), text);
  await checkPage(page, 'demo-account');
  await context.close();
});

test('Ada opens the administration that the demo prints, and finds what Ben just did', async () => {
  const [, address] = output.match(/Administer the accounts at (http:\S+): sign in as Ada/);
  const { context, page } = await visitor();
  await page.goto(address);
  await university(page);
  await choose(page, 'ada');
  await heading(page, 'Identity administration');
  await checkPage(page, 'demo-admin');
  await page.fill('input[name=q]', 'okafor');
  await page.keyboard.press('Enter');
  await page.click('main a:has-text("ben")');
  await heading(page, 'Account ben');
  const text = await page.textContent('main');
  for (const words of ['Example University', 'Example Social', 'The person proved the account']) assert.ok(text.includes(words), text);
  await checkPage(page, 'demo-admin-ben');
  await context.close();
});

test('a person who goes back from Example Social can try again, and without JavaScript, too', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { context, page } = await visitor({ javaScriptEnabled });
    await page.goto(`${at.vestibule}/auth/conference?room=maths&state=${'s'.repeat(32)}&nonce=${'n'.repeat(32)}`);
    await social(page);
    await page.click('button:has-text("No, go back")');
    await heading(page, 'You did not finish signing in with Example Social');
    await page.click('text=Try again');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${at.conference}room/maths/**`);
    await context.close();
  }
});

for (const [locale, words] of Object.entries({ de: 'Wer sind Sie?', fr: 'Qui êtes-vous' })) {
  test(`both providers ask in the language of the browser: ${locale}`, async () => {
    const { context, page } = await visitor({ locale });
    for (const provider of [university, social]) {
      await page.goto(at.conference);
      await enter(page, 'Maths');
      await provider(page);
      await heading(page, words);
    }
    await context.close();
  });
}

test('after a sign-out, the next room asks the university again, and after a sign-out there the person must sign in', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Maths');
  await choose(page, 'ada');
  await heading(page, 'You are in Maths');
  await page.goto(`${at.vestibule}/logout`);
  await heading(page, 'Sign out?');
  await page.click('button:has-text("Sign out")');
  await heading(page, 'You are signed out');
  const asked = page.waitForRequest((request) => request.url().startsWith(`${at.university}/authorize`));
  await page.goto(at.conference);
  await enter(page, 'Maths');
  await university(page);
  await asked;
  await heading(page, 'You are in Maths');
  await page.goto(`${at.vestibule}/logout`);
  await page.click('button:has-text("Sign out")');
  await page.goto(at.university);
  await page.click('button:has-text("Sign out")');
  await page.goto(at.conference);
  await enter(page, 'Maths');
  await university(page);
  await heading(page, 'Who are you?');
  await context.close();
});

test('the back button after a sign-in leads to a page with a next step', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Maths');
  await choose(page, 'ada');
  await heading(page, 'You are in Maths');
  await page.goBack();
  await page.waitForLoadState();
  const ways = await page.locator('main a, main button').count();
  assert.ok(ways > 0, await page.textContent('body'));
  await context.close();
});

test('a reload of a room offers a sign-in, and lets in with one click', async () => {
  const { context, page } = await visitor();
  await enter(page, 'Maths');
  await choose(page, 'ada');
  await heading(page, 'You are in Maths');
  await page.reload();
  await heading(page, 'Sign in to enter Maths');
  await page.click('button:has-text("Sign in to Maths")');
  await heading(page, 'You are in Maths');
  await context.close();
});

test('two tabs can sign in at the same time', async () => {
  const { context, page } = await visitor();
  const other = await context.newPage();
  await other.goto(at.conference);
  await enter(page, 'Maths');
  await enter(other, 'Seminar A');
  // Both tabs are at the university before either has signed in.
  await university(page);
  await university(other);
  await choose(other, 'ada');
  await heading(other, 'You are in Seminar A');
  await page.bringToFront();
  await choose(page, 'ada');
  await heading(page, 'You are in Maths');
  await context.close();
});

describe('its pages pass the accessibility checks of axe, in light, in dark and on 320 px:', () => {
  test('the rooms', async () => {
    const { context, page } = await visitor();
    await page.waitForSelector('button:has-text("Enter Maths")');
    await checkPage(page, 'demo-rooms');
    await context.close();
  });

  test('the university', async () => {
    const { context, page } = await visitor();
    await enter(page, 'Maths');
    await university(page);
    await heading(page, 'Who are you?');
    await checkPage(page, 'demo-university');
    await context.close();
  });

  test('the social network', async () => {
    const { context, page } = await visitor();
    await enter(page, 'Maths');
    await social(page);
    await heading(page, 'Who are you?');
    await checkPage(page, 'demo-social');
    await page.click('button[value=mia]');
    await heading(page, 'You are in Maths');
    await page.goto(at.social);
    await heading(page, 'You are signed in as Mia Tanaka');
    await checkPage(page, 'demo-social-front');
    await context.close();
  });

  test('the room, with its explanation of the sign-in', async () => {
    const { context, page } = await visitor();
    await enter(page, 'Maths');
    await choose(page, 'ada');
    await heading(page, 'You are in Maths');
    await checkPage(page, 'demo-room');
    await context.close();
  });

  test('a room before the sign-in', async () => {
    const { context, page } = await visitor();
    await page.goto(`${at.conference}room/maths/`);
    await heading(page, 'Sign in to enter Maths');
    await checkPage(page, 'demo-before-sign-in');
    await context.close();
  });
});

test('Ctrl-C stops the demo and removes its folder', async () => {
  const over = new Promise((done) => demo.once('close', (status) => done(status)));
  demo.kill('SIGINT');
  assert.equal(await over, 0);
  assert.ok(!existsSync(folder), folder);
});
