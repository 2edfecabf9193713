import { phone } from "../../../core/detectors/phone.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(phone, [
  ["international", "«+44 20 7946 0018»"],
  ["E.164", "«+442079460018»"],
  ["brackets", "«+1 (415) 555-2671»"],
  ["US", "«(415) 555-2671»"],
  ["US, dots", "«415.555.2671»"],
  ["British", "«020 7946 0018»"],
  ["extension", "«+1 415 555 2671 ext. 12»"],
  ["named", "phone «4155552671»"],
  ["field", "«4155552671»", "mobileNumber"],
  ["unnamed digits", "4155552671"],
  ["order", "SO-0145-340380"],
  ["date", "2024-01-31"],
  ["epoch", "1700000000"],
  ["not a plan", "+999 123 456 789"],
  ["card", "4111 1111 1111 1111"],
]);
