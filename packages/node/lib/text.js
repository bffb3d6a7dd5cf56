'use strict';
// Takes a text apart as far as a host must know it: where its statements end, which parameters they have,
// and with which words they begin. It follows SQLite's own rules (sqlite3_complete(),
// sqlite3_bind_parameter_index()).

const TOKEN =
  /(\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?)|(;)|([?]\d*|[:@#][\w$\u0080-\uffff]+|\$[\w$\u0080-\uffff]+(?:::[\w$\u0080-\uffff]+)*(?:\([^)\s]*\))?)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|\d[\w.]*|[\s\S]/gy;

const DEFINITIONS = new Set(['CREATE', 'DROP', 'ALTER', 'REINDEX', 'ATTACH', 'DETACH', 'ROLLBACK']);
const QUERIES = new Set(['SELECT', 'VALUES', 'WITH', 'PRAGMA', 'EXPLAIN']);

/** A statement of a text. */
class Part {
  constructor(text, start) {
    this.text = text; // as written, without the semicolon
    this.start = start; // where it begins in the whole text
    this.words = []; // its first words, in capitals
    this.parameters = []; // { number, name } in the order of the text; the name is null for an anonymous one
    this.isReturning = false; // has RETURNING or ON CONFLICT, which SQLite refuses once the table is temporal
    this.isOfNow = false; // has CURRENT_TIMESTAMP or the like, which may mean something else once a table is temporal
  }

  get isEmpty() {
    return this.words.length === 0;
  }
  get isDefinition() {
    return DEFINITIONS.has(this.words[0]);
  }
  /** Says whether running it twice does no more than running it once, as far as its first words tell. */
  get isSelect() {
    return this.words[0] === 'SELECT' || this.words[0] === 'VALUES';
  }
  get mayRead() {
    return QUERIES.has(this.words[0]);
  }
  /** The numbers of the anonymous parameters. */
  get anonymous() {
    return this.parameters.filter((each) => each.name === null).map((each) => each.number);
  }
  /** Says whether the text has parameters with numbers, such as ?1. */
  get isNumbered() {
    return this.parameters.some((each) => each.name !== null && each.name[0] === '?');
  }
}

function addParameter(part, token) {
  const known = part.parameters.find((each) => each.name === token);
  if (token !== '?' && known) return;
  const most = part.parameters.reduce((number, each) => Math.max(number, each.number), 0);
  const number = token[0] === '?' && token.length > 1 ? Number(token.slice(1)) : most + 1;
  part.parameters.push({ number, name: token === '?' ? null : token });
}

/** Splits a text into its statements; leaves out those without a word. */
function parts(text) {
  const found = [];
  let part = new Part('', 0);
  let isTrigger = false; // between CREATE TRIGGER and its END
  let last = ''; // the last two words or semicolons, which end a trigger: ";" and "END"
  let beforeLast = '';
  const end = (position) => {
    part.text = text.slice(part.start, position);
    if (!part.isEmpty) found.push(part);
  };
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const position = TOKEN.lastIndex;
    const [token, blank, quoted, semicolon, parameter, word] = TOKEN.exec(text);
    if (blank !== undefined) continue;
    if (semicolon !== undefined) {
      if (!isTrigger || (last === 'END' && beforeLast === ';')) {
        end(position);
        part = new Part('', TOKEN.lastIndex);
        isTrigger = false;
        last = beforeLast = '';
        continue;
      }
    } else if (parameter !== undefined) {
      addParameter(part, parameter);
    }
    const upper = word === undefined ? (quoted === undefined ? token : '""') : word.toUpperCase();
    if (upper === 'RETURNING' || upper === 'CONFLICT') part.isReturning = true;
    else if (upper.startsWith('CURRENT_')) part.isOfNow = true;
    if (part.words.length < 5) {
      part.words.push(upper);
      const [first, second, third] = part.words[0] === 'EXPLAIN' ? part.words.slice(1) : part.words;
      isTrigger =
        first === 'CREATE' && (second === 'TRIGGER' || ((second === 'TEMP' || second === 'TEMPORARY') && third === 'TRIGGER'));
    }
    beforeLast = last;
    last = upper;
  }
  end(text.length);
  return found;
}

/** Returns where a word is in a text: the positions of its tokens, outside of strings and comments. */
function positions(text, sought) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const position = TOKEN.lastIndex;
    const token = TOKEN.exec(text)[0];
    const plain = /^["`[]/.test(token) ? token.slice(1, -1) : token;
    if (token === sought || plain.toLowerCase() === sought.toLowerCase()) found.push(position);
  }
  return found;
}

module.exports = { parts, positions };
