export type Value = null | number | bigint | string | Uint8Array;
export type Parameter = Value | boolean | undefined;

export interface Result {
  columns: string[];
  rows: Value[][];
}

/** An error of SQLite or SpectraDB; `code` is SQLite's result code. */
export class SpectraError extends Error {
  readonly code: number;
}

export class Database {
  private constructor();
  /**
   * Runs all statements of the text, and gives one result for each that has columns. Each statement takes as many of the
   * parameters as it has.
   */
  exec(sql: string, ...parameters: Parameter[]): Result[];
  /** The bytes of the database file, facts included. */
  export(): Uint8Array;
  close(): void;
}

/** Opens a new database in memory, or a copy of the one whose file has these bytes. */
export function open(bytes?: Uint8Array | null): Promise<Database>;
