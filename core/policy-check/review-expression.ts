/** Finds in an expression of jsonpath-plus what can never select anything. For builds only. */

import { parseQuery } from "../selector/jsonpath/parser.ts";
import { parseExpression } from "../selector/jsonpath-plus/grammar.ts";
import { reviewQuery } from "./review-query.ts";

const literal = "(?:-?\\d+(?:\\.\\d+)?|'[^']*'|\"[^\"]*\"|true|false|null)";
const literalComparison = new RegExp(
  `(?:^\\?\\(|[(!&|])\\s*${literal}\\s*(?:[=!]==?|[<>]=?)\\s*${literal}\\s*(?:$|[)&|])`,
);

/** Why a valid expression can never select anything, or says nothing; `undefined` where that cannot be told. */
export function findExpressionFlaw(text: string): string | undefined {
  const { tokens } = parseExpression(text);
  for (const token of tokens.slice(1)) {
    if (token.startsWith("?(") && literalComparison.test(token)) return "both sides of a comparison are literals";
    const slice = /^-?\d*:-?\d*(?::-?\d+)?$/.test(token)
      ? reviewQuery(parseQuery(`$[${token.replace(/-0(?!\d)/g, "0")}]`)).never
      : undefined;
    if (slice !== undefined) return slice.reason;
  }
  return undefined;
}

/** Whether an expression selects values of one type that is not that of strings. */
export function selectsNoStrings(text: string): boolean {
  return /@(?:boolean|number|integer|null|object|array)\(\)$/.test(text);
}
