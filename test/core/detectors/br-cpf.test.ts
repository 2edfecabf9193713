import { brCpf } from "../../../core/detectors/br-cpf.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(brCpf, [
  ["formatted", "«111.444.777-35»"],
  ["bare", "cpf «11144477735»"],
  ["wrong digit", "111.444.777-36"],
  ["repeated", "111.111.111-11"],
  ["longer", "111444777350"],
]);
