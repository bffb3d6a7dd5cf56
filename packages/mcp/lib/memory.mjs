// Keeps what a model was told and should know again, if the server was started with --memory: facts in a
// table of spectradb_memory(), on a connection that the extension has locked for writing rows.
import { open } from 'spectradb';

/** The table that has the facts. */
export const MEMORY = 'mem';
const COLUMNS = ['ns', 'key', 'value', 'kind', 'importance', 'source'];

export class Memory {
  #db;
  #limits;

  /** Makes the table, and the database, if they do not exist. */
  constructor(path, limits) {
    this.#limits = limits;
    this.#db = open(path);
    try {
      this.#make(path);
      this.#db.get('SELECT spectradb_lock(?, ?)', 'write', BigInt(limits.ms));
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  #make(path) {
    if (this.#db.get("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'") === undefined)
      throw new Error(`a memory needs SQLite's full-text search, which Node ${process.versions.node} does not have: Node 24 has it`);
    const names = this.#db.all('SELECT name FROM pragma_table_info(?)', MEMORY).map(({ name }) => name);
    const { key } = this.#db.get('SELECT key FROM spectradb_tables WHERE name = ?', MEMORY) ?? {};
    if (names.length > 0 && (key !== 'ns, key' || !COLUMNS.every((name) => names.includes(name))))
      throw new Error(`${path} has a table ${MEMORY} that is no memory: rename it, or give the memory a database of its own`);
    this.#db.get('SELECT spectradb_memory(?)', MEMORY);
  }

  /** Stores a fact. It replaces what was known under its key, for as long as the fact is true; without a value nothing is known for that time. */
  remember({ key, value, ns = '', kind = null, importance = 1, source = null, valid_from = 'now', valid_to = null }, client) {
    const most = this.#limits.value;
    for (const [name, given] of Object.entries({ ns, key, value, kind, source }))
      if (given !== null && given.length > most) throw new Error(`${name} has ${given.length} characters, and no more than ${most} are remembered: tell several facts`);
    const period = { from: valid_from, to: valid_to };
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const replaced = this.#db
        .all(`SELECT value, _valid_from, _valid_to FROM ${MEMORY} FOR VALID_TIME FROM :from TO :to WHERE ns = :ns AND key = :key ORDER BY _valid_from`, { ns, key, ...period })
        .slice(0, this.#limits.rows)
        .map((row) => ({ ...row }));
      if (value === null) this.#db.run(`DELETE FROM ${MEMORY} FOR PORTION OF VALID_TIME FROM :from TO :to WHERE ns = :ns AND key = :key`, { ns, key, ...period });
      else
        this.#db.run(
          `INSERT INTO ${MEMORY} (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((name) => `:${name}`).join(', ')}) VALID FROM :from TO :to`,
          { ns, key, value, kind, importance, source, ...period },
        );
      const isWritten = value !== null || replaced.length > 0;
      if (isWritten && client) this.#db.annotate({ client });
      this.#db.exec('COMMIT');
      return { ns, key, ...(replaced.length > 0 && { replaced }), ...(isWritten && { commit_no: this.#db.commit }) };
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close() {
    this.#db.close();
  }
}
