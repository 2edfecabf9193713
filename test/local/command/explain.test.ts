import { afterAll, describe, expect, test } from "@jest/globals";
import { makeFolder } from "../../support/policy-files.ts";
import { runFieldseal } from "../../support/terminal.ts";

const folder = makeFolder();
afterAll(folder.remove);

const ssn = "078-05-1120";

interface ShownField {
  readonly place: string;
  readonly path: string;
  readonly kind: string;
  readonly length?: number;
  readonly mask: string;
  readonly takenBy: readonly {
    readonly rule: string;
    readonly selector: string;
    readonly by: string;
    readonly extent: string;
    readonly token: string;
    readonly recipient: string;
  }[];
  readonly clear?: string;
}

interface Shown {
  readonly outcome: string;
  readonly rules: readonly string[];
  readonly refusal?: object;
  readonly fields: readonly ShownField[];
  readonly ifEnforced?: Shown;
}

let samples = 0;

async function explain(rules: readonly object[], http: string, settings: object = {}): Promise<Shown> {
  const policy = folder.writePolicy(`policy-${++samples}.json`, rules, settings);
  const { code, output } = await runFieldseal([
    "explain",
    policy,
    folder.write(`sample-${samples}.http`, http),
    "--json",
  ]);
  expect(code).toBe(0);
  return JSON.parse(output).samples[0];
}

function post(body: string, { type = "application/json", target = "/people", headers = "" } = {}): string {
  return `POST ${target} HTTP/1.1\r\nContent-Type: ${type}\r\n${headers}\r\n${body}`;
}

/** The fate of each field, in few words. */
function fates({ fields }: Shown, place: string): object {
  return Object.fromEntries(
    fields
      .filter((field) => field.place === place)
      .map(({ path, takenBy, clear }) => [
        path,
        takenBy.map(({ rule, selector, extent, token }) => `${rule} ${selector} ${extent} ${token}`).join() ||
          (clear && "clear"),
      ]),
  );
}

describe("shows every part of a request:", () => {
  test("JSON by path", async () => {
    const shown = await explain(
      [{ name: "people", body: ["$..ssn", "$.person"], detect: ["email"] }],
      post(`{"ssn":"${ssn}","list":[{"ssn":1},true,null,{},"mail ada@example.com"],"person":{"name":"Ada","age":36}}`),
    );
    expect(shown).toMatchObject({ outcome: "protected", rules: ["people"] });
    expect(fates(shown, "body")).toEqual({
      "$.ssn": "people $..ssn whole direct",
      "$.list[0].ssn": "people $..ssn whole sealed",
      "$.list[1]": "clear",
      "$.list[2]": "clear",
      "$.list[3]": "clear",
      "$.list[4]": "people email part direct",
      "$.person.name": "people $.person within sealed",
      "$.person.age": "people $.person within sealed",
    });
  });

  const part = (header: string, content: string): string =>
    `--b\r\nContent-Disposition: form-data; ${header}\r\n\r\n${content}\r\n`;
  const byteCount = Buffer.from([0x89, 0x50, 0x00, 0xff]).toString("latin1");
  const parts = [
    part('name="ssn"', ssn),
    part('name="photo"; filename="a.png"', byteCount),
    part('name="empty"; filename="e"', ""),
    part('name="note"', "hello"),
  ];
  const form = `${parts.join("")}--b--\r\n`;

  test.each([
    {
      name: "no rule reads them",
      rule: { fields: ["ssn"] },
      fates: { ssn: "0 ssn whole direct", photo: "clear", empty: "clear", note: "clear" },
    },
    {
      name: "a rule seals one as a whole",
      rule: { fields: ["ssn", "photo"] },
      fates: { ssn: "0 ssn whole direct", photo: "0 photo whole sealed", empty: "clear", note: "clear" },
    },
    {
      name: "they are exempt from detectors",
      rule: { detect: ["us-ssn"], exempt: ["photo", "empty", "note"] },
      fates: { ssn: "0 us-ssn whole direct", photo: "clear", empty: "clear", note: "clear" },
    },
    {
      name: "no rule covers them",
      rule: { path: "/other", fields: ["ssn"] },
      fates: { ssn: "clear", photo: "clear", empty: "clear", note: "clear" },
    },
    {
      name: "the form is refused",
      rule: { detect: ["us-ssn"] },
      fates: { ssn: undefined, photo: undefined, empty: undefined, note: undefined },
    },
  ])("binary parts of a form: $name", async ({ rule, fates: expected }) => {
    const policy = folder.writePolicy(`policy-${++samples}.json`, [rule]);
    const body = folder.write(`form-${samples}`, Buffer.from(form, "latin1"));
    const { code, output } = await runFieldseal([
      "explain",
      policy,
      "--json",
      "--path",
      "/people",
      "--header",
      "Content-Type: multipart/form-data; boundary=b",
      "--body",
      body,
    ]);
    const [shown] = JSON.parse(output).samples;
    expect([code, fates(shown, "body")]).toEqual([0, expected]);
    expect(shown.fields.find(({ path }: ShownField) => path === "photo")).toMatchObject({ kind: "part", length: 4 });
    expect(output).not.toContain("PNG");
  });

  test("path, query, header fields, cookies", async () => {
    const shown = await explain(
      [
        {
          name: "parts",
          path: "/people/{id}",
          segments: ["id"],
          query: ["q"],
          headers: ["x-*"],
          cookies: ["sid"],
          detect: ["card"],
          detectIn: ["query"],
        },
      ],
      "GET /people/ada?q=1&card=4111111111111111&c=2 HTTP/1.1\r\n" +
        "X-Id: 5\r\nAccept: text/html\r\nCookie: sid=a; theme=b\r\n\r\n",
    );
    expect(fates(shown, "path")).toEqual({ "segment 1": "clear", "segment 2": "parts id whole sealed" });
    expect(fates(shown, "query")).toEqual({ q: "parts q whole sealed", card: "parts card whole sealed", c: "clear" });
    expect(fates(shown, "cookie")).toEqual({ sid: "parts sid whole sealed", theme: "clear" });
    expect(fates(shown, "header")).toMatchObject({ "x-id": "parts x-* whole sealed", accept: "clear" });
  });

  test.each<[string, string, string, object]>([
    ["form", "application/x-www-form-urlencoded", "ssn=1&x=2", { ssn: "r ssn whole direct", x: "clear" }],
    ["XML", "text/xml", '<a ssn="1"><ssn>1</ssn><x>2</x></a>', { "a.ssn": "r ssn whole direct", "a.x": "clear" }],
    ["CSV", "text/csv", "ssn,x\n1,2\n", { ssn: "r ssn whole direct", x: "clear" }],
    ["NDJSON", "application/x-ndjson", '{"ssn":1}\n{"x":2}\n', { "$.ssn": "r ssn whole sealed", "$.x": "clear" }],
    [
      "multipart",
      "multipart/form-data; boundary=b",
      '--b\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n' +
        '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n2\r\n--b--',
      { ssn: "r ssn whole direct", x: "clear" },
    ],
    ["text", "text/plain", "mail ada@example.com", { "(the whole body)": "r email part direct" }],
  ])("%s", async (_, type, body, expected) => {
    expect(
      fates(await explain([{ name: "r", fields: ["ssn"], detect: ["email"] }], post(body, { type })), "body"),
    ).toEqual(expected);
  });

  test("JSON in a string", async () => {
    const shown = await explain(
      [{ name: "r", body: [{ select: "$.log", inside: ["$.ssn"] }] }],
      post(JSON.stringify({ log: JSON.stringify({ ssn, x: 1 }) })),
    );
    expect(fates(shown, "body")).toEqual({ "$.log": "r $.ssn part direct" });
  });

  test("bodies that no rule covers", async () => {
    const shown = await explain([{ body: ["$.a"] }], post('{"a":1}', { target: "/other" }));
    expect(shown).toMatchObject({ outcome: "passed", rules: [] });
    expect(shown.fields.find(({ place }) => place === "body")).toMatchObject({
      path: "$.a",
      clear: "no rule covers the request",
    });
    expect(
      (await explain([{ body: ["$.a"] }], post("{broken", { target: "/other" }))).fields.find(
        ({ place }) => place === "body",
      ),
    ).toMatchObject({
      path: "(cannot be read)",
    });
  });

  test("refusals with code and reason", async () => {
    const shown = await explain([{ name: "r", body: ["$.a"], token: "direct" }], post('{"a":1}'));
    expect(shown).toMatchObject({
      outcome: "refused",
      refusal: { code: "value_not_direct", status: 400, rule: "r", offset: 5 },
    });
    expect(await explain([{ body: ["$.a"] }], post("{"))).toMatchObject({
      refusal: { code: "body_malformed", status: 400 },
    });
    expect(await explain([{ body: ["$.a"] }], post("{}", { target: "/x" }), { otherwise: "refuse" })).toMatchObject({
      refusal: { code: "path_not_allowed", status: 403 },
    });
  });

  test("other rules that match a field", async () => {
    const policy = folder.writePolicy("also.json", [
      { name: "a", body: ["$.ssn"] },
      { name: "b", detect: ["us-ssn"] },
    ]);
    const { output } = await runFieldseal(["explain", policy, folder.write("also.http", post(`{"ssn":"${ssn}"}`))]);
    expect(output).toMatch(
      new RegExp(
        /body +\$\.ssn +string of 11 •+ +direct token for 01: /.source +
          /rule a, selector \$\.ssn selects it; also matched by b: detector us-ssn/.source,
      ),
    );
  });

  test("what rules in report mode would take, beside what is taken", async () => {
    const shown = await explain(
      [
        { name: "r", body: ["$.a"] },
        { name: "new", mode: "report", body: ["$.b"] },
      ],
      post('{"a":"1","b":"2"}'),
    );
    expect(fates(shown, "body")).toEqual({ "$.a": "r $.a whole direct", "$.b": "clear" });
    expect(shown.ifEnforced && fates(shown.ifEnforced, "body")).toMatchObject({ "$.b": "new $.b whole direct" });
  });
});

describe("masks", () => {
  test("show only the length, and for true and false not even that", async () => {
    const { fields } = await explain(
      [{ body: ["$.x"] }],
      post('{"a":"--------","b":true,"c":false,"d":"0123456789abcdef","e":""}'),
    );
    const body = fields.filter(({ place }) => place === "body").map(({ length, mask }) => [length, mask]);
    expect(body).toEqual([
      [8, "••••••••"],
      [undefined, "•••"],
      [undefined, "•••"],
      [16, "••••••••••••"],
      [0, ""],
    ]);
  });

  test("no output holds a value", async () => {
    const canary = "ZyxCanaryWvu";
    const policy = folder.writePolicy("canary.json", [
      {
        name: "r",
        path: "/**",
        body: ["$.secret"],
        query: ["q"],
        detect: ["email"],
        detectIn: ["body", "query", "headers", "cookies", "path"],
      },
    ]);
    const requests = [
      post(`{"secret":"${canary}","mail":"${canary}@example.com","${canary}@example.com":1,"n":["${canary}"]}`, {
        target: `/${canary}?q=${canary}`,
        headers: `X-A: ${canary}\r\nCookie: a=${canary}\r\nAuthorization: ${canary}\r\n`,
      }),
      post(`{"secret":"${canary}`, { target: `/${canary}?q=%${canary}` }),
      post(canary, { type: `text/${canary}` }),
      post(`a=${canary}`, { type: "application/x-www-form-urlencoded" }),
      post(`{"secret":"${canary} #01#"}`),
      `${canary} /${canary} HTTP/1.1\r\nX-A: ${canary}\r\n\r\n`,
    ];
    for (const [index, request] of requests.entries()) {
      const file = folder.write(`canary-${index}.http`, request);
      for (const args of [
        ["explain", policy, file],
        ["explain", policy, file, "--json"],
        ["diff", policy, folder.writePolicy("other.json", [{ path: "/**", fields: ["x"] }]), file],
        ["diff", policy, folder.path("other.json"), file, "--json"],
      ]) {
        const { output, messages } = await runFieldseal(args);
        expect(output + messages).not.toMatch(new RegExp(canary, "i"));
        expect(output.length).toBeGreaterThan(10);
      }
    }
  });
});

describe("arguments", () => {
  test("a request that options describe", async () => {
    const policy = folder.writePolicy("options.json", [{ name: "r", body: ["$.a"] }]);
    const { code, output } = await runFieldseal(
      [
        "explain",
        policy,
        "--path",
        "/people?x=1",
        "--header",
        "Content-Type: application/json",
        "--header",
        "X-A:b",
        "--body",
        "-",
        "--json",
      ],
      { input: '{"a":"1"}' },
    );
    expect(code).toBe(0);
    const [shown] = JSON.parse(output).samples;
    expect(shown).toMatchObject({ sample: "options", method: "POST", outcome: "protected" });
    expect(fates(shown, "header")).toMatchObject({ "x-a": "clear" });
  });

  test.each([
    ["no policy", ["explain"]],
    ["no sample", ["explain", "POLICY"]],
    ["options without a path", ["explain", "POLICY", "--method", "GET"]],
    ["a header without a colon", ["explain", "POLICY", "--path", "/", "--header", "x"]],
    ["an unknown option", ["explain", "POLICY", "--jsno"]],
    ["no second policy", ["diff", "POLICY"]],
  ])("%s: exit code 2 and the usage", async (_, args) => {
    const policy = folder.writePolicy("usage.json", [{ body: ["$.a"] }]);
    const { code, messages, output } = await runFieldseal(args.map((arg) => (arg === "POLICY" ? policy : arg)));
    expect([code, output]).toEqual([2, ""]);
    expect(messages).toContain("Usage: fieldseal");
  });

  test("a missing file or a policy that is not valid: exit code 1", async () => {
    const policy = folder.writePolicy("right.json", [{ body: ["$.a"] }]);
    expect(await runFieldseal(["explain", policy, "/nowhere"])).toMatchObject({
      code: 1,
      messages: expect.stringContaining("/nowhere"),
    });
    expect(await runFieldseal(["explain", folder.writePolicy("wrong.json", [{ bdy: [] }]), "x"])).toMatchObject({
      code: 1,
      messages: expect.stringContaining("bdy"),
    });
  });
});
