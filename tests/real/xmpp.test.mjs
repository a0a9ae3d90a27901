// Passwords at XMPP servers: Debian's prosody in all supported configurations, and dishonest servers.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { freePort, startApp } from './support/net.mjs';
import { authority, startProsody } from './support/prosody.mjs';
import { BOUND, STARTTLS, boundBy, challenge, failure, offer, startFakeXmpp, success } from './support/fake-xmpp.mjs';
import { passwordSignIns } from './support/visitor.mjs';
import { Vestibule, app, folder, server } from './support/vestibule.mjs';

const PEOPLE = { ada: 'correct horse, "battery" = staple é', ben: 'Ⅸ\u00a0lives', cyd: 'only for timing', dan: 'only for timing' };
const EVERY = ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS', 'PLAIN', 'DIGEST-MD5', 'ANONYMOUS'];
const only = (...kept) => `disable_sasl_mechanisms = { ${EVERY.filter((name) => !kept.includes(name)).map((name) => `"${name}"`).join(', ')} }`;

let certificates, ours, prosody, notes, vestibule;
const strange = {};
before(async () => {
  certificates = await folder('');
  ours = await authority(certificates, 'ours');
  const theirs = await authority(certificates, 'theirs');
  const hosts = ['sha256', 'sha1', 'plain', 'anonymous', 'foreign', 'misnamed', 'limited', 'strange'].map((name) => `${name}.example`);
  const good = await ours.signs('good', hosts);
  const [foreign, misnamed] = [await theirs.signs('foreign', ['foreign.example']), await ours.signs('misnamed', ['other.example'])];
  prosody = await startProsody([
    { name: 'sha256.example', tls: good, lines: 'authentication = "internal_hashed"\npassword_hash = "SHA-256"' },
    { name: 'sha1.example', tls: good, lines: 'authentication = "internal_hashed"\npassword_hash = "SHA-1"' },
    { name: 'plain.example', tls: good, lines: `authentication = "internal_plain"\n${only('PLAIN')}` },
    { name: 'anonymous.example', tls: good, lines: 'authentication = "anonymous"' },
    { name: 'foreign.example', tls: foreign, lines: 'authentication = "internal_hashed"' },
    { name: 'misnamed.example', tls: misnamed, lines: 'authentication = "internal_hashed"' },
    // At most three connections an hour: the first to detect TLS, and one for each login.
    { name: 'limited.example', tls: good, lines: 'authentication = "internal_hashed"\nmodules_enabled = { "c2s_conn_throttle" }\ncthrottler_time = 3600' },
  ], PEOPLE);
  const tls = { key: await readFile(good.key), cert: await readFile(good.certificate) };
  const signs = (last) => (name, text) => {
    if (name === 'auth') return challenge(`r=${/r=(.*)$/.exec(text)[1]}more,s=c2FsdA==,i=4096`);
    return name === 'response' ? last : undefined;
  };
  const scram = { tls, features: offer('SCRAM-SHA-256') };
  strange.hung = await startFakeXmpp({});
  strange.mute = await startFakeXmpp({ tls, features: offer('PLAIN') });
  strange.stripped = await startFakeXmpp({ features: offer('PLAIN', 'SCRAM-SHA-256'), says: () => success() });
  strange.refusing = await startFakeXmpp({ features: STARTTLS + offer('PLAIN'), says: () => success() });
  strange.liar = await startFakeXmpp({ ...scram, says: signs(success(`v=${Buffer.alloc(32).toString('base64')}`)) });
  strange.silent = await startFakeXmpp({ ...scram, says: signs(success()) });
  strange.hasty = await startFakeXmpp({ ...scram, says: () => success() });
  strange.greedy = await startFakeXmpp({ ...scram, says: (_, text) => challenge(`r=${/r=(.*)$/.exec(text)?.[1]}x,s=c2FsdA==,i=4000000000`) });
  strange.anonymous = await startFakeXmpp({ tls, features: offer('ANONYMOUS', 'EXTERNAL', 'PLAIN'),
    says: (_, __, mechanism) => (mechanism === 'PLAIN' ? failure('not-authorized') : success()) });
  strange.disabling = await startFakeXmpp({ tls, features: offer('PLAIN'), says: () => failure('account-disabled') });
  strange.expiring = await startFakeXmpp({ tls, features: offer('PLAIN'), says: () => failure('credentials-expired') });
  strange.busy = await startFakeXmpp({ tls, features: offer('PLAIN'), says: () => failure('temporary-auth-failure') });
  // Ada, Ben, Cyd and Dan have accounts here, each with another fault. The server refuses every other name.
  const nameIn = (text) => /^[ny],,n=([^,]*),|^\0([^\0]*)\0/.exec(text)?.slice(1).find(Boolean);
  const choosy = (troubles) => (name, text) => troubles[nameIn(text)]?.(/r=(.*)$/.exec(text)?.[1]) ?? failure('not-authorized');
  strange.unprovable = await startFakeXmpp({ ...scram, says: choosy({
    ada: (nonce) => challenge(`r=${nonce}x,s=c2FsdA==,i=4000000000`),
    ben: () => challenge('no challenge at all'),
    cyd: () => failure('temporary-auth-failure'),
    dan: () => success(),
  }) });
  strange.unwell = await startFakeXmpp({ tls, features: offer('PLAIN'), says: choosy({ ada: () => failure('temporary-auth-failure'), ben: () => failure('aborted') }) });
  strange.bound = await startFakeXmpp({ tls, features: BOUND, says: boundBy(PEOPLE.cyd) });

  notes = await startApp();
  const at = (id, domain, port, way, ca = 'ca_file') => `[[provider]]
id = "${id}"
kind = "xmpp"
name = "Chat of ${id}"
domains = ["${domain}"]
username = "${id}-{{ preferred_username }}"
server = "127.0.0.1:${port}"
tls = "${way}"
timeout = "${['x-hung', 'x-mute'].includes(id) ? '2s' : '20s'}"
${ca === 'ca_file' ? `ca_file = "${ours.certificate}"` : ''}
on_refused = "next"
${['x-unprovable', 'x-unwell'].includes(id) ? 'bans_after = false' : ''}
`;
  const { starttls, direct } = prosody;
  const dead = await freePort();
  vestibule = await Vestibule.serve((port) => [
    server({ port }),
    at('sha256', 'sha256.example', starttls, 'starttls'),
    at('sha256-direct', 'sha256.example', direct, 'direct'),
    at('sha1', 'sha1.example', starttls, 'starttls'),
    at('plain', 'plain.example', starttls, 'starttls'),
    at('anonymous', 'anonymous.example', starttls, 'starttls'),
    at('foreign', 'foreign.example', starttls, 'starttls'),
    at('unsigned', 'sha256.example', starttls, 'starttls', 'none'),
    at('misnamed', 'misnamed.example', starttls, 'starttls'),
    at('limited', 'limited.example', starttls, 'starttls'),
    at('wrong-way', 'sha256.example', direct, 'starttls'),
    at('other-way', 'sha256.example', starttls, 'direct'),
    at('dead', 'strange.example', dead, 'starttls'),
    ...Object.entries(strange).map(([id, { port: its }]) => at(`x-${id}`, 'strange.example', its, ['hung', 'stripped', 'refusing'].includes(id) ? 'starttls' : 'direct')),
    app({ url: notes.url, more: 'claims = ["preferred_username"]' }),
  ].join('\n'));
});
after(async () => {
  await vestibule?.stop();
  await notes?.stop();
  for (const one of Object.values(strange)) await one.stop();
  await prosody?.stop();
  if (certificates) await rm(certificates, { recursive: true, force: true });
});

const { enter, signsIn, isRefused } = passwordSignIns(() => ({ vestibule, notes }));
const unavailable = (what) => new RegExp(`${what}.*cause="module_unavailable"`);
const refused = /password_refused/;

test('by SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN, by STARTTLS and by direct TLS, the right password lets in and a wrong one does not', async () => {
  for (const provider of ['sha256', 'sha256-direct', 'sha1', 'plain']) {
    const claims = await signsIn(provider, 'ada', PEOPLE.ada);
    assert.equal(claims.preferred_username, `${provider}-ada`);
    await isRefused(provider, 'ada', `${PEOPLE.ada} `, refused);
    await isRefused(provider, 'ada', PEOPLE.ben, refused);
    await isRefused(provider, 'nobody', PEOPLE.ada, refused);
  }
  const log = await prosody.log();
  for (const [host, mechanism] of [['sha256', 'SCRAM-SHA-256'], ['sha1', 'SCRAM-SHA-1'], ['plain', 'PLAIN']]) assert.ok(log.includes(mechanism), `${host}\n`);
  // Vestibule never went online there: no resource, no presence.
  assert.doesNotMatch(log, /Resource bound|resource-bind|<presence|urn:ietf:params:xml:ns:xmpp-bind'><resource/);
});

test('a password matches in its typed and in its normalised form', async () => {
  for (const provider of ['sha256', 'plain']) {
    await signsIn(provider, 'ben', PEOPLE.ben);
    await signsIn(provider, 'ben', 'IX lives');
  }
});

test('a login is bound to its connection if the server supports it', async () => {
  await signsIn('x-bound', 'cyd', PEOPLE.cyd);
  await isRefused('x-bound', 'cyd', 'wrong', refused);
  assert.ok(strange.bound.received.filter(({ name }) => name === 'auth').every(({ mechanism }) => mechanism === 'SCRAM-SHA-256-PLUS'));
});

test('every spelling of a name leads to one account', async () => {
  // C43, C21
  const { sub } = await signsIn('sha256', 'ada', PEOPLE.ada);
  for (const name of ['ADA', 'ada@sha256.example', 'Ada@SHA256.Example']) assert.equal((await signsIn('sha256', name, PEOPLE.ada)).sub, sub, name);
  const { out } = await vestibule.command('identity', 'list', '--json');
  const keys = JSON.parse(out).filter(({ provider }) => provider === 'sha256').map(({ issuer, subject }) => `${issuer} ${subject}`);
  assert.ok(keys.includes('xmpp: ada@sha256.example'), out);
});

test('a malformed name, or a name at another domain, is refused', async () => {
  for (const name of ['ada@sha1.example', 'ada@sha256.example/phone', 'a da']) await isRefused('sha256', name, PEOPLE.ada, refused);
});

test('ANONYMOUS, which accepts any password, is never used', async () => {
  // C45
  const { log } = await isRefused('anonymous', 'ada', PEOPLE.ada, unavailable('no way to log in is left'));
  assert.match(log, /ANONYMOUS/);
  await isRefused('x-anonymous', 'ada', PEOPLE.ada, refused);
  assert.deepEqual(new Set(strange.anonymous.received.filter(({ name }) => name === 'auth').map(({ mechanism }) => mechanism)), new Set(['PLAIN']));
});

test('a certificate of another authority or for another name stops every login', async () => {
  // C45
  await isRefused('foreign', 'ada', PEOPLE.ada, unavailable('TLS: its certificate is signed by an authority we don.t trust; .*ca_file'));
  await isRefused('unsigned', 'ada', PEOPLE.ada, unavailable('TLS: its certificate is signed by an authority we don.t trust; .*ca_file'));
  await isRefused('misnamed', 'ada', PEOPLE.ada, unavailable('TLS: its certificate is for another name: for .*, not for misnamed.example; '));
});

test('without TLS no password is sent', async () => {
  // C45
  await isRefused('x-stripped', 'ada', PEOPLE.ada, unavailable('TLS: it does not offer STARTTLS'));
  await isRefused('x-refusing', 'ada', PEOPLE.ada, unavailable('TLS: it offers STARTTLS and then refuses it'));
  for (const { received } of [strange.stripped, strange.refusing]) {
    assert.deepEqual([...new Set(received.map(({ name }) => name))].filter((name) => !['stream:stream', 'starttls'].includes(name)), []);
  }
  await isRefused('wrong-way', 'ada', PEOPLE.ada, unavailable('stream: .*tls = ."?direct'));
  await isRefused('other-way', 'ada', PEOPLE.ada, unavailable('TLS: .*tls = ."?starttls'));
});

test('a server that accepts without a proof that it knows the password is not trusted', async () => {
  // C45
  for (const liar of ['liar', 'silent', 'hasty']) await isRefused(`x-${liar}`, 'ada', PEOPLE.ada, unavailable('authenticate: it accepts the login, but does not prove'));
  await isRefused('x-greedy', 'ada', PEOPLE.ada, unavailable('authenticate: it asks for more than'));
});

test('a server that hangs is distinguished from an unreachable one, and both fail quickly', async () => {
  for (const [provider, what] of [['x-hung', 'stream: it is reachable, but does not answer in time'], ['x-mute', 'authenticate: it is reachable, but does not'], ['dead', 'connect: ']]) {
    const { page } = await isRefused(provider, 'ada', PEOPLE.ada, unavailable(what));
    assert.equal(page.status, 503);
  }
});

test('a server’s limit for logins from one address is logged with its own words', async () => {
  const answers = [];
  for (let number = 0; number < 5; number += 1) answers.push(await enter('limited', `somebody-${number}`, 'wrong'));
  const { page, log } = answers.at(-1);
  assert.equal(page.status, 503, log);
  assert.match(log, /it rejects this machine, as servers do after too many logins from one address \(it says: You exceeded the number of connections.logins allowed .*\); exempt this machine.s address there, or raise its limit.*address_banned/);
  assert.doesNotMatch(log, /password_refused/);
});

test('a disabled account and an expired password look like a wrong password, and the log distinguishes them', async () => {
  // C42
  const plain = (text) => text.replace(/V-[0-9A-Z]{8}/g, 'V-');
  const wrong = (await isRefused('plain', 'mallory', 'wrong', refused)).page;
  for (const [provider, why] of [['x-disabling', /disabled there/], ['x-expiring', /password has expired there/]]) {
    const { page } = await isRefused(provider, 'mallory', 'wrong', why);
    assert.equal(page.status, wrong.status);
    assert.equal(plain(page.text).replaceAll(provider, ''), plain(wrong.text).replaceAll('plain', ''));
  }
  await isRefused('x-busy', 'mallory', 'wrong', unavailable('it can.t check passwords right now'));
});

test('an error at one account looks like a wrong password, and the log names it', async () => {
  // C42
  const plain = ({ page }, name) => `${page.status} ${page.text.replace(/V-[0-9A-Z]{8}/g, 'V-').replaceAll(name, 'NAME')}`;
  for (const [provider, names] of [['x-unprovable', { ada: /it asks for more than/, ben: /its challenge is not one of SCRAM/, cyd: /temporary-auth-failure/, dan: /it accepts the login, but does not prove/ }],
    ['x-unwell', { ada: /temporary-auth-failure/, ben: /it aborts a login by PLAIN/ }]]) {
    const nobody = await isRefused(provider, 'mallory', 'wrong', refused);
    assert.equal(nobody.page.status, 403);
    for (const [name, why] of Object.entries(names)) {
      const somebody = await isRefused(provider, name, PEOPLE[name], why);
      assert.equal(plain(somebody, name), plain(nobody, 'mallory'), name);
      assert.match(somebody.log, /a password could not be tried on one account: 127\.0\.0\.1:\d+, authenticate: .*; /);
      assert.match(somebody.log, /the password could not be tried on this account; the error before this line/);
    }
  }
});

test('an unknown name costs as much CPU time as a wrong password', async () => {
  // C42. Prosody itself refuses such a name before the client must prove its password.
  for (const [provider, somebody] of [['sha256', 'cyd'], ['sha1', 'dan']]) {
    const cost = async (name) => {
      const before = await vestibule.cpu();
      await isRefused(provider, name, 'wrong', refused);
      return (await vestibule.cpu()) - before;
    };
    let [known, unknown] = [0, 0];
    for (const number of [1, 2, 3]) {
      known += await cost(somebody);
      unknown += await cost(`nobody-at-${provider}-${number}`);
    }
    const [least, most] = [known, unknown].sort((a, b) => a - b);
    // Without dummy hashing, it costs several times less. CPU time does not depend on the load of the machine.
    assert.ok(least > 0, `${provider}: ${known} and ${unknown} ticks`);
    assert.ok(most < least * 2, `${provider}: ${known} for a known name, ${unknown} for an unknown one`);
  }
});

test('`check` distinguishes all these cases', async () => {
  const { status, out } = await vestibule.command('check');
  assert.notEqual(status, 0);
  for (const line of [
    /^ok   provider sha256: sha256\.example: 127\.0\.0\.1:\d+ answers, with STARTTLS and a certificate for the domain$/m,
    /^ok   provider sha256-direct: sha256\.example: 127\.0\.0\.1:\d+ answers, with TLS from the first byte/m,
    /^ok   provider sha256: sha256\.example: passwords are proved by SCRAM-SHA-256/m,
    /^ok   provider sha1: sha1\.example: passwords are proved by SCRAM-SHA-1/m,
    /^ok   provider sha1: sha1\.example: certificate: 29 days left/m,
    /^WARN provider plain: plain\.example: it accepts passwords only by PLAIN.* → switch SCRAM-SHA-256/m,
    /^ok   provider anonymous: anonymous\.example: it offers ANONYMOUS, which is never used/m,
    /^BAD  provider anonymous: anonymous\.example: no way to log in is left/m,
    /^BAD  provider foreign: .*TLS: its certificate is signed by an authority we don't trust → name that authority's certificate in ca_file/m,
    /^BAD  provider misnamed: .*TLS: its certificate is for another name: for .*, not for misnamed\.example → have it made for the domain/m,
    /^BAD  provider dead: .*connect: /m,
    /^BAD  provider x-hung: .*stream: it is reachable, but does not answer in time → see whether it hangs/m,
    /^BAD  provider x-stripped: .*TLS: it does not offer STARTTLS/m,
  ]) assert.match(out, line);
});

test('the log contains no password in any encoding', async () => {
  // C56
  for (const password of Object.values(PEOPLE)) {
    for (const text of [password, Buffer.from(password).toString('base64').slice(0, 24), encodeURIComponent(password)]) assert.ok(!vestibule.log.includes(text));
  }
  for (const name of ['nobody@', 'mallory', 'a da']) assert.ok(!vestibule.log.includes(name), name);
});
