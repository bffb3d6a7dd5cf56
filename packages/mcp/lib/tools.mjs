// Tells models about the tools: names, descriptions, arguments. All of it is less than 6 KB.

const TIME = { type: ['integer', 'string'], description: 'commit number, or a time such as 2026-01-31 18:00, yesterday' };
const VALID_TIME = { type: 'string', description: 'a time at which it is true, such as 2026-01-31' };
const TABLE = { type: 'string', description: 'name of a table' };

const object = (properties, required = []) => ({ type: 'object', properties, required, additionalProperties: false });

const PARAMETERS = { anyOf: [{ type: 'array' }, { type: 'object' }], description: 'values of ?, or an object of names and values' };

export const TOOLS = {
  schema: {
    description: 'Lists tables with their columns and keys, and which are temporal; with a name, one of them.',
    inputSchema: object({ table: TABLE }),
  },
  query: {
    description:
      'Runs one SELECT. Values belong into params (? or :name), not into the text. as_of and valid_at read all temporal tables of it at a time. ' +
      'A long answer is cut, and says how to go on.',
    inputSchema: object(
      {
        sql: { type: 'string' },
        params: PARAMETERS,
        as_of: TIME,
        valid_at: VALID_TIME,
        offset: { type: 'integer', minimum: 0, description: 'rows to leave out' },
      },
      ['sql'],
    ),
  },
  changes: {
    description: 'Tells what was inserted, updated and deleted after a commit, by whom and why (notes).',
    inputSchema: object({ table: TABLE, since: { ...TIME, description: 'after this commit or time' }, until: { type: 'integer', description: 'up to this commit' } }),
  },
  explain: {
    description: 'Tells how a row came to be what it is: every fact about a key, oldest first, with its commit, valid period and notes.',
    inputSchema: object({ table: TABLE, key: { type: ['integer', 'string', 'array'], description: 'of the row; an array for a key of several columns' } }, ['table', 'key']),
  },
};

const REASON = { type: 'string', minLength: 1, description: 'why, in a few words' };
const DRY_RUN = { type: 'boolean', description: 'true: show only' };

const NAMESPACE = { type: 'string', description: 'path such as user/ann/' };

/** With --memory these tools read. */
export const RECALLING = {
  recall: {
    description:
      'Finds what was remembered, the best first: facts that have words of text, more of it the more important and the newer they are; without text, those. ' +
      'as_of: as it was known then; valid_at: as it was true then.',
    inputSchema: object({
      text: { type: 'string' },
      ns: { ...NAMESPACE, description: 'what namespaces begin with' },
      k: { type: 'integer', minimum: 1, description: 'how many: 10' },
      half_life: { type: 'number', exclusiveMinimum: 0, description: 'days of age after which a fact counts half' },
      budget: { type: 'integer', minimum: 0, description: 'tokens in all' },
      as_of: TIME,
      valid_at: VALID_TIME,
    }),
  },
};

/** With --memory these tools write. */
export const REMEMBERING = {
  remember: {
    description:
      'Remembers a fact under a key. It replaces what was known under that key from valid_from on (now), and answers with that; what was stays readable at its time. ' +
      'value null: nothing is known from then on.',
    inputSchema: object(
      {
        key: { type: 'string', minLength: 1, description: 'what it is about, such as city' },
        value: { type: ['string', 'null'], description: 'a sentence' },
        ns: NAMESPACE,
        kind: { type: 'string' },
        importance: { type: 'number', minimum: 0, description: '1 is usual' },
        source: { type: 'string', description: 'where it is from' },
        valid_from: { ...VALID_TIME, description: 'since when it is true' },
        valid_to: { ...VALID_TIME, description: 'when it ends' },
      },
      ['key', 'value'],
    ),
  },
};

/** With --write these tools write. */
export const WRITING = {
  execute: {
    description:
      'Runs one INSERT, UPDATE, DELETE or REPLACE of rows. Without dry_run: false it only shows what it would change. The reason is kept with the commit. ' +
      'Nothing is overwritten in temporal tables: what was stays readable at its time.',
    inputSchema: object(
      {
        sql: { type: 'string' },
        params: PARAMETERS,
        reason: REASON,
        dry_run: DRY_RUN,
      },
      ['sql', 'reason'],
    ),
  },
  undo: {
    description:
      'Puts back what a commit changed in temporal tables, in a new commit. Without dry_run: false it only shows that. ' +
      'Fails, and lists the rows, where they were changed since, unless force is true.',
    inputSchema: object(
      {
        commit: { type: 'integer', minimum: 0, description: 'number of the commit' },
        reason: REASON,
        force: { type: 'boolean', description: 'true: also what was changed since' },
        dry_run: DRY_RUN,
      },
      ['commit', 'reason'],
    ),
  },
};
