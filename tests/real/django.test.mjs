// OAuth 2.0 without OpenID Connect, with a Django site and its django-oauth-toolkit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startDjango } from './support/django.mjs';
import { freePort, startApp } from './support/net.mjs';
import { claims, explained, refusal } from './support/outcome.mjs';
import { Vestibule, app, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

const SECRET = 'only-for-these-tests-0123456789+/=:&%';
const PASSWORD = 'a long enough passphrase';
// Beyond 2^53, where floating-point numbers can't tell neighbours apart.
const IDS = { ada: '9007199254740993', ben: '9007199254740992', cleo: '9223372036854775807' };

let site, notes, vestibule;
before(async () => {
  const port = await freePort();
  const registered = ['django', 'posting', 'wrong', 'bare', 'greedy', 'modest'];
  site = await startDjango({
    people: [
      { username: 'ada', first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.org' },
      { username: 'ben', first_name: 'Ben' },
      { username: 'cleo', first_name: 'Cléo 🎈', email: 'cleo@example.org' },
    ].map((person) => ({ ...person, id: IDS[person.username], password: PASSWORD })),
    clients: [{
      name: 'Vestibule',
      client_id: 'vestibule',
      client_secret: SECRET,
      redirect_uris: registered.map((id) => `http://localhost:${port}/callback/${id}`).join(' '),
    }],
  });
  notes = await startApp();
  const config = () => [
    server({ port }),
    provider('django'),
    provider('posting', { more: 'client_auth = "client_secret_post"' }),
    provider('wrong', { secret: 'not-the-secret' }),
    provider('bare', { more: 'pkce = false' }),
    provider('greedy', { scopes: ['profile', 'email', 'everything'] }),
    provider('modest', { scopes: ['posts'] }),
    provider('stranger'),
    app({ url: notes.url, more: 'claims = ["preferred_username", "name", "email"]', allow: 'permissions = ["write"]' }),
  ].join('\n');
  vestibule = await Vestibule.serve(config, { port });
});
after(async () => {
  await vestibule?.stop();
  await site?.stop();
  await notes?.stop();
});

const provider = (id, { secret = SECRET, scopes = ['profile', 'email'], more = '' } = {}) => `[[provider]]
id = "${id}"
kind = "oauth2"
name = "Example Site ${id}"
issuer = "${site.url}"
auth_url = "${site.url}/o/authorize/"
token_url = "${site.url}/o/token/"
userinfo_url = "${site.url}/api/me"
client_id = "vestibule"
client_secret = "${secret}"
scopes = ${JSON.stringify(scopes)}
subject = "user.id"
preferred_username = "user.login"
display_name = "user.name"
email = "mail"
username = "${id === 'django' ? '' : `${id}-`}{{ preferred_username }}"
allow_private = true
${more}
`;

const start = (id) => `${vestibule.url}/auth/notes?state=s1&provider=${id}`;

/** Signs in at the site, unless it knows the visitor. Returns the page that asks for consent, or what comes instead. */
async function logIn(visitor, id, who) {
  const page = await visitor.visit(start(id));
  if (!page.text.includes('<title>Log in')) return page;
  return visitor.submit(page, { username: who, password: PASSWORD }, { stop: notes.url });
}

async function signIn(id, who, visitor = new Visitor()) {
  return visitor.submit(await logIn(visitor, id, who), { allow: 'Authorize' }, { stop: notes.url });
}

test('a person signs in, and the app gets what the API says about them', async () => {
  const page = await signIn('django', 'ada');
  const token = await claims(page, vestibule, notes.url);
  assert.deepEqual([token.preferred_username, token.name], ['ada', 'Ada Lovelace']);
  assert.deepEqual([token.email, token.email_verified], ['ada@example.org', false]);
  assert.deepEqual([token.idp, token.permissions], ['django', ['write']]);
  assert.equal(new URLSearchParams(page.url.hash.slice(1)).get('state'), 's1');
});

// C4, C5
test('the site demands PKCE, and gets an S256 challenge', async () => {
  const asked = (await new Visitor().visit(start('django'))).url.searchParams.get('next');
  assert.match(asked, /code_challenge=[\w-]{43}&code_challenge_method=S256/);
  const refused = await refusal(await logIn(new Visitor(), 'bare', 'ada'), vestibule);
  assert.deepEqual([refused.status, refused.cause], [503, 'client_rejected']);
  assert.match(refused.detail, /invalid_request: "Code challenge required."/);
});

// C5
test('the site refuses a code that another login got', async () => {
  const stopped = async () => {
    const visitor = new Visitor();
    const page = await logIn(visitor, 'django', 'ada');
    const { url } = await visitor.submit(page, { allow: 'Authorize' }, { stop: vestibule.url });
    return { visitor, url };
  };
  const [own, theirs] = [await stopped(), await stopped()];
  own.url.searchParams.set('code', theirs.url.searchParams.get('code'));
  const refused = await refusal(await own.visitor.visit(own.url, { stop: notes.url }), vestibule);
  assert.deepEqual([refused.status, refused.cause], [400, 'answer_refused']);
  assert.match(refused.detail, /does not accept its own code: invalid_grant/);
});

// C15
test('ids beyond 2^53, which a floating-point number would not tell apart, are different people', async () => {
  const accounts = new Set();
  for (const who of Object.keys(IDS)) {
    const [first, again] = [await signIn('django', who), await signIn('django', who)];
    const { sub, preferred_username: username } = await claims(first, vestibule, notes.url);
    assert.equal((await claims(again, vestibule, notes.url)).sub, sub);
    assert.equal(username, who);
    accounts.add(sub);
  }
  assert.equal(accounts.size, 3);
  const { out } = await vestibule.command('identity', 'list', '--json');
  const known = JSON.parse(out).filter((one) => one.provider === 'django');
  assert.deepEqual(Object.fromEntries(known.map(({ account, subject }) => [account.username, subject])), IDS);
});

test('a person who presses Cancel reads what happened, and the app gets no request', async () => {
  const [visitor, requestsBefore] = [new Visitor(), notes.asked.length];
  const page = await visitor.submit(await logIn(visitor, 'django', 'ada'), {});
  for (const words of ['Try again', 'Another way to sign in', 'Return to Notes']) {
    assert.ok(page.text.includes(words), words);
  }
  const { status, heading, cause, detail } = await explained(page, vestibule);
  assert.deepEqual([status, cause, detail], [400, 'provider_denied', 'the provider answered access_denied']);
  assert.equal(heading, 'You did not finish signing in with Example Site django.');
  assert.equal(notes.asked.length, requestsBefore);
  await claims(await signIn('django', 'ada', visitor), vestibule, notes.url);
});

test('client_secret_post works, and the secret may hold any sign in both ways', async () => {
  const { preferred_username: username } = await claims(await signIn('posting', 'ada'), vestibule, notes.url);
  assert.equal(username, 'posting-ada');
});

test('a wrong secret, unknown scopes, and scopes that do not suffice have causes of their own', async () => {
  for (const [id, status, cause, detail] of [
    ['wrong', 503, 'client_rejected', /credential provider\.wrong\.client_secret: invalid_client \(status 401\)/],
    ['greedy', 503, 'client_rejected', /the provider refuses our request: invalid_scope/],
    ['modest', 400, 'answer_refused', /userinfo at 127\.0\.0\.1 answers with status 403/],
  ]) {
    const visitor = new Visitor();
    const page = await logIn(visitor, id, 'ada');
    const end = id === 'greedy' ? page : await visitor.submit(page, { allow: 'Authorize' });
    const refused = await explained(end, vestibule);
    assert.deepEqual([refused.status, refused.cause], [status, cause]);
    assert.match(refused.detail, detail);
  }
});

test('vestibule check finds these mistakes, and a redirect address that is not registered', async () => {
  const { out, status } = await vestibule.command('check');
  assert.equal(status, 1);
  for (const line of [
    /ok +provider django: client secret: accepted; a made-up code was refused/,
    /ok +provider django: redirect address: registered there/,
    /ok +provider posting: client secret: accepted/,
    /BAD +provider wrong: client secret: refused: invalid_client .*; it is from provider\.wrong\.client_secret/,
    /BAD +provider bare: sign-in page: it refuses our request: invalid_request: "Code challenge required\."/,
    /BAD +provider greedy: sign-in page: it refuses our request: invalid_scope/,
    /BAD +provider stranger: redirect address: the sign-in page answers with status 400 .*\/callback\/stranger there/,
  ]) {
    assert.match(out, line);
  }
  assert.doesNotMatch(out, /BAD +provider (django|posting|modest)/);
});

test('no token, code, state or secret is in the log', async () => {
  // C56
  await vestibule.until('the callback is in the log', () => vestibule.log.includes('/callback/'));
  for (const secret of [/[?&]code=/, /[?&]state=/, /only-for-these-tests/, /not-the-secret/]) {
    assert.doesNotMatch(vestibule.log, secret);
  }
});
