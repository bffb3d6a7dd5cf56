// Unpacks the bundle into SPECTRADB_BUNDLE, and starts it as its manifest says, without anything else that
// is installed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

import { makeDatabase } from './common.mjs';

const bundle = process.env.SPECTRADB_BUNDLE;
const manifest = JSON.parse(fs.readFileSync(path.join(bundle, 'manifest.json'), 'utf8'));
const { directory, file } = makeDatabase();
after(() => fs.rmSync(directory, { recursive: true }));

async function withClient(config, use) {
  const filled = (text) => text.replaceAll('${__dirname}', bundle).replace(/\$\{user_config\.(\w+)\}/g, (_, name) => String(config[name] ?? manifest.user_config[name].default));
  const { command, args, env } = manifest.server.mcp_config;
  assert.equal(command, 'node');
  const environment = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
  const client = new Client({ name: 'bundle', version: '1' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: args.map(filled), env: environment }));
  try {
    return await use(client, (await client.listTools()).tools.map(({ name }) => name));
  } finally {
    await client.close();
  }
}

test('a bundle has all it needs', async () => {
  assert.ok(fs.existsSync(path.join(bundle, manifest.server.entry_point)));
  assert.ok(fs.existsSync(path.join(bundle, 'LICENSE')) && fs.existsSync(path.join(bundle, 'NOTICE')));
  await withClient({ database: file }, async (client, names) => {
    assert.deepEqual(names, ['schema', 'query', 'changes', 'explain']);
    const { content, isError } = await client.callTool({ name: 'query', arguments: { sql: "SELECT price FROM prices AS OF 1 WHERE sku = 'a'" } });
    assert.ok(!isError, content[0].text);
    assert.match(content[0].text, /\[\[10\]\]/);
  });
});

test('it remembers and writes where its user lets it', () =>
  withClient({ database: file, memory: true, write: true }, (_, names) => assert.deepEqual(names, manifest.tools.map(({ name }) => name))));
