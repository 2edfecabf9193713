/** Everything that a policy can refer to. A bundle ships only what its own policy does. */
import { allCodecs } from "./codecs/table.ts";
import { detection } from "./detection.ts";
import { loadPattern } from "./detectors/pattern.ts";
import { detectors } from "./detectors/table.ts";
import type { PolicyModules } from "./policy/policy.ts";
import { loadJsonpathPlus } from "./selector/jsonpath-plus.ts";
import { loadRfc9535 } from "./selector/rfc9535.ts";

export const allModules: PolicyModules = {
  selectors: [loadRfc9535, loadJsonpathPlus],
  detectors,
  loadPattern,
  detection,
  codecs: allCodecs,
};
