import { inAadhaar } from "../../../core/detectors/in-aadhaar.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(inAadhaar, [
  ["named", "Aadhaar «2341 2341 2346»"],
  ["field", "«234123412346»", "aadhaar_number"],
  ["unnamed", "2341 2341 2346"],
  ["wrong digit", "Aadhaar 2341 2341 2347"],
  ["begins with 1", "Aadhaar 1341 2341 2346"],
]);
