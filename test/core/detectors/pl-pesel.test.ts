import { plPesel } from "../../../core/detectors/pl-pesel.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(plPesel, [
  ["named", "PESEL «44051401359»"],
  ["field", "«44051401359»", "pesel"],
  ["21st century", "pesel «02270803624»"],
  ["unnamed", "44051401359"],
  ["wrong digit", "PESEL 44051401358"],
  ["no month", "PESEL 44551401359"],
]);
