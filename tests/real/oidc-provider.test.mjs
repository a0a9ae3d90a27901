// OpenID Connect with npm's certified oidc-provider.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

import { launch } from './support/chromium.mjs';
import { freePort, startApp } from './support/net.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, folder, provider, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

let upstream, apps, vestibule;
before(async () => {
  const port = await freePort();
  const back = (id) => `http://localhost:${port}/callback/${id}`;
  // One provider under three ids: the same person has another account under each.
  upstream = await startProvider({ clients: [client(['uni', 'posting', 'asking'].map(back))] });
  apps = { notes: await startApp(), meet: await startApp() };
  const config = () => [
    server({ port }),
    provider({ issuer: upstream.issuer }),
    provider({ issuer: upstream.issuer, id: 'posting', name: 'Posting University', username: 'posting-{{ preferred_username }}', more: 'response_mode = "form_post"' }),
    provider({ issuer: upstream.issuer, id: 'asking', name: 'Asking University', more: 'userinfo = true\nclient_auth = "client_secret_post"' }),
    app({ url: apps.notes.url, more: 'claims = ["preferred_username", "name", "email", "groups"]\nrequire_state = true', allow: 'permissions = ["write"]' }),
    app({ id: 'meet', name: 'Meeting', url: apps.meet.url, more: `room_location = "${apps.meet.url}r/{room}/"`, allow: 'rooms = ["maths"]\ngroups = ["staff"]' }),
  ].join('\n');
  vestibule = await Vestibule.serve(config, { port });
});
after(async () => {
  await vestibule?.stop();
  await upstream?.stop();
  await Promise.all(Object.values(apps ?? {}).map((one) => one.stop()));
});

const start = (what, provider = 'uni') => `${vestibule.url}/auth/${what}${what.includes('?') ? '&' : '?'}provider=${provider}`;

/** Follows a start up to the app's answer, and signs in and consents at the provider. */
async function signIn(visitor, url, { who = 'ada', stop = apps.notes.url } = {}) {
  let page = await visitor.visit(url, { stop });
  while (page.status === 200 && page.url.href.startsWith(upstream.issuer)) {
    page = await visitor.press(page, page.text.includes('<title>login') ? who : 'allow', { stop });
  }
  return page;
}

/** The target of the only button of a page. */
const button = ({ text }) => new URL(text.match(/class="button" href="([^"]+)"/)[1].replaceAll('&amp;', '&'), vestibule.url);

const fragment = ({ url }) => new URLSearchParams(url.hash.slice(1));

/** The claims of the token in a delivery, verified by jose, which throws for a bad token. */
async function claims(page, audience = apps.notes.url) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', vestibule.url));
  const token = fragment(page).get('token');
  assert.ok(token, `no token at ${page.url}: ${page.text}`);
  const { payload } = await jwtVerify(token, keys, { algorithms: ['ES256'], typ: 'login+jwt', issuer: vestibule.url, audience });
  return payload;
}

test('a first login makes an account and delivers a token that jose accepts', async () => {
  const page = await signIn(new Visitor(), start('notes?state=s1&nonce=n1'));
  const token = await claims(page);
  assert.deepEqual([fragment(page).get('state'), fragment(page).get('iss')], ['s1', vestibule.url]);
  assert.deepEqual(
    { nonce: token.nonce, username: token.preferred_username, name: token.name, email: token.email, groups: token.groups, idp: token.idp, permissions: token.permissions },
    { nonce: 'n1', username: 'ada', name: 'Ada Lovelace', email: 'ada@example.edu', groups: ['staff'], idp: 'uni', permissions: ['write'] },
  );
});

test('a second login of the same person finds the same account', async () => {
  const [first, second] = [await signIn(new Visitor(), start('notes?state=s1')), await signIn(new Visitor(), start('notes?state=s2'))];
  assert.equal((await claims(first)).sub, (await claims(second)).sub);
  assert.notEqual((await claims(first)).jti, (await claims(second)).jti);
});

test('two people get two accounts', async () => {
  const [ada, ben] = [await signIn(new Visitor(), start('notes?state=s')), await signIn(new Visitor(), start('notes?state=s'), { who: 'ben' })];
  assert.notEqual((await claims(ada)).sub, (await claims(ben)).sub);
  assert.equal((await claims(ben)).preferred_username, 'ben');
});

test('a second app opens by the session, without asking the provider', async () => {
  const visitor = new Visitor();
  await signIn(visitor, start('notes?state=s'));
  const asked = upstream.seen.length;
  const room = `${apps.meet.url}r/maths/`;
  const page = await visitor.visit(`${vestibule.url}/auth/meet?room=maths`, { stop: apps.meet.url });
  assert.equal(`${page.url.origin}${page.url.pathname}`, room);
  assert.equal((await claims(page, room)).room, 'maths');
  assert.equal(upstream.seen.length, asked);
});

// C4
test('the provider demands PKCE, and gets a fresh S256 challenge, state and nonce each time', async () => {
  const from = upstream.seen.length;
  for (const state of ['a', 'b']) await signIn(new Visitor(), start(`notes?state=${state}`));
  const [one, two] = upstream.seen.slice(from);
  for (const asked of [one, two]) assert.equal(asked.code_challenge_method, 'S256');
  for (const name of ['code_challenge', 'state', 'nonce']) {
    assert.ok(one[name].length >= 22, `${name} has 128 bits`);
    assert.notEqual(one[name], two[name], name);
  }
});

test('several tabs of one browser finish in any order, each with its own state', async () => {
  const visitor = new Visitor();
  const tabs = [];
  for (const state of ['tab1', 'tab2', 'tab3']) tabs.push(await visitor.visit(start(`notes?state=${state}`), { stop: apps.notes.url }));
  for (const at of [2, 0, 1]) {
    let page = await visitor.press(tabs[at], 'ada', { stop: apps.notes.url });
    while (page.status === 200 && page.url.href.startsWith(upstream.issuer)) page = await visitor.press(page, 'allow', { stop: apps.notes.url });
    await claims(page);
    assert.equal(fragment(page).get('state'), `tab${at + 1}`);
  }
});

test('a denial at the provider leads to a page with three next steps, and the app gets no request', async () => {
  const visitor = new Visitor();
  const requestsBefore = apps.notes.asked.length;
  const page = await visitor.press(await visitor.visit(start('notes?state=s')), 'deny');
  assert.equal(page.status, 400);
  for (const words of ['You did not finish signing in with Example University', 'Try again', 'Another way to sign in', 'Return to Notes']) {
    assert.ok(page.text.includes(words), `${words}\n${page.text}`);
  }
  assert.match(page.text, /V-[0-9A-Z]{8}/);
  assert.equal(apps.notes.asked.length, requestsBefore);
});

test('after a denial, the first of these steps signs the person in', async () => {
  const visitor = new Visitor();
  const refused = await visitor.press(await visitor.visit(start('notes?state=again')), 'deny');
  const page = await signIn(visitor, button(refused));
  await claims(page);
  assert.equal(fragment(page).get('state'), 'again');
});

// C13
test('prompt=login asks the person again, and the token contains the new auth_time', async () => {
  const visitor = new Visitor();
  await signIn(visitor, start('notes?state=s'));
  await new Promise((done) => setTimeout(done, 1_100));
  const from = Math.floor(Date.now() / 1000);
  const asked = await visitor.visit(start('notes?state=s&prompt=login'), { stop: apps.notes.url });
  assert.match(asked.text, /<title>login/, 'the provider shows its page despite both sessions');
  const page = await signIn(visitor, start('notes?state=s&prompt=login'));
  const { auth_time: proved } = await claims(page);
  assert.ok(proved >= from - 1, `proved at ${proved}, asked at ${from}`);
  assert.equal(upstream.seen.at(-1).prompt, 'login');
});

// C37
test('prompt=login gives the session a new id, and the old id is not valid', async () => {
  const visitor = new Visitor();
  await signIn(visitor, start('notes?state=s'));
  const old = visitor.cookies(vestibule.url)['__Host-vestibule'];
  await signIn(visitor, start('notes?state=s&prompt=login'));
  assert.notEqual(visitor.cookies(vestibule.url)['__Host-vestibule'], old);
  const thief = await fetch(`${vestibule.url}/auth/notes?state=s&prompt=none`, { headers: { cookie: `__Host-vestibule=${old}` }, redirect: 'manual' });
  assert.match(thief.headers.get('location'), /error=login_required/);
});

test('prompt=none returns login_required in the fragment, or signs in without a page', async () => {
  const visitor = new Visitor();
  const silent = `${vestibule.url}/auth/notes?state=s&prompt=none`;
  const nobody = await visitor.visit(silent, { stop: apps.notes.url });
  assert.deepEqual([fragment(nobody).get('error'), fragment(nobody).get('state')], ['login_required', 's']);
  await signIn(visitor, start('notes?state=s'));
  await claims(await visitor.visit(silent, { stop: apps.notes.url }));
});

test('an app that requires state refuses a start without it', async () => {
  const page = await new Visitor().visit(start('notes'));
  assert.equal(page.status, 400);
  assert.match(page.text, /This link is not right/);
});

// C17
test('if claims come only from userinfo, userinfo is asked with the access token', async () => {
  const port = await freePort();
  const frugal = await startProvider({ idTokenClaims: false, clients: [client([`http://localhost:${port}/callback/uni`])] });
  const config = (more) => () => [server({ port }), provider({ issuer: frugal.issuer, more }), app({ url: apps.notes.url, more: 'claims = ["preferred_username", "name", "groups"]' })].join('\n');
  const signInThere = async () => {
    const visitor = new Visitor();
    let page = await visitor.visit(`http://localhost:${port}/auth/notes`, { stop: apps.notes.url });
    while (page.status === 200 && page.url.href.startsWith(frugal.issuer)) {
      page = await visitor.press(page, page.text.includes('<title>login') ? 'ada' : 'allow', { stop: apps.notes.url });
    }
    return page;
  };
  const asking = await Vestibule.serve(config('userinfo = true'), { port });
  try {
    const { name, preferred_username: username, groups } = decodeJwt(fragment(await signInThere()).get('token'));
    assert.deepEqual([name, username, groups], ['Ada Lovelace', 'ada', ['staff']]);
  } finally {
    await asking.stop();
  }
  const silent = await Vestibule.serve(config('userinfo = false'), { port });
  try {
    const page = await signInThere();
    assert.match(page.text, /did not give us a name to use/);
    assert.match(silent.log, /claim_missing/);
  } finally {
    await silent.stop();
    await frugal.stop();
  }
});

// C14, C17
test('userinfo that the provider signs is verified and read, also after its key changes', async () => {
  const port = await freePort();
  const signing = client([`http://localhost:${port}/callback/uni`], { userinfo_signed_response_alg: 'RS256' });
  const frugal = await startProvider({ idTokenClaims: false, clients: [signing] });
  const config = () => [server({ port }), provider({ issuer: frugal.issuer, more: 'userinfo = true' }), app({ url: apps.notes.url, more: 'claims = ["preferred_username", "name", "groups"]' })].join('\n');
  const asking = await Vestibule.serve(config, { port });
  try {
    for (const change of [() => {}, () => frugal.rotate()]) {
      change();
      const visitor = new Visitor();
      let page = await visitor.visit(`http://localhost:${port}/auth/notes`, { stop: apps.notes.url });
      while (page.status === 200 && page.url.href.startsWith(frugal.issuer)) {
        page = await visitor.press(page, page.text.includes('<title>login') ? 'ada' : 'allow', { stop: apps.notes.url });
      }
      const { name, preferred_username: username, groups } = decodeJwt(fragment(page).get('token'));
      assert.deepEqual([name, username, groups], ['Ada Lovelace', 'ada', ['staff']]);
    }
    assert.equal(frugal.userinfoTypes.length, 2);
    for (const type of frugal.userinfoTypes) assert.match(type, /^application\/jwt/);
  } finally {
    await asking.stop();
    await frugal.stop();
  }
});

test('client_secret_post and userinfo work with the provider', async () => {
  const visitor = new Visitor();
  // C21: the same subject under another provider id is another account, so its username is taken.
  const named = await signIn(visitor, start('notes?state=s', 'asking'));
  assert.match(named.text, /Your name here is ada-2/);
  const page = await visitor.visit(button(named), { stop: apps.notes.url });
  const { preferred_username: username, idp } = await claims(page);
  assert.deepEqual([username, idp, fragment(page).get('state')], ['ada-2', 'asking', 's']);
});

describe('private_key_jwt', () => {
  const pair = { ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }), RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }) };
  const pem = { ES256: { type: 'sec1', format: 'pem' }, RS256: { type: 'pkcs8', format: 'pem' } };
  let port, keyed, vestibules;
  before(async () => {
    port = await freePort();
    keyed = await startProvider({
      clients: Object.entries(pair).map(([alg, { publicKey }]) => client([`http://localhost:${port}/callback/${alg.toLowerCase()}`], {
        client_id: alg,
        client_secret: undefined,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: alg,
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: `key-${alg}`, alg, use: 'sig' }] },
      })),
    });
    const made = await folder('');
    for (const [alg, { privateKey }] of Object.entries(pair)) await writeFile(join(made, `${alg}.pem`), privateKey.export(pem[alg]), { mode: 0o600 });
    const one = (alg, more = '') => provider({ issuer: keyed.issuer, id: alg.toLowerCase(), username: `${alg.toLowerCase()}-{{ preferred_username }}`, more })
      .replace('client_id = "vestibule"\nclient_secret = "only-for-these-tests-0123456789"', `client_id = "${alg}"\nclient_auth = "private_key_jwt"\nclient_key_file = "${alg}.pem"`);
    const config = () => [
      server({ port }), one('ES256', 'client_key_id = "key-ES256"'), one('RS256', 'client_assertion_audience = "token_endpoint"'),
      app({ url: apps.notes.url, more: 'claims = ["preferred_username"]' }),
    ].join('\n');
    vestibules = await Vestibule.serve(config, { port, again: made });
  });
  after(async () => {
    await vestibules?.stop();
    await keyed?.stop();
  });

  for (const alg of Object.keys(pair)) {
    test(`${alg} signs people in, each time with a fresh assertion`, async () => {
      for (const who of ['ada', 'ben']) {
        const visitor = new Visitor();
        let page = await visitor.visit(`${vestibules.url}/auth/notes?provider=${alg.toLowerCase()}`, { stop: apps.notes.url });
        while (page.status === 200 && page.url.href.startsWith(keyed.issuer)) {
          page = await visitor.press(page, page.text.includes('<title>login') ? who : 'allow', { stop: apps.notes.url });
        }
        assert.equal(decodeJwt(fragment(page).get('token')).preferred_username, `${alg.toLowerCase()}-${who}`);
      }
    });
  }

  test('vestibule check finds a registered key right, and another one wrong', async () => {
    const { out } = await vestibules.command('check');
    for (const alg of ['es256', 'rs256']) {
      assert.match(out, new RegExp(`ok +provider ${alg}: client authentication: private_key_jwt`));
      assert.match(out, new RegExp(`ok +provider ${alg}: client key: accepted`));
    }
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await writeFile(join(vestibules.folder, 'ES256.pem'), other.export(pem.ES256));
    const { out: refused, status } = await vestibules.command('check');
    assert.equal(status, 1);
    assert.match(refused, /BAD +provider es256: client key: refused: invalid_client.*register its public key there/);
    // C56
    assert.doesNotMatch(vestibules.log, /eyJ[\w-]+\.[\w-]+\./);
  });
});

// C20
describe('when the provider changes its key', () => {
  test('the next login succeeds at once with the new key', async () => {
    await claims(await signIn(new Visitor(), start('notes?state=s')));
    upstream.rotate();
    await claims(await signIn(new Visitor(), start('notes?state=s')));
  });

  test('three changes within a minute are noticed, and a fourth leads to a refusal page', async () => {
    for (let change = 2; change <= 3; change += 1) {
      upstream.rotate();
      await claims(await signIn(new Visitor(), start('notes?state=s')));
    }
    upstream.rotate();
    const page = await signIn(new Visitor(), start('notes?state=s'));
    assert.equal(page.status, 400);
    assert.match(page.text, /could not be trusted/);
    assert.match(vestibule.log, /answer_refused/);
  });
});

test('no token, code, state or secret is in the log', async () => {
  // C56
  const page = await signIn(new Visitor(), start('notes?state=secret-of-the-app&nonce=nonce-of-the-app', 'posting')).catch(() => null);
  assert.ok(page);
  await vestibule.until('the callback is in the log', () => vestibule.log.includes('/callback/'));
  for (const secret of [/eyJ[\w-]+\.[\w-]+\./, /[?&]code=/, /[?&]state=/, /only-for-these-tests/, /secret-of-the-app/, /nonce-of-the-app/]) {
    assert.doesNotMatch(vestibule.log, secret);
  }
});

// C38
describe('form_post', () => {
  let browser;
  before(async () => { browser = await launch(); });
  after(() => browser?.close());

  async function throughTheProvider(page, state) {
    await page.goto(start(`notes?state=${state}`, 'posting'));
    await page.click('button[value=ben]');
    await page.click('button[value=allow]');
  }

  test('returns through a page that reposts itself, in Chromium with JavaScript', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const posts = [];
    page.on('request', (request) => { if (request.method() === 'POST' && request.url().includes('/callback/posting')) posts.push(request.headers()); });
    await throughTheProvider(page, 'with-script');
    await page.waitForURL(`${apps.notes.url}*`);
    assert.match(page.url(), /#token=.*state=with-script/);
    assert.equal(posts.length, 2, 'once from the provider, once from our page');
    const cookies = await context.cookies(vestibule.url);
    assert.ok(cookies.length > 0);
    for (const { sameSite } of cookies) assert.equal(sameSite, 'Lax');
    await context.close();
  });

  test('returns through a button, in Chromium without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await throughTheProvider(page, 'without-script');
    await page.click('button');
    await page.waitForSelector('h1:has-text("One moment")');
    await page.click('button');
    await page.waitForURL(`${apps.notes.url}*`);
    assert.match(page.url(), /#token=.*state=without-script/);
    await context.close();
  });
});
