import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ConfigValue } from "../../core/config/config-value.ts";
import { allModules } from "../../core/policy/all-modules.ts";
import { loadPolicy } from "../../core/policy/policy.ts";
import { type Report, reportPolicy, reportRules } from "../../edge/report.ts";
import { type Answer, callEdge, compileTestPolicy, type EventParts, makeEvent, openTokens } from "../support/edge.ts";

const ssn = "078-05-1120";
const card = "4111 1111 1111 1111";

/** What the one log line says of each report. */
function readReports({ lines }: Answer): readonly unknown[] {
  expect(lines.length).toBe(1);
  const reports = new ConfigValue(JSON.parse(lines[0] ?? ""), "$").optional("reports");
  return reports?.items().map(({ value }) => value) ?? [];
}

async function call(rules: readonly object[], parts: EventParts, settings: object = {}): Promise<Answer> {
  const compiled = compileTestPolicy(rules, settings);
  return await callEdge(loadPolicy(compiled, allModules), makeEvent(parts), [reportRules(compiled, allModules)]);
}

describe("a rule in report mode", () => {
  test("changes nothing and logs what it would have done", async () => {
    const body = `[{"ssn":"${ssn}"},{"ssn":"${ssn}"}]`;
    const event = makeEvent({ body });
    const compiled = compileTestPolicy([{ name: "new", mode: "report", body: ["$..ssn", "$..dob"] }]);
    const answer = await callEdge(loadPolicy(compiled, allModules), event, [reportRules(compiled, allModules)]);
    expect(answer.result).toBe(event.Records[0]?.cf.request);
    expect(JSON.parse(answer.lines[0] ?? "")).toMatchObject({ outcome: "passed", code: "none", tokens: 0, rules: [] });
    expect(readReports(answer)).toEqual([
      { rules: ["new"], outcome: "protected", tokens: 2, matches: { new: { "$..ssn": 2, "$..dob": 0 } } },
    ]);
  });

  test.each<[string, object, EventParts, string]>([
    ["not JSON", { body: ["$.a"] }, { body: "{" }, "body_malformed"],
    ["cut", { body: ["$.a"] }, { body: "{}", inputTruncated: true }, "body_truncated"],
    ["a marker", { body: ["$.a"] }, { body: '{"a":"#01#"}' }, "marker_in_input"],
    [
      "too long for a direct token",
      { body: ["$.a"], token: "direct" },
      { body: `{"a":"${"x".repeat(500)}"}` },
      "value_too_long",
    ],
    ["a required field", { body: [{ select: "$.a", required: true }] }, { body: "{}" }, "field_missing"],
    [
      "a form",
      { body: ["$.a"] },
      { body: "a=1", headers: { "content-type": "application/x-www-form-urlencoded" } },
      "content_type_unsupported",
    ],
    ["a URL without room", { query: ["q"] }, { body: "{}", querystring: `q=${"x".repeat(7_500)}` }, "url_too_long"],
    [
      "a body without room",
      { body: ["$[*]"] },
      { body: JSON.stringify(Array.from({ length: 4_000 }, () => "x")) },
      "body_too_large",
    ],
  ])("never refuses: %s", async (_, rule, parts, code) => {
    const answer = await call([{ name: "new", mode: "report", ...rule }], parts);
    expect(answer.status).toBeUndefined();
    expect(answer.body).toBe(parts.body);
    expect(readReports(answer)).toMatchObject([{ rules: ["new"], outcome: "refused", code, tokens: 0 }]);
    // The same rule, enforced, refuses with that code.
    expect((await call([{ name: "new", ...rule }], parts)).code).toBe(code);
  });

  test("says nothing of requests that it does not cover", async () => {
    expect(readReports(await call([{ mode: "report", body: ["$.a"] }], { uri: "/other", body: "{}" }))).toEqual([]);
  });

  test("covers no request for `otherwise`: what only it covers is refused where that says so", async () => {
    const answer = await call(
      [{ name: "new", mode: "report", body: ["$.a"] }],
      { body: '{"a":"1"}' },
      { otherwise: "refuse" },
    );
    expect([answer.status, answer.code]).toEqual(["403", "path_not_allowed"]);
    expect(readReports(answer)).toMatchObject([{ rules: ["new"], outcome: "protected", tokens: 1 }]);
  });

  test("is seen together with the rules that are enforced", async () => {
    const answer = await call(
      [
        { name: "old", body: ["$.a"] },
        { name: "new", mode: "report", recipient: "02", body: ["$.a"] },
      ],
      { body: '{"a":"1"}' },
    );
    expect(answer.body).toContain("#01#");
    expect(readReports(answer)).toMatchObject([
      { rules: ["new"], outcome: "refused", code: "rule_conflict", rule: "new" },
    ]);
  });

  test("counts values that would be protected, not those that are", async () => {
    const answer = await call(
      [
        { name: "old", body: ["$.a"] },
        { name: "new", mode: "report", body: ["$.a", "$.b"] },
      ],
      { body: '{"a":"1","b":"2"}' },
    );
    expect((await openTokens({ body: answer.body })).opened).toBe(1);
    expect(readReports(answer)).toMatchObject([{ tokens: 1, matches: { new: { "$.a": 1, "$.b": 1 } } }]);
  });
});

describe("fields outside the policy in which detectors found something", () => {
  const rules = [
    { name: "old", body: ["$.person.ssn"] },
    {
      name: "new",
      mode: "report",
      detect: ["us-ssn", "card"],
      detectIn: ["body", "query", "headers", "cookies", "path"],
      fields: ["known"],
    },
  ];

  test("by path, with counts, without what is covered", async () => {
    const answer = await call(rules, {
      body: JSON.stringify({ person: { ssn, notes: [`SSN ${ssn}, card ${card}`] }, known: card }),
      querystring: "q=4111111111111111",
      headers: { "x-note": card, cookie: `sid=4111111111111111` },
    });
    expect(readReports(answer)).toMatchObject([
      {
        outside: {
          "body:person.notes": { "us-ssn": 1, card: 1 },
          "query:q": { card: 1 },
          "header:x-note": { card: 1 },
          "cookie:sid": { card: 1 },
        },
      },
    ]);
  });

  test("a segment of the path has no name but its place", async () => {
    const answer = await call([{ ...rules[1], path: "/a/**" }], {
      uri: `/a/secretname/${card.replaceAll(" ", "")}`,
      body: "{}",
    });
    expect(readReports(answer)).toMatchObject([{ outside: { path: { card: 1 } } }]);
    expect(answer.lines[0]).not.toContain("secretname");
  });

  test("names that look like values are asterisks", async () => {
    const names = [ssn, "4111111111111111", "ada@example.com", "Ada Lovelace", "u7f3a9c", "x".repeat(60)];
    const answer = await call(rules, { body: JSON.stringify(Object.fromEntries(names.map((name) => [name, card]))) });
    for (const name of names) expect(answer.lines[0]).not.toContain(name);
    expect(readReports(answer)).toMatchObject([{ outside: { "body:*": { card: names.length } } }]);
  });

  test("their number is bounded", async () => {
    const words = Array.from(
      { length: 60 },
      (_, index) => `name${"abcdefghij"[index % 10]}${"abcdefghij"[Math.floor(index / 10)]}`,
    );
    const answer = await call(rules, { body: JSON.stringify(Object.fromEntries(words.map((name) => [name, card]))) });
    const [report] = readReports(answer);
    expect(Object.keys(Object(report)["outside"]).length).toBe(20);
    expect(Object(report)["outsideMore"]).toBe(40);
  });
});

describe("a policy that reports beside the enforced one", () => {
  const enforced = compileTestPolicy([{ name: "old", body: ["$.a"] }]);
  const policy = loadPolicy(enforced, allModules);
  const beside = (rules: readonly object[], settings: object = {}): Report =>
    reportPolicy(compileTestPolicy(rules, settings), allModules, "next.json", enforced.limits);

  test("says what it would do, whatever the mode of its rules", async () => {
    const report = beside([
      { name: "new", body: ["$.b"] },
      { name: "newer", mode: "report", body: ["$.c"] },
    ]);
    const answer = await callEdge(policy, makeEvent({ body: '{"a":"1","b":"2","c":"3"}' }), [report]);
    expect((await openTokens({ body: answer.body })).body).toBe('{"a":"1","b":"2","c":"3"}');
    expect(answer.body).toMatch(/"b":"2","c":"3"/);
    expect(readReports(answer)).toEqual([
      {
        policy: "next.json",
        rules: ["new", "newer"],
        outcome: "protected",
        tokens: 2,
        matches: { new: { "$.b": 1 }, newer: { "$.c": 1 } },
      },
    ]);
  });

  test("also of requests that it would refuse for want of a rule", async () => {
    const report = beside([{ name: "new", path: "/elsewhere", body: ["$.b"] }], { otherwise: "refuse" });
    expect(readReports(await callEdge(policy, makeEvent({ body: "{}" }), [report]))).toMatchObject([
      { code: "path_not_allowed" },
    ]);
  });

  test("one that cannot be loaded, or takes too much work, fails alone", async () => {
    const broken: Report = reportPolicy(
      { ...enforced, rules: [{ ...Object(enforced.rules[0]), recipient: "none" }] },
      allModules,
      "x",
      enforced.limits,
    );
    const heavy = beside([{ body: ["$..a"] }], { limits: { work: 1 } });
    const answer = await callEdge(policy, makeEvent({ body: '{"a":"1"}' }), [broken, heavy]);
    expect(answer.body).toContain("#01#");
    expect(readReports(answer)).toMatchObject([{ code: "policy_invalid" }, { code: "too_complex" }]);
  });

  test("cannot have higher limits than the enforced one", async () => {
    const strict = compileTestPolicy([{ body: ["$.a"] }], { limits: { work: 1 } });
    const report = reportPolicy(
      compileTestPolicy([{ body: ["$..a"] }], { limits: { work: 1_000_000 } }),
      allModules,
      "x",
      strict.limits,
    );
    expect(report({ ...Object(parseRequest('{"a":"1"}')) })).toMatchObject({ code: "too_complex" });
  });
});

function parseRequest(body: string): unknown {
  return {
    requestId: undefined,
    method: "POST",
    uri: "/people",
    querystring: "",
    headers: { "content-type": [{ value: "application/json" }] },
    body: { inputTruncated: false, encoding: "text", data: body },
    original: {},
  };
}

describe("the enforced result is the same with and without reporting rules", () => {
  const enforcedRules = [
    { name: "json", body: ["$..ssn"], unreadable: "pass", tokens: "accept" },
    { name: "parts", fields: ["email"], query: ["q"], headers: ["x-id"] },
  ];
  const reportingRules = [
    { mode: "report", recipient: "02", body: ["$..ssn", "$"], xml: ["//*"] },
    {
      mode: "report",
      recipient: "02",
      detect: ["card", "email"],
      detectIn: ["body", "query", "headers", "path"],
      token: "direct",
    },
    { mode: "report", methods: ["GET", "DELETE"], fields: ["*"], format: "xml", unreadable: "refuse" },
    { mode: "report", path: "/**", body: [{ select: "$.never", required: true }] },
  ];

  /** What the origin gets: tokens are random, so only their places and what they hold can be compared. */
  async function outcome(answer: Answer): Promise<unknown> {
    if (answer.status !== undefined) return answer.code;
    const { found } = await openTokens({ body: answer.body, contentType: "text/plain", onFailure: "keep" });
    return [found, answer.body.replace(/(#|%23)01(#|%23)(?:[A-Za-z0-9+/=._-]|%2[BF]|%3D)*(#|%23)10(#|%23)/g, "TOKEN")];
  }

  const bodies = fc.oneof(
    fc.json().map((body) => ({ body, type: "application/json" })),
    fc.constantFrom(
      { body: `{"ssn":"${ssn}","email":"ada@example.com"}`, type: "application/json" },
      { body: `{"ssn":"#01#x","email":"#02#"}`, type: "application/json" },
      { body: `{"ssn":1,"ssn":2}`, type: "application/json" },
      { body: "{", type: "application/json" },
      { body: "email=ada%40example.com&x=1", type: "application/x-www-form-urlencoded" },
      { body: "<a><email>ada@example.com</email></a>", type: "text/xml" },
      { body: "<!DOCTYPE a><a/>", type: "text/xml" },
      {
        body: '--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: text/xml\r\n\r\n<a>\r\n--b--',
        type: "multipart/form-data; boundary=b",
      },
      { body: "email\nada@example.com\n", type: "text/csv" },
      { body: "text", type: "text/plain" },
    ),
  );
  const requests = fc.record({
    sent: bodies,
    method: fc.constantFrom("POST", "GET"),
    uri: fc.constantFrom("/people", "/people/", "/People", "/%70eople", "/people;a=b"),
    querystring: fc.constantFrom("", "q=1", "q=%", "q=1;q=2"),
    inputTruncated: fc.boolean(),
  });

  test.each(["pass", "refuse"])("otherwise: %s", async (otherwise) => {
    const alone = loadPolicy(compileTestPolicy(enforcedRules.slice(0, 1), { otherwise }), allModules);
    const both = loadPolicy(compileTestPolicy(enforcedRules, { otherwise }), allModules);
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.boolean(),
        fc.shuffledSubarray(reportingRules, { minLength: 1 }),
        async (request, one, reporting) => {
          const { sent, ...parts } = request;
          const event = (): unknown =>
            makeEvent({ ...parts, body: sent.body, headers: { "content-type": sent.type, "x-id": "1" } });
          const rules = one ? enforcedRules.slice(0, 1) : enforcedRules;
          const compiled = compileTestPolicy([...reporting, ...rules], { otherwise });
          const withReport = await callEdge(loadPolicy(compiled, allModules), event(), [
            reportRules(compiled, allModules),
          ]);
          expect(await outcome(withReport)).toEqual(await outcome(await callEdge(one ? alone : both, event())));
        },
      ),
      { numRuns: 150 },
    );
  });
});

test("no value in any line", async () => {
  const canary = "ZyxCanaryWvu";
  const rules = [
    {
      name: "new",
      mode: "report",
      path: "/**",
      detect: ["email", "card", "us-ssn"],
      detectIn: ["body", "query", "headers", "cookies", "path"],
      fields: ["secret"],
    },
  ];
  for (const body of [
    `{"secret":"${canary}","mail":"${canary}@example.com"}`,
    `{"a":"${canary}`,
    `{"${canary}@example.com":"${card}"}`,
  ]) {
    const answer = await call(rules, {
      body,
      uri: `/people/${canary}@example.com`,
      querystring: `x=${canary}%40example.com`,
      headers: { "x-mail": `${canary}@example.com`, cookie: `a=${canary}@example.com` },
    });
    expect(readReports(answer).length).toBe(1);
    expect(answer.lines[0]).not.toMatch(new RegExp(canary, "i"));
    // Any number of its digits that a time can have by chance is not looked for.
    expect(answer.lines[0]).not.toMatch(/4111[ -]?1111/);
  }
});
