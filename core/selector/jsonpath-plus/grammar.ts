/**
 * The part of jsonpath-plus's language that the library reads as it is written: its own parser accepts everything and
 * turns what it does not understand into something that selects too little.
 */
import { FieldsealError } from "../../errors.ts";

/** A checked expression, as plain data. */
export interface Expression {
  readonly text: string;
  /** The tokens that the library must make of the text. */
  readonly tokens: readonly string[];
  /** Tokens that a member of the body must not be named like. */
  readonly operators: readonly string[];
  readonly selectsNames: boolean;
  /** How many `..` there are. */
  readonly descents: number;
  /** How many `^` are followed by further steps. */
  readonly returns: number;
  /** How many combinations of alternatives there are. */
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
 * Quoted names without anything that means something to the library or to its tokenizer; `..` means descent in quotes
 * too.
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

/** Throws `policy_invalid` with offset and reason for what is outside of the trusted part of the language. */
export function parseExpression(text: string): Expression {
  const refuse = (reason: string, offset: number): FieldsealError =>
    new FieldsealError("policy_invalid", { offset, reason: `Selector ${JSON.stringify(text)}: ${reason}.` });
  if (!text.startsWith("$")) throw refuse("expected $", 0);
  const tokens = ["$"];
  const operators = new Set<string>();
  let [descents, parents, unions, at] = [0, 0, 1, 1];
  /** How far below the root the selected nodes are, at most. */
  let level = 0;
  let ended = false;
  let last: Step["kind"] | undefined;
  while (at < text.length) {
    if (ended) throw refuse("~ and type selectors come last", at);
    const found = matchStep(text, at);
    if (found === undefined) throw refuse(explain(text, at), at);
    const { kind, captured } = found;
    // A name without a dot is one only right after "..", which stands for the dot.
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
          "the filter is not one that can be trusted: comparisons of @, @.name, @['name'], @property, @parent, @root " +
            "and literals, with && || ! and parentheses",
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
    if (kind === "type" && tokens.length === 2) throw refuse("a type selector follows a segment", at);
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
  if (/^\[\s|^\[[^\]]*\s+\]/.test(text.slice(at))) return "jsonpath-plus does not allow blanks in brackets";
  if (text.startsWith("[(", at)) return "scripts are not evaluated";
  return "this is not a part of jsonpath-plus's language that can be trusted";
}

const blank = /[ \t]*/y;
/** In a literal, without what means something to the library's tokenizer or to its scripts. */
const quotedCharacters = "[^'\"\\\\()\\[\\]@?;#`]*";
const operand = new RegExp(
  `@(?:parentProperty|parent|property|root)?(?![\\w$])(?:\\.${name}|\\[${quotedName}\\]|\\[\\d{1,9}\\])*` +
    `|-?\\d+(?:\\.\\d+)?(?![\\w.])|'${quotedCharacters}'|"${quotedCharacters}"|(?:true|false|null)(?![\\w$])`,
  "y",
);
const comparison = /===|!==|==|!=|<=|>=|<|>/y;
const connective = /&&|\|\|/y;

/** The offset after the filter's closing `)]`, given the one after its opening `[?(`. */
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
