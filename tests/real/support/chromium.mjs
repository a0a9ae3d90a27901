// Headless Chromium, and axe on its current page.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

import { OUTPUT } from './vestibule.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { CHROMIUM = '/usr/bin/chromium' } = process.env;

/** Starts Chromium, as root without its sandbox, which root cannot use. */
export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

/** Saves a picture of the page in target/test-output. */
export async function picture(page, name) {
  await mkdir(OUTPUT, { recursive: true });
  await page.screenshot({ path: join(OUTPUT, `${name}.png`), fullPage: true });
}

/** Checks the current page with axe in light and dark, and for sideways scrolling at 320 px. Saves pictures. */
export async function checkPage(page, name) {
  const before = page.viewportSize();
  const violations = await axe(page);
  // Without transitions, axe sees no colours between light and dark.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    assert.deepEqual(await violations(), [], `${name}, ${colorScheme}`);
    await picture(page, `${name}-${colorScheme}`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${name} is ${wide} px wide on 320`);
  assert.deepEqual(await violations(), [], `${name}, 320 px`);
  await picture(page, `${name}-320`);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(before);
}

/** The same for many pages: only at 320 px, and without pictures. */
export async function checkNarrowPage(page, name) {
  const violations = await axe(page);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    assert.deepEqual(await violations(), [], `${name}, ${colorScheme}`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${name} is ${wide} px wide on 320`);
}

/** The page's Content-Security-Policy blocks injected scripts, so axe runs in an isolated world of the debugger. */
async function axe(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(`${AXE};0`);
  return () => run(`axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) => (
    { id, help, at: nodes.map(({ target, failureSummary }) => target.join(' ') + ': ' + failureSummary) })))`);
}
