// Webhooks: the Python one of examples/webhook, and some that misbehave, with `vestibule login`, `check` and the sign-in form.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { closed, freePort, until } from './support/net.mjs';
import { ROOT, Vestibule, app, ended, folder, run, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

const SECRET = randomBytes(24).toString('base64');
const PASSWORD = 'only for trying out';
const folders = [], stops = [];
let hook, python;

before(async () => {
  const made = await mkdtemp(join(tmpdir(), 'vestibule-hook-'));
  folders.push(made);
  await writeFile(join(made, 'hook.secret'), `${SECRET}\n`);
  const port = await freePort();
  python = spawn('python3', [join(ROOT, 'examples/webhook/hook.py'), String(port), join(made, 'hook.secret')]);
  process.on('exit', () => python.kill('SIGKILL'));
  python.output = ended(python);
  hook = `http://127.0.0.1:${port}/`;
  await until('the webhook listens', () => fetch(hook).then(() => true));
});
after(async () => {
  python?.kill('SIGKILL');
  for (const stop of stops) await stop();
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

const provider = ({ url = hook, secret = SECRET, more = '' } = {}) => `[[provider]]
id = "own"
kind = "webhook"
name = "Our own table"
url = "${url}"
secret = "${secret}"
allow_private = true
groups_claim = "groups"
groups = { "lab" = "staff" }
${more}
`;
const site = ({ port = 8080, ...more } = {}) => [
  server({ port }),
  provider(more),
  app({ id: 'meet', kind: 'galene', name: 'Meet', url: 'https://meet.example.org/', allow: 'rooms = ["labs/*"]\ngroups = ["staff"]\npermissions = ["op"]' }),
  app({ url: 'http://127.0.0.1:1/', more: 'claims = ["preferred_username", "groups"]' }),
].join('\n');

async function installation(more) {
  const made = await folder(site(more));
  folders.push(made);
  return made;
}
async function login(made, { name = 'ada', password = PASSWORD, words = [] } = {}) {
  const command = ['login', '--provider', 'own', '--username', name, '--password-stdin', ...words];
  const ran = await run(command, made, { input: `${password}\n` });
  assert.ok(!password || !`${ran.out}${ran.err}`.includes(password), 'the output contains the password');
  return ran;
}
const tryLogin = async (made, options) => {
  const ran = await login(made, { words: ['--json'], ...options });
  return { status: ran.status, ...JSON.parse(ran.out || '{}') };
};
async function check(made) {
  const { status, out, err } = await run(['check'], made);
  return { status, output: (out + err).split('\n').filter((line) => line.includes('provider own')).join('\n') };
}

/** A webhook that answers with `answer`, on a port or a socket. */
async function startHook(answer, at = 0) {
  const asked = [];
  const serving = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    asked.push({ url: request.url, bearer: request.headers.authorization, body: Buffer.concat(parts).toString() });
    answer(response, request);
  });
  await new Promise((done) => (at ? serving.listen(at, done) : serving.listen(0, '127.0.0.1', done)));
  stops.push(() => closed(serving));
  return { asked, url: at || `http://127.0.0.1:${serving.address().port}/` };
}
const answering = (status, output, headers = {}) => (response) => {
  response.writeHead(status, headers).end(typeof output === 'string' ? output : JSON.stringify(output));
};

describe('the example', () => {
  test('shows the identity of a right password, and the result of a sign-in', async () => {
    const made = await installation();
    const { status, out } = await login(made, { name: ' ADA', words: ['--app', 'meet'] });
    assert.equal(status, 0);
    for (const line of [
      /provider own \(webhook\): accepted/, /issuer +webhook:own/, /subject +4711/, /preferred_username +"ada"/, /name +"Ada Lovelace"/,
      /groups there +lab/, /groups here +staff/, /a new one would be called "ada"/,
      /room labs\/\*: enters; permissions: .*op/, /any other room: may not enter: .*is not about other rooms/, /Nothing was changed/,
    ]) assert.match(out, line);
  });

  test('distinguishes a wrong password from an unknown name', async () => {
    const made = await installation();
    assert.deepEqual(await tryLogin(made, { password: 'swordfish' }).then(({ status, answer, why, subject, gets_in }) => ({ status, answer, why, subject, gets_in })),
      { status: 1, answer: 'refused', why: 'the password is wrong', subject: '4711', gets_in: false });
    const unknown = await tryLogin(made, { name: 'bob' });
    assert.deepEqual([unknown.status, unknown.answer], [1, 'unknown']);
  });

  test('accepts only our secret', async () => {
    assert.match((await check(await installation())).output, /ok.*accepts our secret[^]*ok.*refuses another secret/);
    const { status, output } = await check(await installation({ secret: 'another' }));
    assert.equal(status, 1);
    assert.match(output, /BAD .*secret: status 401.*provider\.own\.secret → give both the same secret/);
    const refused = await tryLogin(await installation({ secret: 'another' }));
    assert.deepEqual([refused.status, refused.answer, refused.phase], [1, 'not_available', 'secret']);
  });
});

describe('a login from the terminal', () => {
  const state = async (made) => {
    const all = {};
    for (const name of (await readdir(made)).sort()) all[name] = createHash('sha256').update(await readFile(join(made, name))).digest('hex');
    return all;
  };

  test('changes nothing, before the first start and after', async () => {
    const made = await installation();
    const before = await state(made);
    await login(made);
    await login(made, { password: 'swordfish' });
    assert.deepEqual(await state(made), before, 'no database is created');
    assert.equal((await run(['user', 'list'], made)).status, 1, 'a listing creates none either');
    assert.deepEqual(await state(made), before);
    assert.equal((await run(['identity', 'link', 'own', 'webhook:own', 'another', 'grace', '--new'], made)).status, 0);
    const stood = await state(made);
    assert.ok(stood['vestibule.db']);
    await login(made);
    for (let time = 0; time < 8; time += 1) assert.equal((await tryLogin(made, { password: 'swordfish' })).answer, 'refused');
    assert.deepEqual(await state(made), stood);
  });

  test('names the account, and the reason of a refusal', async () => {
    const made = await installation({ more: 'first_login = "refuse"' });
    const stranger = await login(made);
    assert.equal(stranger.status, 1);
    assert.match(stranger.out, /vestibule identity link -- own webhook:own '4711' USERNAME/);
    assert.equal((await run(['identity', 'link', 'own', 'webhook:own', '4711', 'countess', '--new'], made)).status, 0);
    assert.equal((await run(['user', 'group', 'add', 'countess', 'nobles'], made)).status, 0);
    const linked = await tryLogin(made, { words: ['--json', '--app', 'notes'] });
    assert.deepEqual([linked.status, linked.account.username, linked.account.groups, linked.app.places[0].enters], [0, 'countess', ['nobles'], true]);
    assert.equal((await run(['user', 'disable', 'countess'], made)).status, 0);
    const off = await login(made);
    assert.equal(off.status, 1);
    assert.match(off.out, /disabled by cli:/);
  });

  test('names the next free username if the first one is taken', async () => {
    const made = await installation();
    assert.equal((await run(['identity', 'link', 'own', 'webhook:own', 'another', 'Ada', '--new'], made)).status, 0);
    assert.match((await login(made)).out, /called "ada-2", because "ada" is taken by the account "Ada"/);
  });

  test('is refused at a provider without passwords, and without a terminal or a password', async () => {
    const made = await installation({ more: '[[provider]]\nid = "uni"\nkind = "oidc"\nname = "Uni"\nissuer = "https://sso.example.edu"\nclient_id = "v"\nclient_secret = "s"' });
    const asked = await run(['login', '--provider', 'uni', '--username', 'ada', '--password-stdin'], made, { input: 'x\n' });
    assert.equal(asked.status, 1);
    assert.match(asked.err, /on its own page, not here.*\/auth\/meet\?provider=uni/);
    assert.match((await run(['login', '--provider', 'owm'], made)).err, /it names: own, uni/);
    assert.match((await run(['login', '--provider', 'own'], made)).err, /no terminal to ask at/);
    assert.match((await login(made, { password: '' })).err, /no password was typed/);
  });
});

describe('a webhook that misbehaves counts as unavailable, and lets nobody in', () => {
  const yes = { subject: '4711', claims: { preferred_username: 'ada' } };
  // C19: no redirects, and limits for size and time
  for (const [what, answer, phase, why] of [
    ['a page', answering(200, '<h1>It works!</h1>'), 'answer', /without a JSON object/],
    ['an acceptance with a repeated member', answering(200, '{"subject":"4711","subject":"1"}'), 'answer', /named twice/],
    ['an acceptance without a subject', answering(200, { claims: {} }), 'answer', /C15/],
    ['an acceptance with an error status', answering(500, yes), 'answer', /status 500/],
    ['a bare 403', answering(403, 'Forbidden'), 'answer', /status 403/],
    ['a bare 404', answering(404, 'Not Found'), 'answer', /status 404/],
    ['a huge answer', answering(200, `{"subject":"${'x'.repeat(2_000_000)}"}`), 'size', /over \d+ bytes/],
    ['silence', () => {}, 'read', /no answer in time/],
    ['half an answer', (response) => response.writeHead(200, { 'content-length': '99' }).write('{"subj'), 'read', /no answer in time/],
    ['a closed connection', (response) => response.destroy(), 'read', /./],
  ]) {
    test(what, async () => {
      const { url } = await startHook(answer);
      // Only silent webhooks need the short timeout.
      const timeout = why.test('no answer in time') && phase === 'read' ? '1s' : '20s';
      const output = await tryLogin(await installation({ url, more: `timeout = "${timeout}"` }));
      assert.deepEqual([output.status, output.answer, output.phase], [1, 'not_available', phase], JSON.stringify(output));
      assert.match(output.why, why);
      assert.ok(output.fix);
    });
  }

  // C19
  test('a redirect, which would carry the password elsewhere', async () => {
    const elsewhere = await startHook(answering(200, yes));
    for (const status of [302, 307, 308]) {
      const { url } = await startHook(answering(status, '', { location: elsewhere.url }));
      const output = await tryLogin(await installation({ url }));
      assert.deepEqual([output.answer, output.phase], ['not_available', 'answer']);
      assert.match(output.why, /no redirect is followed with a password/);
    }
    assert.deepEqual(elsewhere.asked, []);
  });

  test('an unreachable server, and one that does not speak HTTP', async () => {
    const nobody = await tryLogin(await installation({ url: `http://127.0.0.1:${await freePort()}/` }));
    assert.deepEqual([nobody.answer, nobody.phase], ['not_available', 'connect']);
    const garbage = createSocket((socket) => socket.on('error', () => {}).end('220 mail.example.org ESMTP\r\n')).listen(0, '127.0.0.1');
    await new Promise((done) => garbage.once('listening', done));
    stops.push(() => new Promise((done) => garbage.close(done)));
    const garbled = await tryLogin(await installation({ url: `http://127.0.0.1:${garbage.address().port}/` }));
    assert.deepEqual([garbled.answer, garbled.phase], ['not_available', 'read']);
  });

  test('`vestibule check` distinguishes all these cases', async () => {
    const about = async (answer, timeout = '20s') => (await check(await installation({ url: (await startHook(answer)).url, more: `timeout = "${timeout}"` }))).output;
    assert.match(await about(answering(200, { probe: true })), /BAD .*accepts any other secret, too → have it refuse with 401/);
    assert.match(await about(answering(200, yes)), /BAD .*without `"probe": true`/);
    assert.match(await about(() => {}, '1s'), /BAD .*no answer in time → look into the hook's own log/);
    assert.match(await about(answering(403, { refused: 'wrong' })), /BAD .*status 403 to {"probe": true}, as to a name that it refuses → have it answer 200/);
    assert.match(await about(answering(404, 'Not Found')), /BAD .*status 404 → check that `url` leads to the hook/);
    const nowhere = await check(await installation({ url: `http://127.0.0.1:${await freePort()}/` }));
    assert.match(nowhere.output, /BAD .*connect: .* → check that the hook is up/);
  });
});

test('a webhook on a Unix socket works like any other', async () => {
  const made = await mkdtemp(join(tmpdir(), 'vestibule-hook-'));
  folders.push(made);
  const socket = join(made, 'hook.sock');
  const { asked } = await startHook(answering(200, { subject: '1', groups: ['lab'] }), socket);
  const output = await tryLogin(await installation({ url: `unix:${socket}:/check?of=us`, more: 'username = "u{{ sub }}"\n' }));
  assert.deepEqual([output.status, output.groups_here, output.account.username], [0, ['staff'], 'u1']);
  assert.deepEqual(asked, [{ url: '/check?of=us', bearer: `Bearer ${SECRET}`, body: JSON.stringify({ username: 'ada', password: PASSWORD }) }]);
});

describe('with the form of the sign-in page', () => {
  let vestibule;
  before(async () => {
    vestibule = await Vestibule.serve((port) => site({ port }));
  });
  after(() => vestibule?.stop());

  const page = () => `${vestibule.url}/auth/notes?state=s`;
  const send = (visitor, username, password) => visitor.visit(page(), {
    method: 'POST', body: new URLSearchParams({ username, password }).toString(),
    headers: { origin: vestibule.url, 'sec-fetch-site': 'same-origin' }, stop: 'http://127.0.0.1:1/',
  });

  test('a right password leads to the app with a valid token', async () => {
    const visitor = new Visitor();
    assert.match((await visitor.visit(page())).text, /name="password"/);
    const there = await send(visitor, 'ada', PASSWORD);
    assert.equal(there.status, 303, there.text);
    const answer = new URLSearchParams(there.url.hash.slice(1));
    assert.equal(answer.get('state'), 's');
    
    const keys = createRemoteJWKSet(new URL(`${vestibule.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(answer.get('token'), keys, { issuer: vestibule.url, audience: 'http://127.0.0.1:1/' });
    assert.deepEqual([payload.preferred_username, payload.groups, payload.idp], ['ada', ['staff'], 'own']);
  });

  // C42
  test('a wrong password and an unknown name look alike, and neither is in the log', async () => {
    const answers = [];
    for (const [name, password] of [['ada', 'swordfish'], ['mallory', 'swordfish']]) {
      const there = await send(new Visitor(), name, password);
      answers.push([there.status, there.text.replaceAll(name, '').replace(/V-[0-9A-Z]{8}/g, '')]);
    }
    assert.deepEqual(answers[0], answers[1]);
    assert.doesNotMatch(vestibule.log, /swordfish|mallory/);
  });
});
