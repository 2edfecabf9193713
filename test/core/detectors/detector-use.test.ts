import { expect, test } from "@jest/globals";
import { card } from "../../../core/detectors/card.ts";
import { type CompiledDetectorUse, loadDetectorUse } from "../../../core/detectors/detector-use.ts";
import { privateKey } from "../../../core/detectors/private-key.ts";

const compiled: CompiledDetectorUse = {
  detector: "card",
  confidence: "low",
  allow: [],
  context: [],
  needsContext: false,
  exempt: [],
};

test.each<readonly [string, readonly string[], readonly string[] | undefined]>([
  ["4111-1111", ["4111-1111"], ["41111111"]],
  ["41*11", ["41", "11"], ["41", "11"]],
  ["Ada@Example.com", ["ada@example.com"], undefined],
  ["--", ["--"], undefined],
])("%s is allowed as %j, and without separators as %j", (allowed, spelled, compact) => {
  expect(loadDetectorUse({ ...compiled, allow: [allowed] }, card).allow).toEqual([{ spelled, compact }]);
});

test("the detector's words and the rule's own", () => {
  expect(loadDetectorUse({ ...compiled, context: ["pan"] }, card).contexts).toHaveLength(2);
  expect(loadDetectorUse(compiled, privateKey).contexts).toEqual([]);
});
