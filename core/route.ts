/** Which rules a request falls under: path patterns, and paths in every spelling that servers take for the same one. */
import { FieldsealError } from "./errors.ts";

/** A path pattern, by segment: the literal parts between its `*`, or `**` for any number of segments. */
export type PathPattern = readonly (readonly string[] | "**")[];

const literalPattern = /^[^%;\\?#\u0000-\u001f\u007f]*$/;

/**
 * The pattern that a rule's `path` stands for. A trailing slash means nothing, and `/a/**` covers `/a` too.
 * Throws `policy_invalid` for a text that no normalised path can match.
 */
export function parsePathPattern(text: string): PathPattern {
  const refuse = (reason: string): FieldsealError =>
    new FieldsealError("policy_invalid", { reason: `Path ${JSON.stringify(text)} ${reason}` });
  if (!text.startsWith("/")) throw refuse("does not begin with a slash.");
  if (!text.isWellFormed() || !literalPattern.test(text)) {
    throw refuse("holds one of % ; \\ ? # or a control character: paths are matched after decoding, without parameters.");
  }
  const segments = splitPath(toBytes(text));
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw refuse("has an empty segment, or one that is . or .., which no path has after normalisation.");
  }
  return segments.map((segment) => {
    if (segment === "**") return "**";
    if (segment.includes("**")) throw refuse("has ** beside other characters; it stands for whole segments.");
    return segment.split("*");
  });
}

/** Whether a path, raw or normalised, matches a pattern. Linear in the path for each `**` of the pattern. */
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
      if (expected !== undefined && expected !== "**" && matchesSegment(expected, segment)) next.add(place + 1);
    }
    matching = next;
  }
  return false;
}

/** Decodings and foldings beyond this number are no longer a client's accident. */
const maxRounds = 8;

/** UTF-8 sequences longer than needed, which old decoders read as other characters; and IIS's `%u` escapes. */
const overlongPattern = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]|%u[0-9a-f]{4}/i;
const controlPattern = /[\u0000-\u001f\u007f]/;

export interface Path {
  /** The path as the client spelt it, its characters as UTF-8 bytes. */
  readonly raw: string;
  /**
   * The path after repeated percent-decoding, backslash to slash, cutting at `?` and `#`, removal of `;parameters`,
   * slash folding and dot-segment removal.
   */
  readonly normalized: string;
}

/** Both forms of a path. Throws `path_ambiguous` where no single normalised form can be trusted. */
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

function decodePercent(path: string): string {
  let decoded = path;
  for (let round = 0; round < maxRounds; round++) {
    const next = decoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (next === decoded) return decoded;
    decoded = next;
  }
  throw new FieldsealError("path_ambiguous");
}

/** A text's UTF-8 bytes as one character each, so that encoded and raw spellings of a character are the same. */
function toBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function splitPath(path: string): string[] {
  const segments = path.slice(1).split("/");
  if (segments.at(-1) === "") segments.pop();
  return segments;
}

/** Whether the literal parts stand in a segment in their order, the first at its beginning and the last at its end. */
function matchesSegment(parts: readonly string[], segment: string): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return segment === first;
  const end = segment.length - last.length;
  if (first.length > end || !segment.startsWith(first) || !segment.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = segment.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
