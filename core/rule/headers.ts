/** The header fields of a request that a rule may protect. */

/**
 * Header fields that a function cannot change, that belong to other settings, or that CloudFront needs unchanged
 * (Amazon CloudFront Developer Guide, "Restrictions on edge functions").
 */
const fixedHeaders: ReadonlySet<string> = new Set([
  "accept-encoding",
  "cdn-loop",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/** True if a rule may protect a header field. `name` is in lower case. */
export function isProtectableHeader(name: string): boolean {
  return !fixedHeaders.has(name) && !/^(?:x-amz-cf-|x-edge-|cloudfront-)/.test(name);
}
