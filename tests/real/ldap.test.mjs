// Passwords at LDAP directories: Debian's slapd in all supported configurations, and dishonest servers.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer } from 'node:tls';

import { freePort, startApp, until } from './support/net.mjs';
import { authority } from './support/prosody.mjs';
import { BASE, answer, startScriptedServer, startSlapd } from './support/slapd.mjs';
import { passwordSignIns } from './support/visitor.mjs';
import { Vestibule, app, folder, run, server } from './support/vestibule.mjs';

const GOOD = 'correct, "horse" = (battery*) é';
// `openssl passwd -6` of "Hello world!"
const HASHED = '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1';
const SERVICE = 'password-of-the-service';
// Decomposed, as some keyboards type it, and composed, as RFC 4511 §4.2 requires.
const [DECOMPOSED, COMPOSED] = ['cafe\u0301 au lait', 'caf\u00e9 au lait'];
// The same on both servers, as with replicas.
const uuid = (uid) => `${Buffer.from(uid.padEnd(4, '-').slice(0, 4)).toString('hex')}-0000-4000-8000-000000000000`;
const person = (uid, more = '') => `dn: uid=${uid},ou=people,${BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid} of Example
sn: Example
mail: ${uid}@example.org
userPassword:: ${Buffer.from(GOOD).toString('base64')}
entryUUID: ${uuid(uid)}
${more}
`;
const withPassword = (uid, password) => person(uid).replace(/^userPassword.*$/m, `userPassword:: ${Buffer.from(password).toString('base64')}`);
const ENTRIES = `dn: ${BASE}
objectClass: domain
dc: example

dn: cn=policy,${BASE}
objectClass: device
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE

dn: cn=strict,${BASE}
objectClass: device
objectClass: pwdPolicy
cn: strict
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 3

dn: cn=vestibule,${BASE}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: vestibule
userPassword: ${SERVICE}

${['people', 'groups', 'posix', 'twins', 'crowd', 'exact'].map((ou) => `dn: ou=${ou},${BASE}\nobjectClass: organizationalUnit\nou: ${ou}\n`).join('\n')}
${person('ada')}
${person('ben', 'description: one\ndescription: two\n')}
${person('cleo')}
${person('dora').replace(/^userPassword.*$/m, `userPassword: {CRYPT}${HASHED}`)}
${withPassword('finn', COMPOSED)}
${withPassword('gwen', DECOMPOSED)}
${person('mona', `${Array.from({ length: 1200 }, (_, at) => `description: cn=a${at},ou=groups,${BASE}\n`).join('')}description: CN=Staff, OU=Groups, ${BASE}\n`)}
${person('hana', `pwdPolicySubentry: cn=strict,${BASE}\n`)}
${person('locked', 'pwdAccountLockedTime: 000001010000Z\n')}
${person('weird, (name)*').replace('dn: uid=weird, (name)*', 'dn: uid=weird\\, (name)*')}
dn: labeledURI=ida,ou=exact,${BASE}
objectClass: inetOrgPerson
labeledURI: ida
cn: one
sn: one
userPassword: the password of ida

dn: labeledURI=Ida,ou=exact,${BASE}
objectClass: inetOrgPerson
labeledURI: Ida
cn: two
sn: two
userPassword: the password of Ida

dn: cn=one,ou=twins,${BASE}
objectClass: inetOrgPerson
cn: one
sn: one
uid: twin
userPassword: ${SERVICE}

dn: cn=two,ou=twins,${BASE}
objectClass: inetOrgPerson
cn: two
sn: two
uid: twin
userPassword: ${SERVICE}

dn: cn=staff,ou=groups,${BASE}
objectClass: groupOfNames
cn: staff
member: uid=ada,ou=people,${BASE}

dn: cn=tutors,ou=posix,${BASE}
objectClass: posixGroup
cn: tutors
gidNumber: 500
memberUid: ada
memberUid: ben

dn: cn=*,ou=posix,${BASE}
objectClass: posixGroup
cn: everybody
cn: *
gidNumber: 501
memberUid: nobody at all

dn: cn=EVERYBODY,ou=posix,${BASE}
objectClass: posixGroup
cn: EVERYBODY
gidNumber: 502
memberUid: cleo
memberUid: mona
`;

// More groups of one person than slapd returns at once; the mapped one is last.
const CROWD = [...Array.from({ length: 1001 }, (_, at) => `group-${at}`), 'tutors'].map((cn, at) => `
dn: cn=${cn},ou=crowd,${BASE}
objectClass: posixGroup
cn: ${cn}
gidNumber: ${1000 + at}
memberUid: ben
`).join('');

describe('LDAP', () => {
  let certificates, first, second, closesIdle, selfSigned, nameless, notes, vestibule;
  const fakes = {};

  before(async () => {
    certificates = await folder('');
    const ours = await authority(certificates, 'ours');
    const theirs = await authority(certificates, 'theirs');
    const tls = await ours.signs('good', ['localhost']);
    [first, second] = [await startSlapd(tls, ENTRIES + CROWD), await startSlapd(tls, ENTRIES)];
    closesIdle = await startSlapd(tls, ENTRIES, 'idletimeout 1');
    const unnamed = await ours.signs('localhost', []);
    nameless = createServer({ key: await readFile(unnamed.key), cert: await readFile(unnamed.certificate) });
    nameless.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    const [key, cert] = [await readFile(ours.key), await readFile(ours.certificate)];
    selfSigned = createServer({ key, cert }).on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    fakes.hung = await startScriptedServer();
    fakes.refusing = await startScriptedServer(answer(1, 0x78, 2), answer(2, 0x61, 0));
    fakes.plain = await startScriptedServer(answer(1, 0x78, 0), answer(2, 0x61, 0));
    fakes.garbage = await startScriptedServer(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    fakes.odd = await startScriptedServer(Buffer.from([0x30, 0x03, 0x02, 0x01, 0x01]));
    notes = await startApp();
    const dead = await freePort();
    const at = (id, servers, lines, { ca = ours.certificate } = {}) => `[[provider]]
id = "${id}"
kind = "ldap"
name = "Directory of ${id}"
servers = [${servers.map((each) => `"${each}"`).join(', ')}]
timeout = "${id === 'x-hung' || id.startsWith('two') ? '5s' : '20s'}"
username = "${id}-{{ preferred_username | default('x') }}"
groups = { "CN=Staff, OU = groups, DC=Example, dc=org" = "staff", "tutors" = "tutors", "everybody" = "everybody", "*" = "everybody" }
${ca ? `ca_file = "${ca}"` : ''}
${lines}
`;
    const search = (base = `ou=people,${BASE}`, password = SERVICE) => `base = "${base}"
service_dn = "cn=vestibule,${BASE}"
service_password = "${password}"
group_base = "ou=posix,${BASE}"
`;
    const direct = `bind_dn = "uid={username},ou=people,${BASE}"\n`;
    const fakeUrl = (id) => [`ldap://localhost:${fakes[id].port}`];
    vestibule = await Vestibule.serve((port) => [
      server({ port }),
      at('search', [first.ldaps], search()),
      at('starttls', [first.ldap], `${search()}email_verified = true\nmember_of_as = "name"
filter = """
  ( &
    (objectClass = inetOrgPerson)
    (uid = {username})
  )
"""
`),
      at('many', [first.ldaps], `${search()}member_of = "description"\n`),
      at('crowd', [first.ldaps], search().replace('ou=posix', 'ou=crowd')),
      at('careful', [first.ldaps], `${search()}free_tries = 1\n`),
      at('less-careful', [first.ldaps], `${search()}free_tries = 2\n`),
      at('odd-groups', [second.ldaps], `${search()}group_attribute = "entryDN"\n`),
      at('no-groups', [second.ldaps], `${search()}group_attribute = "mail"\n`),
      at('closes-idle', [closesIdle.ldaps], search()),
      at('nameless', [`ldaps://localhost:${nameless.address().port}`], direct),
      at('direct', [first.ldaps], direct),
      at('exact', [first.ldaps], `bind_dn = "labeledURI={username},ou=exact,${BASE}"\n`),
      at('exact-careful', [first.ldaps], `bind_dn = "labeledURI={username},ou=exact,${BASE}"\nfree_tries = 3\n`),
      at('two', [first.ldaps, second.ldaps], search()),
      at('two-direct', [first.ldaps, second.ldap], direct),
      at('twins', [second.ldaps], search(`ou=twins,${BASE}`)),
      at('no-ca', [second.ldaps], search(), { ca: null }),
      at('other-ca', [second.ldap], search(), { ca: theirs.certificate }),
      at('other-name', [second.ldaps.replace('localhost', '127.0.0.1')], search()),
      at('self-signed', [`ldaps://localhost:${selfSigned.address().port}`], direct),
      at('wrong-service', [second.ldaps], search(undefined, 'not-the-password')),
      at('no-base', [second.ldaps], search(`ou=nowhere,${BASE}`)),
      at('no-subject', [second.ldaps], `${search()}subject_attribute = "employeeNumber"\n`),
      at('several-subjects', [second.ldaps], `${search()}subject_attribute = "description"\n`),
      at('anonymous', [second.ldaps], `base = "ou=people,${BASE}"\nanonymous = true\n`),
      at('compare', [second.ldaps], `${search()}compare = "userPassword"\n`),
      at('misspelt', [second.ldaps], `${search()}filter = "(uidd={username})"\n`),
      at('no-such-class', [second.ldaps], `${search()}filter = "(&(objectClass=posixAccount)(uid={username}))"\n`),
      at('too-wide', [second.ldaps], `${search()}filter = "(|(uid={username})(objectClass=inetOrgPerson))"\n`),
      at('no-hash', [second.ldaps], `${search()}compare = "employeeNumber"\n`),
      at('dead', [`ldaps://localhost:${dead}`], direct),
      at('unresolved', ['ldaps://ldap.invalid'], direct),
      ...Object.keys(fakes).map((id) => at(`x-${id}`, fakeUrl(id), direct)),
      at('x-no-tls', [second.ldap.replace('ldap:', 'ldaps:')], direct),
      at('in-the-open', [second.ldap.replace('localhost', '127.0.0.1')], `${direct}encryption = "none-on-loopback"\n`),
      app({ url: notes.url, more: 'claims = ["preferred_username", "name", "email", "groups"]' }),
    ].join('\n'));
  });
  after(async () => {
    await vestibule?.stop();
    await notes?.stop();
    selfSigned?.close();
    nameless?.close();
    for (const one of [...Object.values(fakes), first, second, closesIdle]) await one?.stop();
    if (certificates) await rm(certificates, { recursive: true, force: true });
  });

  const { enter, signsIn, isRefused } = passwordSignIns(() => ({ vestibule, notes }), GOOD);
  const unavailable = (what) => new RegExp(`${what}.*module_unavailable`);
  const refused = /password_refused/;

  test('by ldaps and by StartTLS, by search and by direct bind, the right password lets in and a wrong one does not', async () => {
    for (const provider of ['search', 'starttls', 'direct']) {
      const claims = await signsIn(provider, 'ada');
      assert.equal(claims.preferred_username, `${provider}-ada`);
      assert.deepEqual([claims.name, claims.email], ['ada of Example', 'ada@example.org']);
      assert.equal(claims.email_verified, provider === 'starttls');
      await isRefused(provider, 'ada', `${GOOD} `, refused);
    }
    assert.match(first.log(), /STARTTLS/);
  });

  test('an empty password is refused, although the server accepts it for any name', async () => {
    // C41
    const before = first.log().length;
    for (const provider of ['search', 'direct']) await isRefused(provider, 'ada', '', /./);
    assert.doesNotMatch(first.log().slice(before), /BIND dn="uid=ada/);
  });

  test('groups come from the entry and from a search, in any spelling', async () => {
    assert.deepEqual((await signsIn('search', 'ada')).groups.sort(), ['staff', 'tutors']);
    assert.deepEqual((await signsIn('search', 'ben')).groups, ['tutors']);
    assert.deepEqual((await signsIn('search', 'cleo')).groups ?? [], []);
    assert.deepEqual((await signsIn('direct', 'ada')).groups, ['staff']);
  });

  test('a group that the config spells in another way does not count, and the log says so once', async () => {
    const before = vestibule.log.length;
    for (const name of ['cleo', 'mona', 'cleo']) assert.deepEqual((await signsIn('starttls', name)).groups ?? [], []);
    assert.equal(vestibule.log.slice(before).match(/calls a group .*EVERYBODY/g)?.length, 1);
  });

  test('a disabled account costs the directory no more than a wrong password', async () => {
    // C42
    const searches = async (provider, password, cause) => {
      const from = first.log().length;
      const { page } = await isRefused(provider, 'ada', password, cause);
      assert.equal(page.status, 403);
      return first.log().slice(from).match(/SRCH base=/g).length;
    };
    for (const provider of ['search', 'direct']) {
      await signsIn(provider, 'ada');
      assert.equal((await vestibule.command('user', 'disable', `${provider}-ada`)).status, 0);
      try {
        // The first refusal discovers that the account was disabled after its last sign-in.
        await isRefused(provider, 'ada', GOOD, /account_disabled/);
        assert.equal(await searches(provider, GOOD, /was disabled by .*account_disabled/), await searches(provider, 'wrong', refused), provider);
      } finally {
        assert.equal((await vestibule.command('user', 'enable', `${provider}-ada`)).status, 0);
      }
      await signsIn(provider, 'ada');
    }
  });

  test('a person in more groups than Vestibule keeps has every group that the config names', async () => {
    // C15
    assert.deepEqual((await signsIn('many', 'mona')).groups, ['staff']);
  });

  test('a person in more groups than the directory returns at once has those that the config names', async () => {
    const { groups } = await signsIn('crowd', 'ben');
    assert.deepEqual(groups, ['tutors']);
    const typed = await run(['login', '--provider', 'crowd', '--username', 'ben', '--password-stdin', '--config', 'vestibule.toml'], vestibule.folder, { input: GOOD });
    assert.match(typed.out, /group-7/, typed.err);
    assert.match(typed.out, /tutors/);
  });

  test('a password in two Unicode forms counts as two tries, so that the directory locks nobody', async () => {
    // C43
    const binds = (from) => first.log().slice(from).match(/BIND dn="uid=hana,[^"]*" method=128/g)?.length ?? 0;
    let from = first.log().length;
    await isRefused('less-careful', 'hana', `${DECOMPOSED}!`, refused);
    assert.equal(binds(from), 2);
    const held = await enter('less-careful', 'hana', `${DECOMPOSED}!`);
    assert.deepEqual([held.page.status, binds(from)], [429, 2]);
    // C42: an unknown name is throttled equally soon.
    await isRefused('less-careful', 'nobody', `${DECOMPOSED}!`, refused);
    assert.equal((await enter('less-careful', 'nobody', 'wrong')).page.status, 429);
    // Two of the three failures that lock. A success resets the directory's count.
    await signsIn('search', 'hana');
    from = first.log().length;
    await isRefused('careful', 'hana', `${DECOMPOSED}!`, refused);
    assert.equal((await enter('careful', 'hana', 'wrong')).page.status, 429);
    assert.equal(binds(from), 1);
    await signsIn('search', 'hana');
  });

  test('if DNs distinguish Ida from ida, sign-ins of Ida reset no guesses at ida', async () => {
    // C43
    for (const [provider, wrong, guesses] of [['exact', 'wrong', 5], ['exact-careful', `${DECOMPOSED}!`, 2]]) {
      let tried = 0;
      for (let round = 0; round < 8; round += 1) {
        const { page } = await enter(provider, 'ida', wrong);
        if (page.status !== 429) tried += 1;
        await signsIn(provider, 'Ida', 'the password of Ida');
      }
      assert.equal(tried, guesses, provider);
      assert.equal((await enter(provider, 'ida', 'the password of ida')).page.status, 429);
    }
  });

  test('a password is tried as typed, and then in the form of RFC 4511', async () => {
    // C41
    const binds = (from, uid) => first.log().slice(from).match(new RegExp(`BIND dn="uid=${uid},[^"]*" method=128`, 'g'))?.length;
    for (const provider of ['search', 'direct']) {
      for (const [uid, typed, tries] of [['finn', DECOMPOSED, 2], ['finn', COMPOSED, 1], ['gwen', DECOMPOSED, 1]]) {
        const from = first.log().length;
        await signsIn(provider, uid, typed);
        assert.equal(binds(from, uid), tries, `${provider}, ${uid}`);
      }
      for (const [typed, tries] of [[`${DECOMPOSED}!`, 2], [`${COMPOSED}!`, 1]]) {
        const from = first.log().length;
        await isRefused(provider, 'gwen', typed, refused);
        assert.equal(binds(from, 'gwen'), tries, provider);
      }
    }
    // C42: the server is asked as often for an unknown name.
    const from = first.log().length;
    await isRefused('search', 'nobody', DECOMPOSED, refused);
    assert.equal(first.log().slice(from).match(/BIND dn="cn=[^,]*,ou=people,[^"]*" method=128/g).length, 2);
  });

  test('sign-ins work at a server that closes idle connections', async () => {
    await signsIn('closes-idle', 'ada');
    await until('the server closes idle connections', () => /closed \(idletimeout\)/.test(closesIdle.log()));
    const from = vestibule.log.length;
    await signsIn('closes-idle', 'ada');
    assert.doesNotMatch(vestibule.log.slice(from), /module_unavailable/);
  });

  test('a server that did not answer and recovered is asked again at once', async () => {
    for (const provider of ['search', 'direct']) {
      await signsIn(provider, 'ada');
      first.hang();
      await isRefused(provider, 'ada', GOOD, unavailable('no answer in time'));
      first.goOn();
      await signsIn(provider, 'ada');
    }
  });

  test('the subject is the entry’s UUID: a renamed person keeps the account, in any spelling of the name', async () => {
    // C21, C43
    const { sub } = await signsIn('search', 'cleo');
    for (const name of ['CLEO', ' cleo ', 'Ｃleo']) assert.equal((await signsIn('search', name)).sub, sub, name);
    await first.modify(`dn: uid=cleo,ou=people,${BASE}\nchangetype: modrdn\nnewrdn: uid=cleopatra\ndeleteoldrdn: 1\n`);
    assert.equal((await signsIn('search', 'cleopatra')).sub, sub);
    await isRefused('search', 'cleo', GOOD, refused);
    const { out } = await vestibule.command('identity', 'list', '--json');
    const keys = JSON.parse(out).filter(({ provider }) => provider === 'search');
    assert.ok(keys.every(({ issuer, subject }) => issuer === `ldap:ou=people,${BASE}` && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(subject)), out);
  });

  test('a typed name is only a value, and never part of a filter or a DN', async () => {
    // C44
    for (const provider of ['search', 'direct']) assert.match((await signsIn(provider, 'weird, (name)*')).name, /^weird/);
    for (const odd of ['*', 'a*', 'ad?', 'ada)(uid=*', '*)(objectClass=*', 'ada))(|(uid=*', '\\2a', 'ada\\', 'ada,ou=people', '#616461']) {
      await isRefused('search', odd, GOOD, refused);
    }
    for (const odd of [`ada,ou=people,${BASE}`, 'ada+cn=ada', 'x,uid=ada', '\\61da', 'ada\\', '#616461']) await isRefused('direct', odd, GOOD, refused);
  });

  test('an unknown name, an ambiguous name, a wrong password and a locked account look alike', async () => {
    // C42, C44
    const plain = ({ page }) => `${page.status} ${page.text}`.replace(/V-[0-9A-Z]{8}/g, 'V-').replaceAll(/twins|search|twin|nobody|locked|ben/g, '');
    const nobody = await isRefused('search', 'nobody', GOOD, refused);
    const twins = await isRefused('twins', 'twin', SERVICE, /several entries have that name/);
    const wrong = await isRefused('search', 'ben', 'wrong', /the password is wrong/);
    const locked = await isRefused('search', 'locked', GOOD, /the account is locked there/);
    for (const other of [twins, wrong, locked]) assert.equal(plain(other), plain(nobody));
  });

  test('an entry without exactly one subject value signs nobody in, and the log says why', async () => {
    await isRefused('no-subject', 'ada', GOOD, unavailable('the entry holds no employeeNumber, or we may not read it; check that'));
    await isRefused('several-subjects', 'ben', GOOD, unavailable('the entry holds several values of description; '));
  });

  test('without TLS, or with an untrusted certificate, no password is sent', async () => {
    // C45
    await isRefused('no-ca', 'ada', GOOD, unavailable('TLS: its certificate is signed by an authority we don.t trust; .*ca_file'));
    await isRefused('other-ca', 'ada', GOOD, unavailable('TLS: its certificate is signed by an authority we don.t trust; .*ca_file'));
    await isRefused('other-name', 'ada', GOOD, unavailable('TLS: its certificate is for another name: for localhost, not for 127.0.0.1; '));
    await isRefused('nameless', 'ada', GOOD, unavailable('TLS: its certificate has no subjectAltName, and .*; have it reissued with subjectAltName = DNS:localhost'));
    await isRefused('x-refusing', 'ada', GOOD, unavailable('TLS: it refuses StartTLS'));
    await isRefused('x-plain', 'ada', GOOD, unavailable('TLS: no protected connection: it does not speak TLS'));
    await isRefused('x-no-tls', 'ada', GOOD, unavailable('TLS: '));
    for (const id of ['x-garbage', 'x-odd']) await isRefused(id, 'ada', GOOD, unavailable('TLS: '));
    for (const { received } of Object.values(fakes)) assert.ok(!received().includes('uid=ada') && !received().includes('horse'));
    // Unencrypted, but configured explicitly and on loopback.
    await signsIn('in-the-open', 'ada');
  });

  test('with `compare`, a password is checked against the hash in the directory, without a bind', async () => {
    const before = second.log().length;
    await signsIn('compare', 'dora', 'Hello world!');
    await isRefused('compare', 'dora', 'hello world!', refused);
    await isRefused('compare', 'nobody', 'Hello world!', refused);
    const unreadable = await isRefused('compare', 'ada', GOOD, /compare: the hash in userPassword can.t be used: .*leave out `compare`/);
    assert.match(unreadable.log, refused);
    assert.doesNotMatch(second.log().slice(before), /BIND dn="uid=/);
  });

  test('a server that hangs is distinguished from an unreachable one, and both fail quickly', async () => {
    for (const [provider, what] of [['x-hung', 'TLS: no answer in time; '], ['dead', 'connect: .*refused'], ['unresolved', 'resolve: ']]) {
      const { page } = await isRefused(provider, 'ada', GOOD, unavailable(what));
      assert.equal(page.status, 503);
    }
  });

  test('the operator’s mistakes are distinguished', async () => {
    await isRefused('wrong-service', 'ada', GOOD, unavailable('bind: the service account.s name or password is wrong .*look at .*service_password'));
    await isRefused('no-base', 'ada', GOOD, unavailable('search: there is no .*ou=nowhere'));
    await isRefused('anonymous', 'ada', GOOD, unavailable('search: '));
  });

  test('`check` distinguishes all these cases', async () => {
    const { status, out } = await vestibule.command('check');
    assert.notEqual(status, 0);
    for (const line of [
      /^ok   provider search: localhost:\d+: connected, TLS from the first byte, certificate good$/m,
      /^ok   provider search: localhost:\d+: signed in as cn=vestibule,/m,
      /^ok   provider search: localhost:\d+: base "ou=people,dc=example,dc=org" is there$/m,
      /^ok   provider search: localhost:\d+: entryUUID can be read$/m,
      /^ok   provider starttls: localhost:\d+: connected, TLS after StartTLS, certificate good$/m,
      /^ok   provider search: localhost:\d+: \(uid=\*\) finds people$/m,
      /^ok   provider compare: localhost:\d+: userPassword can be read$/m,
      /^BAD  provider misspelt: localhost:\d+: \(uidd=\*\) finds nobody under "ou=people,.*", so nobody can sign in → correct the attributes/m,
      /^BAD  provider no-such-class: localhost:\d+: .*objectClass=posixAccount.* finds nobody under /m,
      /^BAD  provider too-wide: localhost:\d+: `filter` finds an entry for an unknown name → /m,
      /^BAD  provider no-hash: localhost:\d+: none of the sampled entries shows its employeeNumber, .* → let service_dn read it, or leave out `compare`/m,
      /^BAD  provider no-ca: localhost:\d+, TLS: its certificate is signed by an authority we don't trust → name that/m,
      /^BAD  provider other-name: 127\.0\.0\.1:\d+, TLS: its certificate is for another name/m,
      /^BAD  provider nameless: localhost:\d+, TLS: its certificate has no subjectAltName, .* → have it reissued with subjectAltName = DNS:localhost/m,
      /^BAD  provider self-signed: localhost:\d+, TLS: its certificate is an authority's own, .* → have that authority sign one/m,
      /^BAD  provider wrong-service: localhost:\d+, bind: the service account's name or password is wrong .* → look at provider\.wrong-service\.service_password/m,
      /^BAD  provider no-base: localhost:\d+, search: there is no "ou=nowhere/m,
      /^ok   provider search: localhost:\d+: groups are found by their cn$/m,
      /^ok   provider odd-groups: localhost:\d+: groups are found by their entryDN$/m,
      /^WARN provider no-groups: localhost:\d+: no group with a mail is found under "ou=posix,dc=example,dc=org" → /m,
      /^BAD  provider no-subject: localhost:\d+: no entry under .* shows the attribute `employeeNumber` → let service_dn read it/m,
      /^BAD  provider x-hung: localhost:\d+, TLS: no answer in time → /m,
      /^BAD  provider x-refusing: localhost:\d+, TLS: it refuses StartTLS/m,
      /^BAD  provider dead: localhost:\d+, connect: /m,
      /^BAD  provider unresolved: ldap\.invalid:636, resolve: /m,
      /^WARN provider in-the-open: .*passwords are sent without encryption/m,
    ]) assert.match(out, line);
  });

  test('a wider base changes the issuer, and the log names the line that keeps the accounts', async () => {
    const config = await readFile(join(vestibule.folder, 'vestibule.toml'), 'utf8');
    const { sub } = await signsIn('search', 'ada');
    const base = new RegExp(`(id = "search"[^]*?base = ")ou=people,(${BASE}")`);
    const warned = /its issuer is ldap:dc=example,dc=org\. Identities under another one, ldap:ou=people,dc=example,dc=org: \d+\..*to keep them, write (issuer = '[^']*') under this provider.*provider=search/;
    const log = await vestibule.reload(config.replace(base, '$1$2').replace('"search-{{', '"wide-{{'), warned);
    assert.notEqual((await signsIn('search', 'ada')).sub, sub);
    const { out } = await vestibule.command('check');
    assert.match(out, /^WARN provider search: its issuer is ldap:dc=example,dc=org\. .* → to keep them, write issuer = /m);
    const line = warned.exec(log)[1];
    await vestibule.reload(config.replace(base, `$1$2\n${line}`), /the config was read again/);
    assert.equal((await signsIn('search', 'ada')).sub, sub);
    await vestibule.reload(config, /the config was read again/);
  });

  test('with two servers, one may hang or be unreachable', async () => {
    for (const provider of ['two', 'two-direct']) await signsIn(provider, 'ada');
    first.hang();
    for (const provider of ['two', 'two-direct']) {
      const took = async (who) => {
        const began = performance.now();
        await signsIn(provider, who);
        return performance.now() - began;
      };
      const [waited, after] = [await took('ada'), await took('ben')];
      // The server is now known to hang, so nobody waits for it again.
      assert.ok(after < waited / 2, `${provider}: ${waited} ms, then ${after} ms`);
    }
    await first.stop();
    for (const provider of ['two', 'two-direct']) await signsIn(provider, 'ada');
    await isRefused('search', 'ada', GOOD, unavailable('connect: '));
    await second.stop();
    await isRefused('two', 'ada', GOOD, unavailable('connect: '));
  });

  test('neither passwords nor unknown names appear in the log', async () => {
    // C56
    for (const secret of [GOOD, HASHED, 'Hello world!', SERVICE, 'horse', 'objectClass=*', 'cleo,']) assert.ok(!vestibule.log.includes(secret), secret);
  });
});
