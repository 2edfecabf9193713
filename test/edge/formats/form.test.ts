/** Forms at the edge. */
import { describe, expect, test } from "@jest/globals";
import { protect, restore, secret, testCases, testRefusals } from "../../support/protected-bodies.ts";

describe("forms", () => {
  const type = "application/x-www-form-urlencoded";
  testCases({ fields: ["ssn", "person.card*", "x*z"] }, type, [
    ["one", `a=1&ssn=${secret}&b=2`, "a=1&ssn=<T>&b=2"],
    ["repeated", "ssn=1&ssn=2", "ssn=<T>&ssn=<T>"],
    ["empty", "ssn=&a=", "ssn=<T>&a="],
    ["no equals", "ssn&a", "ssn&a"],
    [
      "brackets",
      "person[card]=1&person.cardNo=2&person%5Bcard%5D=3&card=4",
      "person[card]=<T>&person.cardNo=<T>&person%5Bcard%5D=<T>&card=4",
    ],
    ["list", "ssn[]=1&ssn[0]=2&a[ssn]=3", "ssn[]=<T>&ssn[0]=<T>&a[ssn]=<T>"],
    ["encoded name", "s%73n=1&+ssn=2", "s%73n=<T>&+ssn=<T>"],
    ["within a name", "xyz=1&xz=2&xza=3", "xyz=<T>&xz=<T>&xza=3"],
    ["empty pairs", "&&ssn=1&", "&&ssn=<T>&"],
    ["other semicolons", "a=1;b=2&ssn=3", "a=1;b=2&ssn=<T>"],
    ["first brackets", "[ssn]=1", "[ssn]=<T>"],
    ["text behind brackets", "a[ssn]x=1&a[ssn]x[b]=2&person[card]x=3", "a[ssn]x=<T>&a[ssn]x[b]=<T>&person[card]x=<T>"],
    ["text behind a bracket that a dot opens", "person.card]x=1", "person.card]x=<T>"],
    ["a name encoded twice", "%2573sn=1", "%2573sn=<T>"],
    ["a question mark at the start", "?ssn=1&?ssn=2", "?ssn=<T>&?ssn=2"],
    ["a mark at the start", "\ufeffssn=1", "\ufeffssn=<T>"],
    ["blanks in brackets", "person[+card]=1", "person[+card]=<T>"],
  ]);
  testCases({ fields: ["home_phone"] }, type, [
    [
      "as PHP reads it",
      "home.phone=1&home phone=2&home_phone[x]=3".replaceAll(" ", "+"),
      "home.phone=<T>&home+phone=<T>&home_phone[x]=<T>",
    ],
    [
      "a bracket that is not closed",
      "home[phone=1&home%5Bphone=2&home[phone]=3",
      "home[phone=<T>&home%5Bphone=<T>&home[phone]=3",
    ],
  ]);
  test.each([
    ["plus and %20", "ssn=a+b%20c", "ssn=a%20b%20c"],
    ["small hex", "ssn=%c3%a9", "ssn=%C3%A9"],
    ["reserved", "ssn=a%26b%3Dc%2Bd", "ssn=a%26b%3Dc%2Bd"],
    ["needless", "ssn=%61", "ssn=a"],
  ])("%s: the value comes back, in one spelling", async (_, body, expected) => {
    expect(await restore((await protect({ fields: ["ssn"] }, type, body)).body, type)).toBe(expected);
  });
  testRefusals({ fields: ["ssn"] }, type, [
    ["half an escape", "ssn=%4", "body_malformed"],
    ["no escape", "a=%zz&ssn=1", "body_malformed"],
    ["not UTF-8", "ssn=%ff", "body_not_utf8"],
    ["NUL in a name", "ssn%00x=1", "body_ambiguous"],
    ["a semicolon", `a=1;ssn=${secret}`, "body_ambiguous"],
    ["a bracket before a later equals sign, where qs ends the name", `a=b[ssn]=${secret}`, "body_ambiguous"],
    ["an encoded one", `a=b%5Bssn%5D=${secret}`, "body_ambiguous"],
    ["a marker", "a=%2301%23", "marker_in_input"],
    ["a raw marker", "a=#01#", "marker_in_input"],
    ["a marker twice encoded", "a=%252301%2523", "marker_in_input"],
  ]);
});
