/** JSON Web Tokens, signed or encrypted (RFC 7515, RFC 7516): parts in base64url, the first a JSON object with alg. */
import { Buffer } from "node:buffer";
import { defineDetector } from "./detector.ts";

/** A whole token in compact serialization. */
export const jwt = defineDetector({
  name: "jwt",
  needs: { letters: 10, includes: ["eyJ", "ewo", "eyA"] },
  pattern: /(?<![0-9A-Za-z_-])e[yw][0-9A-Za-z_-]{8,4096}(?:\.[0-9A-Za-z_-]{0,65536}){2,4}(?![0-9A-Za-z_-])/g,
  check: (candidate) => isHeader(candidate.split(".", 1)[0] ?? ""),
  confidence: "high",
  // The size of a token with few claims.
  usualBytes: 250,
  context: /\b(?:jwt|token|bearer|authorization|session)\b/i,
});

function isHeader(part: string): boolean {
  const header = Buffer.from(part, "base64url").toString("utf8");
  return /^\s*\{/.test(header) && /"alg"\s*:/.test(header);
}
