/** What a statement takes for a parameter. A Date is a time in UTC, undefined is NULL. */
export type Value = null | undefined | number | bigint | string | Date | NodeJS.ArrayBufferView;
/** Values for `?`, and at most one object with those of named parameters. */
export type Parameters = (Value | Record<string, Value> | Value[])[];
/** A time of either axis: a number is a commit, or what the table's valid times are; a text is a time as temporal SQL reads it. */
export type Time = number | bigint | string | Date;
export type Row = Record<string, any>;

export interface RunResult {
  changes: number | bigint;
  lastInsertRowid: number | bigint;
}

export interface Queries<R extends Row = Row> {
  all(): R[];
  get(): R | undefined;
  iterate(): IterableIterator<R>;
  [Symbol.iterator](): IterableIterator<R>;
}
export interface BoundStatement<R extends Row = Row> extends Queries<R> {
  run(): RunResult;
}

/** A statement that can be run again and again; it is rewritten anew where the schema has changed. */
export interface Statement<R extends Row = Row> {
  readonly source: string;
  all(...parameters: Parameters): R[];
  get(...parameters: Parameters): R | undefined;
  run(...parameters: Parameters): RunResult;
  iterate(...parameters: Parameters): IterableIterator<R>;
  columns(): { name: string; column: string | null; table: string | null; database: string | null; type: string | null }[];
  /** Says whether all integers are read as BigInts; otherwise only those are that a number cannot hold. */
  setReadBigInts(isOn: boolean): this;
}

/** Reads at a time. The connection itself keeps no time, so any number of views may be used in turn. */
export interface View {
  asOf(time: Time): View;
  validAt(time: Time): View;
  prepare<R extends Row = Row>(sql: string): Pick<Statement<R>, 'all' | 'get' | 'iterate'>;
  all<R extends Row = Row>(sql: string, ...parameters: Parameters): R[];
  get<R extends Row = Row>(sql: string, ...parameters: Parameters): R | undefined;
  iterate<R extends Row = Row>(sql: string, ...parameters: Parameters): IterableIterator<R>;
  sql<R extends Row = Row>(strings: TemplateStringsArray, ...values: Value[]): Queries<R>;
}

export interface Fact<R extends Row = Row> {
  commit_no: number;
  committed_at: string;
  operation: 'insert' | 'update' | 'delete';
  key: any;
  row: R | null;
  notes: Record<string, any> | null;
  _valid_from: string | number | null;
  _valid_to: string | number | null;
  _system_from: number;
  _system_to: number | null;
}

export interface Difference<R extends Row = Row> {
  operation: 'insert' | 'update' | 'delete';
  key: any;
  before: R | null;
  after: R | null;
  _valid_from: string | number | null;
  _valid_to: string | number | null;
}

export interface Change<R extends Row = Row> {
  table_name: string;
  /** 'erase': a row was erased, of which `key` is the surrogate; spectradb_erased has what it took away. */
  operation: 'insert' | 'update' | 'delete' | 'erase';
  key: any;
  row: R | null;
  _valid_from: string | number | null;
  _valid_to: string | number | null;
}

export interface Commit<R extends Row = Row> {
  commit_no: number;
  committed_at: string;
  notes: Record<string, any> | null;
  changes: Change<R>[];
  /** Says that the consumer has finished this commit, in the open transaction. The loop says so itself when it goes on. */
  acknowledge(): void;
}

export interface ChangesOptions {
  /** Only the changes of this table. */
  table?: string;
  /** Begin behind this commit, or time. */
  since?: Time;
  /** The name under which the database remembers how far this reader is. */
  consumer?: string;
  /** The ordinary table in which it does: spectradb_cursors. */
  cursorTable?: string;
  /** Whether to wait for further commits: true. */
  follow?: boolean;
  /** How often to look for them, in milliseconds: 100. */
  interval?: number;
  signal?: AbortSignal;
}

export interface Transaction<A extends any[], R> {
  (...args: A): R;
  default: Transaction<A, R>;
  deferred: Transaction<A, R>;
  immediate: Transaction<A, R>;
  exclusive: Transaction<A, R>;
}

export interface OpenOptions {
  readOnly?: boolean;
  /** How long to wait for other writers, in milliseconds: 5000. */
  timeout?: number;
  /** The extension's path: that of the platform's package. */
  module?: string;
  enableForeignKeyConstraints?: boolean;
  enableDoubleQuotedStringLiterals?: boolean;
}

/** A database of node:sqlite that understands temporal SQL. */
export class Database {
  constructor(path: string, options?: OpenOptions);
  /** The connection of node:sqlite. Statements that it gets directly are not rewritten. */
  readonly native: any;
  readonly inTransaction: boolean;
  /** The number of the last commit. */
  readonly commit: number;
  prepare<R extends Row = Row>(sql: string): Statement<R>;
  exec(sql: string): this;
  all<R extends Row = Row>(sql: string, ...parameters: Parameters): R[];
  get<R extends Row = Row>(sql: string, ...parameters: Parameters): R | undefined;
  run(sql: string, ...parameters: Parameters): RunResult;
  iterate<R extends Row = Row>(sql: string, ...parameters: Parameters): IterableIterator<R>;
  sql<R extends Row = Row>(strings: TemplateStringsArray, ...values: Value[]): BoundStatement<R>;
  transaction<A extends any[], R>(body: (...args: A) => R): Transaction<A, R>;
  asOf(time: Time): View;
  validAt(time: Time): View;
  /** Every fact of a table, or of one key; the key of several columns is an array. */
  history<R extends Row = Row>(table: string, key?: Value | Value[]): Fact<R>[];
  /** What differs between two system times, at a valid time; 'all' means all valid time. */
  diff<R extends Row = Row>(table: string, from: Time, to?: Time | null, valid?: Time | null): Difference<R>[];
  changes<R extends Row = Row>(options?: ChangesOptions): AsyncGenerator<Commit<R>, void, void>;
  /** Annotates the open transaction, for example with who changed something and why. */
  annotate(notes: Record<string, Value>): void;
  /** Annotates the transaction in which the function runs. */
  annotate<R>(notes: Record<string, Value>, body: () => R): R;
  close(): void;
  [Symbol.dispose](): void;
}

/** An error of SQLite's or of the extension's, with its place in the text where that is known. */
export class SqliteError extends Error {
  /** As SQLite names it: SQLITE_CONSTRAINT_UNIQUE. */
  code: string;
  errcode?: number;
  sql?: string;
  /** Characters from the beginning of the text. */
  offset?: number;
  /** Counted from 1. */
  line?: number;
  column?: number;
}

export function open(path: string, options?: OpenOptions): Database;
/** The path of the extension for this machine. */
export function getLoadablePath(): string;
/** Loads the extension into a connection of node:sqlite, better-sqlite3, bun:sqlite or libsql. */
export function load<T extends { loadExtension(path: string): unknown }>(db: T, path?: string): T;
/** better-sqlite3's interface over a connection of better-sqlite3 or node:sqlite. */
export function wrap(db: object, options?: import('./better.js').Options): import('./better.js');
