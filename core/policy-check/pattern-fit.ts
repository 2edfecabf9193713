/**
 * Whether a policy's own pattern can match anything in a part of a request that never has some characters. For builds
 * only.
 */
import type { PatternProgram } from "../detectors/pattern.ts";

/** Characters that stand for all others: a set that holds none of them is taken to fit. */
const samples: readonly string[] = [
  ...Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)),
  ...[
    "\u03b1",
    "\u0416",
    "\u05d0",
    "\u0661",
    "\u0905",
    "\u3042",
    "\u4e2d",
    "\uac00",
    "\uff11",
    "\u20ac",
    "\u2028",
    "\u{1f600}",
  ],
];

/** `never` tells the characters that the part never has. */
export function canMatchWithout({ steps, sets, ignoreCase }: PatternProgram, never: RegExp): boolean {
  const fits = sets.map((source) => {
    const pattern = new RegExp(`^(?:${source})$`, ignoreCase ? "iu" : "u");
    const accepted = samples.filter((sample) => pattern.test(sample));
    return accepted.length === 0 || accepted.some((sample) => !never.test(sample));
  });
  const seen = new Set<number>();
  const open = [0];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const step = steps[place];
    if (step === undefined || seen.has(place)) continue;
    seen.add(place);
    switch (step.op) {
      case "accept":
        return true;
      case "split":
        open.push(step.first, step.second);
        break;
      case "jump":
        open.push(step.to);
        break;
      case "consume":
        if (fits[step.set] === true) open.push(place + 1);
        break;
      default:
        open.push(place + 1);
    }
  }
  return false;
}
