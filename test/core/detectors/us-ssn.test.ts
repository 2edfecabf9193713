import { usSsn } from "../../../core/detectors/us-ssn.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(usSsn, [
  ["dashes", "«078-05-1120»"],
  ["blanks", "«078 05 1120»"],
  ["dots", "«078.05.1120»"],
  ["named", "SSN «078051120»"],
  ["field", "«078051120»", "customerSSN"],
  ["glued words", "ssn_number: «078051120»"],
  ["unnamed", "078051120"],
  ["area 000", "000-05-1120"],
  ["area 666", "666-05-1120"],
  ["area 9", "900-05-1120"],
  ["group 00", "078-00-1120"],
  ["serial 0000", "078-05-0000"],
  ["repeated", "111-11-1111"],
  ["longer", "078-05-11200"],
  ["phone", "078-051-1120"],
]);
