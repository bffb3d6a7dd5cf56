import { EventEmitter } from 'node:events';

import type { Database, OpenOptions, Time } from './index.js';

/** A store for Keyv that keeps every value that a key ever had. */
declare class KeyvSpectra extends EventEmitter {
  constructor(source?: string | Database, options?: OpenOptions & { table?: string });
  readonly db: Database;
  opts: any;
  namespace?: string;
  get<V>(key: string): V | undefined;
  getMany<V>(keys: string[]): (V | undefined)[];
  has(key: string): boolean;
  hasMany(keys: string[]): boolean[];
  set(key: string, value: any): boolean;
  setMany(entries: { key: string; value: any }[]): boolean[];
  delete(key: string): boolean;
  deleteMany(keys: string[]): boolean;
  clear(): void;
  iterator(namespace?: string): AsyncGenerator<[string, any], void>;
  /** Returns the store as it was. */
  asOf(time: Time): any;
  disconnect(): void;
}
declare namespace KeyvSpectra {
  export { KeyvSpectra, KeyvSpectra as default };
}
export = KeyvSpectra;
