/** What is written is refused exactly when the tokens join with their neighbours into further markers. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { writeEncryption } from "../../../core/encrypt/encrypt-text.ts";
import { type Finding, textValue } from "../../../core/find/finding.ts";
import { applyEdits } from "../../../core/text/edit.ts";
import { countMarkers, holdsMarker } from "../../../core/token/marker.ts";
import { keys, makePolicy } from "../../support/edge.ts";

const { rules, recipients } = makePolicy([{ fields: ["a"] }]);
const [key] = keys;
const payload = `${"A".repeat(342)}==`;

function findingAt(start: number, end: number): Finding {
  const [rule] = rules;
  if (rule === undefined) throw new TypeError("the policy has a rule");
  return { start, end, rule, selector: 0, value: textValue("x"), encode: (token) => token };
}

/** Findings are the X of a source. */
function write(source: string): string {
  const findings = [...source.matchAll(/X/g)].map(({ index }) => findingAt(index, index + 1));
  return writeEncryption(
    { source, findings, found: findings, recipients, accepted: [], nodes: () => [] },
    () => payload,
  );
}

test.each([
  ["#01X", "a prefix before"],
  ["X10#", "a suffix behind"],
  ["X01#", "a prefix behind"],
  ["\\u002301X", "with an escape"],
  ["X1&#x0000000000000000000000030;#", "however long the spelling"],
  ["X%31%2530%23", "and however deep"],
  ["a#01Xb", "between others"],
  ["X01X", "between two tokens"],
])("%s is refused: %s", (source) => {
  expect(() => write(source)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
});

test.each(["X", "#0X", "X 10#", "#01 X", "XX", '#01"X"10#', "#01/X", "X;X&X"])("%s is written", (source) => {
  expect(write(source)).toBe(source.replaceAll("X", `${key.prefix}${payload}${key.suffix}`));
});

test("as a count over the whole result has it", () => {
  const piece = fc.constantFrom(
    "X",
    "X",
    "X",
    "#01",
    "10#",
    "01",
    "#",
    "0",
    "1",
    "2",
    "%23",
    "%2523",
    "\\u0023",
    "\\u005cu0031",
    "\\\\",
    '\\"',
    "\\/",
    "&#35;",
    "&#x030;",
    "&num;",
    "&amp;#35;",
    " ",
    '"',
    "/",
    "=",
    "é",
  );
  let [refused, written] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 2, maxLength: 10 }).map((pieces) => pieces.join("")),
      (source) => {
        fc.pre(!holdsMarker(source, recipients));
        const tokens = [...source.matchAll(/X/g)].map(({ index }) => ({
          start: index,
          end: index + 1,
          replacement: `${key.prefix}${payload}${key.suffix}`,
        }));
        const output = applyEdits(source, tokens);
        if (countMarkers(output, recipients) > 2 * tokens.length) {
          refused++;
          expect(() => write(source)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
        } else {
          written++;
          expect(write(source)).toBe(output);
        }
      },
    ),
    { numRuns: 5_000 },
  );
  expect(Math.min(refused, written)).toBeGreaterThan(100);
});
