// Uses the declarations of the stores, together with the packages that they extend.
import { SpectraLevel } from 'spectradb/abstract-level';
import { SpectraSaver, SpectraStore } from 'spectradb/langgraph';

const level = new SpectraLevel<string, { n: number }>('my.db', { valueEncoding: 'json' });
const saver = new SpectraSaver('my.db');
const store: SpectraStore = new SpectraStore('my.db').asOf(new Date());
async function use(): Promise<number> {
  await level.put('a', { n: 1 });
  const value = await level.get('a', { snapshot: level.snapshotAt(level.commit) });
  for await (const tuple of saver.list({ configurable: { thread_id: '1' } })) console.log(tuple.checkpoint.id);
  const items = await store.search(['docs'], { limit: 5 });
  return (value?.n ?? 0) + items.length;
}
export { use };
