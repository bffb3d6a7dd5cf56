#!/usr/bin/env node
// spectradb-mcp my.db: serves a database to language models, over stdio or on a port of this machine.
import { parseArgs } from 'node:util';

process.removeAllListeners('warning'); // Node says that node:sqlite is new
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning);
});

const { serveHttp, serveStdio } = await import('../lib/serving.mjs');

const USAGE = `usage: spectradb-mcp [--http PORT] [--memory] [--write] [--max-ms N] [--max-rows N] [--max-bytes N] DATABASE
  --http PORT     serves http://127.0.0.1:PORT/mcp in the place of stdin and stdout
  --memory        remembers and recalls facts, in a table mem that it makes, and a database where there is none.
                  SPECTRADB_MCP_MEMORY=true in the environment does the same
  --write         lets rows be written, too: one statement at a time, shown before it is done.
                  SPECTRADB_MCP_WRITE=true in the environment does the same
  --max-ms N      how long a query may run (5000)
  --max-rows N    how many rows an answer has (200)
  --max-bytes N   how many bytes an answer has (50000)`;

function parse() {
  try {
    const options = Object.fromEntries(['http', 'max-ms', 'max-rows', 'max-bytes'].map((name) => [name, { type: 'string' }]));
    options.write = options.memory = { type: 'boolean' };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length !== 1) throw new Error('one database is needed');
    const number = (name) => {
      if (values[name] === undefined) return undefined;
      if (!/^[1-9]\d*$/.test(values[name])) throw new Error(`--${name} takes a number from 1 on`);
      return Number(values[name]);
    };
    const limits = { ms: number('max-ms'), rows: number('max-rows'), bytes: number('max-bytes') };
    const isOn = (name) => values[name] ?? process.env[`SPECTRADB_MCP_${name.toUpperCase()}`] === 'true';
    return {
      path: positionals[0],
      port: number('http'),
      options: { write: isOn('write'), memory: isOn('memory'), limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) },
    };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { path, port, options } = parse();
try {
  if (port === undefined) serveStdio(path, options);
  else console.error(`spectradb-mcp: ${(await serveHttp(path, { ...options, port })).url}`);
} catch (error) {
  console.error(`spectradb-mcp: ${error.message}`);
  process.exit(1);
}
