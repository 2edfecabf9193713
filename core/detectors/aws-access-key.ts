/**
 * Detects AWS access key ids, and secret keys near a context word (IAM User Guide, "Understanding unique ID prefixes").
 */
import { defineDetector } from "./detector.ts";

const prefixes = "(?:AKIA|ASIA|ABIA|ACCA)";
const keyId = new RegExp(`^${prefixes}`);
const wholeKeyId = `(?<![0-9A-Za-z])${prefixes}[A-Z0-9]{16}(?![0-9A-Za-z])`;
const wholeSecret = "(?<![0-9A-Za-z/+])[0-9A-Za-z/+]{40}(?![0-9A-Za-z/+=])";

/** Key ids anywhere; secret keys only near a context word, because other values have 40 such characters too. */
export const awsAccessKey = defineDetector({
  name: "aws-access-key",
  needs: { letters: 8 },
  pattern: new RegExp(`${wholeKeyId}|${wholeSecret}`, "g"),
  check: (candidate) =>
    keyId.test(candidate) || (/[0-9]/.test(candidate) && /[A-Z]/.test(candidate) && /[a-z]/.test(candidate)),
  confidence: "medium",
  context: /\b(?:aws|amazon|secret|access ?key|credentials?)\b/i,
  needsContext: (match) => match.length === 40,
});
