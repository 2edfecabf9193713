/** US social security numbers, written with separators; areas, groups and serials that SSA never assigns are left out. */
import { type Detector, findMatches } from "./detector.ts";

const pattern = /(?<![0-9A-Za-z-])(?!000|666|9)[0-9]{3}([- ])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9A-Za-z-])/g;

export const usSsn: Detector = { name: "us-ssn", find: (text) => findMatches(text, pattern, () => true) };
