/** Media types (RFC 9110, section 8.3.1), read strictly: a field that servers could read differently is refused. */

export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly essence: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~A-Za-z0-9-]+";
const essencePattern = new RegExp(`^(${token}/${token})[ \\t]*`);
const parameterPattern = new RegExp(`;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\[\\t -~])*)"))?[ \\t]*`, "y");

/** The media type of a field value; `undefined` where it is malformed or repeats a parameter. */
export function parseMediaType(value: string): MediaType | undefined {
  const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, "");
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
    if (parameters.has(key)) return undefined;
    parameters.set(key, plain ?? (quoted ?? "").replace(/\\(.)/g, "$1"));
  }
  return { essence: essence.toLowerCase(), parameters };
}

/** `application/json` and every `application/…+json` (RFC 6839, section 3.1). */
export function isJson({ essence }: MediaType): boolean {
  return essence === "application/json" || /^application\/[^/]+\+json$/.test(essence);
}

/** Whether a media type leaves UTF-8 as the only reading of the bytes. */
export function isUtf8({ parameters }: MediaType): boolean {
  const charset = parameters.get("charset")?.toLowerCase();
  return charset === undefined || charset === "utf-8" || charset === "utf8";
}
