import { itCodiceFiscale } from "../../../core/detectors/it-codice-fiscale.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(itCodiceFiscale, [
  ["example", "«RSSMRA85T10A562S»"],
  ["lower", "«rssmra85t10a562s»"],
  ["wrong letter", "RSSMRA85T10A562T"],
  ["no month", "RSSMRA85Z10A562S"],
  ["longer", "RSSMRA85T10A562SS"],
]);
