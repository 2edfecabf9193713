import { ukNino } from "../../../core/detectors/uk-nino.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(ukNino, [
  ["plain", "«AB123456C»"],
  ["groups", "«AB 12 34 56 C»"],
  ["lower", "«ab123456c»"],
  ["no suffix", "AB123456"],
  ["no suffix, named", "National Insurance «AB123456»"],
  ["administrative prefix", "GB123456C"],
  ["letter that is never first", "DB123456C"],
  ["suffix", "AB123456E"],
]);
