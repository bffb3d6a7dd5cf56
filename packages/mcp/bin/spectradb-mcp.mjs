#!/usr/bin/env node
// spectradb-mcp my.db: serves a database to language models, over stdio or on a port of this machine.
import { parseArgs } from 'node:util';

process.removeAllListeners('warning'); // Node says that node:sqlite is new
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning);
});

const { serveHttp, serveStdio } = await import('../lib/serving.mjs');

const USAGE = `usage: spectradb-mcp [--http PORT] [--write] [--max-ms N] [--max-rows N] [--max-bytes N] DATABASE
  --http PORT     serves http://127.0.0.1:PORT/mcp in the place of stdin and stdout
  --write         lets rows be written, too: one statement at a time, shown before it is done.
                  SPECTRADB_MCP_WRITE=true in the environment does the same
  --max-ms N      how long a query may run (5000)
  --max-rows N    how many rows an answer has (200)
  --max-bytes N   how many bytes an answer has (50000)`;

function parse() {
  try {
    const options = Object.fromEntries(['http', 'max-ms', 'max-rows', 'max-bytes'].map((name) => [name, { type: 'string' }]));
    options.write = { type: 'boolean' };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length !== 1) throw new Error('one database is needed');
    const number = (name) => {
      if (values[name] === undefined) return undefined;
      if (!/^[1-9]\d*$/.test(values[name])) throw new Error(`--${name} takes a number from 1 on`);
      return Number(values[name]);
    };
    const limits = { ms: number('max-ms'), rows: number('max-rows'), bytes: number('max-bytes') };
    return { path: positionals[0], port: number('http'), write: values.write ?? process.env.SPECTRADB_MCP_WRITE === 'true', limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { path, port, write, limits } = parse();
try {
  if (port === undefined) serveStdio(path, { limits, write });
  else console.error(`spectradb-mcp: ${(await serveHttp(path, { limits, write, port })).url}`);
} catch (error) {
  console.error(`spectradb-mcp: ${error.message}`);
  process.exit(1);
}
