// The Django site of tests/django as a plain process in a temporary folder. DJANGO names the folder of its Python.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, until } from './net.mjs';
import { ROOT } from './vestibule.mjs';

const alive = new Set();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

/** Serves the site. `people` and `clients`: fields of Django's `User` and django-oauth-toolkit's `Application`. */
export async function startDjango({ people, clients }) {
  const { DJANGO } = process.env;
  if (!DJANGO) throw new Error('DJANGO is not set: it names the Python environment for tests/django');
  const folder = await mkdtemp(join(tmpdir(), 'django-'));
  const port = await freePort();
  await writeFile(join(folder, 'setup.json'), JSON.stringify({ people, clients }));
  const words = [join(ROOT, 'tests/django/site.py'), folder, String(port)];
  const child = spawn(join(DJANGO, 'bin/python'), words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child.once('close', () => alive.delete(child)));
  const over = new Promise((done) => child.once('close', done));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
  const stillPossible = () => { if (!alive.has(child)) throw new Error(`Django ended:\n${said}`); };
  const url = `http://127.0.0.1:${port}`;
  await until('Django answers', async () => (await fetch(`${url}/accounts/login/`)).ok, { stillPossible });
  return {
    url,
    /** The requests that it logged. */
    log: () => said,
    async stop() {
      child.kill('SIGTERM');
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
