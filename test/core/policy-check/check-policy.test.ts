/** Wrong and doubtful policies: where the mistake is, why it is one, and what was meant. */
import { describe, expect, test } from "@jest/globals";
import type { Issue } from "../../../core/config/issue.ts";
import { checkPolicy, compilePolicy } from "../../../core/policy-check/check-policy.ts";
import { keys, makeTestKey } from "../../support/edge.ts";

const pems = new Map(keys.map(({ id, publicKeyPem }) => [id, publicKeyPem]));
const recipients = keys.map(({ id, keyArn, prefix, suffix }) => ({
  id,
  keyArn,
  prefix,
  suffix,
  publicKeyFile: `${id}.pem`,
}));
const [first, second] = recipients;
const base = { path: "/people", recipient: "01" };
const rule = { ...base, body: ["$.ssn"] };

/** Of a policy with these rules, and otherwise nothing doubtful. */
function issuesOf(rules: readonly object[], settings: object = {}): readonly Issue[] {
  const usesSecond = JSON.stringify(rules).includes('"02"');
  return checkPolicy(
    { version: 1, otherwise: "refuse", recipients: usesSecond ? recipients : [first], rules, ...settings },
    pems,
  ).issues;
}

type Case = readonly [why: string, rules: readonly object[], place: string, reason: RegExp, settings?: object];

function testIssues(severity: Issue["severity"], cases: readonly Case[]): void {
  // A row may be shorter than the list of parameters, and jest would take the last one for a callback.
  test.each(cases)("%s", (...[, rules, place, reason, settings]) => {
    expect(issuesOf(rules, settings)).toEqual([
      expect.objectContaining({ severity, place, reason: expect.stringMatching(reason) }),
    ]);
  });
}

describe("mistyped names", () => {
  testIssues("error", [
    ["a policy's setting", [rule], "$.limit", /Did you mean "limits"\?/, { limit: {} }],
    ["a rule's setting", [{ ...rule, lable: "a" }], "$.rules[0].lable", /Did you mean "label"\?/],
    [
      "a setting of nothing like it",
      [{ ...rule, zzzzzz: 1 }],
      "$.rules[0].zzzzzz",
      /Unknown setting "zzzzzz"\. Allowed: name,/,
    ],
    ["a setting that is not an identifier", [{ ...rule, "path ": 1 }], '$.rules[0]["path "]', /Did you mean "path"\?/],
    ["a limit", [rule], "$.limits.dept", /Did you mean "depth"\?/, { limits: { dept: 10 } }],
    [
      "a setting of a selector",
      [{ ...base, body: [{ select: "$.a", requird: true }] }],
      "$.rules[0].body[0].requird",
      /Did you mean "required"\?/,
    ],
    [
      "a setting of a detector",
      [{ ...base, detect: [{ detector: "card", alow: ["4111111111111111"] }] }],
      "$.rules[0].detect[0].alow",
      /Did you mean "allow"\?/,
    ],
    [
      "a setting of a pattern",
      [{ ...base, detect: ["p"] }],
      "$.patterns[0].chekcsum",
      /Did you mean "checksum"\?/,
      { patterns: [{ name: "p", pattern: "a", chekcsum: "luhn" }] },
    ],
    [
      "a recipient",
      [{ ...rule, recipient: "0I" }],
      "$.rules[0].recipient",
      /Unknown recipient "0I"\. Did you mean "01"\? Known: 01/,
    ],
    ["a detector", [{ ...base, detect: ["crad"] }], "$.rules[0].detect[0]", /Did you mean "card"\?/],
    ["a detector by half its name", [{ ...base, detect: ["ssn"] }], "$.rules[0].detect[0]", /Did you mean "us-ssn"\?/],
    [
      "a detector of the policy's own",
      [{ ...base, detect: ["custmer", "customer"] }],
      "$.rules[0].detect[0]",
      /Did you mean "customer"\?/,
      { patterns: [{ name: "customer", pattern: "C[0-9]{8}" }] },
    ],
    ["a dialect", [{ ...rule, dialect: "jsonpathplus" }], "$.rules[0].dialect", /Did you mean "jsonpath-plus"\?/],
    ["a format", [{ ...rule, format: "JSON" }], "$.rules[0].format", /Did you mean "json"\?/],
    ["a token", [{ ...rule, token: "seald" }], "$.rules[0].token", /Did you mean "sealed"\?/],
    ["a mode", [{ ...rule, mode: "reports" }], "$.rules[0].mode", /Did you mean "report"\?/],
    [
      "a place",
      [{ ...base, detect: ["card"], detectIn: ["header"] }],
      "$.rules[0].detectIn[0]",
      /Did you mean "headers"\?/,
    ],
    [
      "a confidence",
      [{ ...base, detect: [{ detector: "card", confidence: "hihg" }] }],
      "$.rules[0].detect[0].confidence",
      /Did you mean "high"\?/,
    ],
    [
      "a checksum",
      [{ ...base, detect: ["p"] }],
      "$.patterns[0].checksum",
      /Did you mean "mod97"\?/,
      { patterns: [{ name: "p", pattern: "[0-9]{9}", checksum: "mod-97" }] },
    ],
    [
      "a segment",
      [{ ...base, path: "/a/{person}", segments: ["persn"] }],
      "$.rules[0].segments[0]",
      /Did you mean "person"\?/,
    ],
    ["a method in small letters", [{ ...rule, methods: ["Post"] }], "$.rules[0].methods[0]", /Did you mean "POST"\?/],
    ["a method", [{ ...rule, methods: ["POST", "PTACH"] }], "$.rules[0].methods[1]", /Did you mean "PATCH"\?/],
    [
      "an origin with a path",
      [rule],
      "$.cors.origins[0]",
      /Did you mean "https:\/\/a\.example"\?/,
      { cors: { origins: ["https://a.example/x"] } },
    ],
    ["a version as a string", [rule], "$.version", /must be 1/, { version: "1" }],
  ]);
});

describe("malformed selectors, with the offset", () => {
  test.each([
    ["$.a[", 4],
    ["$.a[?@.b = 1]", 9],
    ["$.a[?lenght(@) > 1]", 5],
    ["$..", 3],
    ["a.b", 0],
  ])("%s at %d", (selector, offset) => {
    expect(issuesOf([{ ...base, body: ["$.x", selector] }])).toEqual([
      expect.objectContaining({ place: "$.rules[0].body[1]", offset }),
    ]);
  });
});

describe("selectors that can never match", () => {
  const wrong = (selector: unknown, more: object = {}): readonly object[] => [{ ...base, body: [selector], ...more }];
  const at = "$.rules[0].body[0]";
  testIssues("error", [
    ["a step of 0", wrong("$[::0]"), at, /step 0/],
    ["an empty slice", wrong("$.a[5:2]"), at, /slice is always empty/],
    ["an empty slice backwards", wrong("$[2:5:-1]"), at, /slice is always empty/],
    ["an empty slice from the end", wrong("$[-1:-3]"), at, /slice is always empty/],
    ["literals", wrong("$[?1 == 2]"), at, /literals: it is never true/],
    ["the same on both sides", wrong("$[?@.a != @.a]"), at, /same: it is never true/],
    ["less than true", wrong("$[?@.a < true]"), at, /less or greater than true/],
    ["two values at once", wrong("$[?@.a == 'x' && @.a == 'y']"), at, /no value satisfies/],
    ["a range without numbers", wrong("$[?@.a > 5 && @.a < 5]"), at, /no value satisfies/],
    ["a negative length", wrong("$[?length(@.a) < 0]"), at, /whole number/],
    ["half a length", wrong("$[?length(@.a) == 1.5]"), at, /whole number/],
    ["two of one", wrong("$[?count(@.a) > 1]"), at, /0 to 1/],
    ["a number that matches", wrong("$[?match(1, 'a')]"), at, /compares strings/],
    ["what does not exist", wrong("$[?!@]"), at, /never true/],
    ["an empty slice in a filter", wrong("$[?@.a[3:3]]"), at, /slice is always empty/],
    ["on the way inside", wrong({ select: "$[0:0]", inside: ["$.a"] }), `${at}.select`, /slice is always empty/],
    ["inside", wrong({ select: "$.a", inside: ["$[0:0]"] }), `${at}.inside[0]`, /slice is always empty/],
    ["deeper than bodies may be", wrong("$.a.b.c"), at, /limits\.depth is 2/, { limits: { depth: 2 } }],
    ["jsonpath-plus: an empty slice", wrong("$[2:1]", { dialect: "jsonpath-plus" }), at, /slice is always empty/],
    ["jsonpath-plus: beyond the root", wrong("$.a^^", { dialect: "jsonpath-plus" }), at, /the root has no parent/],
    ["jsonpath-plus: literals", wrong("$[?(1 == 2)]", { dialect: "jsonpath-plus" }), at, /literals/],
    ["JSONPath in XML", wrong("$.a", { fields: ["b"], format: "xml" }), "$.rules[0].body", /reads bodies as xml/],
    ["paths of XML in JSON", [{ ...rule, xml: ["/a"], format: "json" }], "$.rules[0].xml", /reads bodies as json/],
    [
      "names of fields in text",
      [{ ...base, detect: ["card"], fields: ["a"], format: "text" }],
      "$.rules[0].fields",
      /no field names/,
    ],
    [
      "a name that XML does not have",
      [{ ...base, xml: ["/order/1st"] }],
      "$.rules[0].xml[0]",
      /"1st" is not a valid name in XML/,
    ],
    ["a blank around a name", [{ ...base, fields: ["ssn "] }], "$.rules[0].fields[0]", /ends with a space/],
    ["bodies of GET", [{ ...rule, methods: ["GET", "HEAD"] }], "$.rules[0].body", /have no bodies/],
    [
      "detectors in bodies of GET",
      [{ ...base, methods: ["GET"], detect: ["card"] }],
      "$.rules[0].detect",
      /have no bodies/,
    ],
    [
      "methods that CloudFront does not take",
      [{ ...rule, methods: ["PURGE"] }],
      "$.rules[0].methods",
      /can never match: CloudFront accepts only/,
    ],
  ]);

  test("the issue has the offset within the selector", () => {
    expect(issuesOf(wrong("$.a[?@.b[5:2]]"))).toMatchObject([{ offset: 9 }]);
  });

  test.each([
    "$[-1:1]",
    "$[5:2:-1]",
    "$[?@.a >= true]",
    "$[?@.a > 5 && @.a < 6]",
    "$[?length(@.a) == 0]",
    "$[?count(@.*) == 2]",
    "$[?@]",
    "$[?@.a == 1 || @.a == 2]",
    "$[?@.a != 1 && @.a != 2]",
  ])("%s can match", (selector) => expect(issuesOf([{ ...base, body: [selector] }])).toEqual([]));
});

describe("selectors that select the same", () => {
  testIssues("error", [
    ["twice", [{ ...base, body: ["$.a", "$.a"] }], "$.rules[0].body[1]", /repeats \$\.rules\[0\]\.body\[0\]/],
    [
      "in another spelling",
      [{ ...base, body: ["$.a", "$['a']"] }],
      "$.rules[0].body[1]",
      /selects the same as \$\.rules\[0\]\.body\[0\]/,
    ],
    [
      "as an object",
      [{ ...base, body: ["$.a", { select: "$.a", required: true }] }],
      "$.rules[0].body[1].select",
      /selects the same as/,
    ],
    ["names in two spellings", [{ ...base, fields: ["a.b", "a[b]"] }], "$.rules[0].fields[1]", /selects the same as/],
    [
      "header fields in two cases",
      [{ ...base, headers: ["X-A", "x-a"] }],
      "$.rules[0].headers[1]",
      /selects the same as/,
    ],
    ["a method twice", [{ ...rule, methods: ["POST", "POST"] }], "$.rules[0].methods[1]", /repeats/],
    ["a place twice", [{ ...base, detect: ["card"], detectIn: ["body", "body"] }], "$.rules[0].detectIn[1]", /repeats/],
    ["a detector twice", [{ ...base, detect: ["card", "card"] }], "$.rules[0].detect[1]", /repeats/],
  ]);
  testIssues("warning", [
    ["within another", [{ ...base, body: ["$.a", "$.a.b"] }], "$.rules[0].body[1]", /"\$\.a" at .* already protects/],
    [
      "below a descent",
      [{ ...base, body: ["$.x.ssn", "$..ssn"] }],
      "$.rules[0].body[0]",
      /"\$\.\.ssn" at .* already protects/,
    ],
    [
      "by name",
      [{ ...base, fields: ["ssn"], body: ["$.person.ssn"] }],
      "$.rules[0].body[0]",
      /"ssn" at .* already protects/,
    ],
    [
      "a name within another",
      [{ ...base, fields: ["a.b", "a"] }],
      "$.rules[0].fields[0]",
      /"a" at .* already protects/,
    ],
    ["an element within another", [{ ...base, xml: ["/a", "/a/b"] }], "$.rules[0].xml[1]", /already protects/],
    ["a dead part", [{ ...base, body: ["$[0, 5:2]"] }], "$.rules[0].body[0]", /no effect: this slice/],
    ["a test that is always true", [{ ...base, body: ["$[?1 == 1]"] }], "$.rules[0].body[0]", /always true/],
    [
      "a detector in two ways",
      [{ ...base, detect: ["card", { detector: "card", confidence: "high" }] }],
      "$.rules[0].detect[1]",
      /is already at/,
    ],
  ]);
  test.each<readonly [string, object]>([
    ["an attribute of a selected element", { xml: ["/a", "/a/@b"] }],
    ["a required one", { body: ["$.a", { select: "$.a.b", required: true }] }],
    ["items and others", { body: ["$[0]", "$[1]"], fields: ["b"] }],
  ])("%s is valid", (_, selectors) => expect(issuesOf([{ ...base, ...selectors }])).toEqual([]));
});

describe("settings without a subject", () => {
  testIssues("error", [
    ["nothing to protect", [base], "$.rules[0]", /protects nothing/],
    ["dialect", [{ ...base, fields: ["a"], dialect: "jsonpath-plus" }], "$.rules[0].dialect", /no selectors in body/],
    ["detectIn", [{ ...rule, detectIn: ["query"] }], "$.rules[0].detectIn", /no detectors/],
    ["exempt", [{ ...base, fields: ["b"], exempt: ["a"] }], "$.rules[0].exempt", /no detectors/],
    ["exempt in another format", [{ ...rule, format: "json", exempt: ["a"] }], "$.rules[0].exempt", /no detectors/],
    ["scan", [{ ...rule, unreadable: "scan" }], "$.rules[0].unreadable", /scan needs detectors/],
    [
      "scan of what is not looked into",
      [{ ...rule, detect: ["card"], detectIn: ["query"], unreadable: "scan" }],
      "$.rules[0].unreadable",
      /scan needs detectors/,
    ],
    ["format", [{ ...base, query: ["a"], format: "json" }], "$.rules[0].format", /not look into bodies/],
    ["unreadable", [{ ...base, query: ["a"], unreadable: "pass" }], "$.rules[0].unreadable", /not look into bodies/],
    [
      "contentKey of direct tokens",
      [{ ...rule, token: "direct", contentKey: "field" }],
      "$.rules[0].contentKey",
      /no content key/,
    ],
    [
      "required of what leads inside",
      [{ ...base, body: [{ select: "$.a", required: true, inside: ["$.b"] }] }],
      "$.rules[0].body[0].required",
      /selectors in inside/,
    ],
  ]);
  testIssues("warning", [
    [
      "a method that only a POST is treated as",
      [{ ...rule, methods: ["POST", "MERGE"] }],
      "$.rules[0].methods",
      /not accept the method MERGE/,
    ],
    [
      "methods that are left open",
      [{ ...rule, methods: ["POST"] }],
      "$.rules[0].methods",
      /PUT and PATCH .* in plaintext/,
      { otherwise: "pass" },
    ],
    ["a recipient that no rule uses", [rule], "$.recipients[1]", /No rule uses the recipient "02"/, { recipients }],
    [
      "a pattern that no rule uses",
      [rule],
      "$.patterns[0]",
      /No rule uses the pattern "p"/,
      { patterns: [{ name: "p", pattern: "a" }] },
    ],
  ]);
});

describe("detectors that can never match", () => {
  const patterns = [{ name: "dated", pattern: "[0-9]{2}/[0-9]{4}" }];
  testIssues("error", [
    [
      "a pattern with a slash in a path",
      [{ ...base, detect: ["dated"], detectIn: ["path"] }],
      "$.rules[0].detect[0]",
      /never match in path/,
      { patterns },
    ],
    [
      "a pattern with a line break in a header",
      [{ ...base, detect: ["two"], detectIn: ["headers"] }],
      "$.rules[0].detect[0]",
      /never match in headers/,
      { patterns: [{ name: "two", pattern: "a\\nb" }] },
    ],
    [
      "a private key in a path",
      [{ ...base, detect: ["private-key"], detectIn: ["path"] }],
      "$.rules[0].detect[0]",
      /never match in path/,
    ],
    [
      "a confidence that it never has",
      [{ ...base, detect: [{ detector: "phone", confidence: "high" }] }],
      "$.rules[0].detect[0].confidence",
      /never match.*confidence medium/,
    ],
    [
      "context without words",
      [{ ...base, detect: [{ detector: "private-key", needsContext: true }] }],
      "$.rules[0].detect[0].needsContext",
      /no context words/,
    ],
    [
      "every value let through",
      [{ ...base, detect: [{ detector: "card", allow: ["*"] }] }],
      "$.rules[0].detect[0].allow[0]",
      /allows every value/,
    ],
  ]);
  testIssues("warning", [
    [
      "a value that it never finds",
      [{ ...base, detect: [{ detector: "email", allow: ["example.com"] }] }],
      "$.rules[0].detect[0].allow[0]",
      /never finds this value/,
    ],
    [
      "a private key in a header",
      [{ ...base, detect: ["private-key"], detectIn: ["headers"] }],
      "$.rules[0].detect[0]",
      /in one line/,
    ],
  ]);
  test.each<readonly [string, object, object?]>([
    [
      "a pattern with a choice",
      { detect: ["either"], detectIn: ["path"] },
      { patterns: [{ name: "either", pattern: "[0-9]{2}[/-][0-9]{4}" }] },
    ],
    [
      "a slash that may be missing",
      { detect: ["maybe"], detectIn: ["path"] },
      { patterns: [{ name: "maybe", pattern: "ab/?c" }] },
    ],
    ["a test card with blanks", { detect: [{ detector: "card", allow: ["4111 1111 1111 1111"] }] }],
  ])("%s fits", (...[, settings, policy]) => expect(issuesOf([{ ...base, ...settings }], policy)).toEqual([]));
});

describe("values that no direct token can carry", () => {
  const direct = { ...base, token: "direct" };
  testIssues("error", [
    ["the whole body", [{ ...direct, body: ["$"] }], "$.rules[0].body[0]", /selects the whole body/],
    ["private keys", [{ ...direct, detect: ["private-key"] }], "$.rules[0].detect[0]", /carries 190 bytes/],
    ["JWTs under RSA 2048", [{ ...direct, detect: ["email", "jwt"] }], "$.rules[0].detect[1]", /carries 190 bytes/],
    [
      "numbers",
      [{ ...direct, dialect: "jsonpath-plus", body: ["$..a@number()"] }],
      "$.rules[0].body[0]",
      /another type/,
    ],
    [
      "parts in which all are sealed",
      [{ ...direct, query: ["a"], headers: ["x-b"], cookies: ["c"] }],
      "$.rules[0].token",
      /never write a direct token/,
    ],
    [
      "detectors in such parts",
      [{ ...direct, detect: ["card"], detectIn: ["path", "query"] }],
      "$.rules[0].token",
      /never write a direct token/,
    ],
    ["a label", [{ ...direct, body: ["$.a"], label: "a" }], "$.rules[0].label", /no label/],
  ]);
  testIssues("warning", [
    [
      "some parts in which all are sealed",
      [{ ...direct, body: ["$.a"], query: ["b"] }],
      "$.rules[0].token",
      /Tokens in query are sealed/,
    ],
  ]);

  test("a larger key carries a JWT", () => {
    const key = makeTestKey("01", 3072);
    const policy = { version: 1, otherwise: "refuse", recipients: [first], rules: [{ ...direct, detect: ["jwt"] }] };
    expect(checkPolicy(policy, new Map([["01", key.publicKeyPem]])).issues).toEqual([]);
  });
});

describe("rules that conflict", () => {
  const other = { path: "/people", recipient: "02" };
  testIssues("error", [
    [
      "over one selector",
      [rule, { ...rule, recipient: "02" }],
      "$.rules[1].body[0]",
      /Conflict: the rule at \$\.rules\[0\].*"01" and "02"/,
    ],
    [
      "over an outer and an inner one",
      [
        { ...base, body: ["$.a"] },
        { ...other, body: ["$.a.b"] },
      ],
      "$.rules[1].body[0]",
      /Conflict/,
    ],
    [
      "over an inner and an outer one",
      [
        { ...base, name: "in", body: ["$.a.b"] },
        { ...other, body: ["$.a"] },
      ],
      "$.rules[1].body[0]",
      /Conflict: the rule "in"/,
    ],
    [
      "over a descent",
      [
        { ...base, body: ["$..ssn"] },
        { ...other, body: ["$.people[*].ssn"] },
      ],
      "$.rules[1].body[0]",
      /Conflict/,
    ],
    [
      "by name and by path",
      [
        { ...base, fields: ["ssn"] },
        { ...other, body: ["$.person.ssn"] },
      ],
      "$.rules[1].body[0]",
      /Conflict/,
    ],
    [
      "by name and by path of XML",
      [
        { ...base, xml: ["//person/ssn"] },
        { ...other, fields: ["person.ssn"] },
      ],
      "$.rules[1].fields[0]",
      /Conflict/,
    ],
    [
      "over a cookie",
      [
        { ...base, cookies: ["s*"] },
        { ...other, cookies: ["sid"] },
      ],
      "$.rules[1].cookies[0]",
      /Conflict/,
    ],
    [
      "over a detector",
      [
        { ...base, detect: ["card"] },
        { ...other, detect: ["email", "card"] },
      ],
      "$.rules[1].detect[1]",
      /Conflict.*detects card/,
    ],
    [
      "on paths that cross",
      [
        { ...rule, path: "/a/*" },
        { ...rule, path: "/*/b", recipient: "02" },
      ],
      "$.rules[1].body[0]",
      /Conflict/,
    ],
    [
      "over a format",
      [
        { ...rule, format: "json" },
        { ...base, path: "/**", xml: ["/a"], format: "xml" },
      ],
      "$.rules[1].format",
      /Conflict.*as json/,
    ],
  ]);
  testIssues("warning", [
    [
      "where it cannot be told",
      [
        { ...base, body: ["$.a"] },
        { ...other, body: ["$[?@.b]"] },
      ],
      "$.rules[1].body[0]",
      /selects the same value will be refused/,
    ],
    [
      "over wildcards",
      [
        { ...base, fields: ["sec*"] },
        { ...other, fields: ["*ret"] },
      ],
      "$.rules[1].fields[0]",
      /selects the same value will be refused/,
    ],
    [
      "in report mode",
      [
        { ...rule, mode: "report" },
        { ...rule, mode: "report", recipient: "02" },
      ],
      "$.rules[1].body[0]",
      /Conflict/,
    ],
  ]);
  test.each<readonly [string, readonly object[]]>([
    ["other paths", [rule, { ...rule, path: "/orders", recipient: "02" }]],
    [
      "other methods",
      [
        { ...rule, methods: ["POST"] },
        { ...rule, methods: ["PUT"], recipient: "02" },
      ],
    ],
    ["other members", [rule, { ...other, body: ["$.iban"] }]],
    [
      "a member and an item",
      [
        { ...base, body: ["$.a"] },
        { ...other, body: ["$[0]"] },
      ],
    ],
    [
      "JSON and XML",
      [
        { ...base, body: ["$.a"] },
        { ...other, xml: ["/a"] },
      ],
    ],
    [
      "a query string and cookies",
      [
        { ...base, query: ["a"] },
        { ...other, cookies: ["a"] },
      ],
    ],
    [
      "detectors in other parts",
      [
        { ...base, detect: ["card"], detectIn: ["query"] },
        { ...other, detect: ["card"] },
      ],
    ],
    ["a rule and its successor in report mode", [rule, { ...rule, mode: "report", recipient: "02" }]],
  ])("%s: no conflict", (_, rules) => expect(issuesOf(rules)).toEqual([]));
});

describe("rules without effect", () => {
  const at = "$.rules[1]";
  testIssues("error", [
    [
      "the same selectors",
      [
        { ...rule, name: "a" },
        { ...rule, name: "b" },
      ],
      at,
      /the rule "a" already protects all/,
    ],
    ["below the path of another", [{ ...rule, path: "/**" }, rule], at, /has no effect: .* already protects all/],
    ["a method of another", [rule, { ...rule, methods: ["POST"] }], at, /has no effect: .* already protects all/],
    [
      "within what another selects",
      [
        { ...base, body: ["$.a"] },
        { ...base, body: ["$.a.b"], label: "x" },
      ],
      at,
      /has no effect: .* already protects all/,
    ],
    ["other tokens of the same", [rule, { ...rule, token: "sealed" }], at, /has no effect: .* already protects all/],
    [
      "the same detectors",
      [
        { ...base, detect: ["card", "email"], detectIn: ["body", "query"] },
        { ...base, detect: ["card"] },
      ],
      at,
      /has no effect: .* already protects all/,
    ],
  ]);
  testIssues("error", [
    [
      "some of them, with other tokens",
      [rule, { ...base, token: "sealed", body: ["$.ssn", "$.iban"] }],
      "$.rules[1].body[0]",
      /comes first, .* writes other tokens/,
    ],
  ]);
  testIssues("warning", [
    [
      "as a later, wider one",
      [rule, { ...rule, path: "/**" }],
      "$.rules[0]",
      /the rule at \$\.rules\[1\] does the same/,
    ],
  ]);
  test.each<readonly [string, readonly object[]]>([
    ["a wider path", [rule, { ...rule, path: "/**", label: "x" }]],
    ["another decision on tokens", [rule, { ...rule, tokens: "accept" }]],
    ["a required one", [rule, { ...base, body: [{ select: "$.ssn", required: true }] }]],
    ["a further selector", [rule, { ...base, body: ["$.ssn"], fields: ["iban"] }]],
    [
      "fewer exceptions",
      [
        { ...base, detect: ["card"], exempt: ["a"] },
        { ...base, detect: ["card"] },
      ],
    ],
  ])("%s has an effect", (_, rules) =>
    expect(issuesOf(rules).filter(({ severity }) => severity === "error")).toEqual([]),
  );
});

describe("recipients", () => {
  testIssues("error", [
    [
      "an alias",
      [rule],
      "$.recipients[0].keyArn",
      /Expected the ARN/,
      { recipients: [{ ...first, keyArn: "alias/a" }] },
    ],
    [
      "a KMS key twice",
      [rule],
      "$.recipients[1].keyArn",
      /KMS key/,
      { recipients: [first, { ...second, keyArn: first?.keyArn }] },
    ],
    [
      "a marker twice",
      [rule],
      "$.recipients[1].prefix",
      /twice/,
      { recipients: [first, { ...second, prefix: "#01#" }] },
    ],
    [
      "a marker within another's",
      [rule],
      "$.recipients[1].suffix",
      /must not contain marker "#01#" of \$\.recipients\[0\]\.prefix/,
      { recipients: [first, { ...second, suffix: "#x#01#" }] },
    ],
    [
      "a marker that another's holds",
      [rule],
      "$.recipients[1].suffix",
      /part of marker/,
      { recipients: [{ ...first, suffix: "#x#20#" }, second] },
    ],
    ["a short marker", [rule], "$.recipients[0].prefix", /4 to 16/, { recipients: [{ ...first, prefix: "#1#" }] }],
  ]);

  test("an id twice", () => {
    expect(issuesOf([rule], { recipients: [first, { ...second, id: "01" }] })).toContainEqual(
      expect.objectContaining({
        place: "$.recipients[1].id",
        reason: 'The id "01" is already used at $.recipients[0].id.',
      }),
    );
  });

  test("a public key twice", () => {
    const [one] = keys;
    const { issues } = checkPolicy(
      { version: 1, otherwise: "pass", recipients, rules: [rule] },
      new Map(recipients.map(({ id }) => [id, one.publicKeyPem])),
    );
    expect(issues).toEqual([
      expect.objectContaining({
        place: "$.recipients[1].publicKeyFile",
        reason: expect.stringContaining("public key"),
      }),
    ]);
  });
});

describe("all mistakes at once", () => {
  const policy = {
    version: 2,
    otherwise: "allow",
    recipients: [{ ...first, keyArn: "x", extra: 1 }],
    rules: [
      {
        path: "people",
        recipient: "9",
        methods: ["get", "Put"],
        body: ["$.a[", "$[0:0]", "$.b"],
        detect: [{ detector: "crad", x: 1 }],
      },
      7,
    ],
    limits: { depth: 0, fields: "1" },
    cors: { origins: ["*", "x"] },
  };
  const places = [
    "$.version",
    "$.otherwise",
    "$.limits.depth",
    "$.limits.fields",
    "$.recipients[0].extra",
    "$.recipients[0].keyArn",
    "$.rules[0].recipient",
    "$.rules[0].path",
    "$.rules[0].body[0]",
    "$.rules[0].detect[0].x",
    "$.rules[0].detect[0].detector",
    "$.rules[0].methods[0]",
    "$.rules[0].methods[1]",
    "$.rules[1]",
    "$.rules[0].body[1]",
    "$.cors.origins[0]",
    "$.cors.origins[1]",
  ];

  test("each has its place", () => {
    const { issues } = checkPolicy(policy, pems);
    expect(issues.map(({ place }) => place).sort()).toEqual([...places].sort());
  });

  test("the error of a build lists all mistakes, the first as its facts", () => {
    expect(() => compilePolicy(policy, pems)).toThrow(
      expect.objectContaining({
        code: "policy_invalid",
        facts: expect.objectContaining({
          place: "$.version",
          reason: expect.stringContaining("version must be 1."),
        }),
        message: expect.stringMatching(
          /\$\.version[^]*\$\.otherwise[^]*\$\.rules\[0\]\.body\[0\], character 5[^]*\$\.cors\.origins\[0\]/,
        ),
      }),
    );
  });

  test("a policy with warnings only builds", () => {
    expect(compilePolicy({ version: 1, otherwise: "pass", recipients, rules: [rule] }, pems).rules).toHaveLength(1);
  });
});
