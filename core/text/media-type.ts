/** Media types (RFC 9110, section 8.3.1), read strictly: a field that servers could read differently is refused. */

/** A media type. */
export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly essence: string;
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The media type of text of which nothing more is known. */
export const plainText: MediaType = { essence: "text/plain", parameters: new Map() };

const token = "[!#$%&'*+.^_`|~A-Za-z0-9-]+";
const essencePattern = new RegExp(`^(${token}/${token})[ \\t]*`);
const parameterPattern = new RegExp(
  `;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\[\\t -~])*)"))?[ \\t]*`,
  "y",
);

/** The media type of a field value; `undefined` where it is malformed or repeats a parameter. */
export function parseMediaType(value: string): MediaType | undefined {
  const trimmed = trimBlanks(value);
  const [head = "", essence] = essencePattern.exec(trimmed) ?? [];
  if (essence === undefined) return undefined;
  const parameters = new Map<string, string>();
  parameterPattern.lastIndex = head.length;
  while (parameterPattern.lastIndex < trimmed.length) {
    const found = parameterPattern.exec(trimmed);
    if (found === null) return undefined;
    const [, name, plain, quoted] = found;
    if (name === undefined) continue;
    const key = name.toLowerCase();
    // `boundary*` and `boundary*0` (RFC 2231) are the boundary to some readers and nothing to others.
    if (parameters.has(key) || key.includes("*")) return undefined;
    // Some readers keep the backslash of an escape that means nothing.
    if (/\\[^"\\]/.test((quoted ?? "").replace(/\\["\\]/g, ""))) return undefined;
    parameters.set(key, plain ?? (quoted ?? "").replace(/\\(.)/g, "$1"));
  }
  return { essence: essence.toLowerCase(), parameters };
}

/** Whether a media type leaves UTF-8 as the only reading of the bytes. */
export function isUtf8({ parameters }: MediaType): boolean {
  const charset = parameters.get("charset")?.toLowerCase();
  return charset === undefined || charset === "utf-8" || charset === "utf8";
}

/** Whether bytes below 128 are ASCII in a media type's charset; others may be anything. */
export function isAsciiCompatible({ parameters }: MediaType): boolean {
  const charset = parameters.get("charset")?.toLowerCase() ?? "utf-8";
  return /^(?:utf-?8|us-ascii|ascii|iso-?8859-\d+|latin1|windows-125\d|cp125\d)$/.test(charset);
}

/**
 * A text without the spaces and tabs around it (OWS: RFC 9110, section 5.6.3). A regular expression would take
 * quadratic time for blanks in the middle.
 */
export function trimBlanks(text: string): string {
  const isBlank = (at: number): boolean => text[at] === " " || text[at] === "\t";
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}
