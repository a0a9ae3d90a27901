// The build needs Rust, a C compiler, make and perl, but no system libraries. The binary needs none either.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { BINARY, ROOT } from './support/vestibule.mjs';

const cargo = (...words) => execFileSync('cargo', words, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });

test('each crate that links to C contains its C source', () => {
  const metadata = JSON.parse(cargo('metadata', '--format-version', '1', '--locked', '--filter-platform', 'x86_64-unknown-linux-gnu'));
  // The metadata also list crates that a feature could add; the tree lists only those that are built.
  const built = new Set(cargo('tree', '--prefix', 'none', '--edges', 'normal,build', '--format', '{p}', '--locked').split('\n').map((line) => line.split(' ')[0]));
  const linking = metadata.packages.filter(({ name, links }) => links && built.has(name)).map(({ name }) => name).sort();
  // aws-lc-sys and libsqlite3-sys contain their source; openssl-sys uses that of openssl-src, by the feature `vendored`. The others link to nothing.
  const known = new Set(['aws-lc-rs', 'aws-lc-sys', 'libsqlite3-sys', 'openssl-sys', 'prettyplease', 'rayon-core', 'wasm-bindgen-shared']);
  assert.deepEqual(linking.filter((name) => !known.has(name)), []);
  const features = (name) => metadata.resolve.nodes.find(({ id }) => id === metadata.packages.find((one) => one.name === name).id).features;
  assert.ok(features('openssl-sys').includes('vendored'));
  assert.ok(features('libsqlite3-sys').some((feature) => feature.startsWith('bundled')));
});

test('one TLS stack: no ring and no native-tls', () => {
  const tree = cargo('tree', '--prefix', 'none', '--edges', 'normal,build', '--locked');
  for (const unwanted of [/^ring v/m, /^native-tls v/m]) assert.doesNotMatch(tree, unwanted);
});

test('the binary needs only the C library', () => {
  const needed = execFileSync('ldd', [BINARY], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(' ')[0]).filter(Boolean);
  const others = needed.filter((name) => !/^(linux-vdso|libc|libm|libgcc_s|libdl|libpthread|librt|\/lib64\/ld-linux|\/lib\/ld-linux)/.test(name));
  assert.deepEqual(others, []);
});
