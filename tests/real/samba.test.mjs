// Passwords at Active Directory, provided by Debian's Samba.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { startApp } from './support/net.mjs';
import { authority } from './support/prosody.mjs';
import { freeAddress, startSamba } from './support/samba.mjs';
import { Vestibule, app, folder, server } from './support/vestibule.mjs';
import { passwordSignIns } from './support/visitor.mjs';

const BASE = 'dc=example,dc=org';
const GOOD = 'Zwölf Boxkämpfer, (jagen) "Viktor"*';
const SERVICE = 'password-of-the-service';

// A domain controller needs the standard LDAP ports, which only root can open.
const withoutRoot = process.getuid() !== 0 && 'a domain controller needs root';

describe('Active Directory', { skip: withoutRoot }, () => {
  let certificates, samba, notes, vestibule;

  before(async () => {
    certificates = await folder('');
    const ours = await authority(certificates, 'ours');
    const address = await freeAddress();
    const tls = await ours.signs('dc1', [address]);
    samba = await startSamba(address, tls, { settings: ['--account-lockout-threshold=3', '--account-lockout-duration=30'] });
    const people = ['ada', 'disabled', 'expired', 'renewed', 'locked'];
    for (const name of people) {
      await samba.tool('user', 'create', name, GOOD, `--given-name=${name}`, '--surname=Example', `--mail-address=${name}@example.org`);
    }
    await samba.tool('user', 'create', 'vestibule', SERVICE);
    await samba.tool('user', 'disable', 'disabled');
    await samba.tool('user', 'setexpiry', 'expired', '--days=-1');
    for (const name of ['Staff', 'Everybody']) await samba.tool('group', 'add', name);
    await samba.tool('group', 'addmembers', 'Staff', 'ada');
    await samba.tool('group', 'addmembers', 'Everybody', 'Staff');
    await samba.tool('user', 'setpassword', 'renewed', `--newpassword=${GOOD}`, '--must-change-at-next-login');
    notes = await startApp();
    const at = (id, lines, servers = [samba.ldaps]) => `[[provider]]
id = "${id}"
kind = "ldap"
preset = "active-directory"
name = "Example"
servers = ["${servers.join('", "')}"]
ca_file = "${ours.certificate}"
username = "${id}-{{ preferred_username }}"
base = "${BASE}"
service_dn = "cn=vestibule,cn=users,${BASE}"
service_password = "${SERVICE}"
groups = { "cn=staff, cn=users, ${BASE}" = "staff", "Everybody" = "everybody" }
${lines}
`;
    vestibule = await Vestibule.serve((port) => [
      server({ port }),
      at('ad', `domain = "EXAMPLE"\ngroup_base = "${BASE}"`),
      at('starttls', '', [samba.ldap]),
      app({ url: notes.url, more: 'claims = ["preferred_username", "name", "email", "groups"]' }),
    ].join('\n'));
  });
  after(async () => {
    await vestibule?.stop();
    await notes?.stop();
    await samba?.stop();
    if (certificates) await rm(certificates, { recursive: true, force: true });
  });

  const { signsIn, isRefused: refuses } = passwordSignIns(() => ({ vestibule, notes }), GOOD);
  const isRefused = async (...typed) => assert.match((await refuses(...typed)).log, /password_refused/);

  test('`check` finds everything that it looks for', async () => {
    const { out } = await vestibule.command('check');
    for (const id of ['ad', 'starttls']) {
      assert.match(out, new RegExp(`^ok   provider ${id}: .*: connected, TLS .*, certificate good$`, 'm'));
      assert.match(out, new RegExp(`^ok   provider ${id}: .*: signed in as cn=vestibule,`, 'm'));
      assert.match(out, new RegExp(`^ok   provider ${id}: .*: objectGUID can be read$`, 'm'));
    }
  });

  test('every spelling of a name leads to the same account', async () => {
    // C21, C43
    const claims = await signsIn('ad', 'ada');
    assert.deepEqual([claims.preferred_username, claims.name, claims.email], ['ad-ada', 'ada Example', 'ada@example.org']);
    for (const name of ['ADA', 'EXAMPLE\\ada', 'example\\Ada', 'ada@example.org']) assert.equal((await signsIn('ad', name)).sub, claims.sub, name);
    await signsIn('starttls', 'ada');
    const { out } = await vestibule.command('identity', 'list', '--json');
    assert.ok(JSON.parse(out).every(({ subject }) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(subject)), out);
    await isRefused('ad', 'ada', `${GOOD} `, /the password is wrong/);
    await isRefused('ad', 'OTHER\\ada', GOOD, /no provider that was asked knows the name/);
  });

  test('groups match in the spelling of the config, and nested groups are found by a search', async () => {
    assert.deepEqual((await signsIn('ad', 'ada')).groups.sort(), ['everybody', 'staff']);
    assert.deepEqual((await signsIn('starttls', 'ada')).groups, ['staff']);
  });

  test('the reason of a refusal is in the log and nowhere else', async () => {
    // C42
    await isRefused('ad', 'disabled', GOOD, /the account is disabled there/);
    await isRefused('ad', 'expired', GOOD, /the account has expired there/);
    await isRefused('ad', 'renewed', GOOD, /the password has to be changed there before the first sign-in/);
    for (let tries = 0; tries < 3; tries += 1) await isRefused('ad', 'locked', 'wrong', /the password is wrong/);
    await isRefused('ad', 'locked', GOOD, /the account is locked there/);
  });
});
