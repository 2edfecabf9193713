/**
 * AWS access key ids, and secret keys beside a word that names them (IAM User Guide, "Understanding unique ID
 * prefixes").
 */
import { defineDetector } from "./detector.ts";

const keyId = /^(?:AKIA|ASIA|ABIA|ACCA)/;

export const awsAccessKey = defineDetector({
  name: "aws-access-key",
  needs: { letters: 8 },
  pattern:
    /(?<![0-9A-Za-z])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![0-9A-Za-z])|(?<![0-9A-Za-z/+])[0-9A-Za-z/+]{40}(?![0-9A-Za-z/+=])/g,
  check: (candidate) =>
    keyId.test(candidate) || (/[0-9]/.test(candidate) && /[A-Z]/.test(candidate) && /[a-z]/.test(candidate)),
  confidence: "medium",
  context: /\b(?:aws|amazon|secret|access ?key|credentials?)\b/i,
  needsContext: (match) => match.length === 40,
});
