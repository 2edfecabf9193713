/** Dates of birth: dates in ISO 8601 or in usual orders of day, month and year, near a word such as "born". */
import { defineDetector } from "./detector.ts";

const day = "(?:0?[1-9]|[12][0-9]|3[01])";
const month = "(?:0?[1-9]|1[0-2])";
const year = "(?:19|20)[0-9]{2}";
const name = "\\p{L}{3,12}";
const time = "(?:[T ][0-2][0-9]:[0-9:.]{2,12}(?:Z|[+-][0-9:]{4,6})?)?";
const forms = [
  `${year}(?<ymd>[-./ ])${month}\\k<ymd>${day}${time}`,
  `${year}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])`,
  `${day}(?<dmy>[-./ ])${day}\\k<dmy>(?:${year}|[0-9]{2})`,
  `${day}(?:st|nd|rd|th|\\.|º)?[ -](?:of |de )?${name}\\.?,?[ -](?:de )?${year}`,
  `${name}\\.? ${day}(?:st|nd|rd|th)?,? ${year}`,
  `${year}[ -]${name}[ -]${day}`,
  `${year}年[0-9]{1,2}月[0-9]{1,2}日`,
];

const words =
  "birth(?:day|date)?|date ?of ?birth|born|dob|d\\.o\\.b|bday|birthdt|geburts(?:datum|tag)|geboren|naissance|" +
  "nacimiento|nascita|nascimento|fødselsdato|födelsedatum|geboortedatum|urodzenia";

/** Any date near a context word of a dozen languages. */
export const dateOfBirth = defineDetector({
  name: "date-of-birth",
  needs: { digits: 4 },
  pattern: new RegExp(`(?<![\\p{L}0-9]|[0-9][./-])(?:${forms.join("|")})(?![\\p{L}0-9]|[./-][0-9])`, "giu"),
  confidence: "medium",
  context: new RegExp(`(?:\\b(?:${words})|生年月日|出生)`, "iu"),
  needsContext: true,
});
