import { esDni } from "../../../core/detectors/es-dni.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(esDni, [
  ["DNI", "«12345678Z»"],
  ["dash", "«12345678-Z»"],
  ["dots", "«12.345.678-Z»"],
  ["NIE", "«X1234567L»"],
  ["lower", "«12345678z»"],
  ["wrong letter", "12345678A"],
  ["longer", "123456789Z"],
]);
