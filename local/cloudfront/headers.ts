/**
 * The headers that CloudFront hides from an origin-request function or lets it only read, and their shape in an event
 * ("Restrictions on all edge functions", HTTP headers).
 */

/** One line of a header. `key` is its name as sent. */
export interface HeaderEntry {
  readonly key?: string;
  readonly value: string;
}

/** Headers by lower-case name. A repeated header has several entries. */
export type Headers = Readonly<Record<string, readonly HeaderEntry[]>>;

/** Names that a function neither sees nor may write. `*` at the end matches any characters. */
const disallowed: readonly string[] = [
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "trailer",
  "upgrade",
  "x-accel-buffering",
  "x-accel-charset",
  "x-accel-limit-rate",
  "x-accel-redirect",
  "x-amz-cf-*",
  "x-amzn-auth",
  "x-amzn-cf-billing",
  "x-amzn-cf-id",
  "x-amzn-cf-xff",
  "x-amzn-errortype",
  "x-amzn-fle-profile",
  "x-amzn-header-count",
  "x-amzn-header-order",
  "x-amzn-lambda-integration-tag",
  "x-amzn-requestid",
  "x-cache",
  "x-edge-*",
  "x-forwarded-proto",
  "x-real-ip",
];

/** Names that a function sees at origin-request and may not add, edit or remove. */
export const readOnlyHeaders: readonly string[] = [
  "accept-encoding",
  "cdn-loop",
  "content-length",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "transfer-encoding",
  "via",
];

/** Headers for one connection only (RFC 9110, section 7.6.1): the simulator never forwards them. */
export const hopByHopHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The disallowed entry that matches a lower-case name, or `undefined`. It holds nothing of the request. */
export function findDisallowed(name: string): string | undefined {
  return disallowed.find((entry) => (entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry));
}
