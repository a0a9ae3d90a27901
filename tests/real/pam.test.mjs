// Logins through the system's PAM: real Unix users, real modules, and faults of both.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startApp, until } from './support/net.mjs';
import { UnixUsers, whyNoUnixUsers } from './support/unix-users.mjs';
import { app, BINARY, folder, ROOT, run, server, Vestibule } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

// PAM would delay each refusal by a minute; Vestibule has its own delay.
const UNIX = 'auth optional pam_faildelay.so delay=60000000\nauth required pam_unix.so\naccount required pam_unix.so\n';
const GOOD = 'correct horse battery staple';

/** The version of Linux-PAM, if Debian's package manager knows it. */
function linuxPam() {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${Version}', 'libpam-modules'], { encoding: 'utf8' });
  return stdout ?? '';
}

describe('PAM', { skip: whyNoUnixUsers() }, () => {
  let people, notes, vestibule;

  before(async () => {
    people = await UnixUsers.make();
    notes = await startApp();
    await people.run('groupadd', 'tutors');
    await people.add('ada', GOOD, { fullName: 'Ada Lovelace,Room 3,,', groups: ['tutors'] });
    for (const name of ['ben', 'cyd', 'dot', 'locked', 'expired', 'aged']) await people.add(name, GOOD);
    await people.run('usermod', '--lock', 'locked');
    await people.run('chage', '--expiredate', '0', 'expired');
    await people.run('chage', '--lastday', '0', 'aged');
    await people.service('vestibule', UNIX);
    const hang = join(people.folder, 'hang');
    await writeFile(hang, `#!/bin/sh\necho $PPID $$ >> ${people.folder}/hung\nexec sleep 300\n`);
    await chmod(hang, 0o755);
    await people.service('hung', `auth required pam_exec.so quiet ${hang}\naccount required pam_permit.so\n`);
    await people.service('gone', 'auth sufficient pam_no_such.so\nauth required pam_permit.so\naccount required pam_permit.so\n');
    // A password and a code, which Vestibule cannot answer.
    const secret = join(people.folder, 'secret');
    await writeFile(secret, 'JBSWY3DPEHPK3PXP\n" TOTP_AUTH\n', { mode: 0o600 });
    const codes = `auth required pam_google_authenticator.so user=root secret=${secret}`;
    await people.service('code', `auth required pam_unix.so\n${codes}\naccount required pam_unix.so\n`);
    await people.service('twice', 'auth optional pam_unix.so\nauth required pam_unix.so\naccount required pam_unix.so\n');
    // The operator's own file refuses everybody, and that of the system accepts.
    await mkdir(join(people.folder, 'own'));
    await writeFile(join(people.folder, 'own/common-account'), 'account required pam_deny.so\n');
    await ownService('include common-account');
    vestibule = await Vestibule.serve(config, { within: people.within });
  });
  after(async () => {
    await vestibule?.stop();
    await notes?.stop();
    await people?.remove();
  });

  /** Writes the service of the provider `own`, with this line for `account`. */
  const ownService = (account) => writeFile(join(people.folder, 'own/own'), `auth required pam_unix.so\naccount ${account}\n`);
  const IDS = ['unix', 'hung', 'gone', 'missing', 'code', 'twice', 'own'];
  /** One app for each provider. The provider `unix` uses the service `vestibule`; the others use services of their own names. */
  const config = (port) => [
    server({ port }),
    ...IDS.map((id) => module(id)),
    ...IDS.map((id) => app({
      id, name: id, url: notes.url, more: `providers = ["${id}"]\nclaims = ["preferred_username", "name", "groups"]`,
    })),
  ].join('\n');
  const module = (id) => `[[provider]]
id = "${id}"
kind = "pam"
name = "The people of ${id}"
service = "${id === 'unix' ? 'vestibule' : id}"
timeout = "${id === 'hung' ? '10s' : '20s'}"
${id === 'twice' ? 'subject = "name"' : ''}
${id === 'own' ? `confdir = "${join(people.folder, 'own')}"` : ''}
groups_claim = "groups"
groups = { "tutors" = "staff" }
`;

  /** Sends the form of an app. */
  const enter = async (username, password, { at = 'unix', by = new Visitor(), to = vestibule } = {}) => {
    const begun = performance.now();
    const page = await by.visit(`${to.url}/auth/${at}`, {
      method: 'POST', stop: notes.url, headers: { origin: to.url }, body: new URLSearchParams({ username, password }).toString(),
    });
    return { ...page, took: performance.now() - begun };
  };
  const claims = ({ url }) => JSON.parse(Buffer.from(new URLSearchParams(url.hash.slice(1)).get('token').split('.')[1], 'base64url'));
  /** The page without the typed name and the reference code. */
  const words = ({ text }) => text.replace(/V-[A-Z0-9]{8}/g, 'V-').replace(/value="[^"]*"/g, '');
  const logged = async (username, at = 'unix') => {
    const from = vestibule.log.length;
    await enter(username, GOOD, { at });
    return vestibule.until('a line of the log', () => vestibule.log.slice(from).split('\n').find((line) => /password_refused|module_unavailable/.test(line)));
  };

  test('the right password leads to the app with a token', async () => {
    const answer = await enter('ada', GOOD);
    assert.equal(answer.status, 303, answer.text);
    const { preferred_username: name, name: full, groups, idp } = claims(answer);
    assert.deepEqual({ name, full, groups, idp }, { name: 'ada', full: 'Ada Lovelace', groups: ['staff'], idp: 'unix' });
  });

  // C42, C46
  test('a wrong password, an unknown name, and accounts that are locked or have expired look alike', async () => {
    const answers = [
      await enter('ben', 'wrong'), await enter('no-such-person', GOOD), await enter('locked', GOOD), await enter('expired', GOOD), await enter('aged', GOOD),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 403, answer.text);
      assert.equal(words(answer), words(answers[0]));
      assert.ok(answer.took > 1000 && answer.took < 50_000, `answered with Vestibule's delay and not with PAM's: ${answer.took} ms`);
    }
  });

  // C46
  test('the log names the reason of each refusal', async () => {
    assert.match(await logged('locked'), /the account is locked there/);
    assert.match(await logged('expired'), /the account has expired there/);
    assert.match(await logged('aged'), /the password has to be changed there first: it has expired, or an admin requires/);
    const unknown = await logged('hunter2-typed-in-the-wrong-field');
    assert.match(unknown, /the name or the password is wrong/);
    assert.doesNotMatch(vestibule.log, /hunter2/, 'people type their password there');
  });

  test('the subject is uid and name, or only the name if the config says so', async () => {
    assert.equal((await enter('ada', GOOD)).status, 303);
    assert.equal((await enter('ben', GOOD, { at: 'twice' })).status, 303, 'a repeated question gets the same answer');
    const uid = (await people.run('id', '--user', 'ada')).trim();
    const { out } = await vestibule.command('identity', 'list', '--json');
    const of = (id) => JSON.parse(out).filter(({ provider }) => provider === id).map(({ subject }) => subject);
    assert.deepEqual([of('unix'), of('twice')], [[`${uid}:ada`], ['ben']]);
  });

  // C43: tries count for the name and for the subject 1001:cyd, and cyd has no account yet
  test('a throttled person without an account is released by name', async () => {
    for (let tries = 0; tries < 5; tries += 1) await enter('cyd', `wrong ${tries}`);
    assert.equal((await enter('cyd', GOOD)).status, 429);
    const config = join(vestibule.folder, 'vestibule.toml');
    const out = await people.run(BINARY, 'user', 'release', '--name', 'cyd', '--provider', 'unix', '--config', config);
    assert.match(out, /"cyd" can be tried again at once at: unix\./);
    assert.equal((await enter('cyd', GOOD)).status, 303);
  });

  // C46
  test('a module that asks for a code is named in the log, and does not get the password', async () => {
    for (const password of [GOOD, 'wrong']) {
      const from = vestibule.log.length;
      const answer = await enter('ada', password, { at: 'code' });
      assert.equal(answer.status, 503, answer.text);
      assert.match(vestibule.log.slice(from), /the PAM service asks \W*Verification code:\W* after \W*Password:\W*, and Vestibule knows no more than a name and one password; take the module/);
    }
    assert.equal(await readFile(join(people.folder, 'secret'), 'utf8'), 'JBSWY3DPEHPK3PXP\n" TOTP_AUTH\n', 'no code was tried');
  });

  // C46
  test('a missing service, or a service with a missing module, lets nobody in', async () => {
    await people.service('other', 'auth required pam_permit.so\naccount required pam_permit.so\n');
    for (const [at, says] of [['missing', /there is no service file \/etc\/pam\.d\/missing/], ['gone', /pam_no_such\.so, which does not exist/]]) {
      const answer = await enter('ada', GOOD, { at });
      assert.equal(answer.status, 503, answer.text);
      assert.match(await logged('ada', at), says);
    }
  });

  // C46
  test('a module that hangs is killed, leaves no process, and delays nobody elsewhere', async () => {
    const here = new Visitor();
    assert.equal((await enter('ada', GOOD, { by: here })).status, 303);
    const hanging = Array.from({ length: 4 }, (_, at) => enter(`person-${at}`, GOOD, { at: 'hung' }));
    await until('four hang', async () => (await readFile(join(people.folder, 'hung'), 'utf8')).trim().split('\n').length === 4);
    let answered = 0;
    for (const one of hanging) one.then(() => { answered += 1; });
    const again = await here.visit(`${vestibule.url}/auth/unix`, { stop: notes.url });
    assert.equal(again.status, 303);
    assert.equal((await enter('ada', GOOD)).status, 303);
    assert.equal(answered, 0, 'neither a session nor another service waits for them');
    for (const answer of await Promise.all(hanging)) assert.equal(answer.status, 503, answer.text);
    const started = (await readFile(join(people.folder, 'hung'), 'utf8')).trim().split(/\s+/);
    assert.equal(started.length, 8);
    for (const pid of started) assert.ok(!existsSync(`/proc/${pid}`), `${pid} still runs`);
  });

  // C41
  test('an empty password, or one with NUL, is sent to no helper', async () => {
    for (const password of ['', 'a\0b']) assert.equal((await enter('person-nul', password, { at: 'hung' })).status, 403);
    assert.equal((await readFile(join(people.folder, 'hung'), 'utf8')).trim().split('\n').length, 4);
  });

  // C56
  test('no password is in the log', () => {
    assert.doesNotMatch(vestibule.log, new RegExp(GOOD));
  });

  // Later versions look up passwords in another way.
  if (/^1\.[0-5]\./.test(linuxPam())) test('up to Linux-PAM 1.5, a user that can read /etc/shadow can check passwords', async () => {
    const made = await folder('');
    await run(['nobody:nogroup', made], '/', { program: 'chown' });
    const served = await Vestibule.serve(config, { again: made, within: [...people.within, 'setpriv', '--reuid=nobody', '--regid=nogroup', '--groups=shadow', '--no-new-privs'] });
    try {
      assert.equal((await enter('ada', GOOD, { to: served })).status, 303);
      assert.equal((await enter('ada', 'wrong', { to: served })).status, 403);
      assert.equal((await enter('expired', GOOD, { to: served })).status, 403);
    } finally {
      await served.stop();
    }
  });

  describe('under the restrictions of the systemd unit in examples', () => {
    const underUnit = async (...options) => {
      const made = await folder('');
      await people.run('chown', 'vestibule:vestibule', made);
      const launcher = ['/usr/bin/python3', join(ROOT, 'tests/real/support/under-unit.py'), join(ROOT, 'examples/systemd/vestibule.service')];
      return Vestibule.serve(config, { again: made, within: [...people.within, ...launcher, 'vestibule', made, ...options] });
    };
    before(() => people.run('useradd', '--system', '--no-create-home', 'vestibule'));

    test('with the lines for PAM, the right password lets in', async () => {
      const served = await underUnit('--pam');
      try {
        const answer = await enter('ada', GOOD, { to: served });
        assert.equal(answer.status, 303, served.log);
        assert.deepEqual(claims(answer).groups, ['staff']);
        assert.equal((await enter('ada', 'wrong', { to: served })).status, 403, served.log);
        assert.equal((await enter('expired', GOOD, { to: served })).status, 403, served.log);
      } finally {
        await served.stop();
      }
    });

    test('without these lines, no password is called wrong, and the log says what to add', async () => {
      const served = await underUnit();
      try {
        assert.equal((await enter('ada', GOOD, { to: served })).status, 503, served.log);
        assert.match(served.log, /a filter of system calls forbids `setuid`, which pam_unix's program unix_chkpwd calls; add SystemCallFilter=setuid/);
      } finally {
        await served.stop();
      }
    });
  });

  const check = async (...before) => {
    const [program, ...rest] = [...people.within, ...before, BINARY, 'check', '--config', join(vestibule.folder, 'vestibule.toml')];
    const { out } = await run(rest, vestibule.folder, { program });
    return out;
  };

  test('`check` distinguishes all these cases', async () => {
    const said = await check();
    assert.match(said, /ok +provider unix: service: \/etc\/pam\.d\/vestibule, its modules are there/);
    assert.match(said, /ok +provider unix: rights: its helper is root/);
    assert.match(said, /ok +provider unix: subject: an account is tied to uid and name/);
    assert.match(said, /WARN +provider twice: subject: an account is tied to the name alone: .* → set subject = "uid"/);
    assert.match(said, /BAD +provider gone: service: .*names pam_no_such\.so.* → install/);
    assert.match(said, /BAD +provider missing: service: there is no service file/);
  });

  // C46
  test('with `confdir`, no file of the system decides in place of the operator\'s own', async () => {
    const fault = /own\/own, line 2: it includes \W*common-account\W* by a relative path[^]*write the absolute path: include .*own\/common-account/;
    assert.equal((await enter('dot', GOOD, { at: 'own' })).status, 503);
    assert.match(vestibule.log, fault);
    assert.match(await check(), fault);
    const config = join(vestibule.folder, 'vestibule.toml');
    await assert.rejects(people.runWith(`${GOOD}\n`, BINARY, 'login', '--provider', 'own', '--username', 'dot', '--password-stdin', '--config', config), fault);
    await ownService(`include ${join(people.folder, 'own/common-account')}`);
    assert.equal((await enter('dot', GOOD, { at: 'own' })).status, 403);
    await ownService('include /etc/pam.d/common-account');
    assert.equal((await enter('dot', GOOD, { at: 'own' })).status, 303);
    await ownService('include common-account');
    assert.equal((await enter('dot', GOOD, { at: 'own' })).status, 503, 'it changes while the server runs');
  });

  test('`check` reports missing rights to look up passwords, with a fix', async () => {
    await run(['755', vestibule.folder], '/', { program: 'chmod' });
    const few = await check('setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups');
    assert.match(few, /BAD +provider unix: rights: .*→ add SupplementaryGroups=shadow/);
    const shadow = await check('setpriv', '--reuid=nobody', '--regid=nogroup', '--groups=shadow');
    assert.match(shadow, /WARN +provider unix: rights: \/etc\/shadow can be read/);
  });
});
