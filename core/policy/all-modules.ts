/** All code that a policy can refer to. A bundle holds only the code that its own policy needs. */
import { loadPattern } from "../detectors/pattern.ts";
import { detectors } from "../detectors/table.ts";
import { detection } from "../find/detection.ts";
import { allCodecs } from "../formats/table.ts";
import { loadRfc9535 } from "../selector/jsonpath/rfc9535.ts";
import { loadJsonpathPlus } from "../selector/jsonpath-plus/dialect.ts";
import type { PolicyModules } from "./policy.ts";

/** The selectors of all dialects, all detectors and the codecs of all formats. */
export const allModules: PolicyModules = {
  selectors: [loadRfc9535, loadJsonpathPlus],
  detectors,
  loadPattern,
  detection,
  codecs: allCodecs,
};
