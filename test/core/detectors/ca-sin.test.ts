import { caSin } from "../../../core/detectors/ca-sin.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(caSin, [
  ["named", "SIN «130 692 544»"],
  ["field", "«130692544»", "socialInsuranceNumber"],
  ["unnamed", "130 692 544"],
  ["wrong digit", "SIN 130 692 545"],
  ["sinister", "130692544", "sinister"],
  ["mixed separators", "SIN 130-692 544"],
]);
