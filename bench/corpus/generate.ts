/**
 * Writes the corpus that detectors are measured over: `positives.json` from published numbers and numbers made by the
 * published rules, `lookalikes.txt` from what else has their length and alphabet. The same files at every run.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Mulberry32: a small generator of pseudorandom numbers, the same everywhere. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const random = createRandom(20_260_101);
const pick = <T>(items: readonly [T, ...T[]]): T => items[random(items.length)] ?? items[0];
const pickText = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[random(alphabet.length)]).join("");
const digits = (length: number): string => pickText("0123456789", length);
const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const hex = "0123456789abcdef";
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const two = (number: number): string => String(number).padStart(2, "0");

// Check digits, written here once more: what the detectors compute is checked against it.

function withLuhn(body: string): string {
  const sum = [...body].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return body + String((10 - (sum % 10)) % 10);
}

function withWeights(body: string, weights: readonly number[], finish: (sum: number) => string): string {
  return body + finish([...body].reduce((sum, digit, index) => sum + Number(digit) * (weights[index] ?? 0), 0));
}

function withGtin(body: string): string {
  return withWeights(body, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3], (sum) => String((10 - (sum % 10)) % 10));
}

function makeIban(country: string, account: string): string {
  const value = (account + country + "00").replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return country + two(98 - Number(BigInt(value) % 97n)) + account;
}

function withVerhoeff(body: string): string {
  // The dihedral group D5 as permutations: turns by 0 to 4, then mirrors.
  const multiply = (a: number, b: number): number =>
    a < 5 ? (b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5)) : b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5;
  const permute = (digit: number, times: number): number =>
    times === 0 ? digit : permute([1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit] ?? 0, times - 1);
  const check = [...body]
    .reverse()
    .reduce((state, digit, index) => multiply(state, permute(Number(digit), (index + 1) % 8)), 0);
  return body + String(range(10).find((digit) => multiply(check, digit) === 0));
}

function makeNhs(): string {
  for (;;) {
    const made = withWeights(digits(9), [10, 9, 8, 7, 6, 5, 4, 3, 2], (sum) => String((11 - (sum % 11)) % 11));
    if (made.length === 10) return made;
  }
}

function makeCpf(): string {
  const check = (sum: number): string => String(11 - (sum % 11) > 9 ? 0 : 11 - (sum % 11));
  const one = withWeights(digits(9), [10, 9, 8, 7, 6, 5, 4, 3, 2], check);
  return withWeights(one, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2], check);
}

function makeFiscalCode(): string {
  const body =
    pickText("BCDFGLMNPRST", 6) +
    two(random(100)) +
    pickText("ABCDEHLMPRST", 1) +
    two(1 + random(28)) +
    pickText("ABCDEFGHIL", 1) +
    digits(3);
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
  const sum = [...body].reduce((total, character, index) => {
    const letter = capitals.indexOf(character);
    const number = letter < 0 ? Number(character) : letter;
    return total + (index % 2 === 1 ? number : (odd[number] ?? 0));
  }, 0);
  return body + (capitals[sum % 26] ?? "");
}

const group = (text: string, sizes: readonly number[], separator: string): string => {
  let at = 0;
  const groups = sizes.map((size) => text.slice(at, (at += size)));
  return [...groups, text.slice(at)].filter((part) => part !== "").join(separator);
};

/** A value in its surroundings, the value between « and »; with the name of its field where that is its context. */
type Positive = string | readonly [field: string, text: string];

function surround(value: string, sentences: readonly [string, ...string[]]): Positive {
  return pick(sentences).replace("@", () => `«${value}»`);
}

const plain: readonly [string, ...string[]] = ["@", "@", "value: @", "(@)", "see @, thanks", "a=@;b=2", '"@"', "x @ y"];

interface Positives {
  readonly sources: readonly string[];
  readonly values: readonly Positive[];
}

const publishedCards = [
  "4111111111111111",
  "4012888888881881",
  "4222222222222",
  "4242424242424242",
  "4000056655665556",
  "5555555555554444",
  "5105105105105100",
  "5200828282828210",
  "2223003122003222",
  "2223000048400011",
  "2720992593319364",
  "378282246310005",
  "371449635398431",
  "378734493671000",
  "6011111111111117",
  "6011000990139424",
  "6011981111111113",
  "3056930009020004",
  "36227206271667",
  "30569309025904",
  "38520000023237",
  "3566002020360505",
  "3530111333300000",
  "6200000000000005",
  "6200000000000047",
  "6205500000000000004",
  "6759649826438453",
  "6799990100000000019",
  "5019717010103742",
  "6304939304310009610",
  "2200000000000053",
  "2201382000000013",
  "4917610000000000003",
];

const cardRanges: readonly (readonly [prefix: string, length: number])[] = [
  ["4", 16],
  ["4", 16],
  ["4", 19],
  ["51", 16],
  ["55", 16],
  ["2221", 16],
  ["2450", 16],
  ["2720", 16],
  ["34", 15],
  ["37", 15],
  ["300", 14],
  ["36", 14],
  ["38", 14],
  ["6011", 16],
  ["644", 16],
  ["65", 16],
  ["3528", 16],
  ["3589", 16],
  ["62", 16],
  ["62", 17],
  ["62", 18],
  ["62", 19],
  ["5018", 12],
  ["5020", 13],
  ["6304", 14],
  ["6759", 16],
  ["6761", 18],
  ["6763", 19],
  ["60", 16],
  ["6521", 16],
  ["82", 16],
  ["508", 16],
  ["2200", 16],
  ["2204", 16],
];

function groupCard(number: string, separator: string): string {
  if (number.length === 15) return group(number, [4, 6, 5], separator);
  if (number.length === 14) return group(number, [4, 6, 4], separator);
  return group(number, [4, 4, 4, 4], separator);
}

function makeCards(): readonly string[] {
  const made = cardRanges.flatMap(([prefix, length]) =>
    range(6).map(() =>
      withLuhn(prefix === "508" ? `5085${digits(length - 5)}` : prefix + digits(length - 1 - prefix.length)),
    ),
  );
  const known = [...publishedCards, ...made];
  return [
    ...known,
    ...known.map((number) => groupCard(number, pick([" ", "-", " ", "-", ".", "\u00a0", "\u2013", "/", "_", " - "]))),
  ];
}

const ibanShapes: readonly (readonly [country: string, bank: string, digits: number])[] = [
  ["DE", "", 18],
  ["FR", "", 23],
  ["ES", "", 20],
  ["IT", "X", 22],
  ["NL", "ABNA", 10],
  ["GB", "NWBK", 14],
  ["IE", "AIBK", 14],
  ["BE", "", 12],
  ["AT", "", 16],
  ["CH", "", 17],
  ["PL", "", 24],
  ["PT", "", 21],
  ["SE", "", 20],
  ["NO", "", 11],
  ["DK", "", 14],
  ["FI", "", 14],
  ["LU", "", 16],
  ["CZ", "", 20],
  ["RO", "AAAA", 16],
  ["GR", "", 23],
  ["TR", "", 22],
  ["SA", "", 20],
  ["AE", "", 19],
  ["BR", "", 23],
  ["MT", "MALT", 23],
  ["VG", "VPVG", 16],
  ["KW", "CBKU", 22],
  ["LV", "BANK", 13],
];

const registryIbans = [
  "GB29NWBK60161331926819",
  "DE89370400440532013000",
  "FR1420041010050500013M02606",
  "ES9121000418450200051332",
  "IT60X0542811101000000123456",
  "NL91ABNA0417164300",
  "BE68539007547034",
  "CH9300762011623852957",
  "AT611904300234573201",
  "NO9386011117947",
  "MT84MALT011000012345MTLCAST001S",
  "SA0380000000608010167519",
  "AL47212110090000000235698741",
  "BR9700360305000010009795493P1",
  "LC55HEMM000100010012001200023015",
  "SC18SSCB11010000000000001497USD",
  "QA58DOHB00001234567890ABCDEFG",
];

function makeIbans(): readonly string[] {
  const made = ibanShapes.flatMap(([country, bank, length]) =>
    range(6).map(() => makeIban(country, country === "BR" ? `${digits(23)}P1` : bank + digits(length))),
  );
  const all = [...registryIbans, ...made];
  return [
    ...all,
    ...all.map((number) =>
      group(
        number,
        range(8).map(() => 4),
        " ",
      ),
    ),
    ...made.slice(0, 20).map((number) => number.toLowerCase()),
  ];
}

function makeEmails(): readonly string[] {
  const names = [
    "ada",
    "grace.hopper",
    "j_doe",
    "alan+news",
    "o'brien",
    "x",
    "Zoë.Muller",
    "用户",
    "пётр",
    "first.last-name",
    "1234567890",
    "customer-dept",
  ] as const;
  const domains = [
    "example.com",
    "mail.example.co.uk",
    "example.org",
    "münchen.example",
    "例子.公司",
    "почта.рф",
    "sub-domain.example.travel",
    "xn--bcher-kva.example",
    "example.xn--p1ai",
  ] as const;
  return [
    ...names.flatMap((name) => domains.map((domain) => `${name}@${domain}`)),
    '"john doe"@example.com',
    "user@[192.0.2.1]",
    "a@b.io",
  ];
}

function makePhones(): readonly string[] {
  const published = [
    "+44 20 7946 0018",
    "+1 202-555-0143",
    "+1 (415) 555-2671",
    "+4930123456",
    "+49 30 901820",
    "+33 1 42 68 53 00",
    "+55 11 98456-5666",
    "+91 98765 43210",
    "+81 3-1234-5678",
    "+39 06 6982",
    "+61 2 9374 4000",
    "+34 912 345 678",
    "+31 20 794 0800",
    "+46 8 123 456 78",
    "+48 22 123 45 67",
    "+41 44 668 18 00",
    "+972-9-762-5400",
    "+86 138 1234 5678",
    "(415) 555-2671",
    "(415)555-2671",
    "415-555-2671",
    "415.555.2671",
    "1-415-555-2671",
    "020 7946 0018",
    "01632 960983",
    "030 901820",
    "01 42 68 53 00",
    "09-7625400",
    "090-1234-5678",
    "0044 20 7946 0018",
    "+1 415 555 2671 ext. 12",
    "+442079460018",
    "(+44) 20 7946 0018",
    "+1.415.555.2671",
  ];
  return published;
}

const ips = (): readonly string[] => [
  ...range(60).map(() =>
    range(4)
      .map((index) => String(index === 0 ? 1 + random(223) : random(256)))
      .join("."),
  ),
  ...range(30).map(() =>
    range(8)
      .map(() => pickText(hex, 1 + random(4)).replace(/^[a-f]/, "1"))
      .join(":"),
  ),
  "2001:db8::8a2e:370:7334",
  "fe80::1ff:fe23:4567:890a",
  "::ffff:192.0.2.128",
  "2001:DB8:0:0:8:800:200C:417A",
  "ff02::1:2",
  "64:ff9b::192.0.2.33",
];

function makeBirthDates(): readonly string[] {
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

const b64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const base64 = `${capitals}${capitals.toLowerCase()}0123456789+/`;

const positives: Readonly<Record<string, Positives>> = {
  "aws-access-key": {
    sources: ["IAM User Guide, examples of access keys; others made by the published form"],
    values: [
      ...[
        "AKIAIOSFODNN7EXAMPLE",
        "AKIAI44QH8DHBEXAMPLE",
        ...range(40).map(() => pick(["AKIA", "ASIA"]) + pickText(`${capitals}234567`, 16)),
      ].map((value) => surround(value, plain)),
      ...["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ...range(30).map(() => `a1B${pickText(base64, 37)}`)].map(
        (value): Positive =>
          pick([
            ["aws_secret_access_key", `«${value}»`],
            `aws_secret_access_key = «${value}»`,
            ["secretAccessKey", `«${value}»`],
          ]),
      ),
    ],
  },
  "br-cpf": {
    sources: ["Receita Federal, rule of the check digits; numbers made by it"],
    values: range(100)
      .map(makeCpf)
      .flatMap((number) => [number, `${group(number.slice(0, 9), [3, 3], ".")}-${number.slice(9)}`])
      .map((value) => surround(value, plain)),
  },
  "ca-sin": {
    sources: ["Service Canada; the fictitious number of its examples, others made by Luhn's rule"],
    values: ["046454286", ...range(60).map(() => withLuhn(String(1 + random(7)) + digits(7)))]
      .flatMap((number) => [number, group(number, [3, 3], " "), group(number, [3, 3], "-")])
      .map(
        (value): Positive =>
          pick([
            `SIN: «${value}»`,
            `social insurance number «${value}»`,
            ["sin", `«${value}»`],
            ["socialInsuranceNumber", `«${value}»`],
            `NAS «${value}»`,
          ]),
      ),
  },
  card: {
    sources: [
      "test numbers that Adyen, Stripe, PayPal and Braintree publish; others made by the brands' ranges and Luhn's rule",
    ],
    values: makeCards().map((value) => surround(value, plain)),
  },
  "card-track": {
    sources: ["ISO/IEC 7813; made by it"],
    values: range(60)
      .map(() => withLuhn(`4${digits(14)}`))
      .map((number, index) =>
        surround(
          [
            `%B${number}^LOVELACE/ADA^29121011000000000000?`,
            `;${number}=29121011000000000000?`,
            `B${number}^LOVELACE/ADA              ^2912101123456789`,
            `${number}=2912101123400001`,
            `${number}D29121011234567890`,
          ][index % 5] ?? "",
          ["@", "track: @", "swipe @"],
        ),
      ),
  },
  "date-of-birth": {
    sources: ["ISO 8601 and national orders; made"],
    values: makeBirthDates().map(
      (value): Positive =>
        pick([
          `born «${value}»`,
          `DOB: «${value}»`,
          ["dob", `«${value}»`],
          ["dateOfBirth", `«${value}»`],
          ["birth_date", `«${value}»`],
          `date of birth «${value}»`,
          `geboren am «${value}»`,
        ]),
    ),
  },
  email: {
    sources: ["RFC 5322 and RFC 6531, examples; made from them"],
    values: makeEmails().map((value) =>
      surround(value, ["@", "mail: @", "<@>", "to @, please", "a=@", "mailto:@", "Write to @."]),
    ),
  },
  "es-dni": {
    sources: ["Real Decreto 1553/2005; made by its rule"],
    values: range(60)
      .map(() => digits(8))
      .map((number) => number + ("TRWAGMYFPDXBNJZSQVHLCKE"[Number(number) % 23] ?? ""))
      .flatMap((value) => [value, `${value.slice(0, 8)}-${value.slice(8)}`])
      .concat(
        range(40)
          .map(() => [random(3), digits(7)] as const)
          .map(
            ([first, rest]) =>
              `${"XYZ"[first] ?? ""}${rest}${"TRWAGMYFPDXBNJZSQVHLCKE"[Number(`${first}${rest}`) % 23] ?? ""}`,
          ),
      )
      .map((value) => surround(value, plain)),
  },
  iban: {
    sources: ["SWIFT IBAN registry, examples; others made by the countries' lengths and ISO 7064"],
    values: makeIbans().map((value) => surround(value, plain)),
  },
  "in-aadhaar": {
    sources: ["UIDAI; made by Verhoeff's rule"],
    values: range(60)
      .map(() => withVerhoeff(String(2 + random(8)) + digits(10)))
      .flatMap((number) => [number, group(number, [4, 4], " "), group(number, [4, 4], "-")])
      .map(
        (value): Positive =>
          pick([
            `Aadhaar «${value}»`,
            ["aadhaar", `«${value}»`],
            ["aadhaarNumber", `«${value}»`],
            `UID: «${value}»`,
            `aadhar no. «${value}»`,
          ]),
      ),
  },
  ip: {
    sources: ["RFC 5737, RFC 3849, RFC 4291, examples; others made"],
    values: ips().map((value) => surround(value, ["@", "from @ to", "client=@", "[@]", "@ - -"])),
  },
  "it-codice-fiscale": {
    sources: ["Agenzia delle Entrate; RSSMRA85T10A562S of its examples, others made by the decree's rule"],
    values: ["RSSMRA85T10A562S", ...range(80).map(makeFiscalCode)]
      .flatMap((value) => [value, value.toLowerCase()])
      .map((value) => surround(value, plain)),
  },
  jwt: {
    sources: ["RFC 7519, section 3.1; others made"],
    values: [
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      ...range(40).map(
        (index) =>
          `${b64url({ alg: pick(["HS256", "RS256", "ES256", "none"]), typ: "JWT", kid: String(index) })}.${b64url({ sub: digits(8), iat: index })}.${pickText(`${capitals}${hex}-_`, 43)}`,
      ),
    ].map((value) => surround(value, ["@", "Bearer @", "token: @", "jwt=@"])),
  },
  phone: {
    sources: ["ITU-T E.164; numbers that Ofcom, the NANP and others keep for examples"],
    values: makePhones().flatMap((value) => [
      `«${value}»`,
      `phone: «${value}»`,
      ["mobile", `«${value}»`] as const,
      `call «${value}» now`,
    ]),
  },
  "pl-pesel": {
    sources: ["Ustawa o ewidencji ludności; 44051401359 of its examples, others made by its rule"],
    values: [
      "44051401359",
      ...range(80).map(() =>
        withWeights(
          two(random(100)) + two(pick([0, 20]) + 1 + random(9)) + two(1 + random(28)) + digits(4),
          [1, 3, 7, 9, 1, 3, 7, 9, 1, 3],
          (sum) => String((10 - (sum % 10)) % 10),
        ),
      ),
    ].map(
      (value): Positive =>
        pick([`PESEL «${value}»`, ["pesel", `«${value}»`], `numer PESEL: «${value}»`, ["peselNumber", `«${value}»`]]),
    ),
  },
  "private-key": {
    sources: ["RFC 7468, RFC 5958, OpenSSH's and OpenPGP's armour; made, they open nothing"],
    values: [
      "PRIVATE KEY",
      "RSA PRIVATE KEY",
      "EC PRIVATE KEY",
      "DSA PRIVATE KEY",
      "ENCRYPTED PRIVATE KEY",
      "OPENSSH PRIVATE KEY",
      "PGP PRIVATE KEY BLOCK",
    ].flatMap((kind) =>
      range(4).map(() =>
        surround(
          `-----BEGIN ${kind}-----\n${range(6)
            .map(() => pickText(base64, 64))
            .join("\n")}\n-----END ${kind}-----`,
          ["@", "key: @", "{@}"],
        ),
      ),
    ),
  },
  "uk-nhs": {
    sources: ["NHS Data Dictionary; 943 476 5919 of its examples, others made by its rule"],
    values: ["9434765919", ...range(60).map(makeNhs)]
      .flatMap((number) => [number, group(number, [3, 3], " "), group(number, [3, 3], "-")])
      .map(
        (value): Positive =>
          pick([
            `NHS «${value}»`,
            ["nhsNumber", `«${value}»`],
            ["nhs_no", `«${value}»`],
            `NHS number: «${value}»`,
            `patient «${value}»`,
          ]),
      ),
  },
  "uk-nino": {
    sources: ["HMRC NIM39110; QQ is kept for examples, others made by its rule"],
    values: range(80)
      .map(
        () => `${pickText("ABCEGHJKLMNOPRSTWXYZ", 1)}${pickText("ACEHJKMRSWXY", 1)}${digits(6)}${pickText("ABCD", 1)}`,
      )
      .filter((value) => !/^(?:BG|GB|KN|NK|NT|TN|ZZ|.O)/.test(value))
      .flatMap((value) => [value, group(value, [2, 2, 2, 2], " "), value.toLowerCase()])
      .map((value) => surround(value, plain)),
  },
  "us-routing": {
    sources: [
      "American Bankers Association; numbers that Federal Reserve Banks publish for themselves, others made by its rule",
    ],
    values: [
      "021001208",
      "011000015",
      "121000374",
      "071000301",
      ...range(80).map(() =>
        withWeights(
          pick(["01", "02", "06", "11", "12", "21", "26", "31", "32", "61", "72"]) + digits(6),
          [3, 7, 1, 3, 7, 1, 3, 7],
          (sum) => String((10 - (sum % 10)) % 10),
        ),
      ),
    ].map(
      (value): Positive =>
        pick([
          `routing number «${value}»`,
          ["routingNumber", `«${value}»`],
          `ABA «${value}»`,
          ["aba", `«${value}»`],
          `RTN: «${value}»`,
        ]),
    ),
  },
  "us-ssn": {
    sources: ["SSA, rules of assignment; 078-05-1120 of its history, others made"],
    values: [
      "078-05-1120",
      ...range(100).map(
        () =>
          `${String(100 + random(500)).padStart(3, "0")}-${two(1 + random(99))}-${String(1 + random(9999)).padStart(4, "0")}`,
      ),
    ].flatMap((value): readonly Positive[] => [
      surround(value, plain),
      surround(value.replaceAll("-", " "), plain),
      ["ssn", `«${value.replaceAll("-", "")}»`],
      `SSN «${value.replaceAll("-", "")}»`,
    ]),
  },
};

const lookalikes: Readonly<Record<string, () => string>> = {
  uuid: () => group(pickText(hex, 32), [8, 4, 4, 4], "-"),
  "epoch milliseconds": () => String(1_500_000_000_000 + random(400_000_000) * 1_000 + random(1_000)),
  "epoch micro- and nanoseconds": () => `1${String(500_000_000 + random(400_000_000))}${digits(pick([6, 9]))}`,
  float: () =>
    pick([
      `${random(1_000)}.${digits(15)}`,
      `0.${digits(16)}`,
      `-${random(90)}.${digits(6)}, ${random(180)}.${digits(6)}`,
      `${digits(1)}.${digits(12)}e-${random(9)}`,
    ]),
  "order id": () =>
    pick([
      `ORD-${digits(8)}`,
      `11${digits(1)}-${digits(7)}-${digits(7)}`,
      `${2_020 + random(7)}${digits(8)}`,
      `INV/${2_020 + random(7)}/${digits(5)}`,
      `PO${digits(10)}`,
      digits(10),
      digits(16),
      `#${digits(6)}`,
      `SO-${digits(4)}-${digits(6)}`,
    ]),
  "EAN-13": () =>
    withGtin(
      pick(["00", "30", "40", "45", "49", "50", "54", "57", "59", "69", "73", "76", "80", "84", "87", "90", "97"]) +
        digits(10),
    ),
  IMEI: () => withLuhn(pick(["35", "35", "86", "01", "99"]) + digits(12)),
  "tracking number": () =>
    pick([
      `1Z${pickText(`${capitals}0123456789`, 6)}${digits(10)}`,
      digits(12),
      `9400${digits(18)}`,
      `JD${digits(18)}`,
      `${pickText(capitals, 2)}${digits(9)}${pickText(capitals, 2)}`,
      `7${digits(11)}`,
      digits(10),
      `96${digits(20)}`,
    ]),
  hash: () => pickText(hex, pick([32, 40, 64, 16, 8])),
  base64: () => `${pickText(base64, pick([22, 24, 38, 43, 64]))}${pick(["", "=", "=="])}`,
  version: () =>
    pick([
      `${random(20)}.${random(40)}.${random(100)}`,
      `v${random(9)}.${random(9)}.${random(9)}-rc.${random(9)}`,
      `${2_020 + random(7)}.${1 + random(12)}.${random(30)}`,
      `${random(20)}.${random(20)}.${random(9_000) + 256}.${random(20)}`,
      `${random(300)}.0.${random(7_000)}.${256 + random(200)}`,
    ]),
  "date and time": () =>
    `${2_015 + random(12)}-${two(1 + random(12))}-${two(1 + random(28))}${pick(["", `T${two(random(24))}:${two(random(60))}:${two(random(60))}.${digits(3)}Z`, ` ${two(random(24))}:${two(random(60))}:${two(random(60))}`])}`,
};

const mostLookalikes = 10_000;
const kinds = Object.values(lookalikes);
const lines = range(mostLookalikes).map((index) => kinds[index % kinds.length]?.() ?? "");

const folder = import.meta.dirname;
const written = Object.entries(positives).map(([name, { sources, values }]) => {
  const rows = values.map((value) => `      ${JSON.stringify(value)}`).join(",\n");
  return `  ${JSON.stringify(name)}: {\n    "sources": ${JSON.stringify(sources)},\n    "values": [\n${rows}\n    ]\n  }`;
});
writeFileSync(join(folder, "positives.json"), `{\n${written.join(",\n")}\n}\n`);
writeFileSync(join(folder, "lookalikes.txt"), `${lines.join("\n")}\n`);
