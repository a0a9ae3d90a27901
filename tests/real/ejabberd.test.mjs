// Passwords at Debian's stock ejabberd: right ones, wrong ones, and after a ban of our address.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startEjabberd } from './support/ejabberd.mjs';
import { startApp } from './support/net.mjs';
import { authority } from './support/prosody.mjs';
import { Vestibule, app, folder, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

const GOOD = 'correct horse battery staple';
const EXEMPT = (text) => text
  .replace(/^acl:\n/m, 'acl:\n  vestibule:\n    ip: 127.0.0.1\n')
  .replace(/^access_rules:\n/m, 'access_rules:\n  not_banned:\n    allow: vestibule\n')
  .replace(/^ {2}mod_fail2ban: .*$/m, '  mod_fail2ban:\n    access: not_banned');

const PEOPLE = Object.fromEntries(['ada', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'].map((name) => [name, GOOD]));

let made, notes, vestibule;
const servers = {};
before(async () => {
  made = await folder('');
  const ours = await authority(made, 'ours');
  notes = await startApp();
  const provider = (id, more = '') => `[[provider]]
id = "${id}"
kind = "xmpp"
name = "Chat of ${id}"
domains = ["${id}.example"]
username = "${id}-{{ preferred_username }}"
server = "127.0.0.1:${servers[id].port}"
timeout = "20s"
ca_file = "${ours.certificate}"
${more}
`;
  servers.stock = await startEjabberd('stock.example', await ours.signs('stock', ['stock.example']), PEOPLE);
  servers.exempt = await startEjabberd('exempt.example', await ours.signs('exempt', ['exempt.example']), { ada: GOOD }, EXEMPT);
  vestibule = await Vestibule.serve((port) => [
    server({ port, more: 'trusted_proxies = ["127.0.0.1"]' }), provider('stock'), provider('exempt', 'bans_after = false'),
    app({ url: notes.url, more: 'claims = ["preferred_username"]' }),
  ].join('\n'));
});
after(async () => {
  await vestibule?.stop();
  await notes?.stop();
  for (const one of Object.values(servers)) await one.stop();
  if (made) await rm(made, { recursive: true, force: true });
});

let networks = 0;
/** Signs in from a new network, unless one is given. */
async function enter(provider, username, password, network = `198.51.${networks += 1}.1`) {
  const from = vestibule.log.length;
  const headers = { origin: vestibule.url, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': network };
  const page = await new Visitor().visit(`${vestibule.url}/auth/notes?provider=${provider}`, {
    method: 'POST', headers, stop: notes.url, body: new URLSearchParams({ username, password }).toString(),
  });
  return { status: page.status, log: vestibule.log.slice(from) };
}

/** Ends all waits but those for what the server counts. */
async function release() {
  const lifted = await vestibule.command('user', 'release', '--everybody');
  assert.equal(lifted.status, 0, lifted.stderr);
}

/** Resets all of Vestibule's throttles, which protect it from the server's ban. No command does that. */
async function forget() {
  const database = path.join(vestibule.folder, 'vestibule.db');
  await promisify(execFile)('sqlite3', ['-cmd', '.timeout 5000', database, 'DELETE FROM login_throttle']);
}

const HOME = '203.0.113.1';

test('the right password lets in, and a wrong one or an unknown name does not', async () => {
  const right = await enter('stock', 'ada', GOOD, HOME);
  assert.equal(right.status, 303, right.log);
  assert.equal((await enter('stock', 'ada', 'wrong')).status, 403);
  assert.equal((await enter('stock', 'nobody', 'wrong')).status, 403);
});

// C43
test('strangers are throttled before the server bans our address, and people in known networks can still sign in', async () => {
  const answers = [];
  for (let number = 0; number < 25; number += 1) answers.push((await enter('stock', `guess-${number}`, 'wrong')).status);
  assert.ok(answers.filter((status) => status === 403).length < 18, String(answers));
  assert.equal(answers.at(-1), 429);
  const right = await enter('stock', 'ada', GOOD, HOME);
  assert.equal(right.status, 303, right.log);
});

// C43
test('the server sees too few failures for a ban, even if people in known networks mistype after guesses of strangers', async () => {
  // A success makes the server forget earlier failures.
  for (const name of Object.keys(PEOPLE)) assert.equal((await enter('stock', name, GOOD, HOME)).status, 303);
  const guesses = [];
  for (let number = 0; number < 18; number += 1) guesses.push((await enter('stock', `guess-again-${number}`, 'wrong')).status);
  assert.deepEqual(guesses, [...Array(15).fill(403), ...Array(3).fill(429)]);
  // All at once, because logins in flight count too.
  const mistyped = await Promise.all(Object.keys(PEOPLE).map((name) => enter('stock', name, 'wrong', HOME)));
  const statuses = mistyped.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(4).fill(403), ...Array(4).fill(429)]);
  const held = await enter('stock', 'ada', GOOD, HOME);
  assert.equal(held.status, 429);
  assert.match(held.log, /after a few more it would ban Vestibule's address: 71 min to wait; let the server exempt that address, then write bans_after = false/);
  // The server still counts its failures, so a release does not end this wait.
  await release();
  assert.equal((await enter('stock', 'ada', GOOD, HOME)).status, 429);
  // The server has not banned us: after a reset of Vestibule's own throttles, the right password lets in.
  await forget();
  const right = await enter('stock', 'ada', GOOD, HOME);
  assert.equal(right.status, 303, right.log);
});

test('a ban of our address is logged with the words of the server, and never as a wrong password', async () => {
  let banned;
  for (let number = 0; number < 25 && !banned; number += 1) {
    if (number % 5 === 0) await forget();
    const answer = await enter('stock', `stranger-${number}`, 'wrong');
    if (answer.status !== 403) banned = answer;
  }
  const right = await enter('stock', 'ada', GOOD, HOME);
  for (const { status, log } of [banned, right]) {
    assert.equal(status, 503, log);
    assert.match(log, /it rejects this machine, as servers do after too many logins from one address \(it says: Too many \(20\) failed .* unblocked at .* UTC\); exempt this machine.s address there.*address_banned/);
    assert.doesNotMatch(log, /password_refused/);
  }
});

test('an exempt address is not banned, and with bans_after = false nobody is throttled for it', async () => {
  for (let number = 0; number < 23; number += 1) {
    assert.equal((await enter('exempt', `stranger-${number}`, 'wrong')).status, 403);
  }
  const right = await enter('exempt', 'ada', GOOD);
  assert.equal(right.status, 303, right.log);
});
