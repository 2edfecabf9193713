/** Payloads that systems changed without escapes: their alphabet, their padding, their plus signs, their lines. */
import { type Payload, parsePayload } from "../../token/grammar.ts";

/**
 * The payload that decoded characters were before; `undefined` where they were none. Line feeds are ends of lines, an
 * equals sign before one is that of quoted-printable. Where there are spaces, they were plus signs, as in a form, or
 * ends of lines that were joined.
 */
export function parseMangledPayload(characters: string, hasSpaces: boolean): Payload | undefined {
  const joined = characters.replace(/=?\n/g, "");
  if (!hasSpaces) return parsePayload(normalise(joined));
  const trimmed = joined.trim();
  // A sealed payload has no plus signs.
  const withPluses = trimmed.includes(".") ? undefined : parsePayload(normalise(trimmed.replaceAll(" ", "+")));
  return withPluses ?? parsePayload(normalise(trimmed.replaceAll(" ", "")));
}

/**
 * A payload in the alphabet and with the padding of its kind. Mails escape the equals signs of the padding (RFC 2045,
 * section 6.7).
 */
function normalise(payload: string): string {
  const bare = payload.replaceAll("=3D", "=").replace(/={1,4}$/, "");
  if (bare.includes(".")) return bare.replaceAll("+", "-").replaceAll("/", "_");
  return bare.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (bare.length % 4)) % 4);
}
