// A new database for each test on the PostgreSQL server that TEST_POSTGRES names.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const call = promisify(execFile);
const SERVER = process.env.TEST_POSTGRES;

/** Creates an empty database. `ask` runs a statement in it and returns the output; `drop` removes it. */
export async function database() {
  if (!SERVER) throw new Error('TEST_POSTGRES must be the URL of a server where the tests may create databases');
  const name = `vestibule_real_${randomBytes(6).toString('hex')}`;
  await psql(SERVER, `CREATE DATABASE ${name}`);
  const url = new URL(SERVER);
  url.pathname = name;
  return {
    url: url.href,
    ask: (statement) => psql(url.href, statement),
    drop: () => psql(SERVER, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function psql(url, statement) {
  const { stdout } = await call('psql', ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1', '--command', statement, url]);
  return stdout.trim();
}
