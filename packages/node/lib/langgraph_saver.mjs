// A checkpointer for LangGraph. The value of a channel is stored once a version; a list is stored element
// by element in a temporal table, so that a step writes only what it adds, and a checkpoint records the
// commit at which the list must be read.
import { BaseCheckpointSaver, TASKS, WRITES_IDX_MAP, copyCheckpoint, maxChannelVersion } from '@langchain/langgraph-checkpoint';

import shared from './key_value.js';

const TABLES = {
  langgraph_checkpoint:
    'thread TEXT, ns TEXT, id TEXT, parent TEXT, type TEXT, body BLOB, metadata_type TEXT, metadata BLOB, ' +
    'loose TEXT, lists TEXT, PRIMARY KEY (thread, ns, id)',
  langgraph_channel: 'thread TEXT, ns TEXT, channel TEXT, version TEXT, type TEXT, value BLOB, PRIMARY KEY (thread, ns, channel, version)',
  langgraph_element: 'thread TEXT, ns TEXT, channel TEXT, idx INTEGER, type TEXT, value BLOB, PRIMARY KEY (thread, ns, channel, idx)',
  langgraph_write: 'thread TEXT, ns TEXT, id TEXT, task TEXT, idx INTEGER, channel TEXT, type TEXT, value BLOB, PRIMARY KEY (thread, ns, id, task, idx)',
};

const STATEMENTS = {
  one: 'SELECT * FROM langgraph_checkpoint WHERE thread = ? AND ns = ? AND id = ?',
  last: 'SELECT * FROM langgraph_checkpoint WHERE thread = ? AND ns = ? ORDER BY thread DESC, ns DESC, id DESC LIMIT 1',
  channel: 'SELECT type, value FROM langgraph_channel WHERE thread = ? AND ns = ? AND channel = ? AND version = ?',
  elements: 'SELECT idx, type, value FROM langgraph_element WHERE thread = ? AND ns = ? AND channel = ? ORDER BY idx',
  elementsAt: 'SELECT type, value FROM langgraph_element(?) WHERE thread = ? AND ns = ? AND channel = ? ORDER BY idx',
  writes: 'SELECT task, idx, channel, type, value FROM langgraph_write WHERE thread = ? AND ns = ? AND id = ? ORDER BY task, idx',
  commit: 'SELECT spectradb_commit() AS n',
  putCheckpoint: 'INSERT OR REPLACE INTO langgraph_checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  putChannel: 'INSERT OR REPLACE INTO langgraph_channel VALUES (?, ?, ?, ?, ?, ?)',
  putElement: 'INSERT OR REPLACE INTO langgraph_element VALUES (?, ?, ?, ?, ?, ?)',
  cutElements: 'DELETE FROM langgraph_element WHERE thread = ? AND ns = ? AND channel = ? AND idx >= ?',
  putWrite: 'INSERT OR REPLACE INTO langgraph_write VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  addWrite: 'INSERT OR IGNORE INTO langgraph_write VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
};

const MOST_HEADS = 64; // lists whose present elements are kept in memory

const isSame = ([type, value], [otherType, otherValue]) => type === otherType && Buffer.compare(value, otherValue) === 0;
const bytesOf = (value) => (typeof value === 'string' ? Buffer.from(value) : value);

export class SpectraSaver extends BaseCheckpointSaver {
  /** @param source a path, or an open database of spectradb */
  constructor(source = ':memory:', { serde, ...options } = {}) {
    super(serde);
    const { db, isOwn } = shared.databaseOf(source, options);
    this.db = db;
    this.isOwn = isOwn;
    for (const [name, columns] of Object.entries(TABLES)) db.exec(`CREATE TABLE IF NOT EXISTS ${name} (${columns}) WITH SYSTEM VERSIONING`);
    this.statements = Object.fromEntries(Object.entries(STATEMENTS).map(([name, sql]) => [name, db.prepare(sql)]));
    this.heads = new Map(); // the present lists, by thread, namespace and channel
    this.headCommit = -1; // the commit at which these lists were read
  }

  static fromConnString(path, options) {
    return new SpectraSaver(path, options);
  }

  async #load({ type, value }) {
    return this.serde.loadsTyped(type, value);
  }
  async #dump(value) {
    const [type, bytes] = await this.serde.dumpsTyped(value);
    return [type, bytesOf(bytes)];
  }

  // Runs one transaction. The lists that it makes are kept in memory if it commits, and if nobody else has
  // written.
  #write(body) {
    try {
      this.db.transaction(() => {
        const commit = this.statements.commit.get().n;
        if (commit !== this.headCommit) this.heads.clear();
        body(commit + 1);
        this.headCommit = commit + 1;
      }).immediate();
    } catch (error) {
      this.heads.clear();
      this.headCommit = -1;
      throw error;
    }
  }

  async #writesOf(thread, ns, id) {
    return Promise.all(this.statements.writes.all(thread, ns, id).map(async (row) => [row.task, row.channel, await this.#load(row)]));
  }

  async #tupleOf(row) {
    const { thread, ns, id, parent } = row;
    const checkpoint = await this.#load({ type: row.type, value: row.body });
    const lists = JSON.parse(row.lists ?? '{}');
    const loose = JSON.parse(row.loose ?? '[]');
    const values = {};
    for (const [channel, commit] of Object.entries(lists)) {
      const elements = this.statements.elementsAt.all(commit, thread, ns, channel);
      values[channel] = await Promise.all(elements.map((each) => this.#load(each)));
    }
    const versions = Object.entries(checkpoint.channel_versions).filter(([channel]) => !(channel in lists));
    for (const [channel, version] of [...versions, ...loose.map((channel) => [channel, id])]) {
      const found = this.statements.channel.get(thread, ns, channel, String(version));
      if (found) values[channel] = await this.#load(found);
    }
    checkpoint.channel_values = values;
    if (checkpoint.v < 4 && parent) await this.#migrate(checkpoint, await this.#writesOf(thread, ns, parent));
    const configOf = (checkpoint_id) => ({ configurable: { thread_id: thread, checkpoint_ns: ns, checkpoint_id } });
    return {
      config: configOf(id),
      checkpoint,
      metadata: await this.#load({ type: row.metadata_type, value: row.metadata }),
      parentConfig: parent ? configOf(parent) : undefined,
      pendingWrites: await this.#writesOf(thread, ns, id),
    };
  }

  // Checkpoints of earlier versions have the sends of their tasks among the writes of their parent.
  async #migrate(checkpoint, writes) {
    checkpoint.channel_values[TASKS] = writes.filter(([, channel]) => channel === TASKS).map(([, , value]) => value);
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_versions[TASKS] = versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  async getTuple(config) {
    const { thread_id, checkpoint_ns = '', checkpoint_id } = config.configurable ?? {};
    if (thread_id === undefined) return undefined;
    const row = checkpoint_id
      ? this.statements.one.get(thread_id, checkpoint_ns, checkpoint_id)
      : this.statements.last.get(thread_id, checkpoint_ns);
    return row && this.#tupleOf(row);
  }

  async *list(config, { limit, before, filter } = {}) {
    const { thread_id, checkpoint_ns, checkpoint_id } = config.configurable ?? {};
    const conditions = [];
    const values = [];
    const add = (condition, ...more) => {
      conditions.push(condition);
      values.push(...more);
    };
    if (thread_id !== undefined) add('thread = ?', thread_id);
    if (checkpoint_ns !== undefined) add('ns = ?', checkpoint_ns);
    if (checkpoint_id !== undefined) add('id = ?', checkpoint_id);
    if (before?.configurable?.checkpoint_id) add('id < ?', before.configurable.checkpoint_id);
    for (const [name, value] of Object.entries(filter ?? {}))
      if (value !== undefined) add(`CAST(metadata AS TEXT) -> ('$.' || json_quote(?)) = json(?)`, name, JSON.stringify(value));
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = this.db.all(
      `SELECT * FROM langgraph_checkpoint ${where} ORDER BY id DESC LIMIT ?`,
      ...values,
      BigInt(limit === undefined ? -1 : limit),
    );
    for (const row of rows) yield await this.#tupleOf(row);
  }

  async put(config, checkpoint, metadata, newVersions = {}) {
    const { thread_id, checkpoint_ns = '', checkpoint_id } = config.configurable ?? {};
    if (!thread_id) throw new Error('put() needs a thread_id in config.configurable');
    const { channel_values, ...body } = copyCheckpoint(checkpoint);
    const channels = [];
    const lists = [];
    const loose = [];
    for (const [channel, value] of Object.entries(channel_values)) {
      if (newVersions[channel] === undefined) continue;
      const version = body.channel_versions[channel];
      if (version !== undefined && Array.isArray(value)) {
        lists.push([channel, await Promise.all(value.map((each) => this.#dump(each)))]);
        continue;
      }
      if (version === undefined) loose.push(channel);
      channels.push([channel, String(version ?? checkpoint.id), ...(await this.#dump(value))]);
    }
    const dumpedBody = await this.#dump(body);
    const dumpedMetadata = await this.#dump(metadata);

    this.#write((commit) => {
      const parent = checkpoint_id ? this.statements.one.get(thread_id, checkpoint_ns, checkpoint_id) : undefined;
      const readAt = {};
      for (const [channel, at] of Object.entries(JSON.parse(parent?.lists ?? '{}')))
        if (channel in channel_values && newVersions[channel] === undefined) readAt[channel] = at;
      for (const [channel, list] of lists) {
        this.#putList(thread_id, checkpoint_ns, channel, list);
        readAt[channel] = commit;
      }
      for (const each of channels) this.statements.putChannel.run(thread_id, checkpoint_ns, ...each);
      this.statements.putCheckpoint.run(
        thread_id,
        checkpoint_ns,
        checkpoint.id,
        checkpoint_id ?? null,
        ...dumpedBody,
        ...dumpedMetadata,
        loose.length > 0 ? JSON.stringify(loose) : null,
        Object.keys(readAt).length > 0 ? JSON.stringify(readAt) : null,
      );
    });
    return { configurable: { thread_id, checkpoint_ns, checkpoint_id: checkpoint.id } };
  }

  // Makes the present list equal to `list`, by writing the elements that differ.
  #putList(thread, ns, channel, list) {
    const name = JSON.stringify([thread, ns, channel]);
    const head =
      this.heads.get(name) ?? this.statements.elements.all(thread, ns, channel).map(({ type, value }) => [type, value]);
    list.forEach((element, index) => {
      if (index >= head.length || !isSame(head[index], element)) this.statements.putElement.run(thread, ns, channel, index, ...element);
    });
    if (head.length > list.length) this.statements.cutElements.run(thread, ns, channel, list.length);
    this.heads.delete(name);
    this.heads.set(name, list);
    if (this.heads.size > MOST_HEADS) this.heads.delete(this.heads.keys().next().value);
  }

  async putWrites(config, writes, taskId) {
    const { thread_id, checkpoint_ns = '', checkpoint_id } = config.configurable ?? {};
    if (!thread_id) throw new Error('putWrites() needs a thread_id in config.configurable');
    if (!checkpoint_id) throw new Error('putWrites() needs a checkpoint_id in config.configurable');
    const statement = writes.every(([channel]) => channel in WRITES_IDX_MAP) ? this.statements.putWrite : this.statements.addWrite;
    const rows = await Promise.all(
      writes.map(async ([channel, value], index) => [
        thread_id,
        checkpoint_ns,
        checkpoint_id,
        taskId,
        WRITES_IDX_MAP[channel] ?? index,
        channel,
        ...(await this.#dump(value)),
      ]),
    );
    this.#write(() => rows.forEach((row) => statement.run(...row)));
  }

  /** Removes a thread from the present. Its past can still be read AS OF; this does not erase it. */
  async deleteThread(thread) {
    this.#write(() => Object.keys(TABLES).forEach((table) => this.db.run(`DELETE FROM ${table} WHERE thread = ?`, thread)));
    this.heads.clear();
  }

  end() {
    if (this.isOwn) this.db.close();
  }
}
