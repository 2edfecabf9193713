/** JSON and NDJSON at the edge. */
import { describe } from "@jest/globals";
import { secret, testCases, testRefusals } from "../../support/protected-bodies.ts";

describe("fields by name in JSON", () => {
  testCases({ fields: ["ssn", "person.card*"] }, "application/json", [
    ["anywhere", `{"ssn":"${secret}","a":[{"ssn":1}],"x":1.0}`, '{"ssn":"<T>","a":[{"ssn":"<T>"}],"x":1.0}'],
    [
      "nested",
      '{"person":{"cardNumber":"x","name":"y"},"cardNumber":"z"}',
      '{"person":{"cardNumber":"<T>","name":"y"},"cardNumber":"z"}',
    ],
    ["through lists", '{"person":[{"card":1}]}', '{"person":[{"card":"<T>"}]}'],
    ["container", `{"ssn":{"a":"${secret}"}}`, '{"ssn":"<T>"}'],
    ["escaped", '{"s\\u0073n":"x"}', '{"s\\u0073n":"<T>"}'],
  ]);
});

describe("JSON inside a JSON string", () => {
  const rule = { body: [{ select: "$.payload", inside: ["$..ssn"] }] };
  testCases(rule, "application/json", [
    [
      "plain",
      JSON.stringify({ payload: JSON.stringify({ ssn: secret, n: 1 }) }),
      '{"payload":"{\\"ssn\\":\\"<T>\\",\\"n\\":1}"}',
    ],
    ["a number", JSON.stringify({ payload: '{"ssn": 7}' }), '{"payload":"{\\"ssn\\": \\"<T>\\"}"}'],
    ["another spelling", '{"payload":"{\\u0022ssn\\u0022:1}"}', '{"payload":"<T>"}'],
    ["nothing", JSON.stringify({ payload: "[]", a: 1 }), '{"payload":"[]","a":1}'],
    ["null", '{"payload":null}', '{"payload":null}'],
  ]);
  testRefusals(rule, "application/json", [
    ["not JSON", JSON.stringify({ payload: `{"ssn":"${secret}"` }), "body_malformed"],
    ["not a string", JSON.stringify({ payload: { ssn: secret } }), "body_malformed"],
  ]);
});

describe("GraphQL by its variables", () => {
  testCases({ body: ["$..variables..ssn"] }, "application/json", [
    [
      "one operation",
      `{"query":"mutation($i:In!){add(in:$i){id}}","variables":{"i":{"ssn":"${secret}"}}}`,
      '{"query":"mutation($i:In!){add(in:$i){id}}","variables":{"i":{"ssn":"<T>"}}}',
    ],
    [
      "a batch",
      '[{"query":"q","variables":{"ssn":"a"}},{"query":"q"}]',
      '[{"query":"q","variables":{"ssn":"<T>"}},{"query":"q"}]',
    ],
  ]);
});

describe("NDJSON", () => {
  testCases({ body: ["$.ssn"] }, "application/x-ndjson", [
    ["lines", `{"ssn":"${secret}"}\n{"a":1}\r\n\n {"ssn":1.0}`, '{"ssn":"<T>"}\n{"a":1}\r\n\n {"ssn":"<T>"}'],
    ["a container", '{"ssn":{"a": [1]}}\n', '{"ssn":"<T>"}\n'],
    ["a mark", '\ufeff{"ssn":"x"}\n', '\ufeff{"ssn":"<T>"}\n'],
  ]);
  testRefusals({ body: ["$.ssn"] }, "application/jsonl", [
    ["two in a line", '{"a":1} {"ssn":"x"}', "body_malformed"],
    ["over lines", '{"a":\n1}', "body_malformed"],
    ["a lone CR", `{"a":1,\r"ssn":"${secret}"}`, "body_ambiguous"],
  ]);
});
