/** JSON in and out of commands. */

/** The value of a JSON text; `undefined` if it is not JSON. It does not throw: the parser's message quotes the text. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value as `--json` prints it: JSON on several lines, with a line feed at the end. */
export function formatJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
