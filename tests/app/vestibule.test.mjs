// The module for apps, in a browser of stubs with the real WebCrypto. Run: node --test tests/app/vestibule.test.mjs
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { webcrypto } from 'node:crypto';

const BROKER = 'https://auth.example.org';
const AUDIENCE = 'https://meet.example.org/room/maths/';
const folder = new URL('../../templates/static/', import.meta.url);

/** The browser objects that a page uses: an address, a tab's storage, a history. */
class Storage {
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) { this[key] = String(value); }
  removeItem(key) { delete this[key]; }
}
let page;
function open(address) {
  const url = new URL(address);
  const storage = page?.storage ?? new Storage();
  page = { url, storage, went: [], wiped: [] };
  globalThis.location = {
    get hash() { return page.url.hash; },
    get pathname() { return page.url.pathname; },
    get search() { return page.url.search; },
    assign: (to) => page.went.push(to),
  };
  globalThis.history = {
    state: { kept: true },
    replaceState(state, _, to) { page.wiped.push({ state, to }); page.url = new URL(to, page.url); },
  };
  globalThis.sessionStorage = storage;
}

const { Refusal, receive, start } = await import(new URL('vestibule.js', folder));
const { verify } = await import(new URL('verify.js', folder));
const refusal = (code) => (thrown) => {
  assert.ok(thrown instanceof Refusal, String(thrown?.stack));
  assert.equal(thrown.code, code);
  return true;
};

/** Begins a sign-in and returns the parameters that went to the broker. */
function begin(more = {}) {
  start({ app: 'conference', room: 'maths', broker: BROKER, ...more });
  return Object.fromEntries(new URL(page.went.at(-1)).searchParams);
}
function comeBack(answer, address = AUDIENCE) {
  open(`${address}#${new URLSearchParams(answer)}`);
}

beforeEach(() => { page = undefined; open('https://meet.example.org/'); });

describe('start', () => {
  test('the browser goes to the app’s sign-in with only the given parameters', () => {
    const address = start({
      app: 'conference', room: 'seminars/b', provider: 'uni', prompt: 'login', loginHint: 'ada@example.edu', uiLocales: 'fr en', broker: `${BROKER}/`,
    });
    assert.deepEqual(page.went, [address]);
    const url = new URL(address);
    assert.equal(url.origin + url.pathname, `${BROKER}/auth/conference`);
    const { state, nonce, ...rest } = Object.fromEntries(url.searchParams);
    assert.deepEqual(rest, { room: 'seminars/b', provider: 'uni', prompt: 'login', login_hint: 'ada@example.edu', ui_locales: 'fr en' });
    assert.ok(state && nonce);
  });

  test('state and nonce have at least 128 bits, match the documented format, and never repeat', () => { // C4
    const seen = new Set();
    for (let i = 0; i < 50; i += 1) {
      for (const value of [begin().state, begin().nonce]) {
        assert.match(value, /^[\w-]{22,256}$/);
        seen.add(value);
      }
    }
    assert.equal(seen.size, 100);
  });

  test('no option can choose the state or the nonce', () => {
    const { state, nonce } = begin({ state: 'mine', nonce: 'mine' });
    assert.ok(state !== 'mine' && nonce !== 'mine');
  });

  test('a location can be given instead of a room', () => {
    const { room, location } = begin({ room: undefined, location: AUDIENCE });
    assert.equal(room, undefined);
    assert.equal(location, AUDIENCE);
  });

  test('the broker is the origin of the module, unless it is given', async () => {
    const text = await readFile(new URL('vestibule.js', folder), 'utf8');
    const server = createServer((_, answer) => answer.end(text)).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const origin = `http://127.0.0.1:${server.address().port}`;
    server.close();
    const served = text.replace('import.meta.url', JSON.stringify(`${origin}/vestibule.js`));
    const module = await import(`data:text/javascript,${encodeURIComponent(served)}`);
    module.start({ app: 'notes' });
    assert.ok(page.went[0].startsWith(`${origin}/auth/notes?`), page.went[0]);
  });

  test('an answer counts though the password form stood open for hours', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const { state } = begin();
    t.mock.timers.tick(23 * 60 * 60 * 1000);
    comeBack({ token: 't', state, iss: BROKER });
    assert.equal(receive().token, 't');
  });

  test('a sign-in left open for over a day is forgotten at the next start', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const old = begin();
    t.mock.timers.tick(25 * 60 * 60 * 1000);
    const fresh = begin();
    assert.equal(Object.keys(page.storage).length, 1);
    comeBack({ token: 't', state: old.state, iss: BROKER });
    assert.throws(() => receive(), refusal('state_mismatch'));
    comeBack({ token: 't', state: fresh.state, iss: BROKER });
    assert.equal(receive().token, 't');
  });
});

describe('receive', () => {
  test('an answer to a sign-in of this tab is returned with its nonce', () => {
    const { state, nonce } = begin();
    comeBack({ token: 'a.b.c', iss: BROKER, state });
    assert.deepEqual(receive(), { token: 'a.b.c', nonce, state, iss: BROKER });
  });

  test('an answer that the page removed from the address bar can still be read', () => {
    const { state, nonce } = begin();
    comeBack({});
    const hash = `#${new URLSearchParams({ token: 'a.b.c', iss: BROKER, state })}`;
    assert.deepEqual(receive({ hash }), { token: 'a.b.c', nonce, state, iss: BROKER });
  });

  test('the fragment is removed before storage is read, and path, query and history state stay', () => {
    const { state } = begin();
    comeBack({ token: 'a.b.c', iss: BROKER, state }, `${AUDIENCE}?lang=fr`);
    const order = [];
    const { getItem } = page.storage;
    Object.defineProperty(page.storage, 'getItem', { enumerable: false, configurable: true, value: (key) => { order.push(page.url.hash); return getItem.call(page.storage, key); } });
    receive();
    assert.deepEqual(page.wiped, [{ state: { kept: true }, to: '/room/maths/?lang=fr' }]);
    assert.ok(order.length && order.every((hash) => hash === ''), 'storage was read while the token was in the address');
  });

  test('a refused answer is removed too', () => {
    for (const answer of [{ token: 'x' }, { error: 'access_denied' }, { token: 'x', error: 'y' }, { iss: BROKER }]) {
      comeBack(answer);
      assert.throws(() => receive(), Refusal);
      assert.equal(page.url.href, AUDIENCE);
    }
  });

  test('a page without an answer keeps its own anchor', () => {
    for (const address of [AUDIENCE, `${AUDIENCE}#`, `${AUDIENCE}#agenda`]) {
      open(address);
      assert.equal(receive(), null);
      assert.deepEqual(page.wiped, []);
    }
  });

  test('an answer is valid once', () => {
    const { state } = begin();
    comeBack({ token: 'a.b.c', iss: BROKER, state });
    receive();
    comeBack({ token: 'a.b.c', iss: BROKER, state });
    assert.throws(() => receive(), refusal('nothing_pending'));
  });

  test('a storage entry of another script is ignored and kept', () => {
    const { state } = begin();
    page.storage.setItem('vestibule:theme', 'dark');
    comeBack({ token: 'a.b.c', iss: BROKER, state: 'theme' });
    assert.throws(() => receive(), refusal('state_mismatch'));
    comeBack({ token: 'a.b.c', iss: BROKER, state });
    assert.equal(receive().token, 'a.b.c');
    assert.equal(page.storage.getItem('vestibule:theme'), 'dark');
  });

  test('an answer without a pending sign-in is refused', () => {
    comeBack({ token: 'a.b.c', iss: BROKER, state: 'x' });
    assert.throws(() => receive(), refusal('nothing_pending'));
  });

  test('an answer with another state or without one is refused, and the sign-in stays valid', () => {
    const { state } = begin();
    for (const wrong of [{ state: `${state}x` }, { state: '' }, {}]) {
      comeBack({ token: 'a.b.c', iss: BROKER, ...wrong });
      assert.throws(() => receive(), refusal('state_mismatch'));
    }
    comeBack({ token: 'a.b.c', iss: BROKER, state });
    assert.equal(receive().token, 'a.b.c');
  });

  test('an answer from another issuer or without one is refused, and the sign-in stays valid', () => { // RFC 9207
    const { state } = begin();
    for (const wrong of [{ iss: 'https://evil.example' }, { iss: `${BROKER}/` }, {}]) {
      comeBack({ token: 'a.b.c', state, ...wrong });
      assert.throws(() => receive(), refusal('iss_mismatch'));
    }
    comeBack({ token: 'a.b.c', iss: BROKER, state });
    assert.throws(() => receive({ broker: 'https://other.example' }), refusal('iss_mismatch'));
    comeBack({ token: 'a.b.c', iss: BROKER, state });
    assert.equal(receive({ broker: BROKER }).token, 'a.b.c');
  });

  test('an answer with a repeated parameter, with neither token nor error, or with both, is refused', () => {
    const { state } = begin();
    const from = `state=${state}&iss=${encodeURIComponent(BROKER)}`;
    for (const hash of [`token=a&token=b&${from}`, `token=a&${from}&state=${state}`, from, `token=a&error=b&${from}`]) {
      open(`${AUDIENCE}#${hash}`);
      assert.throws(() => receive(), refusal('malformed'), hash);
    }
  });

  test('an error of the broker is returned with its description', () => {
    const { state } = begin();
    comeBack({ error: 'access_denied', error_description: 'Dee may not enter', iss: BROKER, state });
    assert.deepEqual(receive(), { error: 'access_denied', description: 'Dee may not enter', state, iss: BROKER });
  });

  test('an error for an unknown sign-in is refused', () => {
    begin();
    comeBack({ error: 'access_denied', iss: BROKER, state: 'x' });
    assert.throws(() => receive(), refusal('state_mismatch'));
  });

  test('several sign-ins of one tab do not disturb each other', () => {
    const [first, second] = [begin({ room: 'maths' }), begin({ room: 'seminars/b' })];
    comeBack({ token: '1', iss: BROKER, state: first.state });
    assert.equal(receive().nonce, first.nonce);
    comeBack({ token: '2', iss: BROKER, state: second.state });
    assert.equal(receive().nonce, second.nonce);
  });
});

describe('verify', () => {
  const now = Math.floor(Date.now() / 1000);
  const asked = { nonce: 'n-0123456789', audience: AUDIENCE, broker: BROKER };
  const claims = { iss: BROKER, sub: '01J', aud: AUDIENCE, iat: now, exp: now + 60, jti: 'j', nonce: asked.nonce, name: 'Zoë 🎓' };
  const header = { alg: 'ES256', typ: 'login+jwt', kid: 'k1' };
  const realFetch = globalThis.fetch;
  let key, keys, asks, answer;

  before(async () => {
    key = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', key.publicKey);
    keys = [{ kty: 'RSA', kid: 'k1', n: 'AQAB', e: 'AQAB' }, { kty, crv, x, y, kid: 'k1', alg: 'ES256', use: 'sig' }];
    globalThis.fetch = async (url, options) => { asks.push({ url, ...options }); return answer(); };
  });
  beforeEach(() => { asks = []; answer = () => Response.json({ keys }); });
  after(() => { globalThis.fetch = realFetch; });

  const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  async function sign(changedClaims = {}, changedHeader = {}) {
    const signed = `${part({ ...header, ...changedHeader })}.${part({ ...claims, ...changedClaims })}`;
    const bytes = await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, Buffer.from(signed));
    return `${signed}.${Buffer.from(bytes).toString('base64url')}`;
  }
  const refused = async (token, code, more) => assert.rejects(verify({ token, ...asked, ...more }), refusal(code));

  test('a fresh token yields its claims, and each check is reported', async () => {
    const seen = [];
    assert.deepEqual(await verify({ token: await sign(), ...asked, watch: (check) => seen.push(check) }), claims);
    assert.deepEqual(seen.map(({ check }) => check), ['alg', 'typ', 'crit', 'kid', 'signature', 'iss', 'aud', 'exp', 'iat', 'nonce']);
    assert.ok(seen.every(({ holds }) => holds));
    assert.deepEqual(asks, [{ url: `${BROKER}/.well-known/jwks.json`, cache: 'default', redirect: 'error' }]);
  });

  test('only ES256 is accepted', async () => {
    for (const alg of ['none', 'HS256', 'RS256', 'ES384', 'es256', undefined]) await refused(await sign({}, { alg }), 'alg');
    assert.equal(asks.length, 0);
  });

  test('only a login token is accepted', async () => { // C29
    for (const typ of ['JWT', 'at+jwt', 'logout+jwt', undefined]) await refused(await sign({}, { typ }), 'typ');
  });

  test('a critical header extension is refused', async () => {
    await refused(await sign({}, { crit: ['b64'], b64: false }), 'crit');
  });

  test('an unpublished key is refused after one reload past the cache', async () => {
    await refused(await sign({}, { kid: 'k2' }), 'kid');
    assert.deepEqual(asks.map(({ cache }) => cache), ['default', 'reload']);
    for (const kid of [undefined, 7]) await refused(await sign({}, { kid }), 'kid');
  });

  test('a key without a kid is never used', async () => {
    const unnamed = keys.map(({ kid, ...key }) => key);
    answer = () => Response.json({ keys: unnamed });
    await refused(await sign({}, { kid: undefined }), 'kid');
  });

  test('a key in the header is never used', async () => { // C11
    const own = await webcrypto.subtle.exportKey('jwk', key.publicKey);
    answer = () => Response.json({ keys: [] });
    await refused(await sign({}, { jwk: own }), 'kid');
  });

  test('a key published after the cached copy is found', async () => {
    answer = () => Response.json({ keys: asks.length > 1 ? keys : [] });
    assert.equal((await verify({ token: await sign(), ...asked })).sub, claims.sub);
  });

  test('a changed claim, and a signature of another key, are refused', async () => {
    const [head, , signature] = (await sign()).split('.');
    await refused(`${head}.${part({ ...claims, sub: 'somebody-else' })}.${signature}`, 'signature');
    const other = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { x, y } = await webcrypto.subtle.exportKey('jwk', other.publicKey);
    answer = () => Response.json({ keys: [{ ...keys[1], x, y }] });
    await refused(await sign(), 'signature');
  });

  test('the issuer must be exactly this broker', async () => {
    for (const iss of ['https://evil.example', `${BROKER}/`, undefined]) await refused(await sign({ iss }), 'iss');
  });

  test('the audience must be exactly this room and nothing else', async () => {
    for (const aud of [`${AUDIENCE}x`, AUDIENCE.slice(0, -1), [AUDIENCE], undefined]) await refused(await sign({ aud }), 'aud');
  });

  test('an expired token is refused, with five seconds of clock skew', async () => {
    await refused(await sign({ iat: now - 70, exp: now - 10 }), 'exp');
    for (const exp of [undefined, String(now + 60), null]) await refused(await sign({ exp }), 'exp');
    await verify({ token: await sign({ iat: now - 62, exp: now - 2 }), ...asked });
  });

  test('a token from the future is refused, with five seconds of clock skew', async () => {
    await refused(await sign({ iat: now + 60, exp: now + 120 }), 'iat');
    for (const iat of [undefined, String(now), null]) await refused(await sign({ iat }), 'iat');
    await verify({ token: await sign({ iat: now + 3 }), ...asked });
  });

  test('the nonce must be that of this sign-in', async () => {
    for (const nonce of ['another', '', undefined]) await refused(await sign({ nonce }), 'nonce');
    await assert.rejects(verify({ token: await sign({ nonce: undefined }), ...asked, nonce: undefined }), TypeError);
    await assert.rejects(verify({ token: await sign({ aud: undefined }), ...asked, audience: undefined }), TypeError);
  });

  test('text that is not a token is refused as malformed', async () => {
    const good = await sign();
    for (const token of ['', 'a.b', `${good}.AA`, `${good}==`, 'null', undefined, `${part('{')}.${part(claims)}.AA`]) await refused(token, 'malformed');
    await refused(`${part('null')}.${part('null')}.AA`, 'alg');
  });

  test('keys that cannot be fetched are distinguished from a bad token', async () => {
    answer = () => Response.json({ keys }, { status: 503 });
    await refused(await sign(), 'keys');
    answer = () => { throw new TypeError('Failed to fetch'); };
    await refused(await sign(), 'keys');
  });

  test('on plain http, the error explains why nothing can be verified', async (t) => {
    t.mock.getter(globalThis, 'crypto', () => ({ getRandomValues: (bytes) => webcrypto.getRandomValues(bytes) }));
    await assert.rejects(verify({ token: await sign(), ...asked }), (thrown) => refusal('insecure_context')(thrown) && /https/.test(thrown.message));
  });
});

test('the module that every visitor downloads stays under 3 KB', async () => {
  assert.ok((await readFile(new URL('vestibule.js', folder))).length < 3000);
});
