// How the server is reached: over stdin and stdout, or over HTTP from this machine only.
import { createServer } from 'node:http';

import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { serveStdio as serve } from '@modelcontextprotocol/server/stdio';

import { Reader } from './reader.mjs';
import { makeServer } from './server.mjs';
import { Writer } from './writer.mjs';

function openBoth(path, limits, isWriting) {
  const reader = new Reader(path, limits);
  return { reader, writer: isWriting ? new Writer(path, reader.limits) : null };
}

/** @param options limits; write: whether rows may be written; extend(server) and capabilities: what a test adds */
export function serveStdio(path, { limits, write = false, capabilities, extend = (server) => server } = {}) {
  const { reader, writer } = openBoth(path, limits, write);
  return serve(() => extend(makeServer(reader, { writer, capabilities })));
}

export async function serveHttp(path, { limits, port = 0, write = false, capabilities, extend = (server) => server } = {}) {
  const { reader, writer } = openBoth(path, limits, write);
  const handle = toNodeHandler(createMcpHandler(() => extend(makeServer(reader, { writer, capabilities }))));
  const isHostRight = localhostHostValidation();
  const isOriginRight = localhostOriginValidation();
  const http = createServer((request, response) => {
    // The guards answer what they refuse: other names for this machine are how a page of the web reaches it.
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
    close: () =>
      new Promise((resolve) =>
        http.close(() => {
          reader.close();
          writer?.close();
          resolve();
        }),
      ),
  };
}
