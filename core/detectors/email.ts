/** E-mail addresses as the HTML standard has them ("valid e-mail address"), with letters beyond ASCII (RFC 6531). */
import { type Detector, findMatches } from "./detector.ts";

const pattern =
  /(?<![\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-])[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}[\p{L}]{2,63}(?![\p{L}\p{N}-])/gu;

export const email: Detector = { name: "email", find: (text) => findMatches(text, pattern, () => true) };
