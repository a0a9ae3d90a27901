// Galène's own password form, answered by Vestibule, and our keys in its groups. The stand-in of tests/galene takes Galène's
// place; STAND_IN names its program, which go build makes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { launch, picture } from './support/chromium.mjs';
import { freePort, until } from './support/net.mjs';
import { Vestibule, app, run, server } from './support/vestibule.mjs';

const { STAND_IN } = process.env;
if (!STAND_IN) throw new Error('STAND_IN is not set: it names the program that go build makes of tests/galene');

const PASSWORD = 'a long enough passphrase';
const ROOMS = ['physics', 'deep/room', 'maths'];
let vestibule, galene, galeneIsOver, url, groups, browser, page;

before(async () => {
  const [port, at] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${at}/`;
  const more = `authserver = ["local"]
[app.galene_api]
username = "root"
password = "only-for-these-tests"
rooms = ${JSON.stringify(ROOMS)}`;
  vestibule = await Vestibule.serve(
    () => [
      server({ port }),
      '[[provider]]\nid = "local"\nkind = "password"\nname = "Local account"\n',
      app({ id: 'galene', kind: 'galene', name: 'Conference', url, more, allow: 'rooms = ["*"]\npermissions = ["present"]' }),
    ].join('\n'),
    { port },
  );
  groups = join(vestibule.folder, 'groups');
  await mkdir(join(groups, 'deep'), { recursive: true });
  for (const room of ROOMS.slice(0, 2)) await writeFile(file(room), JSON.stringify({ authServer: `${vestibule.url}/auth/galene` }));
  await writeFile(file('maths'), JSON.stringify({ authPortal: `${vestibule.url}/auth/galene?room=maths` }));
  await serve('--writable');
  const made = await run(['user', 'add', 'ada', '--password-stdin', '--config', 'vestibule.toml'], vestibule.folder, { input: `${PASSWORD}\n` });
  assert.equal(made.status, 0, made.err);
  browser = await launch();
  page = await browser.newPage();
});
after(async () => {
  await browser?.close();
  galene?.kill();
  await vestibule?.stop();
});

const file = (room) => join(groups, `${room}.json`);
const keys = async (room) => JSON.parse(await readFile(file(room), 'utf8')).authKeys?.map(({ kid }) => kid) ?? [];
const push = (...words) => vestibule.command('key', 'push', '--app', 'galene', ...words);

/** Restarts Galène with other settings. */
async function serve(...settings) {
  galene?.kill();
  await galeneIsOver;
  const words = ['serve', '--groups', groups, '--listen', new URL(url).host, '--admin', 'root:only-for-these-tests', ...settings];
  galene = spawn(STAND_IN, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  galeneIsOver = new Promise((done) => galene.once('close', done));
  for await (const _ of createInterface({ input: galene.stdout })) break;
}

async function logIn(room, username, password) {
  await page.goto(`${url}group/${room}/`);
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', password);
  await page.click('#form button');
  await page.waitForFunction(() => /^(joined|failed)/.test(document.getElementById('state').textContent));
  return page.textContent('#state');
}

test('a running server pushes its keys to the groups by itself, even if Galène starts later', async () => {
  await until('every group has our key', async () => (await Promise.all(ROOMS.map(keys))).every(({ length }) => length === 1), { timeout: 180_000 });
  const { out } = await vestibule.command('key', 'list', '--json');
  assert.deepEqual(await keys('physics'), JSON.parse(out).map(({ kid }) => kid));
});

test('a right password in Galène’s own form lets a person in with the permissions of the room', async () => {
  for (const room of ['physics', 'deep/room']) {
    assert.equal(await logIn(room, 'ada', PASSWORD), 'joined');
    assert.equal(await page.textContent('#username'), 'ada');
    assert.deepEqual((await page.textContent('#permissions')).split(' ').sort(), ['message', 'present']);
  }
  await picture(page, 'authserver-joined');
});

test('a wrong password, an unknown name and an empty form look the same to the person', async () => {
  for (const [username, password] of [['ada', 'wrong'], ['nobody', PASSWORD], ['', '']]) {
    assert.equal(await logIn('physics', username, password), 'failed: The authorisation server said 403 Forbidden');
  }
});

test('a request from another origin of the same Galène is refused and gets no answer', async () => {
  const elsewhere = `http://localhost:${new URL(url).port}/`;
  const own = url;
  url = elsewhere;
  assert.equal(await logIn('physics', 'ada', PASSWORD), 'failed: Failed to fetch');
  url = own;
  assert.match(vestibule.log, /origin_not_allowed/);
});

test('after too many tries, Galène’s page shows that the person must wait', async () => {
  for (let tries = 0; tries < 5; tries += 1) await logIn('physics', 'zoe', `wrong ${tries}`);
  assert.equal(await logIn('physics', 'zoe', 'wrong'), 'failed: The authorisation server said 429 Too Many Requests');
});

test('after a rotation, `key push` sends both keys at once', async () => {
  const rotated = await vestibule.command('key', 'rotate');
  assert.equal(rotated.status, 0, rotated.err);
  const { status, out, err } = await push('--room', 'physics', '--room', 'deep/room');
  assert.equal(status, 0, err);
  assert.match(out, /^physics: has our keys\ndeep\/room: has our keys\n/);
  assert.equal((await keys('physics')).length, 2);
  assert.equal((await keys('deep/room')).length, 2);
});

test('after a rotation, the running server sends both keys before the new one signs', async () => {
  await until('the server has sent both keys', async () => (await keys('maths')).length === 2, { timeout: 180_000 });
  assert.equal(await logIn('physics', 'ada', PASSWORD), 'joined');
});

test('`check --app` finds nothing wrong in correct groups', async () => {
  const { status, out } = await vestibule.command('check', '--app', 'galene', '--groups', groups);
  assert.equal(status, 0, out);
  assert.match(out, /ok {3}app galene, group physics: its authServer is ours, and providers answer there/);
  assert.match(out, /ok {3}app galene, group maths: its authPortal leads here/);
  assert.match(out, /ok {3}app galene, group deep\/room: its file has our keys: 2/);
  assert.match(out, /ok {3}app galene: Galène accepts the name root and its password/);
});

test('each fault of a group is named with its fix', async () => {
  const good = JSON.parse(await readFile(file('physics'), 'utf8'));
  const [first, second] = good.authKeys;
  const { alg, ...without } = first;
  await writeFile(file('physics'), JSON.stringify({ ...good, authPortal: `${vestibule.url}/auth/galene?room=maths`, authKeys: [without, { ...second, kid: 'old' }] }));
  const { status, out } = await vestibule.command('check', '--app', 'galene', '--room', 'physics', '--room', 'none', '--groups', groups);
  assert.notEqual(status, 0);
  for (const finding of [
    /BAD {2}app galene, group physics: has both authPortal and authServer/,
    new RegExp(`BAD  app galene, group physics: key ${first.kid} of its file has no "alg": "${alg}"`),
    new RegExp(`BAD  app galene, group physics: its file lacks our key ${second.kid}`),
    /WARN app galene, group physics: key old of its file is not ours/,
    /BAD {2}app galene, group none: Galène has no such group/,
  ]) assert.match(out, finding);
  await writeFile(file('physics'), JSON.stringify(good));
});

test('each refusal of keys by Galène has its own fix, and `check` reports it', async () => {
  const failed = async (...words) => {
    const { status, out, err } = await push(...words);
    assert.notEqual(status, 0, out);
    assert.ok(!(out + err).includes('only-for-these-tests'));
    for (const line of err.trim().split('\n')) assert.ok(!out.includes(line.replace(/^.*?: /, '')), `printed twice: ${line}`);
    return err;
  };
  assert.match(await failed('--room', 'none'), /no file for this group/);
  await serve();
  assert.match(await failed(), /"writableGroups": true/);
  const { out } = await vestibule.command('check', '--app', 'galene', '--room', 'physics');
  assert.match(out, /WARN app galene: Galène did not take our keys .*writableGroups/);
  await serve('--admin', 'root:another', '--writable');
  assert.match(await failed(), /does not take our name and password.*galene_api\.password/);
  const refused = await vestibule.command('check', '--app', 'galene', '--room', 'physics');
  assert.match(refused.out, /BAD {2}app galene: .*does not take our name and password/);
  galene.kill();
  await galeneIsOver;
  assert.match(await failed(), /connect: .*is Galène running/);
  const unknown = await vestibule.command('key', 'push', '--app', 'other');
  assert.match(unknown.err, /the config names no app other/);
});
