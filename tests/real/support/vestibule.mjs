// The built binary as a black box: a folder, a config, a process, its log.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort, until } from './net.mjs';

export const ROOT = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
export const BINARY = resolve(process.env.VESTIBULE ?? join(ROOT, 'target/debug/vestibule'));
export const OUTPUT = join(ROOT, 'target/test-output');

/** The beginning of a config. */
export function server({ port, url = `http://localhost:${port}`, database = 'sqlite:vestibule.db', more = '' }) {
  return `[server]
public_url = "${url}"
listen = "127.0.0.1:${port}"
${more}
[database]
url = "${database}"
[log]
level = "trace"
`;
}

export function provider({ issuer, id = 'uni', name = 'Example University', username = '{{ preferred_username }}', more = '' }) {
  return `[[provider]]
id = "${id}"
kind = "oidc"
name = "${name}"
issuer = "${issuer}"
client_id = "vestibule"
client_secret = "only-for-these-tests-0123456789"
scopes = ["openid", "profile", "email", "groups"]
username = "${username}"
groups_claim = "groups"
groups = { "urn:uni:staff" = "staff" }
allow_private = true
${more}
`;
}

/** The client of `provider` above, in oidc-provider's format. */
export const client = (redirects, more = {}) => ({
  client_id: 'vestibule',
  client_secret: 'only-for-these-tests-0123456789',
  redirect_uris: redirects,
  scope: 'openid profile email groups',
  ...more,
});

export function app({ id = 'notes', kind = 'plain', name = 'Notes', url, more = '', allow = '' }) {
  return `[[app]]
id = "${id}"
kind = "${kind}"
name = "${name}"
url = "${url}"
${more}
[[app.allow]]
${allow}
`;
}

/** Creates a folder with a config. */
export async function folder(config) {
  const made = await mkdtemp(join(tmpdir(), 'vestibule-real-'));
  await writeFile(join(made, 'vestibule.toml'), config);
  return made;
}

/** Runs a command to its end. */
export function run(command, folderOf, { input = '', env = {}, timeout = 120_000, program = BINARY } = {}) {
  const child = spawn(program, command, { cwd: folderOf, env: { ...process.env, ...env }, timeout });
  child.stdin.on('error', () => {}).end(input);
  return ended(child);
}

/** The output of a process, and its exit status. */
export function ended(child) {
  const said = { out: '', err: '' };
  child.stdout?.on('data', (text) => { said.out += text; });
  child.stderr?.on('data', (text) => { said.err += text; });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (status, signal) => done({ status, signal, ...said }));
  });
}

/** Ends all servers with the suite. */
const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** A served instance. */
export class Vestibule {
  constructor(port, url, made, child) {
    Object.assign(this, { port, url, folder: made, child });
    this.local = `http://127.0.0.1:${port}`;
    this.log = '';
    alive.add(child.once('close', () => alive.delete(child)));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { this.log += text; });
    this.over = new Promise((done) => child.once('close', (status, signal) => done({ status, signal })));
    this.over.then((ended) => { this.ended = ended; });
  }

  /** Serves `config(port)` in a new folder, or in the existing folder `again`. `within` is a command prefix. */
  static async serve(config, { port, url, again, env = {}, within = [] } = {}) {
    const at = port ?? await freePort();
    const made = again ?? await folder('');
    await writeFile(join(made, 'vestibule.toml'), config(at));
    const [program, ...words] = [...within, BINARY, 'serve', '--config', join(made, 'vestibule.toml')];
    const child = spawn(program, words, {
      cwd: made, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const served = new Vestibule(at, url ?? `http://localhost:${at}`, made, child);
    await served.until('vestibule is ready', async () => (await fetch(`${served.local}/readyz`)).ok);
    return served;
  }

  /** Like `until`, but fails at once, with the log, if the process ends before. */
  until(what, holds) {
    const stillPossible = () => {
      if (this.ended) throw new Error(`${what}: vestibule ended with ${this.ended.status ?? this.ended.signal}:\n${this.log}`);
    };
    return until(what, holds, { stillPossible });
  }

  /** Runs a command on this instance's config. */
  command(...words) {
    return run([...words, '--config', join(this.folder, 'vestibule.toml')], this.folder);
  }

  /** Writes another config, sends SIGHUP, and waits for a log line that matches `expect`. Returns the new log lines. */
  async reload(config, expect) {
    const from = this.log.length;
    await writeFile(join(this.folder, 'vestibule.toml'), config);
    this.child.kill('SIGHUP');
    await this.until(`the log contains ${expect}`, () => expect.test(this.log.slice(from)));
    return this.log.slice(from);
  }

  /** The CPU time of the process, in Linux's ticks of 10 ms (proc(5), fields 14 and 15). */
  async cpu() {
    const stat = await readFile(`/proc/${this.child.pid}/stat`, 'utf8');
    const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number);
    return user + system;
  }

  /** Ends the process; keeps its folder. */
  async end(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.over;
  }

  /** Ends the process, and removes its folder. */
  async stop() {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}
