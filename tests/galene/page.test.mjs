// Rules 6, 7 and 8 of the stand-in, in a browser. Needs Chromium, and playwright-core in the folder that PLAYWRIGHT_DIR names.
// Run: go build -o FILE . && STAND_IN=FILE PLAYWRIGHT_DIR=… node --test tests/galene/page.test.mjs
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, test } from 'node:test';

const { STAND_IN, PLAYWRIGHT_DIR = '.', CHROMIUM = '/usr/bin/chromium' } = process.env;
if (!STAND_IN) throw new Error('STAND_IN is not set: it names the program that go build makes of tests/galene');
const { chromium } = createRequire(join(resolve(PLAYWRIGHT_DIR), 'package.json'))('playwright-core');

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let groups, galene, base, portal, visits, back, asked, says, browser, page;

before(async () => {
  portal = createServer(async (request, answer) => {
    if (request.url === '/server') return server(request, answer);
    if (!request.url.startsWith('/portal')) return answer.writeHead(404).end();
    visits.push({ url: request.url, referrer: request.headers.referer });
    answer.writeHead(303, { location: back() }).end();
  }).listen(0, '127.0.0.1');
  await new Promise((done) => portal.once('listening', done));
  const broker = `http://localhost:${portal.address().port}`;
  groups = await mkdtemp(join(tmpdir(), 'stand-in-'));
  const authKeys = [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'k1' }];
  const write = (name, more) => writeFile(join(groups, `${name}.json`), JSON.stringify({ authKeys, ...more }));
  await write('maths', { authPortal: `${broker}/portal?room=maths`, authServer: `${broker}/server` });
  await write('physics', { authServer: `${broker}/server`, users: { local: { password: 'localpw', permissions: 'op' } } });
  galene = spawn(STAND_IN, ['serve', '--groups', groups], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (base of createInterface({ input: galene.stdout })) break;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
});
after(async () => {
  await browser?.close();
  galene?.kill();
  portal?.close();
  await rm(groups, { recursive: true, force: true });
});
beforeEach(async () => {
  visits = [];
  asked = [];
  page = await (await browser.newContext()).newPage();
});

/** The authorisation server: records the preflight and the post, and answers as the test wants. */
async function server(request, answer) {
  const { method, headers } = request;
  let body = '';
  for await (const chunk of request) body += chunk;
  asked.push({ method, origin: headers.origin, cookie: headers.cookie, referrer: headers.referer, kind: headers['content-type'], asks: headers['access-control-request-headers'], body });
  const open = { 'access-control-allow-origin': base, 'access-control-allow-headers': 'content-type' };
  if (method === 'OPTIONS') return answer.writeHead(204, open).end();
  const { status = 200, kind = 'application/jwt', body: said = '', closed } = says();
  return answer.writeHead(status, { ...(closed ? {} : open), 'content-type': kind }).end(said);
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token(changed = {}) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: 'alice', aud: `${base}/group/maths/`, iat: now, exp: now + 120, permissions: ['op', 'present'], ...changed };
  const text = `${part({ alg: 'ES256', typ: 'JWT', kid: 'k1' })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
const group = (end = '') => `${base}/group/maths/${end}`;
async function state(expected) {
  await page.waitForFunction((text) => document.getElementById('state')?.textContent.startsWith(text), expected);
  return page.textContent('#state');
}

test('rule 7: without a token the page goes to the exact portal address, without a referrer', async () => {
  back = () => group(`?token=${token()}#`);
  await page.goto(group('?other=1'));
  await state('ready');
  assert.deepEqual(visits, [{ url: '/portal?room=maths', referrer: undefined }]);
  assert.equal(page.url(), group());
});

test('rule 6: the token is tested, and sent again on a click', async () => {
  const joins = [];
  page.on('request', (request) => { if (request.url().endsWith('.join')) joins.push(request.postDataJSON().token); });
  const sent = token();
  await page.goto(group(`?token=${sent}`));
  await state('ready');
  assert.deepEqual(joins, [sent]);
  await page.click('#connect');
  await state('joined');
  assert.deepEqual(joins, [sent, sent]);
  assert.equal(await page.textContent('#username'), 'alice');
  assert.equal(await page.textContent('#permissions'), 'op present');
});

test('rule 6: the page says only “not authorised” about a refused token', async () => {
  await page.goto(group(`?token=${token({ aud: `${base}/group/physics/` })}`));
  assert.equal(await state('failed'), 'failed: not authorised');
});

for (const [what, end] of Object.entries({
  'nothing': '', 'an empty token': '?token=', 'a token in the fragment': () => `#token=${token()}`, 'an error': '?error=access_denied', 'an error in the fragment': '#error=access_denied',
})) {
  test(`rule 7: back from the portal with ${what}, the page fails`, async () => {
    back = () => group(typeof end === 'function' ? end() : end);
    await page.goto(group());
    assert.equal(await state('failed'), 'failed: back from the portal without a token');
    assert.equal(visits.length, 1);
  });
}

test('rule 7: back at the address without its final slash, the token is lost', async () => {
  back = () => `${base}/group/maths?token=${token()}`;
  await page.goto(group());
  assert.equal(await state('failed'), 'failed: back from the portal without a token');
});

test('rule 7: with only an authorisation server, the page shows the form', async () => {
  await page.goto(`${base}/group/physics/`);
  await state('form');
  assert.deepEqual(visits, []);
});

async function logIn(username, password, end = '') {
  await page.goto(`${base}/group/physics/${end}`);
  await state('form');
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', password);
  await page.click('#form button');
  await page.waitForFunction(() => /^(joined|failed)/.test(document.getElementById('state').textContent));
  return page.textContent('#state');
}

test('rule 8: the form’s content goes to the authorisation server after a real preflight, from Galène’s origin and without a cookie', async () => {
  says = () => ({ kind: 'Application/JWT; charset=utf-8', body: token({ aud: `${base}/group/physics/` }) });
  assert.equal(await logIn('alice', 'pw', '?x=1#y'), 'joined');
  const [preflight, post, ...more] = asked;
  assert.deepEqual(more, []);
  assert.deepEqual([preflight.method, preflight.origin, preflight.asks], ['OPTIONS', base, 'content-type']);
  assert.deepEqual([post.method, post.origin, post.cookie, post.referrer, post.kind], ['POST', base, undefined, undefined, 'application/json']);
  assert.deepEqual(JSON.parse(post.body), { location: `${base}/group/physics/?x=1#y`, username: 'alice', password: 'pw' });
});

test('rule 8: an empty name and an empty password are sent too', async () => {
  says = () => ({ status: 403 });
  assert.equal(await logIn('', ''), 'failed: The authorisation server said 403 Forbidden');
  assert.deepEqual(JSON.parse(asked[1].body), { location: `${base}/group/physics/`, username: '', password: '' });
});

for (const [what, said] of Object.entries({
  'another type': () => ({ kind: 'text/plain', body: token({ aud: `${base}/group/physics/` }) }),
  'no body': () => ({}),
  'another success': () => ({ status: 201, body: token({ aud: `${base}/group/physics/` }) }),
})) {
  test(`rule 8: an answer with ${what} is a refusal`, async () => {
    says = said;
    assert.match(await logIn('alice', 'pw'), /^failed/);
  });
}

test('rule 8: an answer that the page may not read looks like a network error', async () => {
  says = () => ({ closed: true, body: token({ aud: `${base}/group/physics/` }) });
  assert.equal(await logIn('alice', 'pw'), 'failed: Failed to fetch');
});

test('rule 8: after 204 the password goes to Galène', async () => {
  says = () => ({ status: 204 });
  assert.equal(await logIn('local', 'localpw'), 'joined');
  assert.equal(await page.textContent('#username'), 'local');
  assert.equal(await logIn('local', 'wrong'), 'failed: not authorised');
});
