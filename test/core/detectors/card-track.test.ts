import { cardTrack } from "../../../core/detectors/card-track.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(cardTrack, [
  ["track 1", "«%B4111111111111111^LOVELACE/ADA^29121011000000000000?»"],
  ["track 2", "«;4111111111111111=29121011000000000000?»"],
  ["chip", "«4111111111111111D29121011234567890»"],
  ["no sentinel", "«4111111111111111=2912101123400001»"],
  ["Luhn fails", ";4111111111111112=29121011000000000000?"],
  ["no data", ";4111111111111111="],
]);
