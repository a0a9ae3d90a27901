// PgBouncer before PostgreSQL: session mode works; in other modes, the messages name the pooler and the fix.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { freePort, startApp, until } from './support/net.mjs';
import { database } from './support/postgres.mjs';
import { authority } from './support/prosody.mjs';
import { startProvider } from './support/provider.mjs';
import { Vestibule, app, client, folder, provider, run, server } from './support/vestibule.mjs';
import { Visitor } from './support/visitor.mjs';

const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

/** Starts PgBouncer before the database at `url`, in this mode. The result's `url` leads through it. */
async function pgbouncer(url, mode, more = '', tls) {
  const made = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const [to, port] = [new URL(url), await freePort()];
  const name = to.pathname.slice(1);
  await writeFile(join(made, 'users'), `"${to.username}" "${to.password}"\n`, { mode: 0o600 });
  const files = ['', 'users', 'pgbouncer.ini'];
  if (tls) {
    for (const part of ['key', 'certificate']) {
      await copyFile(tls[part], join(made, part));
      files.push(part);
    }
    more += `\nclient_tls_sslmode = require\nclient_tls_key_file = ${join(made, 'key')}\nclient_tls_cert_file = ${join(made, 'certificate')}\n`;
  }
  await writeFile(join(made, 'pgbouncer.ini'), `[databases]
${name} = host=${to.hostname} port=${to.port} dbname=${name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(made, 'users')}
pool_mode = ${mode}
${more}
`);
  // PgBouncer refuses to run as root: it reads its files and then switches to this user.
  const became = process.getuid() === 0 ? ['--user', 'postgres'] : [];
  if (became.length) for (const file of files) await owned(join(made, file));
  const child = spawn('pgbouncer', [...became, join(made, 'pgbouncer.ini')], { stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child.once('close', () => alive.delete(child)));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { log += text; });
  await until('pgbouncer listens', () => {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended: ${log}`);
    return log.includes('process up');
  });
  const through = new URL(url);
  through.port = port;
  return {
    url: through.href,
    async stop() {
      child.kill('SIGINT');
      await until('pgbouncer is over', () => child.exitCode !== null || child.signalCode !== null);
      await rm(made, { recursive: true, force: true });
    },
  };
}

async function owned(path) {
  const { status, err } = await run(['postgres', path], tmpdir(), { program: 'chown' });
  assert.equal(status, 0, err);
}

let upstream, notes;
before(async () => { notes = await startApp(); });
after(async () => {
  await upstream?.stop();
  await notes?.stop();
});

async function signIn(vestibule, name) {
  const visitor = new Visitor();
  let page = await visitor.visit(`${vestibule.url}/auth/notes`, { stop: notes.url });
  while (page.status === 200 && page.url.href.startsWith(upstream.issuer)) {
    page = await visitor.press(page, page.text.includes('<title>login') ? name : 'allow', { stop: notes.url });
  }
  return page;
}

test('in session mode the schema is created, many people sign in at once, and `check` finds nothing wrong', async () => {
  const own = await database();
  // In session mode, a client keeps its connection until it leaves, so the pool must hold all of ours.
  const pooler = await pgbouncer(own.url, 'session', 'default_pool_size = 30');
  const port = await freePort();
  upstream = await startProvider({ clients: [client([`http://localhost:${port}/callback/uni`])] });
  const config = () => [server({ port, database: pooler.url }), provider({ issuer: upstream.issuer }), app({ url: notes.url })].join('\n');
  let vestibule;
  try {
    vestibule = await Vestibule.serve(config, { port });
    const pages = await Promise.all(Array.from({ length: 12 }, () => signIn(vestibule, 'ada')));
    for (const page of pages) {
      assert.ok(page.url.hash.includes('token='), `${page.url}: ${page.text}\n${vestibule.log}`);
    }
    assert.equal(await own.ask('SELECT count(*) FROM session'), String(pages.length));
    const { status, out } = await vestibule.command('check');
    assert.equal(status, 0, out);
    assert.match(out, /ok +database: .*its schema is up to date/);
  } finally {
    await vestibule?.stop();
    await pooler.stop();
    await own.drop();
  }
});

// C56
const refused = [['transaction', 'default_pool_size = 1'], ['transaction', 'server_round_robin = 1\nmin_pool_size = 3'], ['statement', 'default_pool_size = 1']];
for (const [mode, pool] of refused) {
  test(`in ${mode} mode with ${pool.split('\n')[0]} \`serve\`, \`check\` and commands name the pooler and the fix, and no password`, async () => {
    const own = await database();
    const pooler = await pgbouncer(own.url, mode, pool);
    const made = await folder([server({ port: await freePort(), database: pooler.url }), provider({ issuer: 'http://127.0.0.1:1' }), app({ url: notes.url })].join('\n'));
    try {
      const fix = /let `url` name the server itself, or let the pooler work in session mode \(PgBouncer: pool_mode = session\)/;
      for (const command of [['check'], ['serve'], ['user', 'list']]) {
        const { status, out, err } = await run(command, made, { timeout: 60_000 });
        assert.notEqual(status, 0, out + err);
        assert.match(out + err, /is behind a pooler that lacks a feature we need/, command.join(' '));
        assert.match(out + err, fix);
        assert.ok(!(out + err).includes(new URL(own.url).password));
      }
      assert.equal(await own.ask('SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()'), '0', 'no table is left');
    } finally {
      await pooler.stop();
      await own.drop();
      await rm(made, { recursive: true, force: true });
    }
  });
}

test('an untrusted certificate, one for another name, and a server without TLS are distinguished', async () => {
  const [own, made] = [await database(), await folder('')];
  const ours = await authority(made, 'ours');
  const poolers = [
    await pgbouncer(own.url, 'session', '', await ours.signs('server', ['127.0.0.1'])),
    await pgbouncer(own.url, 'session', '', await ours.signs('other', ['elsewhere.example'])),
    await pgbouncer(own.url, 'session'),
  ];
  const [good, elsewhere, open] = poolers.map(({ url }) => url);
  const check = async (url) => {
    await writeFile(join(made, 'vestibule.toml'), [server({ port: await freePort(), database: url }), provider({ issuer: 'http://127.0.0.1:1' }), app({ url: notes.url })].join('\n'));
    const { out } = await run(['check'], made);
    return out.split('\n').find((line) => / database: /.test(line));
  };
  const full = `?sslmode=verify-full&sslrootcert=${ours.certificate}`;
  try {
    assert.match(await check(`${good}${full}`), /^ok   database: /);
    assert.match(await check(`${good}?sslmode=verify-full`), /TLS: its certificate is signed by an authority we don't trust → .*sslmode=verify-full&sslrootcert=/);
    assert.match(await check(`${elsewhere}${full}`), /TLS: its certificate is for another name: for elsewhere\.example, not for 127\.0\.0\.1 → let `url` name a host/);
    assert.match(await check(`${open}${full}`), /TLS: server does not support TLS → switch TLS on there/);
  } finally {
    for (const pooler of poolers) await pooler.stop();
    await own.drop();
    await rm(made, { recursive: true, force: true });
  }
});
