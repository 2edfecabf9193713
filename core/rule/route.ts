/** Matches paths of requests with path patterns, in every spelling that a server may read as the same path. */
import { FieldsealError } from "../errors.ts";
import { matchesWildcard, parseWildcard, type Wildcard } from "../selector/wildcard.ts";

/** A path pattern, by segment: `*` for characters of one segment, `**` for any number of segments. */
export type PathPattern = readonly (Wildcard | "**")[];

const literalPattern = /^[^%;\\?#\u0000-\u001f\u007f]*$/;

/** `{name}` matches one segment, as `*` does, and names it. */
const namedSegment = /^\{([A-Za-z0-9_-]+)\}$/;

/** The indices, from 0, of a pattern's named segments before any `**`, by name. */
export function findNamedSegments(text: string): ReadonlyMap<string, number> {
  const segments = splitPath(text);
  const counted = segments.includes("**") ? segments.slice(0, segments.indexOf("**")) : segments;
  return new Map(
    counted.flatMap((segment, index) => {
      const [, name] = namedSegment.exec(segment) ?? [];
      return name === undefined ? [] : [[name, index] as const];
    }),
  );
}

/**
 * Parses the `path` of a rule. A trailing slash has no meaning, and `/a/**` covers `/a` too. Throws `policy_invalid`
 * for a text that no normalised path can match.
 */
export function parsePathPattern(text: string): PathPattern {
  const refuse = (reason: string): FieldsealError =>
    new FieldsealError("policy_invalid", { reason: `Path ${JSON.stringify(text)} ${reason}` });
  if (!text.startsWith("/")) throw refuse("must begin with a slash.");
  if (!text.isWellFormed() || !literalPattern.test(text)) {
    throw refuse(
      "must not hold % ; \\ ? #, control characters or lone surrogates: rules match decoded paths without parameters.",
    );
  }
  const segments = splitPath(toBytes(text)).map((segment) => (namedSegment.test(segment) ? "*" : segment));
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw refuse("has an empty segment, or the segment . or .., which no normalised path has.");
  }
  return segments.map((segment) => {
    if (segment === "**") return "**";
    if (/[{}]/.test(segment))
      throw refuse("has a brace. Write {name} as a whole segment, its name of A-Z a-z 0-9 _ -.");
    if (segment.includes("**")) throw refuse("has ** beside other characters. Write ** as a whole segment.");
    return parseWildcard(segment);
  });
}

/** True if a path, raw or normalised, matches a pattern. Linear in the path for each `**` of the pattern. */
export function matchesPath(pattern: PathPattern, path: string): boolean {
  const segments = path.startsWith("/") ? splitPath(path) : [path];
  let matching = new Set([0]);
  for (const segment of [...segments, undefined]) {
    const next = new Set<number>();
    for (const start of matching) {
      let place = start;
      for (; pattern[place] === "**"; place++) if (segment !== undefined) next.add(place);
      if (segment === undefined) {
        if (place === pattern.length) return true;
        continue;
      }
      const expected = pattern[place];
      if (expected !== undefined && expected !== "**" && matchesWildcard(expected, segment)) next.add(place + 1);
    }
    matching = next;
  }
  return false;
}

/** The most rounds of percent-decoding. No client needs more by accident. */
const maxRounds = 8;

/** Overlong UTF-8, which old decoders read as other characters, and the `%u` escapes of IIS. */
const overlongPattern = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]|%u[0-9a-f]{4}/i;
const controlPattern = /[\u0000-\u001f\u007f]/;

/** A path of a request. */
export interface Path {
  /** The path as the client wrote it, as UTF-8 with one character for each byte. */
  readonly raw: string;
  /**
   * The path after repeated percent-decoding, without `?`, `#` and what follows, `;parameters`, empty segments and
   * dot segments, and with slashes for backslashes.
   */
  readonly normalized: string;
}

/** Parses the path of a request. Throws `path_ambiguous` if servers may normalise it differently. */
export function parsePath(uri: string): Path {
  const raw = toBytes(uri);
  const decoded = decodePercent(raw);
  if (overlongPattern.test(decoded) || controlPattern.test(decoded)) throw new FieldsealError("path_ambiguous");
  const path = decoded
    .replaceAll("\\", "/")
    .replace(/[?#][^]*/, "")
    .replace(/;[^/]*/g, "");
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return { raw, normalized: `/${segments.join("/")}` };
}

/** True if the raw and the normalised path have the same segments, so that segments can be counted. */
export function isPlainPath(uri: string): boolean {
  const { raw, normalized } = parsePath(uri);
  const segments = splitPath(raw);
  const plain = splitPath(normalized);
  return segments.length === plain.length && segments.every((segment, index) => decodeOnce(segment) === plain[index]);
}

function decodeOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function decodePercent(path: string): string {
  let decoded = path;
  for (let round = 0; round < maxRounds; round++) {
    const next = decodeOnce(decoded);
    if (next === decoded) return decoded;
    decoded = next;
  }
  throw new FieldsealError("path_ambiguous");
}

/** UTF-8 with one character for each byte, so that raw and percent-encoded characters become equal. */
function toBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function splitPath(path: string): string[] {
  const segments = path.slice(1).split("/");
  if (segments.at(-1) === "") segments.pop();
  return segments;
}
