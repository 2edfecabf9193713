import { ukNhs } from "../../../core/detectors/uk-nhs.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(ukNhs, [
  ["named", "NHS number «943 476 5919»"],
  ["field", "«9434765919»", "nhsNumber"],
  ["unnamed", "943 476 5919"],
  ["wrong digit", "NHS 943 476 5918"],
  ["repeated", "NHS 0000000000"],
]);
