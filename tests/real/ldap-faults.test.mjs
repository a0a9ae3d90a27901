// Directories that answer oddly or fail halfway: the page that people see, and the log.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startApp } from './support/net.mjs';
import { BASE, says, startDirectory } from './support/slapd.mjs';
import { submitPassword } from './support/visitor.mjs';
import { Vestibule, app, run, server } from './support/vestibule.mjs';

const GOOD = 'the password of ada';
const DN = (uid) => `uid=${uid},ou=people,${BASE}`;
const SERVICE = `cn=vestibule,${BASE}`;

/** The results of binds, by kind of trouble: at one account (`own`), or at all. */
const TROUBLES = {
  'own 80': (dn) => (dn.includes('uid=') ? [says.bound(80)] : [says.bound(dn.includes(SERVICE) ? 0 : 49)]),
  'own 10': (dn) => (dn.includes('uid=') ? [says.bound(10)] : [says.bound(dn.includes(SERVICE) ? 0 : 49)]),
  'own 52': (dn) => (dn.includes('uid=') ? [says.bound(52)] : [says.bound(dn.includes(SERVICE) ? 0 : 49)]),
  'own silence': (dn) => (dn.includes('uid=') ? null : [says.bound(dn.includes(SERVICE) ? 0 : 49)]),
  // The answer of some gateways for an unknown account.
  'nobody 1': (dn) => [says.bound(dn.includes(SERVICE) ? 0 : dn.includes('uid=') ? 49 : 1)],
  'all 51': () => [says.bound(51)],
  'all 13': () => [says.bound(13)],
  'all silence': () => null,
};

describe('unusual directories', () => {
  let directory, notes, vestibule, bind;
  // The operation numbers of all requests.
  const asked = [];

  before(async () => {
    const works = (text) => [says.bound(text.includes(SERVICE) || text.includes(GOOD) ? 0 : 49)];
    bind = works;
    const entry = (uid) => says.entry(
      DN(uid),
      ['entryUUID', ...(uid.includes('two') ? ['one', 'two'] : [uid.includes('alias') ? 'id-of-all-aliases' : `id-of-${uid}`])],
      // Values that are binary, repeated, empty, with options, in another case, or missing.
      ['UID', Buffer.from([0xff, 0xfe]), '', uid, 'another'],
      ['cn;lang-de', 'Gräfin'],
      ['mail', ''],
      ['jpegPhoto', Buffer.from([0, 1, 2, 0xff])],
      ['description'],
      ['memberOf'],
      ['memberOf;range=0-1', 'cn=a,dc=x', Buffer.from([0xff])],
      ['userPassword', 'CLEAR', '{UNKNOWN}x'],
    );
    directory = await startDirectory((operation, text) => {
      asked.push(operation);
      if (operation === 0x60) return bind(text);
      if (text.includes('memberOf;range=2-*') && text.includes('unreadable')) return [says.done(50)];
      if (text.includes('memberOf;range=2-*')) {
        return [says.entry(DN('ada_'), ['memberOf;range=2-*', `CN=Staff, OU=Groups, ${BASE}`]), says.done(0)];
      }
      if (text.includes('ou=large')) return [says.done(4)];
      const uid = /ada[a-z0-9-]*_/.exec(text)?.[0];
      const found = uid ? [entry(uid)] : [];
      return [says.intermediate(), ...found, says.referral('ldap://elsewhere.example/dc=x'), says.done(0)];
    });
    notes = await startApp();
    const groups = `groups = { "cn=staff,ou=groups,${BASE}" = "staff" }`;
    const at = (id, lines, mapped = groups) => `[[provider]]
id = "${id}"
kind = "ldap"
name = "Directory"
servers = ["${directory.url}"]
encryption = "none-on-loopback"
username = "${id}-{{ preferred_username }}"
${mapped}
${lines}
`;
    const search = `base = "ou=people,${BASE}"\nservice_dn = "${SERVICE}"\nservice_password = "of-the-service"\n`;
    vestibule = await Vestibule.serve((port) => [
      server({ port }),
      at('search', search),
      at('compare', `${search}compare = "userPassword"\n`),
      at('direct', `bind_dn = "uid={username},ou=people,${BASE}"\n`),
      at('no-groups', search, ''),
      at('direct-groups', `bind_dn = "uid={username},ou=people,${BASE}"\ngroup_base = "ou=groups,${BASE}"\n`),
      at('large-groups', `${search}group_base = "ou=large,${BASE}"\n`),
      app({ url: notes.url, more: 'claims = ["preferred_username", "name", "email", "groups"]' }),
    ].join('\n'));
  });
  after(async () => {
    await vestibule?.stop();
    await notes?.stop();
    await directory?.stop();
  });

  async function enter(provider, username, password) {
    const answer = await submitPassword(vestibule, notes, provider, username, password);
    const { status, text } = answer.page;
    return { ...answer, seen: `${status} ${text}`.replace(/V-[0-9A-Z]{8}/g, 'V-').replaceAll(username, 'NAME') };
  }

  test('sign-ins work with unusual unused attributes, and ranged values are read completely', async () => {
    const { page, log } = await enter('search', 'ada_', GOOD);
    assert.equal(page.status, 303, log);
    const token = new URLSearchParams(page.url.hash.slice(1)).get('token') ?? page.url.hash;
    const claims = JSON.parse(Buffer.from(/\.([\w-]+)\./.exec(token)[1], 'base64url'));
    assert.deepEqual([claims.preferred_username, claims.name, claims.email, claims.groups], ['search-ada_', 'Gräfin', undefined, ['staff']]);
  });

  test('each person whose groups the directory returns only in part is named once', async () => {
    const from = vestibule.log.length;
    for (const name of ['ada-many_', 'ada-more_', 'ada-many_']) assert.equal((await enter('large-groups', name, GOOD)).page.status, 303);
    const named = [...vestibule.log.slice(from).matchAll(/is in more groups.*subject=id-of-(\S+) cause="groups_truncated"/g)];
    assert.deepEqual(named.map(([, name]) => name), ['ada-many_', 'ada-more_'], vestibule.log.slice(from));
  });

  test('an unreadable rest of memberOf matters only if the config names groups, and the log then names the right to give', async () => {
    assert.equal((await enter('no-groups', 'ada-unreadable_', GOOD)).page.status, 303);
    const { page, log } = await enter('direct', 'ada-unreadable_', GOOD);
    assert.equal(page.status, 503);
    assert.match(log, /a signed-in person may read only a part of their groups; let `self` read that attribute/);
    assert.doesNotMatch(log, /we may not search/);
  });

  test('`vestibule login` says that it shows only a part of the groups', async () => {
    const words = ['login', '--provider', 'no-groups', '--username', 'ada-unreadable_', '--password-stdin', '--config', 'vestibule.toml'];
    const typed = await run(words, vestibule.folder, { input: GOOD });
    assert.match(typed.out, /cn=a,dc=x/, typed.err);
    assert.match(typed.err, /not every group is shown, since the rest of memberOf can't be read.*insufficientAccessRights/);
  });

  test('after any failure that follows the search, a known name looks like an unknown one', async () => {
    // C42
    const works = bind;
    for (const [trouble, answers] of Object.entries(TROUBLES)) {
      const id = trouble.replace(' ', '-');
      bind = works;
      await enter('search', `ada-first-${id}_`, GOOD);
      bind = answers;
      const [known, unknown] = [await enter('search', `ada-${id}_`, 'wrong'), await enter('search', `nobody-${id}_`, 'wrong')];
      assert.equal(known.seen, unknown.seen, trouble);
      assert.equal(known.page.status, trouble.startsWith('all') ? 503 : 403, `${trouble}: ${known.log}`);
      if (trouble.startsWith('own')) {
        assert.match(known.log, /a password could not be tried on one account: 127\.0\.0\.1:\d+, user bind: .*; /);
        assert.match(known.log, /the password could not be tried on this account; the error before this line/);
      }
      const [here, nowhere] = [await enter('direct', `ada-${id}_`, 'wrong'), await enter('direct', `nobody-${id}_`, 'wrong')];
      assert.equal(here.seen, nowhere.seen, `${trouble}, direct`);
    }
    bind = works;
  });

  test('while an account is throttled, right and wrong passwords cost the same work under a new name', async () => {
    // C42
    const costs = async (name, password) => {
      const from = asked.length;
      const { page, seen, log } = await enter('direct-groups', name, password);
      return { status: page.status, seen, log, work: asked.slice(from) };
    };
    const right = await costs('ada-alias-first_', GOOD);
    assert.deepEqual([right.status, right.work], [303, [0x60, 0x63, 0x63, 0x63]], 'a bind, the entry, the rest of its memberOf, and the groups');
    for (let at = 0; at < 5; at += 1) assert.equal((await costs('ada-alias-first_', 'wrong')).status, 403);
    assert.equal((await costs('ada-alias-first_', GOOD)).status, 429);
    const [yes, no] = [await costs('ada-alias-second_', GOOD), await costs('ada-alias-third_', 'wrong')];
    assert.match(yes.log, /the account has to wait/);
    assert.deepEqual([yes.status, yes.seen, yes.work], [403, no.seen, no.work]);
    assert.deepEqual(no.work, [0x60, 0x63]);
  });

  test('an account without a readable hash or a subject looks like an unknown one, unless the password is right', async () => {
    // C42
    const known = await enter('compare', 'ada-hash_', 'wrong');
    const unknown = await enter('compare', 'nobody-hash_', 'wrong');
    assert.deepEqual([known.seen, known.page.status], [unknown.seen, 403]);
    assert.match(known.log, /the hash in userPassword can't be used: .*leave out `compare`/);
    const two = await enter('search', 'ada-two_', 'wrong');
    assert.deepEqual([two.seen, two.page.status], [(await enter('search', 'nobody-two_', 'wrong')).seen, 403]);
    const right = await enter('search', 'ada-two_', GOOD);
    assert.equal(right.page.status, 503);
    assert.match(right.log, /the entry holds several values of entryUUID; /);
  });
});
