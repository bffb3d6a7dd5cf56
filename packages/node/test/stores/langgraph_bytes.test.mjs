// Compares what 300 steps take on disk with a checkpointer that stores the whole state of each step, as
// LangGraph's own one for SQLite does.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { uuid6 } from '@langchain/langgraph-checkpoint';
import { SpectraSaver } from 'spectradb/langgraph';
import { expect, it } from 'vitest';

const STEPS = 300;

// The words have random letters, which no compression makes small.
let state = 1;
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const word = () => Array.from({ length: 3 + random(6) }, () => String.fromCharCode(97 + random(26))).join('');
const text = (words) => Array.from({ length: words }, word).join(' ');

function bytesOf(place) {
  if (!fs.existsSync(place)) return 0;
  const { size } = fs.statSync(place);
  return fs.statSync(place).isDirectory() ? fs.readdirSync(place).reduce((sum, name) => sum + bytesOf(path.join(place, name)), 0) : size;
}

const message = (step) => ({ role: step % 2 ? 'assistant' : 'user', id: `m${step}`, content: text(60) });

it('takes less than a tenth of the bytes', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-bytes-'));
  const file = path.join(directory, 'ours.db');
  const saver = new SpectraSaver(file);
  const plain = new DatabaseSync(path.join(directory, 'plain.db'));
  plain.exec('CREATE TABLE cp (thread, ns, id, body BLOB, metadata BLOB, PRIMARY KEY (thread, ns, id))');
  const insert = plain.prepare('INSERT INTO cp VALUES (?, ?, ?, ?, ?)');
  plain.exec('BEGIN');
  const files = { skills: text(3000) };
  const messages = [];
  let config = { configurable: { thread_id: 't', checkpoint_ns: '' } };
  for (let step = 0; step < STEPS; ++step) {
    messages.push(message(step));
    const checkpoint = {
      v: 4,
      id: uuid6(step),
      ts: new Date(1e12 + step).toISOString(),
      channel_values: { messages, files },
      channel_versions: { messages: step + 1, files: 1 },
      versions_seen: {},
    };
    const metadata = { source: 'loop', step, parents: {} };
    config = await saver.put(config, checkpoint, metadata, step > 0 ? { messages: step + 1 } : { messages: 1, files: 1 });
    insert.run('t', '', checkpoint.id, JSON.stringify(checkpoint), JSON.stringify(metadata));
  }
  plain.exec('COMMIT');
  plain.close();
  saver.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const left = bytesOf(file) + bytesOf(`${file}-wal`) + bytesOf(`${file}-spectra`);
  saver.db.get('SELECT spectradb_flush()');
  saver.db.get('SELECT spectradb_compact()');
  saver.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');

  const seen = [];
  for await (const { checkpoint } of saver.list({ configurable: { thread_id: 't' } })) seen.push(checkpoint.channel_values.messages.length);
  expect(seen).toEqual(Array.from({ length: STEPS }, (_, place) => STEPS - place));
  saver.end();
  const ours = bytesOf(file) + bytesOf(`${file}-wal`) + bytesOf(`${file}-spectra`);
  const theirs = bytesOf(path.join(directory, 'plain.db'));
  console.log(`${STEPS} steps: whole states ${theirs} bytes, ours as left ${left}, compacted ${ours}`);
  expect(ours).toBeLessThan(theirs / 10);
  fs.rmSync(directory, { recursive: true });
});
