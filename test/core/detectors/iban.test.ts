import { iban } from "../../../core/detectors/iban.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(iban, [
  ["British", "«GB29NWBK60161331926819»"],
  ["groups", "«GB29 NWBK 6016 1331 9268 19»"],
  ["dashes", "«GB29-NWBK-6016-1331-9268-19»"],
  ["German", "«DE89 3704 0044 0532 0130 00»"],
  ["long", "«LC55 HEMM 0001 0001 0012 0012 0002 3015»"],
  ["lower", "«gb29nwbk60161331926819»"],
  ["goes on", "«GB29NWBK60161331926819» is mine"],
  ["after another candidate", "ES12 here «GB29NWBK60161331926819»"],
  ["check fails", "GB29NWBK60161331926818"],
  ["too short", "GB29NWBK6016133192681"],
  ["glued word", "GB29NWBK60161331926819X"],
  ["no country", "ZZ29NWBK60161331926819"],
]);
