// What the Query page does in the browser: words of both languages coloured and completed in the editor, exact
// comparison of numbers, and results on their way to the clipboard. Built on the CodeMirror that NiceGUI brings.

import * as CM from "nicegui-codemirror";

// ---- the two languages, statement by statement ---------------------------------------------------------------------

let words = { words: [], types: [], functions: [], calls: {} };
let sets = {};

function learn(vocabulary) {
  words = vocabulary;
  const lower = (list) => new Set(list.map((word) => word.toLowerCase()));
  sets = {
    words: lower(vocabulary.words),
    types: lower(vocabulary.types),
    functions: lower(vocabulary.functions),
    calls: lower(Object.keys(vocabulary.calls)),
  };
}

// A statement begins in PQL where `[` stands first, `{deployment}` passed over. Blank lines end it.
const languages = CM.StreamLanguage.define({
  name: "roarbase",
  startState: () => ({ language: "", quote: "" }),
  blankLine(state) {
    if (!state.quote) state.language = "";
  },
  token(stream, state) {
    if (state.quote) return inQuote(stream, state);
    if (stream.eatSpace()) return null;
    if (!state.language) {
      if (stream.match(/^\{[^{}]*\}/)) return "labelName";
      state.language = stream.peek() === "[" ? "pql" : "sql";
      if (state.language === "pql" && stream.match(/^\[[^\]]*\]?/)) return "typeName";
    }
    return state.language === "pql" ? pqlToken(stream, state) : sqlToken(stream, state);
  },
  languageData: { commentTokens: { line: "--" }, closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } },
});

function inQuote(stream, state) {
  while (!stream.eol()) {
    if (state.quote === "*/" ? stream.match("*/") : stream.next() === state.quote) {
      const kind = state.quote === "*/" ? "comment" : "string";
      state.quote = "";
      return kind;
    }
    if (state.quote === "*/") stream.next();
  }
  return state.quote === "*/" ? "comment" : "string";
}

function sqlToken(stream, state) {
  if (stream.match(/^--.*/)) return "comment";
  if (stream.match("/*")) return (state.quote = "*/"), inQuote(stream, state);
  if (stream.match(/^[xX]?'/)) return (state.quote = "'"), inQuote(stream, state);
  if (stream.match(/^"[^"]*"?|^`[^`]*`?/)) return "propertyName";
  if (stream.match(/^\d+(\.\d+)?([eE][+-]?\d+)?/)) return "number";
  const name = stream.match(/^[A-Za-z_][\w-]*/);
  if (!name) return stream.next(), "operator";
  const word = name[0].toLowerCase();
  if (stream.match(/^\s*\(/, false) && sets.functions.has(word)) return "variableName.function";
  if (["true", "false", "null"].includes(word)) return "atom";
  return sets.words.has(word) ? "keyword" : sets.types.has(word) ? "typeName" : "variableName";
}

function pqlToken(stream, state) {
  const quote = stream.match(/^['"]/);
  if (quote) return (state.quote = quote[0]), inQuote(stream, state);
  if (stream.match(/^-?\d[\d.:T-]*Z?/)) return "number";
  const name = stream.match(/^[A-Za-z_][\w-]*/);
  if (!name) return stream.next(), "operator";
  if (stream.match(/^\s*\(/, false)) return sets.calls.has(name[0].toLowerCase()) ? "keyword" : "invalid";
  if (["true", "false", "null"].includes(name[0])) return "atom";
  return stream.match(/^\s*=/, false) ? "propertyName" : "variableName";
}

// ---- completion ----------------------------------------------------------------------------------------------------

const schemas = new WeakMap(); // what an editor's deployment has: {deployments: [name], tables: [{name, fields}]}

function statementAround(state, place) {
  let first = state.doc.lineAt(place).number;
  while (first > 1 && state.doc.line(first - 1).text.trim()) first--;
  let last = state.doc.lineAt(place).number;
  while (last < state.doc.lines && state.doc.line(last + 1).text.trim()) last++;
  const start = state.doc.line(first).from;
  return { text: state.sliceDoc(start, state.doc.line(last).to), before: state.sliceDoc(start, place) };
}

const plain = /^[A-Za-z_][\w-]*$/;
const asTable = (table) => ({ label: table.name, type: "class", detail: "table", apply: quoted(table.name) });
const asField = (field) => ({ label: field.name, type: "property", detail: field.type, apply: quoted(field.name), boost: 3 });
const quoted = (name) => (plain.test(name) && !sets.words.has(name.toLowerCase()) ? name : "`" + name + "`"); // for SQL

function complete(context, view) {
  const schema = schemas.get(view) || { deployments: [], tables: [] };
  const { text, before } = statementAround(context.state, context.pos);
  const word = context.matchBefore(/[A-Za-z_][\w-]*$/);
  const from = word ? word.from : context.pos;
  const options = optionsAt(schema, text, before.slice(0, before.length - (context.pos - from)), word !== null || context.explicit);
  return options.length ? { from, options, validFor: /^[\w-]*$/ } : null;
}

function optionsAt(schema, text, before, isAsked) {
  if (/^\s*\{[^{}]*$/.test(before)) return schema.deployments.map((label) => ({ label, type: "namespace", detail: "deployment" }));
  const statement = before.replace(/^\s*\{[^{}]*\}/, "");
  if (/^\s*\[[^\]]*$/.test(statement)) return schema.tables.map((table) => ({ ...asTable(table), apply: table.name }));
  if (inString(statement)) return [];
  return /^\s*\[/.test(statement) ? pqlOptions(schema, statement, isAsked) : sqlOptions(schema, text, statement, isAsked);
}

function inString(text) {
  const rest = text.replace(/--[^\n]*|'(?:[^']|'')*'|"[^"]*"|`[^`]*`/g, "");
  return /['"`]|--/.test(rest);
}

function pqlOptions(schema, before, isAsked) {
  if (!isAsked && !/[(,]\s*$/.test(before)) return [];
  const fields = tableNamed(schema, /^\s*\[\s*([^\]]*?)\s*\]/.exec(before)?.[1])?.fields || [];
  if (/index\s*=\s*$/.test(before)) return schema.tables.map((table) => ({ ...asTable(table), apply: table.name }));
  if (/field\s*=\s*$/.test(before)) return fields.map((field) => ({ ...asField(field), apply: field.name }));
  const calls = Object.keys(words.calls).map((label) => ({ label, type: "function", detail: "()", apply: callOf(label) }));
  const names = (words.calls[openCall(before)] || []).map((label) => ({ label: label + "=", type: "keyword", boost: 2 }));
  return [...fields.map((field) => ({ ...asField(field), apply: field.name })), ...names, ...calls];
}

// The call whose bracket is open at the end of a text.
function openCall(text) {
  let depth = 0;
  for (let place = text.length - 1; place >= 0; place--) {
    if (text[place] === ")") depth++;
    else if (text[place] === "(" && depth-- === 0) return /([A-Za-z]+)\s*$/.exec(text.slice(0, place))?.[1];
  }
  return undefined;
}

// A call is put in with its brackets, and the cursor between them.
const callOf = (name) => (view, _completion, from, to) => {
  const follows = view.state.sliceDoc(to, to + 1) === "(";
  view.dispatch({
    changes: { from, to, insert: follows ? name : name + "()" },
    selection: { anchor: from + name.length + 1 },
    userEvent: "input.complete",
  });
};

function sqlOptions(schema, text, before, isAsked) {
  const dotted = /([A-Za-z_][\w-]*|`[^`]*`)\.\s*$/.exec(before);
  if (dotted) return (aliased(schema, text)[bare(dotted[1])]?.fields || []).map(asField);
  if (!isAsked) return [];
  const tables = schema.tables.map(asTable);
  if (/\b(from|join|into|table|columns\s+from|view)\s+$/i.test(before)) return tables;
  const mentioned = [...new Set(Object.values(aliased(schema, text)))];
  const fields = mentioned.flatMap((table) => table.fields.map(asField));
  return [
    ...fields,
    ...words.functions.map((label) => ({ label, type: "function", detail: "()", apply: callOf(label), boost: 1 })),
    ...words.words.map((label) => ({ label, type: "keyword" })),
    ...words.types.map((label) => ({ label, type: "type" })),
    ...tables,
  ];
}

const bare = (name) => name.replace(/^`|`$/g, "").toLowerCase();
const tableNamed = (schema, name) => schema.tables.find((table) => table.name.toLowerCase() === (name || "").toLowerCase());

// The tables that a statement speaks of, by their names and by what it calls them.
function aliased(schema, text) {
  const found = {};
  for (const [, name, alias] of text.matchAll(/\b(?:from|join|into|update|,)\s*([A-Za-z_][\w-]*|`[^`]*`)(?:\s+(?:as\s+)?([A-Za-z_][\w-]*))?/gi)) {
    const table = tableNamed(schema, bare(name));
    if (!table) continue;
    found[table.name.toLowerCase()] = table;
    if (alias && !sets.words.has(alias.toLowerCase())) found[alias.toLowerCase()] = table;
  }
  return found;
}

// ---- the place of an error -----------------------------------------------------------------------------------------

const setFault = CM.StateEffect.define();
const faultMark = CM.Decoration.mark({ class: "fault" });
const faults = CM.StateField.define({
  create: () => CM.Decoration.none,
  update(marks, change) {
    for (const effect of change.effects) {
      if (!effect.is(setFault)) continue;
      if (effect.value === null) return CM.Decoration.none;
      const from = Math.min(effect.value, change.state.doc.length);
      const word = /^(?:[\w-]+|\S)/.exec(change.state.sliceDoc(from, from + 200));
      return word ? CM.Decoration.set(faultMark.range(from, from + word[0].length)) : CM.Decoration.none;
    }
    return change.docChanged ? CM.Decoration.none : marks;
  },
  provide: (field) => CM.EditorView.decorations.from(field),
});

// Python counts characters, the editor UTF-16 units.
function unitsOf(text, characters) {
  return [...text].slice(0, characters).join("").length;
}

// ---- the editor ----------------------------------------------------------------------------------------------------

async function viewOf(id) {
  const element = getElement(id);
  return element?.editor || (await element?.editorPromise);
}

// What is typed is kept in this tab of the browser. The service, too, keeps what was typed last, but in whichever tab.
const KEPT = "roarbase_statements";
const LONGEST_KEPT = 1000000;
const user = () => document.querySelector("[data-user]")?.dataset.user;

function keep(text) {
  if (text.length > LONGEST_KEPT) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, JSON.stringify({ user: user(), text }));
}

function recall(view, drawn) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  const text = view.state.doc.toString();
  if (kept?.user !== user() || text !== drawn) return keep(text); // nothing, or somebody else's, or too late
  if (kept.text !== text) view.dispatch({ changes: { from: 0, to: text.length, insert: kept.text } });
}

const keeping = CM.EditorView.updateListener.of((update) => update.docChanged && keep(update.state.doc.toString()));

// `drawn` is the text that the page was drawn with.
export async function setUpEditor(id, vocabulary, drawn) {
  learn(vocabulary);
  const view = await viewOf(id);
  if (!view) return;
  recall(view, drawn);
  const completing = [{ autocomplete: (context) => complete(context, view) }]; // one for good: the editor knows it by identity
  const source = CM.EditorState.languageData.of(() => completing);
  view.dispatch({ effects: CM.StateEffect.appendConfig.of([languages, source, faults, keeping]) });
}

export async function know(id, schema) {
  const view = await viewOf(id);
  if (view) schemas.set(view, schema);
}

export async function showFault(id, place) {
  const view = await viewOf(id);
  view?.dispatch({ effects: setFault.of(place === null ? null : unitsOf(view.state.doc.toString(), place)) });
}

export async function insert(id, text) {
  const view = await viewOf(id);
  view?.dispatch(view.state.replaceSelection(text));
  view?.focus();
}

// A name as the statement around the cursor writes it.
export async function insertName(id, name) {
  const { state } = await viewOf(id);
  const isPql = /^\s*(\{[^{}]*\}\s*)?\[/.test(statementAround(state, state.selection.main.from).before);
  return insert(id, isPql ? name : quoted(name));
}

export const insertSelect = (id, table) => insert(id, `select * from ${quoted(table)}`);

// The text, the cursor counted in characters, and what is selected; null: more than `most`, which the page cannot say.
export async function stateOf(id, most) {
  const state = (await viewOf(id)).state;
  const { from, to, head } = state.selection.main;
  const text = state.doc.toString();
  if (JSON.stringify([text, state.sliceDoc(from, to)]).length > most) return null;
  return [text, [...state.sliceDoc(0, head)].length, state.sliceDoc(from, to), [...state.sliceDoc(0, from)].length];
}

// ---- grids ---------------------------------------------------------------------------------------------------------

// Whole numbers and decimals are compared digit by digit: as floats, neighbours beyond 2^53 would be equal.
const exact = /^(-?)(\d+)(?:\.(\d+))?$/;

export function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  const one = exact.exec(a), other = exact.exec(b);
  if (!one || !other) return Number(a) - Number(b);
  const places = Math.max((one[3] || "").length, (other[3] || "").length);
  const scaled = (found) => BigInt(found[1] + found[2] + (found[3] || "").padEnd(places, "0"));
  const x = scaled(one), y = scaled(other);
  return x < y ? -1 : x > y ? 1 : 0;
}

const isNumber = (text) => text !== "" && Number.isFinite(Number(text));
const against = (test) => ([wanted], cell) => isNumber(wanted) && cell !== null && cell !== "" && test(compare(cell, wanted.trim()));
const option = (displayKey, displayName, test) => ({ displayKey, displayName, predicate: against(test), numberOfInputs: 1 });

export const numberFilter = {
  filterOptions: [
    option("is", "=", (order) => order === 0),
    option("isNot", "≠", (order) => order !== 0),
    option("less", "<", (order) => order < 0),
    option("atMost", "≤", (order) => order <= 0),
    option("more", ">", (order) => order > 0),
    option("atLeast", "≥", (order) => order >= 0),
    "blank",
    "notBlank",
  ],
  maxNumConditions: 2,
};

const cellOf = (value) => {
  const text = value === null || value === undefined ? "" : String(value);
  return /[\t\n\r"]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
};

// What is selected, or else all rows as they stand there: filtered, sorted, without hidden columns.
export function rowsAsText(api) {
  const columns = api.getAllDisplayedColumns();
  const rows = [];
  api.forEachNodeAfterFilterAndSort((node) => rows.push(node));
  const chosen = rows.filter((node) => node.isSelected());
  const line = (node) => columns.map((column) => cellOf(node.data[Number(column.getColId())])).join("\t");
  const names = columns.map((column) => cellOf(column.getColDef().headerName)).join("\t");
  return { text: [names, ...(chosen.length ? chosen : rows).map(line)].join("\n") + "\n", count: chosen.length || rows.length };
}

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // a page without TLS has no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

const rowsOf = new Map(); // by the id of a grid, as long as it stands on the page

// The rows of a grid, which the service does not keep.
export function fill(id, rows) {
  for (const known of rowsOf.keys()) if (!getElement(known)) rowsOf.delete(known);
  rowsOf.set(id, rows);
  show(getElement(id).api, rows);
}

const show = (api, rowData) => api.updateGridOptions({ rowData, loading: false });

// NiceGUI may make a grid anew, when it has told the page of the element again.
export function refill({ api, context }) {
  if (rowsOf.has(context.id)) show(api, rowsOf.get(context.id));
}

export async function copyRows(id) {
  const { text, count } = rowsAsText(getElement(id).api);
  await copy(text);
  return count;
}

// Ctrl+C takes the marked text, the selected rows, or the cell that has the focus.
export function onCellKey({ event, value, api }) {
  if (event.key !== "c" || !(event.ctrlKey || event.metaKey) || String(getSelection()) !== "") return;
  copy(api.getSelectedNodes().length > 1 ? rowsAsText(api).text : value === null ? "" : String(value));
}

window.roarbase = { compare, copy, copyRows, fill, insert, insertName, insertSelect, know, numberFilter, onCellKey, refill, rowsAsText, setUpEditor, showFault, stateOf };
