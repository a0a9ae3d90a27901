// A minimal browser: it follows redirects one by one, and keeps cookies by host, path and name.
import assert from 'node:assert/strict';

const HOPS = 12;

const ENTITIES = { amp: '&', quot: '"', lt: '<', gt: '>', '#x27': "'", '#39': "'", '#34': '"', '#43': '+' };

/** The value of an attribute, or undefined. */
function attribute(tag, name) {
  const value = tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1];
  return value?.replace(/&([^;]+);/g, (whole, entity) => ENTITIES[entity] ?? whole);
}

export class Visitor {
  #cookies = [];

  /** Each visited URL with its fragment and its status. */
  trail = [];

  /** Opens `url` and follows redirects up to a page, or up to a redirect to a URL that begins with `stop`. */
  async visit(url, { stop, method = 'GET', body, headers = {} } = {}) {
    let next = { url: new URL(url), method, body };
    for (let hop = 0; hop < HOPS; hop += 1) {
      if (hop > 0 && stop && next.url.href.startsWith(stop)) return { url: next.url, status: 303, text: '', headers: new Headers() };
      const sent = { ...headers, ...(this.#cookie(next.url) && { cookie: this.#cookie(next.url) }) };
      if (next.body) sent['content-type'] ??= 'application/x-www-form-urlencoded';
      const answer = await fetch(next.url, { method: next.method, body: next.body, headers: sent, redirect: 'manual' });
      for (const line of answer.headers.getSetCookie()) this.#keep(next.url, line);
      this.trail.push({ url: next.url.href, status: answer.status, headers: answer.headers });
      const location = answer.headers.get('location');
      if (!location || answer.status < 300 || answer.status >= 400) {
        return { url: next.url, status: answer.status, text: await answer.text(), headers: answer.headers };
      }
      await answer.arrayBuffer();
      const same = answer.status === 307 || answer.status === 308;
      next = { url: new URL(location, next.url), method: same ? next.method : 'GET', body: same ? next.body : undefined };
    }
    throw new Error(`more than ${HOPS} redirects:\n${this.trail.map(({ url: at }) => at).join('\n')}`);
  }

  /** Presses a button of a page with one form, whose action is the page itself. */
  press(page, answer, options = {}) {
    return this.visit(page.url, { ...options, method: 'POST', body: new URLSearchParams({ answer }).toString() });
  }

  /** Sends the form whose HTML contains `form`, as a browser does: its hidden fields, and `fields`. */
  submit(page, fields, { form = '', ...options } = {}) {
    const html = page.text.match(/<form[^]*?<\/form>/g)?.find((one) => one.includes(form));
    assert.ok(html, `no form with ${form} at ${page.url}:\n${page.text}`);
    const hidden = html.match(/<input [^>]*type="hidden"[^>]*>/g) ?? [];
    const body = new URLSearchParams(hidden.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value') ?? '']));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const action = attribute(html.slice(0, html.indexOf('>')), 'action') ?? '';
    return this.visit(new URL(action, page.url), { ...options, method: 'POST', body: body.toString() });
  }

  /** The cookies that go to `url`, by name. */
  cookies(url) {
    return Object.fromEntries(this.#matching(new URL(url)).map(({ name, value }) => [name, value]));
  }

  /** Deletes the cookies for the host of `url`. */
  forget(url) {
    this.#cookies = this.#cookies.filter(({ host }) => host !== new URL(url).hostname);
  }

  #cookie(url) {
    return this.#matching(url).map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #matching({ hostname, pathname }) {
    return this.#cookies.filter(({ host, path }) => host === hostname
      && (pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)));
  }

  #keep(url, line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const said = Object.fromEntries(attributes.map((part) => {
      const [key, ...rest] = part.split('=');
      return [key.toLowerCase(), rest.join('=')];
    }));
    const path = said.path ?? '/';
    const gone = said['max-age'] !== undefined ? Number(said['max-age']) <= 0 : said.expires && Date.parse(said.expires) <= Date.now();
    this.#cookies = this.#cookies.filter((kept) => !(kept.host === url.hostname && kept.name === name && kept.path === path));
    if (!gone) this.#cookies.push({ host: url.hostname, name, value, path });
  }
}

/**
 * Types a name and a password at the page for one provider of the app `notes`. Returns the answer, and what Vestibule
 * logged meanwhile.
 */
export async function submitPassword(vestibule, notes, provider, username, password) {
  const url = `${vestibule.url}/auth/notes?provider=${provider}`;
  const visitor = new Visitor();
  assert.equal((await visitor.visit(url)).status, 200);
  const began = vestibule.log.length;
  const headers = { origin: vestibule.url, 'sec-fetch-site': 'same-origin' };
  const body = new URLSearchParams({ username, password }).toString();
  const page = await visitor.visit(url, { method: 'POST', body, headers, stop: notes.url });
  return { page, log: vestibule.log.slice(began) };
}

/**
 * Sign-ins by password, whose outcome is known, at `site()`: a running Vestibule and its app. The password is
 * `good` unless another one is given.
 */
export function passwordSignIns(site, good) {
  const enter = (provider, username, password) => submitPassword(site().vestibule, site().notes, provider, username, password);
  return {
    enter,
    /** Returns the claims of the token. */
    async signsIn(provider, username, password = good) {
      const { page, log } = await enter(provider, username, password);
      assert.equal(page.status, 303, `${provider}: ${log}`);
      const token = new URLSearchParams(page.url.hash.slice(1)).get('token') ?? page.url.hash;
      return JSON.parse(Buffer.from(/\.([\w-]+)\./.exec(token)[1], 'base64url'));
    },
    async isRefused(provider, username, password, cause) {
      const { page, log } = await enter(provider, username, password);
      assert.notEqual(page.status, 303, `${provider} let ${username} in`);
      assert.match(log, cause, provider);
      return { page, log };
    },
  };
}
