/** Private keys in PEM (RFC 7468), OpenSSH and PGP armour: the whole block, or what there is of it. */
import { defineDetector } from "./detector.ts";

const kind = "[A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?";
const lines = String.raw`(?:[A-Za-z0-9+/=\s:,.\\()]|-(?!----))`;
const putty = String.raw`Private-Lines: [0-9]{1,4}\s{1,2}[A-Za-z0-9+/=\s]{24,8192}`;

/** From the opening line to the closing one, or to where the block is cut off. */
export const privateKey = defineDetector({
  name: "private-key",
  needs: { letters: 15, includes: ["PRIVATE KEY", "Private-Lines"] },
  // Up to the closing line, if there is one: a block that was cut off is no less secret.
  pattern: new RegExp(`-----BEGIN ${kind}-----${lines}{24,16384}(?:-----END ${kind}-----)?|${putty}`, "g"),
  confidence: "high",
  // A key of RSA 2048 in PKCS #8.
  usualBytes: 1_700,
  multiline: true,
});
