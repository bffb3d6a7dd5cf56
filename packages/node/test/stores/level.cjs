// Runs abstract-level's own suite.
const suite = require('abstract-level/test');
const test = require('tape');

const { SpectraLevel } = require('spectradb/abstract-level');

suite({ test, factory: (options) => new SpectraLevel(':memory:', options) });

test('a snapshot of any commit', async (t) => {
  const db = new SpectraLevel();
  await db.put('a', '1');
  const commit = db.commit;
  await db.put('a', '2');
  const snapshot = db.snapshotAt(commit);
  t.equal(await db.get('a', { snapshot }), '1');
  t.equal(await db.get('a'), '2');
  await snapshot.close();
  await db.close();
});
