/** JSON texts that may be none. */

/** The value of a JSON text; `undefined` where it is no JSON, since the parser's own message would quote it. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
