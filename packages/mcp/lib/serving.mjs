// Makes the server reachable: over stdin and stdout, or over HTTP from this machine only.
import { createServer } from 'node:http';

import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { serveStdio as serve } from '@modelcontextprotocol/server/stdio';

import { Memory } from './memory.mjs';
import { LIMITS, Reader } from './reader.mjs';
import { makeServer } from './server.mjs';
import { Sessions } from './sessions.mjs';
import { Writer } from './writer.mjs';

// Opens the memory first, because that makes the database where there is none.
function openAll(path, { limits, write = false, memory: remembers = false }) {
  const memory = remembers ? new Memory(path, { ...LIMITS, ...limits }) : null;
  const reader = new Reader(path, limits);
  return { reader, memory, writer: write ? new Writer(path, reader.limits) : null };
}

/** @param options limits; write: whether rows may be written; memory: whether facts are remembered; extend(server) and capabilities: what a test adds */
export function serveStdio(path, { capabilities, extend = (server) => server, ...options } = {}) {
  const { reader, ...more } = openAll(path, options);
  return serve(() => extend(makeServer(reader, { ...more, capabilities })));
}

export async function serveHttp(path, { port = 0, capabilities, extend = (server) => server, ...options } = {}) {
  const { reader, ...more } = openAll(path, options);
  const make = () => extend(makeServer(reader, { ...more, capabilities }));
  const newest = createMcpHandler(make, { legacy: 'reject' });
  const sessions = new Sessions(make);
  const handle = toNodeHandler({
    fetch: async (request, given) => ((await isLegacyRequest(request)) ? sessions.fetch(request, given) : newest.fetch(request, given)),
  });
  const isHostRight = localhostHostValidation();
  const isOriginRight = localhostOriginValidation();
  const http = createServer((request, response) => {
    // The guards themselves answer requests that they refuse: a web page could reach the server by other
    // names of this machine.
    if (!isHostRight(request, response) || !isOriginRight(request, response)) return;
    if (new URL(request.url, 'http://localhost').pathname !== '/mcp') {
      response.writeHead(404).end();
      return;
    }
    handle(request, response);
  });
  await new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${http.address().port}/mcp`,
    close: async () => {
      const closed = new Promise((resolve) => http.close(resolve));
      await sessions.close();
      await newest.close();
      http.closeAllConnections(); // an open stream of a client would delay the close
      await closed;
      for (const each of [reader, ...Object.values(more)]) each?.close();
    },
  };
}
