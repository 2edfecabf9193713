/** The values that each detector must find: published numbers, and numbers made by the published rules. */

import { makeEmails, makeIps, makePhones } from "./addresses.ts";
import { makeBirthDates } from "./birth-dates.ts";
import { makeCards } from "./cards.ts";
import { makeCpf, makeFiscalCode, makeNhs, withLuhn, withVerhoeff, withWeights } from "./check-digits.ts";
import { makeIbans } from "./ibans.ts";
import { base64, capitals, digits, group, hex, pick, pickText, random, range, two } from "./random.ts";

/** A value between « and » in its surroundings, and the name of its field if that is its context. */
export type Positive = string | readonly [field: string, text: string];

function surround(value: string, sentences: readonly [string, ...string[]]): Positive {
  return pick(sentences).replace("@", () => `«${value}»`);
}

const plain: readonly [string, ...string[]] = ["@", "@", "value: @", "(@)", "see @, thanks", "a=@;b=2", '"@"', "x @ y"];

/** The positives of one detector, and their sources. */
export interface Positives {
  readonly sources: readonly string[];
  readonly values: readonly Positive[];
}

const b64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The positives by the names of detectors. */
export const positives: Readonly<Record<string, Positives>> = {
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
      "test numbers that Adyen, Stripe, PayPal and Braintree publish; " +
        "others made by the brands' ranges and Luhn's rule",
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
    values: makeIps().map((value) => surround(value, ["@", "from @ to", "client=@", "[@]", "@ - -"])),
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
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" +
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" +
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      ...range(40).map((index) => {
        const header = { alg: pick(["HS256", "RS256", "ES256", "none"]), typ: "JWT", kid: String(index) };
        const claims = { sub: digits(8), iat: index };
        return `${b64url(header)}.${b64url(claims)}.${pickText(`${capitals}${hex}-_`, 43)}`;
      }),
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
      "American Bankers Association; numbers that Federal Reserve Banks publish for themselves, " +
        "others made by its rule",
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
      ...range(100).map(() => {
        const area = String(100 + random(500)).padStart(3, "0");
        return `${area}-${two(1 + random(99))}-${String(1 + random(9999)).padStart(4, "0")}`;
      }),
    ].flatMap((value): readonly Positive[] => [
      surround(value, plain),
      surround(value.replaceAll("-", " "), plain),
      ["ssn", `«${value.replaceAll("-", "")}»`],
      `SSN «${value.replaceAll("-", "")}»`,
    ]),
  },
};
