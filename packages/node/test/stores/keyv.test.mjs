// Runs Keyv's own suite by vitest, and tests what that suite lacks.
import assert from 'node:assert/strict';
import * as vitest from 'vitest';

import suite, { keyvIteratorTests } from '@keyv/test-suite';
import Keyv from 'keyv';
import KeyvSpectra from 'spectradb/keyv';

const store = () => new KeyvSpectra();
(suite.default ?? suite)(vitest, Keyv, store);
keyvIteratorTests(vitest, Keyv, store);

vitest.it('reads the past', async () => {
  const adapter = store();
  const keyv = new Keyv({ store: adapter, namespace: 'n' });
  await keyv.set('a', 1);
  const commit = adapter.db.commit;
  await keyv.set('a', 2);
  await keyv.delete('b');
  const past = new Keyv({ store: adapter.asOf(commit), namespace: 'n' });
  assert.equal(await past.get('a'), 1);
  assert.equal(await keyv.get('a'), 2);
  assert.equal(adapter.db.history('keyv', 'n:a').length, 2);
});
