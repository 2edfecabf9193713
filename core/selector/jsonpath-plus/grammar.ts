/**
 * The supported part of jsonpath-plus's language. The library's own parser accepts every text, and selects too little
 * where it does not understand one.
 */
import { FieldsealError } from "../../errors.ts";

/** A checked expression, as plain data. */
export interface Expression {
  readonly text: string;
  /** The tokens that the library must read from the text. */
  readonly tokens: readonly string[];
  /** Tokens that no member of the body may have as its name. */
  readonly operators: readonly string[];
  readonly selectsNames: boolean;
  /** The number of `..`. */
  readonly descents: number;
  /** The number of `^` with further steps after them. */
  readonly returns: number;
  /** The number of combinations of alternatives. */
  readonly unions: number;
}

interface Step {
  readonly pattern: RegExp;
  readonly kind:
    | "name"
    | "names"
    | "wildcard"
    | "descent"
    | "parent"
    | "property"
    | "type"
    | "index"
    | "slice"
    | "filter";
}

const name = "[A-Za-z_\\u00a1-\\uffff][\\w\\u00a1-\\uffff-]*";
/**
 * Quoted names without characters that the library or its tokenizer treats specially. `..` is a descent even in quotes.
 */
const quotedName = "(?:'(?!\\.\\.')[\\w\\u00a1-\\uffff .\\/+-]+'|\"(?!\\.\\.\")[\\w\\u00a1-\\uffff .\\/+-]+\")";

const steps: readonly Step[] = [
  { kind: "descent", pattern: /\.\.(?=[A-Za-z_\u00a1-\uffff*[])/y },
  { kind: "wildcard", pattern: /\.?\*|\[\*\]/y },
  { kind: "name", pattern: new RegExp(`\\.?(${name})`, "y") },
  { kind: "names", pattern: new RegExp(`\\[(${quotedName}(?:,${quotedName})*)\\]`, "y") },
  { kind: "index", pattern: /\[((?:0|[1-9]\d{0,8})(?:,(?:0|[1-9]\d{0,8}))*)\]/y },
  { kind: "slice", pattern: /\[((?:-?\d{1,9})?:(?:-?\d{1,9})?(?::-?[1-9]\d{0,8})?)\]/y },
  { kind: "filter", pattern: /\[(\?\()/y },
  { kind: "parent", pattern: /\^/y },
  { kind: "property", pattern: /~/y },
  { kind: "type", pattern: /(@(?:scalar|boolean|string|number|integer|null|object|array)\(\))/y },
];

/** Parses an expression. Throws `policy_invalid` with offset and reason for an unsupported one. */
export function parseExpression(text: string): Expression {
  const refuse = (reason: string, offset: number): FieldsealError =>
    new FieldsealError("policy_invalid", { offset, reason: `Selector ${JSON.stringify(text)}: ${reason}.` });
  if (!text.startsWith("$")) throw refuse("expected $", 0);
  const tokens = ["$"];
  const operators = new Set<string>();
  let [descents, parents, unions, at] = [0, 0, 1, 1];
  /** The greatest depth of the selected nodes below the root. */
  let level = 0;
  let ended = false;
  let last: Step["kind"] | undefined;
  while (at < text.length) {
    if (ended) throw refuse("~ and type selectors must come last", at);
    const found = matchStep(text, at);
    if (found === undefined) throw refuse(explain(text, at), at);
    const { kind, captured } = found;
    // A name needs a dot before it, except after "..".
    const afterDescent = last === "descent";
    const undotted = (kind === "name" || kind === "wildcard") && /^[^.[]/.test(text.slice(at));
    if (undotted !== (afterDescent && (kind === "name" || kind === "wildcard") && !text.startsWith("[", at))) {
      throw refuse("expected a segment", at);
    }
    at = found.end;
    if (kind === "filter") {
      const end = endOfFilter(text, at);
      if (end === undefined)
        throw refuse(
          "this filter is not supported; filters may compare @, @.name, @['name'], @property, @parent, @root and " +
            "literals, and have && || ! and parentheses",
          at,
        );
      const token = text.slice(at - 2, end - 1);
      tokens.push(token);
      operators.add(token);
      at = end;
    } else if (kind === "names") {
      const names = captured.split(",");
      tokens.push(names.length === 1 ? captured.slice(1, -1) : captured);
      unions *= names.length;
    } else {
      const token =
        kind === "wildcard"
          ? "*"
          : kind === "descent"
            ? ".."
            : kind === "parent"
              ? "^"
              : kind === "property"
                ? "~"
                : captured;
      tokens.push(token);
      if (kind !== "name") operators.add(token);
      unions *= kind === "index" ? token.split(",").length : 1;
    }
    if (kind === "descent") descents++;
    if (kind === "parent") parents++;
    if (kind === "parent" && level === 0) throw refuse("the root has no parent", at);
    if (kind === "property" && level === 0) throw refuse("the root has no name", at);
    level += kind === "descent" ? Infinity : kind === "parent" ? -1 : kind === "property" || kind === "type" ? 0 : 1;
    if (kind === "type" && tokens.length === 2) throw refuse("a type selector must follow a segment", at);
    ended = kind === "property" || kind === "type";
    last = kind;
  }
  if (last === "descent") throw refuse("expected a segment after ..", at);
  return {
    text,
    tokens,
    operators: [...operators],
    selectsNames: last === "property",
    descents,
    returns: last === "parent" ? parents - 1 : parents,
    unions,
  };
}

function matchStep(
  text: string,
  at: number,
): { readonly kind: Step["kind"]; readonly captured: string; readonly end: number } | undefined {
  for (const { kind, pattern } of steps) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, captured: found[1] ?? found[0], end: pattern.lastIndex };
  }
  return undefined;
}

function explain(text: string, at: number): string {
  if (/^\[-\d+\]/.test(text.slice(at))) return "jsonpath-plus has no negative index; use a slice such as [-1:]";
  if (/^\[\s|^\[[^\]]*\s+\]/.test(text.slice(at))) return "jsonpath-plus does not allow spaces in brackets";
  if (text.startsWith("[(", at)) return "scripts are not supported";
  return "this part of jsonpath-plus's language is not supported";
}

const blank = /[ \t]*/y;
/** Characters of a literal, without those that the library's tokenizer or scripts treat specially. */
const quotedCharacters = "[^'\"\\\\()\\[\\]@?;#`]*";
const operand = new RegExp(
  `@(?:parentProperty|parent|property|root)?(?![\\w$])(?:\\.${name}|\\[${quotedName}\\]|\\[\\d{1,9}\\])*` +
    `|-?\\d+(?:\\.\\d+)?(?![\\w.])|'${quotedCharacters}'|"${quotedCharacters}"|(?:true|false|null)(?![\\w$])`,
  "y",
);
const comparison = /===|!==|==|!=|<=|>=|<|>/y;
const connective = /&&|\|\|/y;

/** The offset after a filter's closing `)]`; `undefined` if the filter is not supported. `from` is after `[?(`. */
function endOfFilter(text: string, from: number): number | undefined {
  let at = from;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  let open = 0;
  for (;;) {
    take(blank);
    while (take(/!\s*|\(\s*/y)) if (text.slice(from, at).trimEnd().endsWith("(")) open++;
    if (!take(operand)) return undefined;
    take(blank);
    if (take(comparison)) {
      take(blank);
      if (!take(operand)) return undefined;
      take(blank);
    }
    while (open > 0 && take(/\)[ \t]*/y)) open--;
    if (take(connective)) continue;
    return open === 0 && text.startsWith(")]", at) ? at + 2 : undefined;
  }
}
