/** E-mail addresses (RFC 5321, section 4.1.2), also with letters beyond ASCII (RFC 6531). */
import { defineDetector } from "./detector.ts";

/** The characters of RFC 5322, without those that URLs, forms and markup put before an address. */
const atext = "[\\p{L}\\p{N}\\p{M}!#$%*+^_`~'.-]";
const label = "[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}\\p{M}_-]{0,62}[\\p{L}\\p{N}\\p{M}])?";
const domain = `(?:${label}[.\\u3002]){1,8}(?:xn--[a-zA-Z0-9-]{2,59}|\\p{L}[\\p{L}\\p{M}]{1,62})(?![\\p{L}\\p{N}_])`;
const local = `(?<!${atext})[\\p{L}\\p{N}_#!$%*+^\`~]${atext}{0,63}|(?<![^\\s(<,;:=])"[^"\\\\\\r\\n@]{1,62}"`;

/** An address, alone or within a text or a URL. */
export const email = defineDetector({
  name: "email",
  needs: { includes: ["@", "\uff20"] },
  pattern: new RegExp(
    `(?:${local})[@\\uff20](?:${domain}|\\[(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\\])`,
    "gu",
  ),
  check: (candidate) => candidate.startsWith('"') || !/\.\.|\.[@\uff20]/.test(candidate),
  confidence: "medium",
  context: /\b(?:e-?mail|mail|address|contact|courriel|correo)\b/i,
});
