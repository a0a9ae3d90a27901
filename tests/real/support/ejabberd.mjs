// Debian's ejabberd with its stock configuration, as a plain process in a temporary folder, without Erlang's distribution.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, until } from './net.mjs';

const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

/** Serves `host` with STARTTLS and the stock configuration, except host, certificate and port. `more` changes its text. */
export async function startEjabberd(host, { key, certificate }, people, more = (text) => text) {
  const folder = await mkdtemp(join(tmpdir(), 'ejabberd-'));
  const port = await freePort();
  await mkdir(join(folder, 'spool'));
  await writeFile(join(folder, 'tls.pem'), [await readFile(certificate), await readFile(key)].join('\n'), { mode: 0o600 });
  const stock = await readFile('/etc/ejabberd/ejabberd.yml', 'utf8');
  const listen = `listen:\n  -\n    port: ${port}\n    ip: "127.0.0.1"\n    module: ejabberd_c2s\n    access: c2s\n    shaper: c2s_shaper\n    starttls_required: true\n\n`;
  const config = stock
    .replace(/^hosts:\n(?: +- .*\n)+/m, `hosts:\n  - ${host}\n`)
    .replace(/^certfiles:\n(?: +- .*\n)+/m, `certfiles:\n  - "${folder}/tls.pem"\n`)
    .replace(/^listen:\n(?:(?: .*|#.*)?\n)+/m, listen);
  await writeFile(join(folder, 'ejabberd.yml'), more(config));
  const register = Object.entries(people).map(([name, password]) => `ok = ejabberd_auth:try_register(<<"${name}">>, <<"${host}">>, <<"${password}">>)`);
  const started = `{ok, _} = application:ensure_all_started(ejabberd), ${register.join(', ')}, io:format("registered~n").`;
  const child = spawn('erl', ['-noinput', '-mnesia', 'dir', `"${folder}/spool"`, '-s', 'ejabberd', '-eval', started], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH, HOME: folder, EJABBERD_CONFIG_PATH: join(folder, 'ejabberd.yml'), EJABBERD_LOG_PATH: join(folder, 'log'),
      ERL_CRASH_DUMP: join(folder, 'crash'), ERL_LIBS: `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
  alive.add(child.once('close', () => alive.delete(child)));
  const over = new Promise((done) => child.once('close', done));
  const dead = over.then(() => { throw new Error(`ejabberd ended:\n${said}`); });
  dead.catch(() => {});
  await Promise.race([dead, until('ejabberd is up', () => said.includes('registered'))]);
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
