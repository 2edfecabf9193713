import { dateOfBirth } from "../../../core/detectors/date-of-birth.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(dateOfBirth, [
  ["ISO", "born «1915-12-10»"],
  ["field", "«1915-12-10»", "dob"],
  ["camel", "«10.12.1915»", "dateOfBirth"],
  ["words", "«10 December 1915»", "birthday"],
  ["US words", "DOB: «December 10, 1915»"],
  ["compact", "«19151210»", "birth_date"],
  ["with time", "«1915-12-10T00:00:00Z»", "birthDate"],
  ["two digits", "dob «10/12/15»"],
  ["German", "geboren am «10. Dezember 1915»"],
  ["Japanese", "生年月日 «1915年12月10日»"],
  ["unnamed", "1915-12-10"],
  ["other date", "due 1915-12-10"],
  ["no month", "dob 1915-13-10"],
]);
