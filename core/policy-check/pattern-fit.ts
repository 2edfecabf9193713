/** Whether a policy's own pattern can match in a part of a request that never has some characters. For builds only. */
import { createSet, type PatternProgram } from "../detectors/pattern.ts";

/** Samples of all characters. A set without any of them counts as a match. */
const samples: readonly number[] = [
  ...Array.from({ length: 0x250 }, (_, code) => code),
  // Greek, Cyrillic, Hebrew, Arabic and Indian, kana, Han, Hangul, full-width, symbols, beyond the basic plane.
  0x3b1,
  0x416,
  0x5d0,
  0x661,
  0x905,
  0x3042,
  0x4e2d,
  0xac00,
  0xff11,
  0x20ac,
  0x2028,
  0x1f600,
];

/** True if the pattern matches some text that has no character of `never`. */
export function canMatchWithout({ steps, sets, ignoreCase }: PatternProgram, never: RegExp): boolean {
  const fits = sets.map((source) => {
    const accepted = samples.filter(createSet(source, ignoreCase));
    return accepted.length === 0 || accepted.some((sample) => !never.test(String.fromCodePoint(sample)));
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
