/** Finds expressions of jsonpath-plus that can never match. For builds only. */
import { parseQuery } from "../selector/jsonpath/parser.ts";
import { parseExpression } from "../selector/jsonpath-plus/grammar.ts";
import { reviewQuery } from "./review-query.ts";

const literal = "(?:-?\\d+(?:\\.\\d+)?|'[^']*'|\"[^\"]*\"|true|false|null)";
const literalComparison = new RegExp(
  `(?:^\\?\\(|[(!&|])\\s*${literal}\\s*(?:[=!]==?|[<>]=?)\\s*${literal}\\s*(?:$|[)&|])`,
);

/** Why a valid expression can never match or has a part without effect; `undefined` if no reason is known. */
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

/** True if an expression ends in a type selector for a type other than strings. */
export function selectsNoStrings(text: string): boolean {
  return /@(?:boolean|number|integer|null|object|array)\(\)$/.test(text);
}
