// Debian's prosody as a plain process in a temporary folder, and certificate authorities.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { freePort, until } from './net.mjs';

const openssl = (...words) => promisify(execFile)('openssl', words);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Creates a certificate authority in `folder`. */
export async function authority(folder, name) {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  await openssl('req', '-x509', ...NEW_KEY, '-days', '30', '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate);
  return {
    key,
    certificate,
    /** Creates a key and a certificate for `hosts`. Without hosts, it has only a CN, like old certificates. */
    async signs(as, hosts) {
      const made = { key: join(folder, `${as}.key`), certificate: join(folder, `${as}.pem`) };
      const [asked, extensions] = [join(folder, `${as}.csr`), join(folder, `${as}.ext`)];
      const names = hosts.map((host) => `${isIP(host) ? 'IP' : 'DNS'}:${host}`).join(',');
      await writeFile(extensions, `${hosts.length ? `subjectAltName=${names}\n` : ''}basicConstraints=CA:FALSE\n`);
      await openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${as}`, '-keyout', made.key, '-out', asked);
      await openssl('x509', '-req', '-in', asked, '-CA', certificate, '-CAkey', key, '-CAcreateserial', '-days', '30', '-extfile', extensions,
        '-out', made.certificate);
      return made;
    },
  };
}

const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

/**
 * Serves `hosts`, each `{ name, lines, tls: { key, certificate } }` with the lines of its VirtualHost, by STARTTLS and direct TLS. Everybody
 * in `people` (name to password) has an account at each host. Prosody hashes the passwords itself if the host says so.
 */
export async function startProsody(hosts, people) {
  const folder = await mkdtemp(join(tmpdir(), 'prosody-'));
  const [starttls, direct] = [await freePort(), await freePort()];
  const ssl = ({ key, certificate }) => `ssl = { key = "${key}", certificate = "${certificate}" }`;
  await writeFile(join(folder, 'prosody.cfg.lua'), `
run_as_root = true
pidfile = "${folder}/prosody.pid"
data_path = "${folder}/data"
certificates = "${folder}"
log = { { levels = { min = "debug" }, to = "file", filename = "${folder}/log" } }
interfaces = { "127.0.0.1" }
c2s_ports = { ${starttls} }
c2s_direct_tls_ports = { ${direct} }
s2s_ports = {}
http_ports = {}
https_ports = {}
modules_enabled = { "saslauth", "tls" }
modules_disabled = { "s2s", "offline", "c2s_limits" }
c2s_require_encryption = true
c2s_direct_tls_${ssl(hosts[0].tls)}
${hosts.map(({ name, lines, tls }) => `VirtualHost "${name}"\n${ssl(tls)}\n${lines}\n`).join('')}`);
  for (const { name } of hosts) {
    const at = join(folder, 'data', name.replace(/[^A-Za-z0-9]/g, (c) => `%${c.charCodeAt(0).toString(16)}`), 'accounts');
    await mkdir(at, { recursive: true });
    for (const [person, password] of Object.entries(people)) {
      await writeFile(join(at, `${person}.dat`), `return { ["password"] = ${JSON.stringify(password)} };\n`);
    }
  }
  const child = spawn('prosody', ['--config', join(folder, 'prosody.cfg.lua'), '-F'], { stdio: 'inherit' });
  alive.add(child.once('close', () => alive.delete(child)));
  const over = new Promise((done) => child.once('close', done));
  const log = () => readFile(join(folder, 'log'), 'utf8');
  for (const port of [starttls, direct]) {
    await until('prosody answers', () => new Promise((done, failed) => {
      const socket = connect(port, '127.0.0.1', () => done(Boolean(socket.destroy()))).once('error', failed);
    }));
  }
  return {
    starttls,
    direct,
    log,
    async stop() {
      child.kill('SIGTERM');
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
