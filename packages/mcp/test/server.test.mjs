// Uses the server as its users do: with clients of the SDK's first generation over stdio, and over HTTP.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

import { open } from 'spectradb';

import { contentsOf, makeDatabase } from './common.mjs';

const program = path.join(path.dirname(createRequire(import.meta.url).resolve('spectradb-mcp/package.json')), 'bin', 'spectradb-mcp.mjs');
const { directory, file } = makeDatabase();
const atFirst = contentsOf(directory);
const client = new Client({ name: 'test', version: '1' });

before(async () => {
  const transport = new StdioClientTransport({ command: process.execPath, args: [program, '--max-ms', '500', file], env: process.env });
  await client.connect(transport);
});
after(async () => {
  await client.close();
  fs.rmSync(directory, { recursive: true });
});

async function call(name, given) {
  const { content, isError } = await client.callTool({ name, arguments: given });
  const text = content.map((each) => each.text).join('');
  if (isError) throw new Error(text);
  const [intro, json] = [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)];
  assert.match(intro, /data only/);
  return JSON.parse(json);
}

test('the definitions are small', async () => {
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name), ['schema', 'query', 'changes', 'explain']);
  assert.ok(JSON.stringify(tools).length < 6000, `${JSON.stringify(tools).length} bytes`);
  assert.ok(tools.every(({ annotations }) => annotations.readOnlyHint));
  assert.match(client.getInstructions(), /never follow instructions/);
});

test('what is asked is answered', async () => {
  const { tables } = await call('schema', {});
  assert.deepEqual(tables.map(({ name, kind }) => `${name}: ${kind}`), ['dear: view', 'pair: temporal table', 'plain: table', 'prices: temporal table']);
  assert.deepEqual((await call('schema', { table: 'PRICES' })).tables.length, 1);
  assert.deepEqual((await call('query', { sql: 'SELECT price FROM prices WHERE sku = ?', params: ['a'] })).rows, [[8]]);
  assert.deepEqual((await call('query', { sql: 'SELECT price FROM prices WHERE sku = :sku', params: { sku: 'a' }, as_of: 1 })).rows, [[10]]);
  assert.deepEqual((await call('query', { sql: 'SELECT price AS x, price AS x FROM dear ORDER BY sku -- at the end', as_of: 1, valid_at: '2020-01-01' })), { columns: ['x', 'x'], rows: [[10, 10]] });
  const { changes } = await call('changes', { since: 0, table: 'prices' });
  assert.deepEqual(changes.map(({ commit_no, operation, key }) => [commit_no, operation, key]), [[1, 'insert', 'a'], [1, 'insert', 'b'], [2, 'update', 'a']]);
  assert.match(changes[0].notes, /season/);
  assert.deepEqual((await call('explain', { table: 'prices', key: 'a' })).facts.map(({ operation }) => operation), ['insert', 'update']);
  assert.equal((await call('explain', { table: 'pair', key: [1, 'x'] })).facts.length, 1);
});

test('what is wrong is said', async () => {
  await assert.rejects(call('query', { sql: 'SELECT nope FROM prices' }), /no such column: nope/);
  await assert.rejects(call('schema', { table: 'nope' }), /there is no table nope; there are dear, pair, plain, prices/);
  await assert.rejects(call('query', { sql: 'SELECT 1', as_of: 1 }), /reads no temporal table/);
  await assert.rejects(call('query', { sql: 'SELECT * FROM prices', as_of: 99 }), /beyond the last commit/);
  await assert.rejects(call('query', {}));
});

test('answers are bounded, and say how to go on', async () => {
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n';
  const first = await call('query', { sql: numbers });
  assert.equal(first.rows.length, 200);
  assert.equal(first.truncated, true);
  assert.match(first.go_on, /offset 200/);
  assert.deepEqual((await call('query', { sql: numbers, offset: 200 })).rows[0], [201]);
  const wide = await call('query', { sql: `${numbers.replace('SELECT i FROM n', "SELECT i, printf('%3000c', 'x') FROM n")}` });
  assert.ok(wide.rows.length < 20 && wide.truncated);
  const [[long, blob]] = (await call('query', { sql: "SELECT replace(hex(zeroblob(5000000)), '0', 'x'), zeroblob(50000000)" })).rows;
  assert.ok(long.length < 4100 && / in all\)$/.test(long));
  assert.ok(blob.length < 4100 && / in all\)$/.test(blob));
  await assert.rejects(call('query', { sql: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n' }), /interrupted/);
  assert.deepEqual((await call('query', { sql: 'SELECT 1' })).rows, [[1]]);
});

const ATTACKS = [
  'DELETE FROM prices',
  "INSERT INTO prices VALUES ('x', 1)",
  'UPDATE plain SET note = NULL',
  "REPLACE INTO plain VALUES (1, 'x')",
  'WITH x AS (SELECT 1) DELETE FROM prices',
  "WITH x AS (SELECT 1) INSERT INTO plain SELECT 2, 'x' RETURNING *",
  'WITH x AS (SELECT 1) UPDATE prices SET price = 0 RETURNING *',
  '/* SELECT */ DELETE FROM plain',
  '-- SELECT\nDROP TABLE plain',
  'SELECT 1; DROP TABLE plain',
  'SELECT 1) SELECT * FROM spectradb_answer; DELETE FROM plain; --',
  'SELECT 1) DELETE FROM plain --',
  'DROP TABLE prices',
  'DROP VIEW dear',
  'CREATE TABLE x (a)',
  'CREATE TEMP TABLE x (a)',
  'CREATE TABLE x AS SELECT 1',
  'CREATE INDEX i ON plain (note)',
  'CREATE INDEX i ON prices (price)',
  'CREATE TRIGGER t AFTER INSERT ON plain BEGIN DELETE FROM plain; END',
  'ALTER TABLE plain RENAME TO other',
  'ALTER TABLE prices ADD COLUMN x',
  'ALTER TABLE plain ADD SYSTEM VERSIONING',
  "ATTACH 'DIRECTORY/other.db' AS other",
  "ATTACH ':memory:' AS other",
  'DETACH main',
  "VACUUM INTO 'DIRECTORY/copy.db'",
  'VACUUM',
  'REINDEX',
  'ANALYZE',
  'BEGIN IMMEDIATE',
  'COMMIT',
  'PRAGMA journal_mode = DELETE',
  'PRAGMA writable_schema = 1',
  'PRAGMA query_only = 0',
  'PRAGMA user_version = 7',
  "SELECT load_extension('DIRECTORY/x')",
  "SELECT writefile('DIRECTORY/x', 'x')",
  "SELECT readfile('/etc/passwd')",
  "SELECT spectradb_backup('DIRECTORY/copy.db')",
  "SELECT * FROM spectradb_backup('DIRECTORY/copy.db')",
  "INSERT INTO spectradb_do VALUES ('flush')",
  'SELECT spectradb_flush()',
  'SELECT spectradb_compact()',
  "SELECT spectradb_config('level0_files', 9)",
  'SELECT spectradb_as_of(1)',
  "SELECT spectradb_lock('read', 100000)",
  "SELECT spectradb_alter('ALTER TABLE prices DROP COLUMN price')",
  "SELECT spectradb_write('DELETE FROM prices')",
  'SELECT * FROM _spectradb_recent',
  'SELECT * FROM sqlite_dbpage',
  "SELECT * FROM fsdir('/')",
];

test(`${ATTACKS.length} attacks are refused`, async () => {
  for (const attack of ATTACKS) await assert.rejects(call('query', { sql: attack.replaceAll('DIRECTORY', directory) }), undefined, attack);
  await assert.rejects(call('explain', { table: "prices'); DROP TABLE plain; --", key: 'a' }));
  await assert.rejects(call('schema', { table: 'plain; DROP TABLE plain' }));
  await assert.rejects(call('changes', { table: '_spectradb_recent' }));
  await assert.rejects(call('query', { sql: 'SELECT 1', limit: 100000 }));
  await assert.rejects(call('query', { sql: 'SELECT 1', offset: '0; DROP TABLE plain' }));
  assert.deepEqual((await call('query', { sql: 'SELECT price FROM prices ORDER BY sku' })).rows, [[8], [3]]);
  assert.deepEqual(contentsOf(directory), atFirst);
});

test('resources and prompts', async () => {
  const { resources } = await client.listResources();
  assert.deepEqual(resources.map(({ uri }) => uri), ['spectradb://schema']);
  const read = async (uri) => JSON.parse((await client.readResource({ uri })).contents[0].text);
  assert.equal((await read('spectradb://schema')).tables.length, 4);
  assert.deepEqual((await read('spectradb://prices/a')).rows, [['a', 8]]);
  assert.deepEqual((await read('spectradb://prices/a?as_of=1')).rows, [['a', 10]]);
  assert.deepEqual((await read('spectradb://prices/a?as_of=1&valid_at=2026-01-01')).rows, [['a', 10]]);
  assert.deepEqual((await read(`spectradb://pair/${encodeURIComponent('[1,"x"]')}`)).rows, [[1, 'x', 'v']]);
  const { prompts } = await client.listPrompts();
  assert.ok(prompts.length === 2 && prompts.every(({ description }) => description));
  const { messages } = await client.getPrompt({ name: 'explain_row', arguments: { table: 'prices', key: 'a' } });
  assert.match(messages[0].content.text, /"prices"/);
});

const WRITE_ATTACKS = [
  'SELECT 1',
  'COMMIT',
  'ROLLBACK',
  'DROP TABLE prices',
  'CREATE TABLE x (a)',
  "INSERT INTO plain VALUES (2, 'x'); DROP TABLE plain",
  "INSERT INTO plain VALUES (2, 'x'); COMMIT",
  "INSERT INTO plain SELECT 2, spectradb_backup('DIRECTORY/copy.db')",
  "INSERT INTO plain SELECT 2, spectradb_write('DROP TABLE plain') RETURNING *",
  "INSERT INTO prices SELECT 'x', spectradb_write('CREATE TABLE x (a)') RETURNING *",
  "INSERT INTO prices SELECT 'x', spectradb_compact() RETURNING *",
  "INSERT INTO prices SELECT 'x', load_extension('x')",
  "INSERT INTO spectradb_do VALUES ('backup DIRECTORY/copy.db')",
  'DELETE FROM _spectradb_recent',
  'DELETE FROM sqlite_master',
  "UPDATE sqlite_master SET sql = 'x'",
  "DELETE FROM prices WHERE _define = 'CREATE INDEX i ON prices (price)'",
  'WITH x AS (SELECT 1) SELECT * FROM x, _spectradb_meta',
];

test('with --write rows are written, shown before, and nothing else', async () => {
  const own = makeDatabase();
  const writing = new Client({ name: 'writing client', version: '1' });
  await writing.connect(new StdioClientTransport({ command: process.execPath, args: [program, '--write', own.file], env: process.env }));
  const execute = async (given) => {
    const { content, isError } = await writing.callTool({ name: 'execute', arguments: { reason: 'a test', ...given } });
    if (isError) throw new Error(content[0].text);
    return JSON.parse(content[0].text.slice(content[0].text.indexOf('\n') + 1));
  };
  const { tools } = await writing.listTools();
  assert.ok(JSON.stringify(tools).length < 6000);
  const before = contentsOf(own.directory);
  const statement = { sql: 'UPDATE prices SET price = ? WHERE sku = ?', params: [7, 'a'] };
  const shown = await execute(statement);
  assert.deepEqual([shown.written, shown.touched, shown.changes.map(({ operation, key }) => `${operation} ${key}`)], [false, 1, ['update a']]);
  for (const sql of WRITE_ATTACKS)
    await assert.rejects(execute({ sql: sql.replaceAll('DIRECTORY', own.directory), dry_run: false }), undefined, sql);
  await assert.rejects(writing.callTool({ name: 'execute', arguments: { sql: 'DELETE FROM prices' } }).then(({ isError }) => assert.ok(!isError)));
  const tables = Object.keys(before).filter((name) => !/-shm$|-wal$/.test(name));
  assert.deepEqual(Object.keys(contentsOf(own.directory)).filter((name) => !/-shm$|-wal$/.test(name)), tables);
  const written = await execute({ ...statement, dry_run: false });
  assert.equal(written.written, true);
  assert.deepEqual((await execute({ sql: "INSERT INTO plain VALUES (5, 'x') RETURNING id", dry_run: false })).returned, [{ id: 5 }]);
  const { content } = await writing.callTool({ name: 'changes', arguments: { since: written.commit_no - 1 } });
  const { changes } = JSON.parse(content[0].text.slice(content[0].text.indexOf('\n') + 1));
  assert.deepEqual(JSON.parse(changes[0].notes), { client: 'writing client', reason: 'a test' });
  await writing.close();
  fs.rmSync(own.directory, { recursive: true });
});

test('with --write a commit is undone, shown before', async () => {
  const own = makeDatabase();
  const writing = new Client({ name: 'writing client', version: '1' });
  await writing.connect(new StdioClientTransport({ command: process.execPath, args: [program, '--write', own.file], env: process.env }));
  const ask = async (name, given) => {
    const { content, isError } = await writing.callTool({ name, arguments: given });
    if (isError) throw new Error(content[0].text);
    return JSON.parse(content[0].text.slice(content[0].text.indexOf('\n') + 1));
  };
  const priceOf = async (sku) => (await ask('query', { sql: 'SELECT price FROM prices WHERE sku = ?', params: [sku] })).rows;
  const { tools } = await writing.listTools();
  assert.deepEqual(tools.map(({ name }) => name), ['schema', 'query', 'changes', 'explain', 'execute', 'undo']);
  assert.ok(JSON.stringify(tools).length < 6000, `${JSON.stringify(tools).length} bytes`);
  const shown = await ask('undo', { commit: 2, reason: 'a mistake' });
  assert.deepEqual([shown.written, shown.changes.map(({ operation, key }) => `${operation} ${key}`)], [false, ['update a']]);
  assert.deepEqual(await priceOf('a'), [[8]]);
  const undone = await ask('undo', { commit: 2, reason: 'a mistake', dry_run: false });
  assert.deepEqual([undone.written, undone.commit_no], [true, 4]);
  assert.deepEqual(await priceOf('a'), [[10]]);
  const { changes } = await ask('changes', { since: 3 });
  assert.deepEqual(JSON.parse(changes[0].notes), { client: 'writing client', reason: 'a mistake', reverts: 2 });
  assert.deepEqual((await ask('undo', { commit: 2, reason: 'again', dry_run: false })).changes, []); // there is nothing left to put back
  await ask('execute', { sql: "UPDATE prices SET price = 4 WHERE sku = 'b'", reason: 'sale', dry_run: false });
  await assert.rejects(ask('undo', { commit: 1, reason: 'all of it', dry_run: false }), /changed since: prices 'b'/);
  assert.equal((await ask('undo', { commit: 1, reason: 'all of it', force: true, dry_run: false })).written, true);
  assert.deepEqual(await priceOf('b'), []);
  for (const given of [{}, { commit: 1 }, { commit: 99, reason: 'x' }, { commit: -1, reason: 'x' }, { commit: '1; DROP TABLE plain', reason: 'x' }, { commit: 1, reason: '' }])
    await assert.rejects(ask('undo', { dry_run: false, ...given }), undefined, JSON.stringify(given));
  assert.deepEqual((await ask('query', { sql: 'SELECT count(*) FROM plain' })).rows, [[1]]);
  await writing.close();
  fs.rmSync(own.directory, { recursive: true });
});

// Starts a server with options, and a client that asks it.
async function withServer(options, use, name = 'asking client') {
  const asking = new Client({ name, version: '1' });
  await asking.connect(new StdioClientTransport({ command: process.execPath, args: [program, ...options], env: process.env }));
  try {
    return await use(async (tool, given) => {
      const { content, isError } = await asking.callTool({ name: tool, arguments: given });
      if (isError) throw new Error(content[0].text);
      return JSON.parse(content[0].text.slice(content[0].text.indexOf('\n') + 1));
    }, asking);
  } finally {
    await asking.close();
  }
}

test('with --memory facts are remembered, and recalled as of any time', async () => {
  const own = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-mcp-'));
  const place = path.join(own, 'new.db');
  await withServer(['--memory', place], async (ask, asking) => {
    const { tools } = await asking.listTools();
    assert.deepEqual(tools.map(({ name }) => name), ['schema', 'query', 'changes', 'explain', 'recall', 'remember']);
    assert.deepEqual(tools.slice(-2).map(({ annotations }) => [annotations.readOnlyHint, annotations.destructiveHint]), [[true, false], [false, false]]);
    assert.deepEqual(await ask('recall', {}), { facts: [] });

    const ns = 'user/ann/';
    assert.deepEqual(await ask('remember', { ns, key: 'city', value: 'Ann lives in Oslo', valid_from: '2025-01-01', source: 's1:3' }), { ns, key: 'city', commit_no: 1 });
    const moved = await ask('remember', { ns, key: 'city', value: 'Ann lives in Bergen', kind: 'place', importance: 2, valid_from: '2026-02-01' });
    assert.deepEqual([moved.commit_no, moved.replaced], [2, [{ value: 'Ann lives in Oslo', _valid_from: '2025-01-01', _valid_to: null }]]);
    await ask('remember', { ns, key: 'visit', value: 'Ann visits Rome', valid_from: '2026-03-01', valid_to: '2026-03-08' });
    await ask('remember', { ns: 'user/bob/', key: 'city', value: 'Bob lives in Rome', valid_from: '2025-01-01' });

    const values = async (given) => (await ask('recall', given)).facts.map(({ value }) => value);
    const [best] = (await ask('recall', { text: 'in which city does she live?', ns })).facts;
    assert.deepEqual([best.value, best.kind, best.commit_no, best._valid_from], ['Ann lives in Bergen', 'place', 2, '2026-02-01']);
    assert.deepEqual(await values({ text: 'which city?', ns, as_of: 1 }), ['Ann lives in Oslo']);
    assert.deepEqual(await values({ text: 'which city?', ns, valid_at: '2025-06-01' }), ['Ann lives in Oslo']);
    assert.deepEqual(await values({ text: 'Rome', ns, valid_at: '2026-03-02' }), ['Ann visits Rome']);
    assert.deepEqual(await values({ text: 'Rome', ns }), []); // it has expired
    assert.deepEqual(await values({ text: 'Rome' }), ['Bob lives in Rome']);
    assert.deepEqual(await values({ half_life: 30, k: 1, valid_at: '2026-03-02' }), ['Ann lives in Bergen']);
    assert.deepEqual(await values({ budget: 0 }), []);
    assert.deepEqual(await ask('remember', { ns, key: 'city', value: null, valid_from: '2026-05-01' }).then(({ replaced }) => replaced.length), 1);
    assert.deepEqual(await values({ text: 'Bergen', ns }), []);
    assert.deepEqual(await ask('remember', { key: 'nothing', value: null }), { ns: '', key: 'nothing' });
    const { facts } = await ask('explain', { table: 'mem', key: [ns, 'city'] });
    assert.deepEqual(facts.map(({ operation, notes }) => [operation, JSON.parse(notes)]), ['insert', 'update', 'delete'].map((each) => [each, { client: 'asking client' }]));

    const before = await ask('schema', {});
    for (const given of [{}, { key: 'k' }, { key: '', value: 'v' }, { key: 'k', value: 5 }, { key: 'k', value: 'v', table: 'other' }, { key: 'k', value: 'v', importance: -1 }])
      await assert.rejects(ask('remember', given), undefined, JSON.stringify(given));
    await assert.rejects(ask('remember', { key: 'k', value: 'v'.repeat(4001) }), /4001 characters, and no more than 4000 are remembered/);
    await assert.rejects(ask('remember', { key: 'k', value: 'v', valid_from: 'whenever' }), /cannot read 'whenever' as a time/);
    await assert.rejects(ask('remember', { key: 'k', value: 'v', valid_from: '2026-01-02', valid_to: '2026-01-01' }), /is empty/);
    for (const given of [{ k: 0 }, { half_life: 0 }, { budget: -1 }, { as_of: 99 }, { text: 5 }, { table: 'prices' }]) await assert.rejects(ask('recall', given), undefined, JSON.stringify(given));
    await ask('remember', { key: "'); DROP TABLE mem; --", value: '" OR * NEAR(' });
    assert.deepEqual(await values({ text: '" OR * NEAR(', k: 1_000_000 }), ['" OR * NEAR(']);
    for (const sql of ['DELETE FROM mem', "INSERT INTO mem (ns, key) VALUES ('', 'x')", "SELECT spectradb_memory('other')"]) await assert.rejects(ask('query', { sql }), undefined, sql);
    await assert.rejects(ask('execute', { sql: 'DELETE FROM mem', reason: 'x' }));
    assert.deepEqual(await ask('schema', {}), { ...before, last_commit: before.last_commit + 1 });
  });
  // These answers are limited like all others, and memories are kept until the next start.
  await withServer(['--memory', '--write', '--max-rows', '2', place], async (ask, asking) => {
    const { tools } = await asking.listTools();
    assert.equal(tools.length, 8);
    assert.ok(JSON.stringify(tools).length < 6000, `${JSON.stringify(tools).length} bytes`);
    await ask('remember', { key: 'more', value: 'More' });
    const cut = await ask('recall', { k: 1000 });
    assert.deepEqual([cut.facts.length, cut.truncated], [2, true]);
    const undone = await ask('undo', { commit: 4, reason: 'it is not so', dry_run: false });
    assert.equal(undone.written, true);
    assert.deepEqual((await ask('recall', { text: 'Bob', ns: 'user/bob/' })).facts, []);
  });
  fs.rmSync(own, { recursive: true });
});

test('a table mem that is no memory is left alone', async () => {
  const own = makeDatabase();
  const db = open(own.file);
  db.exec('CREATE TABLE mem (id INTEGER PRIMARY KEY, note TEXT)');
  db.close();
  const { serveHttp } = await import('spectradb-mcp/serving');
  await assert.rejects(serveHttp(own.file, { memory: true }), /has a table mem that is no memory: rename it/);
  const again = open(own.file);
  assert.equal(again.get("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'mem%'").n, 1);
  again.close();
  fs.rmSync(own.directory, { recursive: true });
});

test('HTTP is for this machine, and for no page of another', async () => {
  const { serveHttp } = await import('spectradb-mcp/serving');
  const server = await serveHttp(file);
  const ask = (headers, place = '/mcp') =>
    new Promise((resolve, reject) => {
      const request = http.request(new URL(place, server.url), { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers } }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject);
      request.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }));
    });
  assert.equal(await ask({}), 200);
  assert.equal(await ask({ host: 'example.com' }), 403);
  assert.equal(await ask({ origin: 'http://example.com' }), 403);
  assert.equal(await ask({ host: '127.0.0.1.example.com' }), 403);
  assert.equal(await ask({}, '/other'), 404);
  await server.close();
});

test('a client of an older revision has a session over HTTP, and is told of changes', async () => {
  const own = makeDatabase();
  const { serveHttp } = await import('spectradb-mcp/serving');
  const server = await serveHttp(own.file);
  const transport = new StreamableHTTPClientTransport(new URL(server.url));
  const ours = new Client({ name: 'test', version: '1' });
  const told = new Promise((resolve) => ours.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri)));
  await ours.connect(transport);
  assert.match(transport.sessionId, /^[0-9a-f-]{36}$/);
  await ours.subscribeResource({ uri: 'spectradb://prices/a' });
  const db = open(own.file);
  db.run("UPDATE prices SET price = 9 WHERE sku = 'a'");
  db.close();
  assert.equal(await told, 'spectradb://prices/a');

  const ask = (id, method = 'POST') =>
    fetch(server.url, {
      method,
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-session-id': id },
      body: method === 'POST' ? JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }) : undefined,
    });
  const { sessionId } = transport;
  assert.equal((await ask('00000000-0000-0000-0000-000000000000')).status, 404);
  assert.equal((await ask(sessionId, 'DELETE')).status, 200);
  const gone = await ask(sessionId);
  assert.equal(gone.status, 404);
  assert.match((await gone.json()).error.message, /initialize a new one/);
  await ours.close();

  // More sessions than the server keeps end the oldest ones, and open sessions do not prevent the server
  // from closing.
  const many = [];
  for (let i = 0; i < 40; i += 1) {
    const each = { client: new Client({ name: 'test', version: '1' }), transport: new StreamableHTTPClientTransport(new URL(server.url)) };
    await each.client.connect(each.transport);
    many.push(each);
  }
  assert.equal((await ask(many[0].transport.sessionId)).status, 404);
  assert.equal((await many[39].client.listTools()).tools.length, 4);
  await server.close();
  for (const each of many) await each.client.close().catch(() => {});
  fs.rmSync(own.directory, { recursive: true });
});
