// Debian's slapd with a small directory, and fake LDAP servers.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, until } from './net.mjs';
import { ended } from './vestibule.mjs';

export const BASE = 'dc=example,dc=org';
const ADMIN = ['-x', '-D', `cn=admin,${BASE}`, '-w', 'only-for-these-tests'];

const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

/**
 * Starts slapd with `tls` (a key and a certificate), `entries` in LDIF, and `more` lines of its config. With `allow bind_anon_cred`, it accepts a bind
 * with a name and an empty password.
 */
export async function startSlapd(tls, entries, more = '') {
  const folder = await mkdtemp(join(tmpdir(), 'slapd-'));
  const [plain, secure] = [await freePort(), await freePort()];
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'slapd.conf'), `
${['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
pidfile ${folder}/pid
argsfile ${folder}/args
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
TLSCertificateFile ${tls.certificate}
TLSCertificateKeyFile ${tls.key}
allow bind_anon_cred
${more}
database mdb
suffix "${BASE}"
rootdn "cn=admin,${BASE}"
rootpw only-for-these-tests
directory ${folder}/data
overlay memberof
overlay ppolicy
ppolicy_default "cn=policy,${BASE}"
ppolicy_use_lockout
access to attrs=userPassword by dn.exact="cn=vestibule,${BASE}" read by anonymous auth by * none
access to dn.subtree="ou=people,${BASE}" by dn.exact="cn=vestibule,${BASE}" read by self read by anonymous auth by * none
access to * by dn.exact="cn=vestibule,${BASE}" read by users read by anonymous auth by * none
`);
  const child = spawn('/usr/sbin/slapd', ['-d', '256', '-f', join(folder, 'slapd.conf'), '-h', `ldap://127.0.0.1:${plain} ldaps://127.0.0.1:${secure}`],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child.once('close', () => alive.delete(child)));
  const over = new Promise((done) => child.once('close', done));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
  const gone = over.then(() => { throw new Error(`slapd ended:\n${said}`); });
  gone.catch(() => {});
  await Promise.race([gone, until('slapd answers', () => new Promise((done, failed) => {
    const socket = connect(secure, '127.0.0.1', () => done(Boolean(socket.destroy()))).once('error', failed);
  }))]);
  const tell = async (program, ldif, ...words) => {
    const client = spawn(program, ['-H', `ldap://127.0.0.1:${plain}`, ...ADMIN, ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    client.stdin.end(ldif);
    const { status, out, err } = await ended(client);
    if (status !== 0) throw new Error(`${program}: ${err}${out}\n${said}`);
    return out;
  };
  // With the relax control, slapd accepts operational attributes such as `entryUUID`.
  await tell('ldapadd', entries, '-e', 'relax');
  let stopped = false;
  return {
    ldap: `ldap://localhost:${plain}`,
    ldaps: `ldaps://localhost:${secure}`,
    plain,
    secure,
    /** The server's log: connections, binds and searches. */
    log: () => said,
    modify: (ldif) => tell('ldapmodify', ldif),
    /** Stops the server from answering, with its ports still open. */
    hang: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    async stop() {
      if (stopped) return;
      stopped = true;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server that answers each message with the next of `answers`, and then stays silent. `received` returns all received bytes. */
export async function startScriptedServer(...answers) {
  const received = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    const left = [...answers];
    sockets.add(socket.once('close', () => sockets.delete(socket)).on('error', () => {}));
    socket.on('data', (bytes) => {
      received.push(bytes);
      const next = left.shift();
      if (next) socket.write(next);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return {
    port: server.address().port,
    received: () => Buffer.concat(received).toString('latin1'),
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}

/** An LDAP answer to the message `id`: `operation` is 0x61 for a bind and 0x78 for StartTLS (RFC 4511 §4). */
export const answer = (id, operation, code) => Buffer.from([0x30, 0x0c, 0x02, 0x01, id, operation, 0x07, 0x0a, 0x01, code, 0x04, 0x00, 0x04, 0x00]);

/** One BER element: tag, length and content. */
const element = (tag, ...parts) => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.from([tag, 0x84]), length, content]);
};
const read = (bytes) => {
  const long = bytes[1] >= 0x80 ? bytes[1] - 0x80 : 0;
  const length = long ? bytes.readUIntBE(2, long) : bytes[1];
  return { tag: bytes[0], content: bytes.subarray(2 + long, 2 + long + length), rest: bytes.subarray(2 + long + length), whole: bytes.length >= 2 + long + length };
};

/** The answers of a directory: `entry`, `referral`, `intermediate` and `done` for a search, `bound` for a bind. */
export const says = {
  entry: (dn, ...attributes) => element(0x64, element(4, dn), element(0x30, ...attributes.map(([name, ...values]) =>
    element(0x30, element(4, name), element(0x31, ...values.map((value) => element(4, value))))))),
  referral: (url) => element(0x73, element(4, url)),
  intermediate: () => element(0x79, element(0x80, '1.2.3')),
  done: (code) => element(0x65, element(0x0a, [code]), element(4, ''), element(4, '')),
  bound: (code) => element(0x61, element(0x0a, [code]), element(4, ''), element(4, '')),
};

/**
 * A directory that answers with the list that `answers(operation, text)` returns, or closes the connection if it is null.
 * `operation` is 0x60 for a bind and 0x63 for a search (RFC 4511 §4); `text` is the message's bytes.
 */
export async function startDirectory(answers) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)).on('error', () => {}));
    let left = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      left = Buffer.concat([left, bytes]);
      while (left.length > 2 && read(left).whole) {
        const { content, rest } = read(left);
        left = rest;
        const id = read(content);
        const operation = id.rest[0];
        // An unbind has no answer.
        const said = operation === 0x42 ? [] : answers(operation, content.toString('latin1'));
        if (!said) return socket.destroy();
        for (const one of said) socket.write(element(0x30, element(0x02, id.content), one));
      }
    });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return {
    url: `ldap://127.0.0.1:${server.address().port}`,
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}
