// Gitea, a forge, as a plain process in a temporary folder. GITEA is its program, GITEA_SOURCE the folder of its module.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { freePort, until } from './net.mjs';

const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

const PASSWORD = 'a long enough passphrase';

/** The configuration. The folder of the module has the pages and the translations. */
const settings = (folder, port) => `
APP_NAME = Example Forge
RUN_MODE = prod
RUN_USER = ${userInfo().username}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = ${folder}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
STATIC_ROOT_PATH = ${process.env.GITEA_SOURCE}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = ${folder}/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-these-tests
[log]
MODE = console
[cron]
ENABLED = false
`;

/** Serves the forge. `people` are fields of its API for admins. */
export async function startGitea(people) {
  const { GITEA, GITEA_SOURCE } = process.env;
  if (!GITEA || !GITEA_SOURCE) throw new Error('GITEA and GITEA_SOURCE are not set: tests/run builds Gitea');
  const folder = await mkdtemp(join(tmpdir(), 'gitea-'));
  const port = await freePort();
  const [config, url] = [join(folder, 'app.ini'), `http://127.0.0.1:${port}`];
  await writeFile(config, settings(folder, port));
  // Gitea writes git's own configuration to the home folder.
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } };
  const command = (...words) => promisify(execFile)(GITEA, ['--config', config, ...words], options);
  await command('migrate');
  const account = ['--username', 'root', '--password', PASSWORD, '--email', 'root@example.org'];
  await command('admin', 'user', 'create', '--admin', '--must-change-password=false', ...account);
  const child = spawn(GITEA, ['--config', config, 'web'], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child.once('close', () => alive.delete(child)));
  const over = new Promise((done) => child.once('close', done));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
  const stillPossible = () => { if (!alive.has(child)) throw new Error(`Gitea ended:\n${said}`); };
  await until('Gitea answers', async () => (await fetch(`${url}/api/healthz`)).ok, { stillPossible });

  /** Asks its API as its admin. */
  const api = async (method, path, body) => {
    const authorization = `Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}\n${said}`);
    return text && JSON.parse(text);
  };
  for (const person of people) {
    await api('POST', '/admin/users', { must_change_password: false, password: PASSWORD, ...person });
  }
  return {
    url,
    api,
    password: PASSWORD,
    log: () => said,
    async stop() {
      child.kill('SIGTERM');
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
