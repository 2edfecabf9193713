/** Queries and bodies at random, and what a query selects. */
import fc from "fast-check";
import { parseQuery } from "../../core/selector/jsonpath/parser.ts";
import { loadRfc9535 } from "../../core/selector/jsonpath/rfc9535.ts";
import { parseJson } from "../../core/text/json-document.ts";

const selector = fc.constantFrom(
  "'a'",
  "'b'",
  "*",
  "0",
  "1",
  "-1",
  "1:",
  ":2",
  "3:1",
  "::2",
  "::-1",
  "?@.a",
  "?@.a==1",
  "?@==1",
  "?1==2",
  "?count(@.*)>1",
  "?@.a==1&&@.a==2",
  "'a','b'",
  "0,'a'",
);
/** Texts of queries over the names a and b. */
export const queryTexts = fc
  .array(fc.tuple(fc.constantFrom("", "", ".."), selector), { maxLength: 3 })
  .map((steps) => `$${steps.map(([descent, text]) => `${descent}[${text}]`).join("")}`);
const node = fc.constantFrom<unknown>(1, 2, "x", null);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    node,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("json"), { maxKeys: 3 }),
  ),
}));
/** The nodes that a query selects in a body. */
export function selectNodes(text: string, source: unknown): ReadonlySet<number> {
  const document = parseJson(JSON.stringify(source), 100);
  const run = loadRfc9535({ dialect: "rfc9535", queries: [parseQuery(text)] });
  return new Set(run?.(document, { remaining: 1_000_000 }).map(({ node }) => node) ?? []);
}

/** Bodies with the members a, b and c. */
export const bodies = json;
