// `vestibule check` on configs with mistakes, and on real providers and databases with faults.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { createServer } from 'node:tls';

import { freePort, startApp } from './support/net.mjs';
import { database } from './support/postgres.mjs';
import { authority } from './support/prosody.mjs';
import { startProvider } from './support/provider.mjs';
import { app, client, folder, provider, run, server } from './support/vestibule.mjs';

const PORT = 8080;
let upstream, notes;
const folders = [];
before(async () => {
  notes = await startApp();
  upstream = await startProvider({ clients: [client([`http://localhost:${PORT}/callback/uni`])] });
});
after(async () => {
  await upstream?.stop();
  await notes?.stop();
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

async function check(config, ...words) {
  const made = await folder(config);
  folders.push(made);
  const { status, out, err } = await run(['check', '--config', 'vestibule.toml', ...words], made);
  return { status, output: out + err };
}
const good = (more = {}) => [server({ port: PORT, ...more }), provider({ issuer: upstream.issuer }), app({ url: notes.url })].join('\n');

test('five mistakes are all named, each with its line and its fix', async () => {
  const config = `[server]
public_url = "https://auth.example.org/path"
langauges = ["en"]
[session]
idle = "9 hours"
[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
issuer = "http://sso.example.edu"
client_id = "vestibule"
client_secret = "secret-of-the-client"
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
providers = ["unl"]
[[app.allow]]
`;
  const { status, output } = await check(config);
  assert.notEqual(status, 0);
  for (const named of [
    /vestibule\.toml:2: .*`public_url`/, /vestibule\.toml:3: .*`langauges`.*did you mean `languages`/, /vestibule\.toml:5: .*`idle`.*"8h"/,
    /vestibule\.toml:10: .*`issuer` must be https/, /vestibule\.toml:18: .*`providers` names "unl".*did you mean "uni"/,
  ]) assert.match(output, named);
  assert.doesNotMatch(output, /secret-of-the-client/);
});

test('mistakes stop `serve` before it listens, and are all named at once', async () => {
  const made = await folder(good().replace('client_id', 'clientid').replace('level = ', 'levle = '));
  folders.push(made);
  const { status, err, out } = await run(['serve', '--config', 'vestibule.toml'], made);
  assert.notEqual(status, 0);
  for (const named of [/`clientid`.*`client_id`/, /`levle`.*`level`/]) assert.match(out + err, named);
});

test('a good config passes, and the address to register is named', async () => {
  const { status, output } = await check(good());
  assert.equal(status, 0, output);
  assert.ok(output.includes(`http://localhost:${PORT}/callback/uni`), output);
  assert.doesNotMatch(output, /BAD/);
});

test('a right secret and a registered address are tested, and untested parts are listed', async () => {
  const { status, output } = await check(good());
  assert.equal(status, 0, output);
  for (const line of [/ok +provider uni: client secret: accepted/, /ok +provider uni: redirect address: registered there/, /ok +provider uni: not tried: a whole sign-in/]) {
    assert.match(output, line);
  }
});

test('a wrong secret is BAD', async () => {
  const { status, output } = await check(good().replace(/client_secret = "[^"]*"/, 'client_secret = "quite another secret, of some length"'));
  assert.notEqual(status, 0);
  assert.match(output, /BAD +provider uni: client secret: refused: invalid_client/);
  assert.doesNotMatch(output, /quite another secret/);
});

test('a redirect address that is not registered is BAD, and named', async () => {
  const { status, output } = await check(good({ port: PORT + 1 }));
  assert.notEqual(status, 0);
  assert.match(output, new RegExp(`BAD +provider uni: redirect address: .*register exactly http://localhost:${PORT + 1}/callback/uni there`));
});

test('a provider that does not answer is BAD, with its host', async () => {
  const dead = `http://127.0.0.1:${await freePort()}`;
  const { status, output } = await check(good().replace(upstream.issuer, dead));
  assert.notEqual(status, 0);
  assert.match(output, new RegExp(`BAD.*${new URL(dead).host}`));
});

test('a certificate without subjectAltName is distinguished from one for another name', async () => {
  const made = await folder('');
  folders.push(made);
  const ours = await authority(made, 'ours');
  const hosts = { nameless: [], elsewhere: ['elsewhere.example', '192.0.2.7'] };
  const outputs = {};
  for (const [name, names] of Object.entries(hosts)) {
    const { key, certificate } = await ours.signs(name, names);
    const listening = createServer({ key: await readFile(key), cert: await readFile(certificate) }).on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const config = good().replace(upstream.issuer, `https://localhost:${listening.address().port}`);
    const { status, output } = await check(config.replace('allow_private = true', `allow_private = true\nca_file = "${ours.certificate}"`));
    listening.close();
    assert.notEqual(status, 0);
    outputs[name] = output;
  }
  assert.match(outputs.nameless, /BAD  provider uni: .*its certificate has no subjectAltName, .* → have it reissued with subjectAltName = DNS:localhost/);
  assert.match(outputs.elsewhere, /BAD  provider uni: .*its certificate is for another name: for elsewhere\.example, 192\.0\.2\.7, not for localhost/);
});

test('an untrusted certificate of our own address is reported too', async () => {
  const made = await folder('');
  folders.push(made);
  const ours = await authority(made, 'ours');
  const { key, certificate } = await ours.signs('server', ['localhost']);
  const listening = createServer({ key: await readFile(key), cert: await readFile(certificate) }).on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address();
  const { output } = await check(good().replace(/public_url = ".*"/, `public_url = "https://localhost:${port}"`));
  listening.close();
  assert.match(output, /WARN public_url: .* \(TLS: its certificate is signed by an authority we don't trust\) → let the proxy offer TLS at localhost/);
  assert.doesNotMatch(output, /public_url: .*this is expected/);
});

test('a provider with another issuer is BAD', async () => {
  // C19
  const { status, output } = await check(good().replace(upstream.issuer, `${upstream.issuer}/`));
  assert.notEqual(status, 0);
  assert.match(output, /BAD.*issuer/);
});

test('a missing PostgreSQL database is BAD, and its password is not shown', async () => {
  const own = await database();
  try {
    const { status, output } = await check(good({ database: own.url }));
    assert.equal(status, 0, output);
    const missing = await check(good({ database: `${own.url}_missing` }));
    assert.notEqual(missing.status, 0);
    assert.match(missing.output, /BAD.*database/);
    const { password } = new URL(own.url);
    assert.ok(!missing.output.includes(password) && !output.includes(password));
  } finally {
    await own.drop();
  }
});
