// Real Unix users in a copy of /etc, which only the processes of one mount namespace see.
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ended } from './vestibule.mjs';

/** The reason why this machine cannot have such users, or false. */
export function whyNoUnixUsers() {
  if (process.getuid() !== 0) return 'needs root: real Unix users are made in a mount namespace';
  const tried = spawnSync('unshare', ['--mount', '--propagation', 'private', 'mount', '--bind', '/etc', '/etc']);
  if (tried.status !== 0) return `needs mount namespaces: ${tried.stderr ?? tried.error}`;
  return false;
}

export class UnixUsers {
  constructor(folder) {
    this.folder = folder;
    /** The command prefix that makes these users visible. */
    this.within = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', 'mount --bind "$0" /etc && exec "$@"', join(folder, 'etc')];
  }

  static async make() {
    const people = new UnixUsers(await mkdtemp(join(tmpdir(), 'vestibule-people-')));
    await chmod(people.folder, 0o755);
    const copied = spawnSync('cp', ['--archive', '/etc', join(people.folder, 'etc')]);
    if (copied.status !== 0) throw new Error(`/etc could not be copied: ${copied.stderr}`);
    return people;
  }

  /** Runs a command with these users, to its end. */
  async run(...command) {
    return this.runWith('', ...command);
  }

  async runWith(input, ...command) {
    const [program, ...words] = [...this.within, ...command];
    const child = spawn(program, words, { timeout: 120_000 });
    child.stdin.on('error', () => {}).end(input);
    const { status, out, err } = await ended(child);
    if (status !== 0) throw new Error(`${command.join(' ')}: ${status}\n${out}${err}`);
    return out;
  }

  async add(name, password, { fullName = '', groups = [] } = {}) {
    await this.run('useradd', '--no-create-home', '--no-log-init', '--comment', fullName, '--groups', groups.join(','), name);
    await this.runWith(`${name}:${password}\n`, 'chpasswd');
  }

  /** Writes a PAM service file. */
  async service(name, lines) {
    await writeFile(join(this.folder, 'etc/pam.d', name), lines);
  }

  async remove() {
    await rm(this.folder, { recursive: true, force: true });
  }
}
