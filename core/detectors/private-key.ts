/** Private keys in PEM (RFC 7468), OpenSSH, PGP and PuTTY format: the whole block, or the rest of a truncated one. */
import { defineDetector } from "./detector.ts";

const kind = "[A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?";
const lines = String.raw`(?:[A-Za-z0-9+/=\s:,.\\()]|-(?!----))`;
const putty = String.raw`Private-Lines: [0-9]{1,4}\s{1,2}[A-Za-z0-9+/=\s]{24,8192}`;

/** From the opening line to the closing line, or to the end of a truncated block. */
export const privateKey = defineDetector({
  name: "private-key",
  needs: { letters: 15, includes: ["PRIVATE KEY", "Private-Lines"] },
  // The closing line is optional: a truncated block is no less secret.
  pattern: new RegExp(`-----BEGIN ${kind}-----${lines}{24,16384}(?:-----END ${kind}-----)?|${putty}`, "g"),
  confidence: "high",
  // The size of an RSA 2048 key in PKCS #8.
  usualBytes: 1_700,
  multiline: true,
});
