import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "@jest/globals";
import { allModules } from "../../../core/policy/all-modules.ts";
import { loadPolicy } from "../../../core/policy/policy.ts";
import { reportPolicy, reportRules } from "../../../edge/report.ts";
import { callEdge, compileTestPolicy, makeEvent } from "../../support/edge.ts";
import { makeFolder } from "../../support/policy-files.ts";
import { runFieldseal } from "../../support/terminal.ts";

const folder = makeFolder();
afterAll(folder.remove);

/** Lines as the edge function writes them. */
async function makeLines(): Promise<readonly string[]> {
  const compiled = compileTestPolicy([
    { name: "old", body: ["$.a"] },
    { name: "new", mode: "report", body: ["$.b"], detect: ["card"], token: "sealed" },
  ]);
  const next = compileTestPolicy([{ name: "next", body: [{ select: "$.z", required: true }] }]);
  const reports = [reportRules(compiled, allModules), reportPolicy(next, allModules, "next.json", compiled.limits)];
  const lines: string[] = [];
  for (const body of ['{"a":"1","b":"2","note":"4111111111111111"}', '{"a":"1"}', "{"]) {
    lines.push(...(await callEdge(loadPolicy(compiled, allModules), makeEvent({ body }), reports)).lines);
  }
  return lines;
}

const expected = {
  requests: 3,
  outcomes: [
    { outcome: "protected", count: 2 },
    { outcome: "refused", count: 1 },
  ],
  matches: [
    { mode: "enforce", rule: "old", selector: "$.a", count: 2 },
    { mode: "report", rule: "new", selector: "$.b", count: 1 },
    { mode: "report", rule: "new", selector: "card", count: 1 },
  ],
  refusals: [{ code: "body_malformed", count: 1 }],
  wouldRefuse: [
    { policy: "next.json", code: "field_missing", rule: "next", count: 2, refusedAnyway: 0 },
    { code: "body_malformed", count: 1, refusedAnyway: 1 },
    { policy: "next.json", code: "body_malformed", count: 1, refusedAnyway: 1 },
  ],
  wouldProtect: [{ count: 2 }, { policy: "next.json", count: 0 }],
  outside: [{ path: "body:note", detector: "card", count: 1 }],
  outsideMore: 0,
};

describe("reads log lines", () => {
  const wrappings: readonly (readonly [string, (lines: readonly string[]) => string | Buffer, number])[] = [
    ["alone", (lines) => lines.join("\n"), 0],
    ["with CR LF and blank lines", (lines) => lines.join("\r\n\r\n"), 0],
    [
      "behind Lambda's prefix",
      (lines) => lines.map((line) => `2026-01-01T00:00:00.000Z\tb5c1\tINFO\t${line}`).join("\n"),
      0,
    ],
    ["behind a prefix with brackets", (lines) => lines.map((line) => `[edge] {x} ${line}`).join("\n"), 0],
    ["exported to S3", (lines) => gzipSync(lines.map((line) => `2026-01-01T00:00:00.000Z ${line}`).join("\n")), 0],
    ["in several gzip members", (lines) => Buffer.concat(lines.map((line) => gzipSync(`${line}\n`))), 0],
    ["among lines of Lambda", (lines) => ["START RequestId: 1", ...lines, "REPORT RequestId: 1"].join("\n"), 2],
    [
      "as filter-log-events prints them",
      (lines) => JSON.stringify({ events: lines.map((message) => ({ timestamp: 1, message })) }, null, 4),
      13,
    ],
    [
      "as a subscription sends them",
      (lines) => JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: lines.map((message) => ({ message })) }),
      0,
    ],
    [
      "in Lambda's JSON format",
      (lines) =>
        lines.map((line) => JSON.stringify({ timestamp: "t", level: "INFO", message: JSON.parse(line) })).join("\n"),
      0,
    ],
    ["as CSV of a query", (lines) => lines.map((line) => `2026-01-01,"${line.replaceAll('"', '""')}"`).join("\n"), 0],
  ];
  test.each(wrappings)("%s", async (_, wrap, otherLines) => {
    const input = wrap(await makeLines());
    const { code, output } = await runFieldseal(["report", "--json"], { input, pieceBytes: 100 });
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ ...expected, otherLines });
    const file = folder.write("lines.log", input);
    expect(JSON.parse((await runFieldseal(["report", file, "--json"])).output)).toEqual(JSON.parse(output));
  });
});

test("prints tables", async () => {
  const { output } = await runFieldseal(["report"], { input: (await makeLines()).join("\n") });
  expect(output).toMatch(/^3 request\(s\), \d{4}-\S+ to \d{4}-\S+; 0 other line\(s\)\n/);
  expect(output).toMatch(/Matches\n {2}values +mode +rule +selector or detector\n {2}2 +enforce +old +\$\.a\n/);
  expect(output).toMatch(
    /findings in fields outside the policy\n {2}values +field +detector\n {2}1 +body:note +card\n/,
  );
});

test("without a line of the function: exit code 1", async () => {
  expect((await runFieldseal(["report"], { input: 'hello\n{"outcome":"x"}\n' })).code).toBe(1);
  expect((await runFieldseal(["report"], { input: "" })).code).toBe(1);
});

test("a cut gzip file is an error, not a shorter log", async () => {
  const whole = gzipSync((await makeLines()).join("\n"));
  expect(await runFieldseal(["report"], { input: whole.subarray(0, whole.length - 20) })).toMatchObject({
    code: 1,
    output: "",
  });
});

test("control characters of a log do not reach the terminal", async () => {
  const input = JSON.stringify({ _aws: {}, outcome: "\u001b[31mred\u0007", requests: 1, tokens: 0, code: "none" });
  expect((await runFieldseal(["report"], { input })).output).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
