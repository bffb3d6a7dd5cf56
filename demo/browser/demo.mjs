// A page over the WebAssembly build: SQL on the left; on the right a table as of any commit, the lives of its rows, and what
// was written. Everything that is shown is asked in SQL.
import { open } from './spectradb.mjs';

const START = `-- A table that forgets nothing.
CREATE TABLE menu (
  item  TEXT PRIMARY KEY,
  price REAL,
  note  TEXT
) WITH SYSTEM VERSIONING;

INSERT INTO menu VALUES
  ('Espresso', 2.2, 'single'),
  ('Flat white', 3.4, 'double shot'),
  ('Tea', 2.5, 'Assam');
UPDATE menu SET price = 2.4 WHERE item = 'Espresso';
INSERT INTO menu VALUES ('Croissant', 2.8, 'butter');
UPDATE menu SET price = price + 0.2;
UPDATE menu SET note = 'Darjeeling' WHERE item = 'Tea';
DELETE FROM menu WHERE item = 'Croissant';
INSERT INTO menu VALUES ('Banana bread', 3.1, 'toasted');
UPDATE menu SET price = 3.9 WHERE item = 'Flat white';

SELECT * FROM menu;`;

const EXAMPLES = [
  ['Look back', 'SELECT item, price FROM menu FOR SYSTEM_TIME AS OF 2;'],
  ['Every version', "SELECT item, price, note, _system_from, _system_to\nFROM menu FOR SYSTEM_TIME ALL\nORDER BY item, _system_from;"],
  ['Change a price', "UPDATE menu SET price = price + 0.1 WHERE item = 'Tea';"],
  ['What changed', "SELECT * FROM spectradb_diff('menu', 2, 5);"],
  ['Then and now', "SELECT now.item, past.price AS was, now.price AS is_now\nFROM menu AS now\nJOIN menu FOR SYSTEM_TIME AS OF 1 AS past USING (item);"],
  ['Take it back', "-- All that commit 6 deleted comes back, as a new commit.\nINSERT INTO menu\nSELECT * FROM menu FOR SYSTEM_TIME AS OF 5\nWHERE item NOT IN (SELECT item FROM menu);"],
  ['Two axes of time', "-- A price that is known today, and true from next year on.\nUPDATE menu FOR PORTION OF VALID_TIME FROM '2030-01-01' TO NULL\nSET price = 9.9 WHERE item = 'Espresso';\nSELECT item, price, _valid_from, _valid_to\nFROM menu FOR VALID_TIME ALL WHERE item = 'Espresso';"],
  ['Is all of it sound?', 'SELECT spectradb_check();'],
];

const MOST_ROWS = 200;
const PALETTE = ['#5b3df5', '#2b7de0', '#0f9d79', '#c08a00', '#e05a33', '#c92a7f'];
const at = (id) => document.getElementById(id);
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

let db = null;
let table = null;  // its name; null where there is none
let last = 0;      // the last commit
let shown = 0;     // the commit that is shown

function make(tag, className = '', text = null) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== null) made.textContent = text;
  return made;
}

function draw(tag, attributes, text = null) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  return made;
}

const rows = (sql, ...parameters) => db.exec(sql, ...parameters).at(-1)?.rows ?? [];
const first = (sql, ...parameters) => rows(sql, ...parameters)[0]?.[0];

function shownText(value) {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return String(value);
}

// ---- SQL ----------------------------------------------------------------------------------------------------------------

const TOKENS = /(--[^\n]*|\/\*[^]*?(?:\*\/|$))|('(?:[^']|'')*'?)|\b(WITH\s+SYSTEM\s+VERSIONING|FOR\s+(?:PORTION\s+OF\s+)?(?:SYSTEM_TIME|VALID_TIME)(?:\s+AS\s+OF|\s+ALL)?|AS\s+OF|VALID\s+(?:AT|FROM)|_(?:system|valid)_(?:from|to)|_committed_at|spectradb_\w+)\b|\b(SELECT|FROM|WHERE|INSERT|INTO|VALUES|UPDATE|SET|DELETE|CREATE|DROP|ALTER|TABLE|TEXT|REAL|INTEGER|BLOB|PRIMARY|KEY|NOT|NULL|AND|OR|IN|JOIN|LEFT|ON|USING|GROUP|ORDER|BY|LIMIT|AS|BEGIN|COMMIT|ROLLBACK|TO|UNION|ALL|DESC|WITH)\b|\b(\d+(?:\.\d+)?)\b/gi;
const CLASSES = ['comment', 'text', 'time', 'word', 'number'];

function colour() {
  const text = at('sql').value;
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    pieces.push(text.slice(end, match.index), make('span', CLASSES[match.slice(1).findIndex((group) => group !== undefined)], match[0]));
    end = match.index + match[0].length;
  }
  at('colours').replaceChildren(...pieces, text.slice(end), '\n');
}

function write(sql) {
  at('sql').value = sql;
  colour();
}

function grid(columns, values, className = () => '') {
  const made = make('table');
  const numeric = columns.map((_, i) => values.length > 0 && values.every((row) => row[i] === null || typeof row[i] === 'number'));
  const head = make('tr');
  columns.forEach((name, i) => head.append(make('th', numeric[i] ? 'right' : '', name)));
  made.append(make('thead'), make('tbody'));
  made.tHead.append(head);
  for (const row of values) {
    const line = make('tr', className(row));
    row.forEach((value, i) => line.append(make('td', [numeric[i] ? 'right' : '', value === null ? 'null' : ''].join(' ').trim(), shownText(value))));
    made.tBodies[0].append(line);
  }
  return made;
}

function run() {
  const field = at('sql');
  const chosen = field.value.slice(field.selectionStart, field.selectionEnd);
  const results = at('results');
  results.replaceChildren();
  const begin = performance.now();
  try {
    const found = db.exec(chosen.trim() === '' ? field.value : chosen);
    const took = performance.now() - begin;
    for (const { columns, rows: values } of found) {
      const scroll = make('div', 'scroll');
      scroll.append(grid(columns, values.slice(0, MOST_ROWS)));
      results.append(scroll);
    }
    const count = found.reduce((sum, one) => sum + one.rows.length, 0);
    results.append(make('div', 'note', `${found.length === 0 ? 'Done' : count === 1 ? '1 row' : `${count} rows`} in ${took.toFixed(1)} ms`));
  } catch (error) {
    results.append(make('div', 'error', error.message));
  }
  refresh();
}

// ---- The table ----------------------------------------------------------------------------------------------------------

// All rows of the table as of a commit, by key.
function snapshot(commit) {
  const [{ columns, rows: values }] = db.exec(`SELECT * FROM ${quoted(table)} FOR SYSTEM_TIME AS OF ${commit} LIMIT ${MOST_ROWS}`);
  const keys = rows('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', table).map(([name]) => columns.indexOf(name));
  const key = (row) => JSON.stringify((keys.length > 0 ? keys.map((i) => row[i]) : row).map(shownText));
  return { columns, byKey: new Map(values.map((row) => [key(row), row])) };
}

function showTable() {
  const now = snapshot(shown);
  const before = shown > 0 ? snapshot(shown - 1) : { byKey: new Map() };
  const keys = [...new Set([...before.byKey.keys(), ...now.byKey.keys()])].sort();
  const values = keys.map((key) => now.byKey.get(key) ?? before.byKey.get(key));
  const made = grid(now.columns, values);
  const counts = { added: 0, changed: 0, removed: 0 };
  keys.forEach((key, i) => {
    const line = made.tBodies[0].rows[i];
    const is = now.byKey.get(key);
    const was = before.byKey.get(key);
    const changes = is && was ? is.flatMap((value, column) => (shownText(value) === shownText(was[column]) ? [] : [column])) : [];
    const kind = !is ? 'removed' : !was ? 'added' : changes.length > 0 ? 'changed' : '';
    line.className = kind;
    if (kind !== '') ++counts[kind];
    for (const column of changes) {
      line.cells[column].classList.add('changed');
      line.cells[column].prepend(make('s', '', shownText(was[column])));
    }
  });
  at('table').replaceChildren(keys.length === 0 ? make('div', 'note', 'No rows at this commit.') : made);
  at('what').textContent = Object.entries(counts).filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`).join(', ');
  at('query').textContent = `SELECT * FROM ${/^[a-z_]\w*$/i.test(table) ? table : quoted(table)} FOR SYSTEM_TIME AS OF ${shown};`;
}

// A lane a row, a bar a version, from the commit that made it to the one that ended it.
function showLives() {
  const [{ columns, rows: versions }] = db.exec(`SELECT *, _system_from, _system_to FROM ${quoted(table)} FOR SYSTEM_TIME ALL LIMIT ${5 * MOST_ROWS}`);
  const key = Math.max(0, columns.indexOf(first('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', table) ?? columns[0]));
  const lanes = new Map();
  for (const version of versions) {
    const name = shownText(version[key]);
    if (!lanes.has(name)) lanes.set(name, []);
    lanes.get(name).push({ values: version.slice(0, -2), from: version.at(-2), to: version.at(-1) ?? last + 1 });
  }
  const [left, width, lane, top] = [130, 760, 30, 26];
  const step = (width - left - 12) / Math.max(1, last);
  const x = (commit) => left + (commit - 1) * step;
  const height = top + lanes.size * lane + 8;
  const picture = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'The lives of the rows' });
  const every = Math.ceil(last / 24);
  for (let commit = 1; commit <= last; ++commit) {
    if ((commit - 1) % every !== 0) continue;
    picture.append(draw('line', { class: 'grid', x1: x(commit), x2: x(commit), y1: top - 4, y2: height }));
    picture.append(draw('text', { class: 'axis', x: x(commit) + 3, y: 15 }, commit));
  }
  if (shown > 0) picture.append(draw('line', { class: 'now', x1: x(shown) + step / 2, x2: x(shown) + step / 2, y1: top - 6, y2: height }));
  [...lanes].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MOST_ROWS).forEach(([name, life], i) => {
    const y = top + i * lane;
    picture.append(draw('text', { x: 16, y: y + 17 }, name.length > 15 ? `${name.slice(0, 14)}…` : name));
    life.sort((a, b) => a.from - b.from).forEach(({ values, from, to }, n) => {
      const bar = draw('rect', { x: x(from) + 1, y: y + 3, width: Math.max(2, (to - from) * step - 2), height: lane - 9, rx: 5, fill: PALETTE[n % PALETTE.length],
        opacity: from <= shown && shown < to ? 1 : 0.45 });
      bar.append(draw('title', {}, columns.slice(0, -2).map((column, c) => `${column}: ${shownText(values[c])}`).join('\n')));
      bar.addEventListener('click', () => show(from));
      const others = values.filter((_, c) => c !== key);
      const fits = Math.floor(((to - from) * step - 14) / 6.6);
      const label = others.map(shownText).join(' · ');
      picture.append(bar);
      if (fits > 2) picture.append(draw('text', { class: 'inside', x: x(from) + 8, y: y + 17 }, label.length > fits ? `${label.slice(0, fits - 1)}…` : label));
    });
  });
  at('lives').replaceChildren(lanes.size === 0 ? make('div', 'note', 'No row was ever in it.') : picture);
}

function showHistory() {
  const facts = rows('SELECT commit_no, operation, key, row FROM spectradb_changes(?) ORDER BY commit_no', table);
  const known = new Map();
  const lines = facts.map(([commit, operation, key, row]) => {
    const values = JSON.parse(row ?? '{}');
    const before = known.get(key) ?? {};
    const text = Object.entries(values)
      .filter(([name, value]) => operation !== 'update' || before[name] !== value)
      .map(([name, value]) => (operation === 'update' && name in before ? `${name}: ${before[name]} → ${value}` : `${name}: ${value}`));
    if (operation === 'delete') known.delete(key);
    else known.set(key, values);
    const line = make('tr', commit === shown ? 'now' : commit > shown ? 'later' : '');
    const badge = make('td');
    badge.append(make('span', `badge ${operation}`, operation));
    line.append(make('td', 'right', commit), badge, make('td', '', key), make('td', '', operation === 'delete' ? '' : text.join(', ')));
    line.addEventListener('click', () => show(commit));
    return line;
  });
  const made = make('table');
  made.append(make('tbody'));
  made.tBodies[0].append(...lines.reverse().slice(0, MOST_ROWS));
  at('history').replaceChildren(lines.length === 0 ? make('div', 'note', 'Nothing yet.') : made);
}

// ---- Time ---------------------------------------------------------------------------------------------------------------

function show(commit) {
  shown = Math.min(Math.max(0, commit), last);
  at('slider').value = shown;
  at('commit').textContent = shown === last ? `Commit ${shown}, now` : `Commit ${shown} of ${last}`;
  at('committed').textContent = shown === 0 ? 'before everything' : first('SELECT committed_at FROM spectradb_commits WHERE commit_no = ?', shown) ?? '';
  if (table === null) {
    at('table').replaceChildren(make('div', 'note', 'No temporal table yet: CREATE TABLE … WITH SYSTEM VERSIONING makes one.'));
    for (const id of ['lives', 'history', 'query', 'what']) at(id).replaceChildren();
    return;
  }
  showTable();
  showLives();
  showHistory();
}

// After whatever was run: other tables, other commits. Who looked at the last one sees the new last one.
function refresh() {
  const names = rows('SELECT name FROM spectradb_tables ORDER BY name').map(([name]) => name);
  if (!names.includes(table)) table = names[0] ?? null;
  const tabs = names.map((name) => {
    const tab = make('button', '', name);
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-selected', name === table);
    tab.addEventListener('click', () => { table = name; refresh(); });
    return tab;
  });
  at('tables').replaceChildren(...tabs);
  const followed = shown === last;
  last = names.length === 0 ? 0 : first('SELECT spectradb_commit()') ?? 0;
  at('slider').max = last;
  show(followed ? last : shown);
}

let playing = null;
function play() {
  clearInterval(playing);
  if (shown === last) show(0);
  playing = setInterval(() => (shown < last ? show(shown + 1) : clearInterval(playing)), 700);
}

// ---- The page -----------------------------------------------------------------------------------------------------------

async function use(bytes) {
  const opened = await open(bytes);
  db?.close();
  db = opened;
  table = null;
  shown = last = 0;
}

for (const [name, sql] of EXAMPLES) {
  const button = make('button', '', name);
  button.addEventListener('click', () => { write(sql); run(); });
  at('examples').append(button);
}
at('sql').addEventListener('input', colour);
at('sql').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  run();
});
at('run').addEventListener('click', run);
at('slider').addEventListener('input', (event) => { clearInterval(playing); show(Number(event.target.value)); });
at('play').addEventListener('click', play);
at('ask').addEventListener('click', () => { if (table !== null) { write(at('query').textContent); run(); } });
at('load').addEventListener('click', () => at('file').click());
at('file').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  try {
    await use(new Uint8Array(await file.arrayBuffer()));
    refresh();
    at('results').replaceChildren(make('div', 'note', `${file.name} is open, as a copy in this page.`));
  } catch (error) {
    at('results').replaceChildren(make('div', 'error', error.message));
  }
});
at('save').addEventListener('click', () => {
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([db.export()], { type: 'application/vnd.sqlite3' }));
  link.download = 'spectra.db';
  link.click();
  URL.revokeObjectURL(link.href);
});

write(START);
try {
  await use(null);
  run();
} catch (error) {
  at('results').replaceChildren(make('div', 'error', `This browser cannot run it: ${error.message}`));
}
document.documentElement.dataset.ready = 'yes';
