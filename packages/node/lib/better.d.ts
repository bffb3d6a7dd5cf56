/** better-sqlite3's interface, as its own types have it, as far as it goes. */
declare class Database {
  constructor(source?: string | Buffer | object, options?: Database.Options);
  readonly native: any;
  readonly name: string;
  readonly memory: boolean;
  readonly readonly: boolean;
  readonly inTransaction: boolean;
  open: boolean;
  prepare(sql: string): Database.Statement;
  exec(sql: string): this;
  transaction<A extends any[], R>(body: (...args: A) => R): import('./index.js').Transaction<A, R>;
  pragma(source: string, options?: { simple?: boolean }): any;
  defaultSafeIntegers(isOn?: boolean): this;
  function(name: string, body: (...values: any[]) => any): this;
  function(name: string, options: object, body: (...values: any[]) => any): this;
  aggregate(name: string, options: object): this;
  table(name: string, factory: any): this;
  loadExtension(path: string, entryPoint?: string): this;
  serialize(...given: any[]): Buffer;
  unsafeMode(isOn?: boolean): this;
  backup(path: string): Promise<{ totalPages: number; remainingPages: number }>;
  close(): this;
}

declare namespace Database {
  interface Options {
    readonly?: boolean;
    fileMustExist?: boolean;
    timeout?: number;
    verbose?: ((sql: string) => void) | null;
    /** The extension's path: that of the platform's package. */
    module?: string;
  }
  interface Statement {
    readonly database: Database;
    readonly source: string;
    readonly reader: boolean;
    readonly readonly: boolean;
    readonly busy: boolean;
    run(...parameters: any[]): { changes: number; lastInsertRowid: number | bigint };
    get(...parameters: any[]): any;
    all(...parameters: any[]): any[];
    iterate(...parameters: any[]): IterableIterator<any>;
    pluck(isOn?: boolean): this;
    expand(isOn?: boolean): this;
    raw(isOn?: boolean): this;
    bind(...parameters: any[]): this;
    columns(): { name: string; column: string | null; table: string | null; database: string | null; type: string | null }[];
    safeIntegers(isOn?: boolean): this;
  }
  const SqliteError: typeof import('./index.js').SqliteError;
  function wrap(db: object, options?: Options): Database;
}

export = Database;
