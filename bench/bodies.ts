/** The bodies to measure: persons, and long lists of articles. */

/** The protected fields of a person. */
export const sensitiveNames = ["fname", "lname", "email", "ssn", "dob", "phone"] as const;

/** A record. */
export interface Person {
  readonly [name: string]: unknown;
}

/** Persons of 12 fields, 6 of them sensitive. */
export function makePeople(count: number): readonly Person[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index,
    fname: "Ada",
    lname: "Lovelace",
    email: `ada.lovelace.${index}@example.com`,
    ssn: "078-05-1120",
    dob: "1815-12-10",
    phone: "+44 20 7946 0018",
    city: "London",
    plan: "gold",
    balance: 1250.5,
    active: true,
    since: "2026-01-01T00:00:00Z",
  }));
}

/** About 900 KB of records without sensitive fields. With `withSensitive`, the first record has six. */
export function makeLargeBody(withSensitive: boolean): string {
  const record = (index: number): Person => ({
    id: index,
    sku: `A-${index}`,
    title: "Field notes on the analytical engine",
    price: 1250.5,
    stock: index % 7,
    tags: ["engine", "notes"],
    available: true,
    discount: null,
    updated: "2026-01-01T00:00:00Z",
    warehouse: { city: "London", row: 12 },
  });
  const records: Person[] = [];
  for (let size = 0, index = 0; size < 900_000; index++) {
    const next = record(index);
    records.push(
      withSensitive && index === 0 ? { ...next, ...Object.fromEntries(makePeople(1).flatMap(pickSensitive)) } : next,
    );
    size += JSON.stringify(next).length + 1;
  }
  return JSON.stringify(records);
}

function pickSensitive(person: Person): [string, unknown][] {
  return sensitiveNames.map((name) => [name, person[name]]);
}
