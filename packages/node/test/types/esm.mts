// Uses the declarations as a program of ES modules does: tsc compiles it, and nobody runs it.
import spectradb, { Database, SqliteError, getLoadablePath, load, open, wrap, type Change, type Commit, type Difference, type Fact, type Statement, type Time, type View } from 'spectradb';
import Better, { wrap as wrapBetter } from 'spectradb/better-sqlite3';
import KeyvSpectra from 'spectradb/keyv';
import { DatabaseSync } from 'node:sqlite';

interface Price {
  sku: string;
  price: number;
}

const db: Database = open('my.db', { readOnly: false, timeout: 1000 });
const statement: Statement<Price> = db.prepare<Price>('SELECT * FROM prices AS OF ?');
const price: Price | undefined = statement.get(1n);
const rows: Price[] = db.asOf(new Date()).validAt('2026-01-01').all<Price>('SELECT * FROM prices WHERE sku = :sku', { sku: 'a' });
const view: View = db.validAt(5);
for (const row of db.sql<Price>`SELECT * FROM prices WHERE sku = ${'a'}`) row.price.toFixed();
const { changes, lastInsertRowid }: { changes: number | bigint; lastInsertRowid: number | bigint } = db.run('INSERT INTO prices VALUES (?, ?)', 'a', null);
const facts: Fact<Price>[] = db.history<Price>('prices', ['a', 1]);
const differences: Difference[] = db.diff('prices', 1, new Date(), 'all');
const sum: number = db.transaction((a: number, b: number) => a + b).immediate(1, 2);
const answer: string = db.annotate({ author: 'ann', ticket: 17, at: new Date() }, () => 'done');
const time: Time = 5n;
async function follow(signal: AbortSignal): Promise<void> {
  for await (const commit of db.changes<Price>({ consumer: 'mail', since: time, follow: false, signal })) {
    const one: Commit<Price> = commit;
    const change: Change<Price> | undefined = one.changes[0];
    change?.row?.price.toFixed();
    commit.acknowledge();
  }
}
try {
  db.exec('nonsense');
} catch (error) {
  if (error instanceof SqliteError) console.log(error.code, error.line, error.column, error.offset);
}
const native = load(new DatabaseSync(':memory:', { allowExtension: true }), getLoadablePath());
const better: Better = wrap(native);
const list: unknown[] = better.prepare('SELECT 1').pluck().all();
wrapBetter(native).pragma('user_version', { simple: true });
new Better(':memory:', { readonly: true });
new KeyvSpectra('my.db').asOf(1);
spectradb.open(':memory:').close();
// @ts-expect-error a view does not write
view.run('DELETE FROM prices');
// @ts-expect-error a time is no object
db.asOf({});
export { answer, changes, differences, facts, follow, lastInsertRowid, list, price, rows, sum };
