// From a group's page to Vestibule and back into the group. The stand-in of tests/galene takes Galène's place; STAND_IN names
// its program, which go build makes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { launch, picture } from './support/chromium.mjs';
import { freePort } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { ROOT, Vestibule, app, client, provider, server } from './support/vestibule.mjs';

const { STAND_IN } = process.env;
if (!STAND_IN) throw new Error('STAND_IN is not set: it names the program that go build makes of tests/galene');

let upstream, vestibule, galene, url, groups, browser, page;
before(async () => {
  const [port, at] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${at}/`;
  upstream = await startProvider({ clients: [client([`http://localhost:${port}/callback/uni`])] });
  const rules = `rooms = ["*"]
permissions = ["present"]
[[app.allow]]
rooms = ["maths"]
groups = ["staff"]
permissions = ["op"]`;
  vestibule = await Vestibule.serve(
    () => [server({ port }), provider({ issuer: upstream.issuer }), app({ id: 'galene', kind: 'galene', name: 'Conference', url, allow: rules })].join('\n'),
    { port },
  );
  groups = join(vestibule.folder, 'groups');
  await mkdir(join(groups, 'seminars'), { recursive: true });
  await writeGroups();
  galene = spawn(STAND_IN, ['serve', '--groups', groups, '--listen', `127.0.0.1:${at}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const _ of createInterface({ input: galene.stdout })) break;
  browser = await launch();
  page = await browser.newPage();
});
after(async () => {
  await browser?.close();
  galene?.kill();
  await vestibule?.stop();
  await upstream?.stop();
});

/** Writes the group files of examples/galene, with the output of `key export --galene` as their `authKeys`. */
async function writeGroups() {
  const { status, out, err } = await vestibule.command('key', 'export', '--galene');
  assert.equal(status, 0, err);
  const given = JSON.parse(await readFile(join(ROOT, 'examples/galene/groups/maths.json'), 'utf8'));
  for (const name of ['maths', 'seminars/b']) {
    const authPortal = given.authPortal.replace('https://auth.example.org', vestibule.url).replace('maths', encodeURIComponent(name));
    await writeFile(join(groups, `${name}.json`), JSON.stringify({ ...given, authKeys: JSON.parse(out), authPortal }));
  }
}

async function state(expected) {
  await page.waitForFunction((text) => document.getElementById('state')?.textContent.startsWith(text), expected);
  return page.textContent('#state');
}

test('the group’s page leads to the provider and back, and the person enters with the right name and role', async () => {
  const shown = [];
  page.on('framenavigated', () => shown.push(page.url()));
  await page.goto(`${url}group/maths/`);
  await page.click('button[value=ada]');
  await page.click('button[value=allow]');
  await state('ready');
  assert.equal(page.url(), `${url}group/maths/`, 'the token is gone from the address bar');
  await page.click('#connect');
  await state('joined');
  assert.equal(await page.textContent('#username'), 'ada');
  assert.deepEqual((await page.textContent('#permissions')).split(' ').sort(), ['caption', 'message', 'op', 'present', 'token']);
  await picture(page, 'galene-joined');
});

test('a reload leads through Vestibule without a question, by the session', async () => {
  const asked = upstream.seen.length;
  await page.reload();
  await state('ready');
  assert.equal(upstream.seen.length, asked);
});

test('another group, in a folder, opens by the same session with the permissions of that room', async () => {
  await page.goto(`${url}group/seminars/b/`);
  await state('ready');
  await page.click('#connect');
  await state('joined');
  assert.deepEqual((await page.textContent('#permissions')).split(' ').sort(), ['message', 'present']);
});

test('a denial at the provider leads to a page whose return link goes to Galène’s root, without a loop', async () => {
  const context = await browser.newContext();
  const stranger = await context.newPage();
  await stranger.goto(`${url}group/maths/`);
  await stranger.click('button[value=deny]');
  await stranger.click('text=Return to Conference');
  await stranger.waitForLoadState();
  assert.equal(stranger.url().replace(/#$/, ''), url);
  await context.close();
});

test('prompt=none without a session ends at Galène’s root, not at a group', async () => {
  const answer = await fetch(`${vestibule.url}/auth/galene?room=maths&prompt=none`, { redirect: 'manual' });
  assert.equal(answer.headers.get('location').replace(/#.*$/, ''), url);
});

test('a token for one group is refused by another', async () => {
  const context = await browser.newContext();
  const thief = await context.newPage();
  const tokens = [];
  thief.on('request', (request) => { if (request.url().endsWith('.join')) tokens.push(request.postDataJSON().token); });
  await thief.goto(`${url}group/maths/`);
  await thief.click('button[value=ben]');
  await thief.click('button[value=allow]');
  await thief.waitForFunction(() => document.getElementById('state')?.textContent === 'ready');
  await thief.goto(`${url}group/seminars/b/?token=${tokens[0]}`);
  await thief.waitForFunction(() => document.getElementById('state')?.textContent.startsWith('failed'));
  assert.equal(await thief.textContent('#state'), 'failed: not authorised');
  await context.close();
});

test('after a rotation, a new export accepts tokens of the old and the new key', async () => {
  const { status, err } = await vestibule.command('key', 'rotate');
  assert.equal(status, 0, err);
  await writeGroups();
  const keys = JSON.parse(await readFile(join(groups, 'maths.json'), 'utf8')).authKeys;
  assert.equal(keys.length, 2);
  await page.goto(`${url}group/maths/`);
  await state('ready');
});
