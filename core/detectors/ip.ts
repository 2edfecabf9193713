/** IP addresses, versions 4 (RFC 791) and 6 (RFC 4291, section 2.2). */
import { isIPv4, isIPv6 } from "node:net";
import { defineDetector } from "./detector.ts";

const byte = "[0-9]{1,3}";
const version4 = String.raw`${byte}(?:\.${byte}){3}(?![0-9A-Za-z]|\.[0-9])`;

/** The last two groups may be written as an IPv4 address. */
const groups = String.raw`(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}(?:(?<=:${byte})(?:\.${byte}){3})?`;
const version6 = `${groups}(?:%[0-9A-Za-z]{1,16})?(?![0-9A-Za-z]|[.:][0-9A-Za-z])`;

/** IPv4 or IPv6, also with a zone. The confidence is low, because every host has addresses. */
export const ip = defineDetector({
  name: "ip",
  needs: { digits: 1, includes: [".", ":"] },
  pattern: new RegExp(`(?<![0-9A-Za-z:.])(?:${version4}|${version6})`, "g"),
  check: (candidate) => isIPv4(candidate) || measureIPv6(candidate),
  confidence: "low",
  context: /\b(?:ip|ipv[46]|addr|address|host|client|remote|forwarded|peer|source|src|dst)\b/i,
});

/** A colon of the sentence may follow. Without a digit, the text is more likely a name in a program: `A::B`. */
function measureIPv6(candidate: string): number | false {
  const address = /[^:]:$/.test(candidate) ? candidate.slice(0, -1) : candidate;
  return /[0-9]/.test(address) && isIPv6(address) ? address.length : false;
}
