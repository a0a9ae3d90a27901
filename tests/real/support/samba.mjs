// Debian's Samba as an Active Directory domain controller, in a temporary folder, on its own loopback address.
import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { until } from './net.mjs';

const run = promisify(execFile);

const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

/** A loopback address with free LDAP ports, which a domain controller cannot change. */
export async function freeAddress() {
  const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const free = (port) => new Promise((done) => {
    const socket = createServer().once('error', () => done(false));
    socket.listen(port, address, () => socket.close(() => done(true)));
  });
  return (await free(389)) && (await free(636)) ? address : freeAddress();
}

/**
 * Creates the domain `EXAMPLE` (`dc=example,dc=org`), and serves LDAP for it at `address` with the certificate `tls`. `settings` are arguments
 * of `samba-tool domain passwordsettings set`.
 */
export async function startSamba(address, tls, { settings = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'samba-'));
  // Samba also accesses its folders as another user.
  await chmod(folder, 0o755);
  await chmod(tls.key, 0o600);
  await run('samba-tool', ['domain', 'provision', `--targetdir=${folder}`, '--realm=EXAMPLE.ORG', '--domain=EXAMPLE', '--server-role=dc',
    '--dns-backend=NONE', '--adminpass=Only-for-these-tests-1', `--host-ip=${address}`, '--host-name=dc1', '--option=vfs objects=']);
  const config = join(folder, 'etc/smb.conf');
  const tool = (...words) => run('samba-tool', [...words, `--configfile=${config}`]);
  await tool('domain', 'passwordsettings', 'set', '--complexity=off', '--min-pwd-age=0', ...settings);
  const options = {
    'server services': 'ldap',
    interfaces: `${address}/8`,
    'bind interfaces only': 'yes',
    'log file': join(folder, 'log'),
    'pid directory': folder,
    'ncalrpc dir': join(folder, 'ncalrpc'),
    'winbindd socket directory': join(folder, 'winbindd'),
    'ntp signd socket directory': join(folder, 'ntp'),
    'tls certfile': tls.certificate,
    'tls keyfile': tls.key,
    'tls cafile': '',
  };
  const child = spawn('samba', ['--interactive', '--model=single', `--configfile=${config}`, '--debug-stdout', '--debuglevel=1',
    ...Object.entries(options).map(([key, value]) => `--option=${key}=${value}`)], { stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child.once('close', () => alive.delete(child)));
  const over = new Promise((done) => child.once('close', done));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
  const gone = over.then(() => { throw new Error(`samba ended:\n${said}`); });
  gone.catch(() => {});
  await Promise.race([gone, until('samba answers', () => new Promise((done, failed) => {
    const socket = connect(636, address, () => done(Boolean(socket.destroy()))).once('error', failed);
  }), { timeout: 60_000 })]);
  return {
    ldaps: `ldaps://${address}`,
    ldap: `ldap://${address}`,
    log: () => said,
    /** Runs `samba-tool` on the domain's database. */
    tool,
    async stop() {
      child.kill('SIGTERM');
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
