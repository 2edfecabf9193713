import { usRouting } from "../../../core/detectors/us-routing.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(usRouting, [
  ["named", "routing number «021001208»"],
  ["field", "«121000374»", "abaNumber"],
  ["unnamed", "021001208"],
  ["wrong digit", "routing 021001209"],
  ["no district", "routing 501001208"],
]);
