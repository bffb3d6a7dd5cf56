import { AbstractLevel, AbstractSnapshot } from 'abstract-level';

import type { Database, OpenOptions } from './index.js';

export class SpectraLevel<K = string, V = string> extends AbstractLevel<string | Buffer | Uint8Array, K, V> {
  constructor(location?: string | Database, options?: Record<string, any> & { table?: string; database?: OpenOptions });
  /** The number of the last commit. */
  readonly commit: number;
  /** Returns a snapshot of any commit that ever was. */
  snapshotAt(commit: number): AbstractSnapshot;
}
