/** Dates of birth in the spellings of several languages. */
import { random, range, two } from "./random.ts";

/** Twenty dates, each in nine spellings. */
export function makeBirthDates(): readonly string[] {
  const months = [
    "January",
    "Feb",
    "mars",
    "avril",
    "Mai",
    "junio",
    "luglio",
    "Aug",
    "September",
    "Oktober",
    "nov",
    "dicembre",
  ];
  return range(20).flatMap(() => {
    const [year, month, day] = [1930 + random(90), 1 + random(12), 1 + random(28)];
    return [
      `${year}-${two(month)}-${two(day)}`,
      `${two(day)}/${two(month)}/${year}`,
      `${month}/${day}/${year}`,
      `${two(day)}.${two(month)}.${year}`,
      `${year}${two(month)}${two(day)}`,
      `${day} ${months[month - 1] ?? ""} ${year}`,
      `${months[month - 1] ?? ""} ${day}, ${year}`,
      `${year}-${two(month)}-${two(day)}T00:00:00Z`,
      `${two(day)}-${two(month)}-${String(year).slice(2)}`,
    ];
  });
}
