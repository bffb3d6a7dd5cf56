// Keeps sessions of clients that speak a revision of the protocol before 2026-07-28 over HTTP. Each session
// has a server of its own, so that changes that a client subscribed to reach it on its own stream. Requests
// that name no session are answered one by one.
import { randomUUID } from 'node:crypto';

import { WebStandardStreamableHTTPServerTransport, isInitializeRequest, legacyStatelessFallback } from '@modelcontextprotocol/server';

const MOST = 32; // sessions at once; one more ends the session that was used least recently

const unknown = () =>
  Response.json(
    { jsonrpc: '2.0', error: { code: -32001, message: 'Session not found: it has ended; initialize a new one' }, id: null },
    { status: 404 },
  );

// The SDK has limited the size of the body before.
async function initializes(request) {
  if (request.method !== 'POST') return false;
  try {
    const body = await request.clone().json();
    return (Array.isArray(body) ? body : [body]).some(isInitializeRequest);
  } catch {
    return false;
  }
}

export class Sessions {
  #make;
  #single;
  #sessions = new Map(); // { server, transport } by id, in the order of last use

  /** make() makes a server. */
  constructor(make) {
    this.#make = make;
    this.#single = legacyStatelessFallback(make);
  }

  get size() {
    return this.#sessions.size;
  }

  /** Answers a Request of such a client with a Response. */
  async fetch(request, options) {
    const id = request.headers.get('mcp-session-id');
    if (id === null) return (await initializes(request)) ? this.#begin(request, options) : this.#single(request, options);
    const session = this.#sessions.get(id);
    if (session === undefined) return unknown();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session.transport.handleRequest(request, options);
  }

  async #begin(request, options) {
    const server = await this.#make({ era: 'legacy' });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => this.#add(id, { server, transport }),
      onsessionclosed: (id) => void this.#sessions.delete(id),
    });
    await server.connect(transport);
    return transport.handleRequest(request, options);
  }

  #add(id, session) {
    for (const [oldest, { server }] of this.#sessions) {
      if (this.#sessions.size < MOST) break;
      this.#sessions.delete(oldest);
      server.close().catch(() => {});
    }
    this.#sessions.set(id, session);
  }

  /** Ends all sessions, and their streams. */
  async close() {
    const servers = [...this.#sessions.values()].map(({ server }) => server.close());
    this.#sessions.clear();
    await Promise.allSettled(servers);
  }
}
