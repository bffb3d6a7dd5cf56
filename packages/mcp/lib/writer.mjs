// Writes, if the server was started with --write: one statement at a time, in a transaction of the
// server's, on a connection that the extension has locked for writing rows.
import { open } from 'spectradb';

const WRITES = /^\s*(?:(?:--[^\n]*\n|\/\*[\s\S]*?\*\/)\s*)*(?:INSERT|UPDATE|DELETE|REPLACE|WITH)\b/i;

export class Writer {
  #db;
  #limits;

  constructor(path, limits) {
    this.#limits = limits;
    this.#db = open(path);
    try {
      this.#db.get('SELECT spectradb_lock(?, ?)', 'write', BigInt(limits.ms));
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Runs a statement, and reports what it changes; the changes are kept only with dry_run: false. */
  execute({ sql, params = [], reason, dry_run = true }, client) {
    // A model's text cannot begin or end a transaction, because prepare() takes one statement.
    if (!WRITES.test(sql)) throw new Error('execute takes one INSERT, UPDATE, DELETE or REPLACE');
    const statement = this.#db.prepare(sql);
    return this.#transact({ reason, dry_run, client }, () => {
      const rows = statement.all(...(Array.isArray(params) ? params : [params])).slice(0, this.#limits.rows);
      const touched = this.#db.get('SELECT changes() AS n').n;
      return { touched, ...(rows.length > 0 && { returned: rows.map((row) => ({ ...row })) }) };
    });
  }

  /** Puts back what a commit changed, in a commit of its own. */
  undo({ commit, reason, force = false, dry_run = true }, client) {
    const text = 'SELECT spectradb_revert(?, NULL, ?) AS n';
    return this.#transact({ reason, dry_run, client }, () => ({ touched: this.#db.get(text, BigInt(commit), force ? 1n : 0n).n }));
  }

  // Runs `act`, reports what that changed, and commits or rolls back.
  #transact({ reason, dry_run, client }, act) {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const before = this.#db.commit;
      const { touched, ...returned } = act();
      const changes = this.#db
        .all("SELECT table_name, operation, key, row, _valid_from, _valid_to FROM spectradb_changes(NULL, ?) WHERE operation <> 'erase' LIMIT ?", before, BigInt(this.#limits.rows + 1))
        .map((row) => ({ ...row }));
      const answer = {
        touched,
        changes: changes.slice(0, this.#limits.rows),
        ...(changes.length > this.#limits.rows && { truncated: true }),
        ...returned,
      };
      if (dry_run) {
        this.#db.exec('ROLLBACK');
        return { ...answer, written: false, go_on: 'nothing was written: call again with dry_run false to write it' };
      }
      if (changes.length > 0) this.#db.annotate({ ...(client && { client }), reason });
      this.#db.exec('COMMIT');
      return { ...answer, written: true, ...(changes.length > 0 && { commit_no: this.#db.commit }) };
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close() {
    this.#db.close();
  }
}
