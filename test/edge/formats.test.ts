/** Each body format: what is protected, that nothing else changes, that it comes back, and what is refused. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { callEdge, type EventParts, makeEvent, makePolicy, openTokens } from "../support/edge.ts";

const secret = "078-05-1120";

/** A token in whatever spelling, for comparing what stands around it. */
const tokenPattern = /(?:#|%23)01(?:#|%23)[A-Za-z0-9+/=._%-]+?(?:#|%23)10(?:#|%23)/g;

async function protect(rule: object, contentType: string, body: string | Buffer, settings: object = {}) {
  const answer = await callEdge(
    makePolicy([rule], settings),
    makeEvent({ body, headers: { "content-type": contentType } }),
  );
  return { ...answer, shape: answer.body.replace(tokenPattern, "<T>") };
}

async function restore(body: string | Buffer, contentType: string): Promise<string> {
  return (await openTokens({ body, contentType })).body;
}

type Case = readonly [why: string, body: string, shape: string];

/** Protects, compares the shape, restores, and expects the body that came in. */
function testCases(rule: object, contentType: string, cases: readonly Case[]): void {
  test.each(cases)("%s", async (_, body, shape) => {
    for (const token of ["auto", "sealed"]) {
      const answer = await protect({ ...rule, token }, contentType, body);
      expect([answer.code, answer.shape]).toEqual([undefined, shape]);
      expect(await restore(answer.body, contentType)).toBe(body);
      expect(answer.lines.join()).not.toContain(secret);
    }
  });
}

function testRefusals(
  rule: object,
  contentType: string,
  cases: readonly (readonly [string, string | Buffer, string])[],
): void {
  test.each(cases)("%s", async (_, body, code) => {
    const answer = await protect(rule, contentType, body);
    expect(answer.code).toBe(code);
    expect(JSON.stringify(answer.result) + answer.lines.join()).not.toContain(secret);
  });
}

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

describe("multipart", () => {
  const type = 'multipart/form-data; boundary="b-1"';
  const part = (head: string, content: string): string => `--b-1\r\n${head}\r\n\r\n${content}\r\n`;
  const field = (name: string, content: string): string =>
    part(`Content-Disposition: form-data; name="${name}"`, content);
  const end = "--b-1--\r\n";
  testCases({ fields: ["ssn", "person.card"], body: ["$.deep.ssn"] }, type, [
    [
      "fields",
      field("a", "1") + field("ssn", secret) + field("person[card]", "2") + end,
      field("a", "1") + field("ssn", "<T>") + field("person[card]", "<T>") + end,
    ],
    ["beyond ASCII", field("ssn", "é世🌍") + end, field("ssn", "<T>") + end],
    [
      "unquoted name",
      part("content-disposition: form-data; name=ssn", "1") + end,
      part("content-disposition: form-data; name=ssn", "<T>") + end,
    ],
    ["lines in a value", field("ssn", "a\r\nb\n") + end, field("ssn", "<T>") + end],
    ["empty", field("ssn", "") + end, field("ssn", "<T>") + end],
    ["preamble and epilogue", `pre\r\n${field("ssn", "1")}${end}post`, `pre\r\n${field("ssn", "<T>")}${end}post`],
    ["no last line end", field("ssn", "1") + "--b-1--", field("ssn", "<T>") + "--b-1--"],
    [
      "a boundary within a line",
      field("a", "x--b-1") + field("ssn", "1") + end,
      field("a", "x--b-1") + field("ssn", "<T>") + end,
    ],
    [
      "a JSON part",
      part(
        'Content-Disposition: form-data; name="data"\r\nContent-Type: application/json',
        '{"deep":{"ssn":1.0},"a":"é"}',
      ) + end,
      part(
        'Content-Disposition: form-data; name="data"\r\nContent-Type: application/json',
        '{"deep":{"ssn":"<T>"},"a":"é"}',
      ) + end,
    ],
    [
      "a JSON part after é",
      part(
        'Content-Disposition: form-data; name="data"\r\nContent-Type: application/json',
        '{"é":"世","deep":{"ssn":"x"}}',
      ) + end,
      part(
        'Content-Disposition: form-data; name="data"\r\nContent-Type: application/json',
        '{"é":"世","deep":{"ssn":"<T>"}}',
      ) + end,
    ],
    [
      "a form part",
      part(
        'Content-Disposition: form-data; name="data"\r\nContent-Type: application/x-www-form-urlencoded',
        "a=1&ssn=2",
      ) + end,
      part(
        'Content-Disposition: form-data; name="data"\r\nContent-Type: application/x-www-form-urlencoded',
        "a=1&ssn=<T>",
      ) + end,
    ],
    [
      "a text file",
      part('Content-Disposition: form-data; name="ssn"; filename="a.txt"', secret) + end,
      part('Content-Disposition: form-data; name="ssn"; filename="a.txt"', "<T>") + end,
    ],
  ]);

  const json = (content: string): string =>
    part('Content-Disposition: form-data; name="data"\r\nContent-Type: application/json', content) + end;
  testCases({ fields: ["data"] }, type, [
    ["a JSON part by its own name is one value", json('{"a": [1.0]}'), json('"<T>"')],
    ["blanks around it", json(' \r\n{"a":"é"}\t'), json(' \r\n"<T>"\t')],
    ["a JSON string", json('"x"'), json('"<T>"')],
    ...["text/csv", "application/x-ndjson", "text/xml", "application/x-www-form-urlencoded"].map((partType): Case => {
      const write = (content: string): string =>
        part(`Content-Disposition: form-data; name="data"\r\nContent-Type: ${partType}`, content) + end;
      const content =
        partType === "text/xml"
          ? '<a b="1">, &amp;</a>'
          : partType.includes("json")
            ? '{"a":1}\n"é"'
            : partType === "text/csv"
              ? 'a,b\r\n"1, 2",3\r\n'
              : "a=1&b=%20+";
      return [`${partType} by its part's name`, write(content), write("<T>")];
    }),
    [
      "a JSON file",
      part(
        'Content-Disposition: form-data; name="data"; filename="a.json"\r\nContent-Type: application/json',
        '{"a": 1}',
      ) + end,
      part('Content-Disposition: form-data; name="data"; filename="a.json"\r\nContent-Type: application/json', "<T>") +
        end,
    ],
  ]);

  describe("a rule that selects in JSON or XML only", () => {
    const rule = { body: ["$.ssn"], xml: ["//ssn"], exempt: ["photo"] };
    const typed = (partType: string, content: string, name = "data"): string =>
      part(`Content-Disposition: form-data; name="${name}"\r\nContent-Type: ${partType}`, content);
    const photo = part('Content-Disposition: form-data; name="photo"; filename="p"', secret);
    testCases(rule, type, [
      [
        "JSON",
        typed("application/json", `{"ssn":"${secret}"}`) + end,
        typed("application/json", '{"ssn":"<T>"}') + end,
      ],
      ["XML", typed("text/xml", `<a><ssn>${secret}</ssn></a>`) + end, typed("text/xml", "<a><ssn><T></ssn></a>") + end],
      [
        "beside a part that is exempt",
        photo + typed("application/json", '{"ssn":1}') + end,
        photo + typed("application/json", '{"ssn":"<T>"}') + end,
      ],
    ]);
    testRefusals(rule, type, [
      ["a plain field", typed("application/json", "{}") + field("ssn", secret) + end, "content_type_unsupported"],
      [
        "a form in a part",
        typed("application/x-www-form-urlencoded", `ssn=${secret}`) + end,
        "content_type_unsupported",
      ],
      [
        "a file",
        part('Content-Disposition: form-data; name="file"; filename="f"', secret) + end,
        "content_type_unsupported",
      ],
    ]);
    test("XML where the rule has JSONPath only", async () => {
      expect((await protect({ body: ["$.ssn"] }, type, typed("text/xml", `<ssn>${secret}</ssn>`) + end)).code).toBe(
        "content_type_unsupported",
      );
    });
  });

  test("a part that was sealed whole may come back, where its rule accepts tokens", async () => {
    const body = part('Content-Disposition: form-data; name="data"\r\nContent-Type: text/csv', "a,b\r\n1,2") + end;
    const first = await protect({ fields: ["data"] }, type, body);
    expect((await protect({ fields: ["data"], tokens: "accept" }, type, first.body)).body).toBe(first.body);
  });

  test("a boundary within a protected value could not be put back", async () => {
    expect((await protect({ fields: ["ssn"] }, type, field("ssn", `x--b-1 ${secret}`) + end)).code).toBe(
      "body_ambiguous",
    );
    const answer = await protect(
      { fields: ["ssn"] },
      type,
      part(
        'Content-Disposition: form-data; name="d"\r\nContent-Type: application/x-www-form-urlencoded',
        "ssn=x%2D%2Db-1",
      ) + end,
    );
    expect(await restore(answer.body, type)).toContain("\r\n\r\nssn=x--b-1\r\n");
  });

  test("a file is sealed whole and comes back byte by byte", async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    const head =
      "--b-1\r\nContent-Disposition: form-data; name=\"ssn\"; filename*=UTF-8''x.bin\r\nContent-Type: image/png\r\n\r\n";
    const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n${field("a", "1")}${end}`)]);
    const answer = await protect({ fields: ["ssn"] }, type, body);
    expect(answer.shape).toBe(`${head}<T>\r\n${field("a", "1")}${end}`);
    expect((await openTokens({ body: answer.body, contentType: type })).bytes.equals(body)).toBe(true);
  });

  test("a binary file that no rule names stays as it is", async () => {
    const body = Buffer.concat([
      Buffer.from(field("ssn", "1") + '--b-1\r\nContent-Disposition: form-data; name="photo"; filename="p"\r\n\r\n'),
      Buffer.from([0, 255, 254, 13, 10, 200]),
      Buffer.from(`\r\n${end}`),
    ]);
    const { result } = await protect({ fields: ["ssn"] }, type, body);
    const out = Buffer.from(Object(result).body.data, "base64");
    expect(out.subarray(-9 - 8).includes(Buffer.from([0, 255, 254, 13, 10, 200]))).toBe(true);
  });

  const detecting = { detect: ["us-ssn"], exempt: ["photo*"] };
  test("detectors look into text files and headers, refuse others, and leave exempt ones alone", async () => {
    const file = (name: string, content: string): string =>
      part(`Content-Disposition: form-data; name="${name}"; filename="f"`, content);
    expect((await protect(detecting, type, file("doc", `a ${secret} b`) + end)).shape).toBe(
      file("doc", "a <T> b") + end,
    );
    expect((await protect(detecting, type, file("doc", "\u0000") + end)).code).toBe("part_unreadable");
    expect((await protect(detecting, type, file("photo1", "\u0000") + end)).status).toBeUndefined();
    const upload = (content: string): string =>
      part('Content-Disposition: form-data; name="photo"; filename="f"\r\nContent-Type: text/csv', content);
    const ragged = upload(`a,b\r\n${secret}`) + file("doc", secret) + end;
    const answer = await protect(detecting, type, ragged);
    expect(answer.shape).toBe(upload(`a,b\r\n${secret}`) + file("doc", "<T>") + end);
    expect(await restore(answer.body, type)).toBe(ragged);
    const named = part(`Content-Disposition: form-data; name="a"; filename="${secret}.txt"`, "x") + end;
    expect((await protect(detecting, type, named)).shape).toBe(named.replace(secret, "<T>"));
    expect(await restore((await protect(detecting, type, named)).body, type)).toBe(named);
    const described = part(`Content-Disposition: form-data; name="a"\r\nContent-Description: is ${secret}`, "x") + end;
    expect(await restore((await protect(detecting, type, described)).body, type)).toBe(described);
    const unquoted = part(`Content-Disposition: form-data; name="a"; filename=${secret}`, "x") + end;
    expect((await protect(detecting, type, unquoted)).code).toBe("value_unwritable");
  });

  test("a restored value cannot leave its quotes", async () => {
    const hostile = 'x\\"; name="b"\r\nX: y';
    const { body: json } = await protect(
      { body: ["$.a"], token: "sealed" },
      "application/json",
      JSON.stringify({ a: hostile }),
    );
    const token = JSON.parse(json)["a"];
    const restored = await restore(
      part(`Content-Disposition: form-data; name="a"; filename="${token}"`, "v") + end,
      type,
    );
    expect(restored).toBe(
      part('Content-Disposition: form-data; name="a"; filename="x%5C%22; name=%22b%22%0D%0AX: y"', "v") + end,
    );
  });

  testRefusals({ fields: ["ssn"] }, type, [
    ["no end", field("ssn", secret), "body_malformed"],
    ["another boundary", `--b-2\r\n\r\n${secret}\r\n--b-2--`, "body_malformed"],
    ["lone LF before a delimiter", `${field("a", "1\n--b-1\n").slice(0, -2)}\r\n${end}`, "body_ambiguous"],
    [
      "blanks after a delimiter",
      `--b-1 \r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n${end}`,
      "body_ambiguous",
    ],
    [
      "a tab after a delimiter",
      `--b-1\t\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n${end}`,
      "body_ambiguous",
    ],
    [
      "a longer boundary",
      `--b-12\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n--b-12--`,
      "body_ambiguous",
    ],
    ["a delimiter after the end", `${field("a", "1")}${end}${field("ssn", secret)}${end}`, "body_ambiguous"],
    ["two names", part('Content-Disposition: form-data; name="a"; name="ssn"', secret) + end, "body_ambiguous"],
    [
      "name*0",
      part('Content-Disposition: form-data; name="a"; name*0="s"; name*1="sn"', secret) + end,
      "body_ambiguous",
    ],
    ["name*", part("Content-Disposition: form-data; name*=UTF-8''ssn", secret) + end, "body_ambiguous"],
    [
      "a name within another parameter",
      part('Content-Disposition: form-data; filename=";name=ssn;"; name="a"', secret) + end,
      "body_ambiguous",
    ],
    [
      "a parameter that ends in name",
      part('Content-Disposition: form-data; xname="ssn"; name="a"', secret) + end,
      "body_ambiguous",
    ],
    ["an encoded word", part('Content-Disposition: form-data; name="=?utf-8?q?ssn?="', secret) + end, "body_ambiguous"],
    [
      "a delimiter within the first line",
      `x--b-1\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${secret}\r\n${end}`,
      "body_ambiguous",
    ],
    [
      "a delimiter that a lone LF interrupts",
      `--b\n-1\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${secret}\r\n${end}`,
      "body_ambiguous",
    ],
    ["a backslash in a name", part('Content-Disposition: form-data; name="s\\sn"', secret) + end, "body_ambiguous"],
    [
      "two dispositions",
      part('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="ssn"', secret) + end,
      "body_ambiguous",
    ],
    ["no disposition", part("Content-Type: text/plain", secret) + end, "body_malformed"],
    ["a folded header", part('Content-Disposition: form-data;\r\n name="ssn"', secret) + end, "body_ambiguous"],
    ["no name", part("Content-Disposition: form-data", secret) + end, "body_ambiguous"],
    [
      "base64",
      part('Content-Disposition: form-data; name="ssn"\r\nContent-Transfer-Encoding: base64', "MQ==") + end,
      "body_ambiguous",
    ],
    [
      "nested",
      part('Content-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=c', secret) + end,
      "body_ambiguous",
    ],
    [
      "another charset",
      part('Content-Disposition: form-data; name="ssn"\r\nContent-Type: text/plain; charset=utf-16', secret) + end,
      "charset_unsupported",
    ],
    ["_charset_", field("_charset_", "iso-8859-1") + field("ssn", secret) + end, "charset_unsupported"],
    [
      "a bad JSON part",
      part('Content-Disposition: form-data; name="d"\r\nContent-Type: application/json', "{") + end,
      "body_malformed",
    ],
  ]);

  test("a boundary that some readers put together", async () => {
    expect(
      (await protect({ fields: ["a"] }, "multipart/form-data; boundary=b; boundary*=utf-8''c", field("a", "1") + end))
        .code,
    ).toBe("content_type_missing");
  });

  test.each([
    ["the word in another parameter's name", "multipart/form-data; xboundary=c; boundary=b-1", "body_ambiguous"],
    ["the word in another parameter's value", 'multipart/form-data; x="boundary=c"; boundary=b-1', "body_ambiguous"],
    ["an escape", 'multipart/form-data; boundary="\\b-1"', "content_type_missing"],
    ["two boundaries", "multipart/form-data; boundary=b-1; boundary=c", "content_type_missing"],
    ["apostrophes", "multipart/form-data; boundary='b-1'", "body_malformed"],
    ["a blank at the end", 'multipart/form-data; boundary="b-1 "', "body_malformed"],
    ["a tab", "multipart/form-data; boundary=\tb-1", "content_type_missing"],
  ])("a boundary that some readers find elsewhere: %s", async (_, contentType, code) => {
    expect((await protect({ fields: ["ssn"] }, contentType, field("ssn", secret) + end)).code).toBe(code);
  });

  test.each([
    "multipart/form-data;\tboundary=b-1",
    'Multipart/Form-Data;BOUNDARY="b-1" ;',
    "multipart/form-data; charset=utf-8; boundary=b-1",
  ])("%j", async (contentType) => {
    expect((await protect({ fields: ["ssn"] }, contentType, field("ssn", "1") + end)).shape).toBe(
      field("ssn", "<T>") + end,
    );
  });

  test("names in the escapes that browsers write", async () => {
    expect((await protect({ fields: ['s"n'] }, type, field("s%22n", "1") + end)).shape).toBe(
      field("s%22n", "<T>") + end,
    );
    expect((await protect({ fields: ["ssn"] }, type, field("s%73n", "1") + end)).shape).toBe(
      field("s%73n", "<T>") + end,
    );
  });

  test("no boundary", async () => {
    expect((await protect({ fields: ["a"] }, "multipart/form-data", field("a", "1") + end)).code).toBe(
      "body_malformed",
    );
  });
});

describe("XML", () => {
  const rule = { xml: ["/a/b", "//ssn", "//c/@id"], fields: ["card"] };
  testCases(rule, "application/xml", [
    ["path", "<a><b>x</b><d>y</d></a>", "<a><b><T></b><d>y</d></a>"],
    ["elsewhere", "<z><b>x</b></z>", "<z><b>x</b></z>"],
    ["any depth", `<a><x><ssn>${secret}</ssn></x></a>`, "<a><x><ssn><T></ssn></x></a>"],
    ["namespaces", '<n:a xmlns:n="u"><n:ssn>1</n:ssn></n:a>', '<n:a xmlns:n="u"><n:ssn><T></n:ssn></n:a>'],
    ["attribute", '<a><c id="1" x="2"/></a>', '<a><c id="<T>" x="2"/></a>'],
    ["apostrophes", "<a><c id='1'/></a>", "<a><c id='<T>'/></a>"],
    ["by name", '<a card="1"><card>2</card></a>', '<a card="<T>"><card><T></card></a>'],
    ["empty", "<a><ssn/><ssn></ssn><ssn> </ssn></a>", "<a><ssn/><ssn></ssn><ssn> </ssn></a>"],
    ["children", '<a><b>1<i k="2">3</i>4</b></a>', '<a><b><T><i k="<T>"><T></i><T></b></a>'],
    ["entities", "<a><b>a&amp;b&lt;</b></a>", "<a><b><T></b></a>"],
    ["CDATA", "<a><b><![CDATA[<x>]]></b></a>", "<a><b><![CDATA[<T>]]></b></a>"],
    [
      "declaration",
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><a><b>1</b></a>\n',
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><a><b><T></b></a>\n',
    ],
    [
      "SOAP",
      `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:Add xmlns:m="u"><m:ssn>${secret}</m:ssn></m:Add></s:Body></s:Envelope>`,
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:Add xmlns:m="u"><m:ssn><T></m:ssn></m:Add></s:Body></s:Envelope>',
    ],
  ]);
  test.each([
    ["references", "<a><b>&#x41;&#66;</b></a>", "<a><b>AB</b></a>"],
    ["text and CDATA", "<a><b>x<![CDATA[<y>]]>z</b></a>", "<a><b>x&lt;y&gt;z</b></a>"],
    ["line ends", "<a><b>x\r\ny</b></a>", "<a><b>x\ny</b></a>"],
    ["in CDATA", "<a><b><![CDATA[x\r\n&amp;]]></b></a>", "<a><b><![CDATA[x\n&amp;]]></b></a>"],
  ])("%s: the same characters come back", async (_, body, expected) => {
    const answer = await protect({ xml: ["/a/b"] }, "text/xml", body);
    expect(await restore(answer.body, "text/xml")).toBe(expected);
  });
  test.each([
    ["a line's end that is a space (XML 1.0, section 3.3.3)", '<a b="x\r\ny\tz\n"/>', '<a b="x y z "/>'],
    ["one that is none", '<a b="x&#10;y&#9;z&#xD;"/>', '<a b="x&#10;y&#9;z&#13;"/>'],
  ])("attributes: %s", async (_, body, expected) => {
    const answer = await protect({ xml: ["/a/@b"] }, "text/xml", body);
    expect(await restore(answer.body, "text/xml")).toBe(expected);
  });
  testRefusals(
    rule,
    "application/soap+xml",
    [
      ["two prefixes", `<a><n:m:ssn>${secret}</n:m:ssn></a>`, "body_ambiguous"],
      ["a prefix that is none", `<a><:ssn>${secret}</:ssn></a>`, "body_ambiguous"],
      ["an attribute with two", `<a><c n:m:id="${secret}"/></a>`, "body_ambiguous"],
      ["a document type", `<!DOCTYPE a [<!ENTITY e "${secret}">]><a><ssn>&e;</ssn></a>`, "body_malformed"],
      ["an unknown entity", "<a><ssn>&e;</ssn></a>", "body_malformed"],
      ["a comment in a value", "<a><ssn>078<!-- x -->-05</ssn></a>", "body_ambiguous"],
      ["an instruction in a value", "<a><ssn>078<?x y?>-05</ssn></a>", "body_ambiguous"],
      ["tags that cross", "<a><b></a></b>", "body_malformed"],
      ["no end", `<a><ssn>${secret}</ssn>`, "body_malformed"],
      ["two roots", "<a/><ssn>1</ssn>", "body_malformed"],
      ["an attribute twice", '<a><c id="1" id="2"/></a>', "body_malformed"],
      ["no quotes", "<a><c id=1/></a>", "body_malformed"],
      ["a bare ampersand", "<a><ssn>a & b</ssn></a>", "body_malformed"],
      ["]]> in text", "<a><ssn>]]></ssn></a>", "body_malformed"],
      ["two dashes in a comment", "<a><!-- a -- b --></a>", "body_malformed"],
      ["a control character", "<a>\u0001</a>", "body_malformed"],
      ["a reference to one", "<a>&#1;</a>", "body_malformed"],
      ["version 1.1", '<?xml version="1.1"?><a/>', "body_malformed"],
      ["another encoding", `<?xml version="1.0" encoding="UTF-16"?><a><ssn>${secret}</ssn></a>`, "charset_unsupported"],
      ["text after the root", "<a/>x", "body_malformed"],
      ["nothing", "", "body_malformed"],
    ]
      .filter(([, body]) => body !== "")
      .map(([why = "", body = "", code = ""]) => [why, body, code] as const),
  );

  test("1,001 levels", async () => {
    const deep = (levels: number): string => "<a>".repeat(levels) + "</a>".repeat(levels);
    expect((await protect(rule, "text/xml", deep(1_001))).code).toBe("too_deep");
    expect((await protect(rule, "text/xml", deep(1_000))).status).toBeUndefined();
  });
});

describe("CSV", () => {
  testCases({ fields: ["ssn"] }, "text/csv", [
    ["a column", `id,ssn,x\r\n1,${secret},2\r\n3,,4\r\n`, "id,ssn,x\r\n1,<T>,2\r\n3,<T>,4\r\n"],
    ["quotes", 'id,"ssn"\n1,"a ""b"", c"\n', 'id,"ssn"\n1,"<T>"\n'],
    ["lines in a cell", 'ssn,id\n"a\nb",1\n', 'ssn,id\n"<T>",1\n'],
    ["a mark", "\ufeffssn\n1\n", "\ufeffssn\n<T>\n"],
    ["blank lines", "ssn,b\n1,2\n\n3,4", "ssn,b\n<T>,2\n\n<T>,4"],
    ["a column twice", "ssn,ssn\n1,2", "ssn,ssn\n<T>,<T>"],
    ["no rows", "ssn,b\n", "ssn,b\n"],
  ]);
  testRefusals({ fields: ["ssn"] }, "text/csv", [
    ["a short row", `id,ssn\n${secret}\n`, "body_malformed"],
    ["a long row", `id,ssn\n1,2,${secret}\n`, "body_malformed"],
    ["a quote inside", 'id,ssn\n1,a"b\n', "body_malformed"],
    ["text after a quote", 'id,ssn\n1,"a"b\n', "body_malformed"],
    ["an open quote", 'id,ssn\n1,"a\n', "body_malformed"],
    ["a lone CR", "id,ssn\r1,2\r", "body_ambiguous"],
    ["a delimiter for Excel", `sep=;\nid;ssn\n1;${secret}\n`, "body_ambiguous"],
    ["another delimiter", `id;ssn\n1;${secret}\n`, "body_ambiguous"],
    ["other quotes", `id,'ssn'\n1,${secret}\n`, "body_ambiguous"],
    ["blanks before the header line", ` \nssn\n${secret}\n`, "body_ambiguous"],
    ["empty cells before the header line", `,\nid,ssn\n1,${secret}\n`, "body_ambiguous"],
    ["a backslash before a quote", `a,b,ssn\n"x\\",",1,${secret},",y\n`, "body_ambiguous"],
    ["an end of line in Unicode", `a,ssn\nx\u2028y,${secret}\n`, "body_ambiguous"],
  ]);
  test("what is doubtful only beside a selected column is none without one", async () => {
    const body = 'a,b\n"x\\","1"\nx\u2028,2\n';
    expect((await protect({ detect: ["us-ssn"] }, "text/csv", body)).body).toBe(body);
  });
  test("without a header line", async () => {
    expect((await protect({ fields: ["ssn"] }, "text/csv; header=absent", "1,2")).code).toBe("body_ambiguous");
  });
});

describe("detectors", () => {
  const rule = { detect: ["card", "us-ssn", "iban", "email"] };
  const card = "4111 1111 1111 1111";
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["text/plain", "text", `call ${secret} or a@b.co, ${card}.`, "call <T> or <T>, <T>."],
    ["application/json", "within a string", `{"a":"x ${card} y"}`, '{"a":"x <T> y"}'],
    ["application/json", "a whole string", `{"a":"${card}"}`, '{"a":"<T>"}'],
    ["application/json", "a number", '{"a":4111111111111111,"b":1}', '{"a":"<T>","b":1}'],
    [
      "application/json",
      "a number with an exponent",
      '{"a":4.111111111111111e15,"b":4111111111111111.0}',
      '{"a":"<T>","b":"<T>"}',
    ],
    [
      "application/json",
      "a number that is no card",
      '{"a":0.4111111111111111,"b":4111111111111111.5}',
      '{"a":0.4111111111111111,"b":4111111111111111.5}',
    ],
    [
      "application/json",
      "a name for context",
      '{"person":{"ssn":{"value":"078051120"}},"other":"078051120"}',
      '{"person":{"ssn":{"value":"<T>"}},"other":"078051120"}',
    ],
    [
      "application/x-www-form-urlencoded",
      "a name for context",
      "p%5Bssn%5D=078051120&x=078051120",
      "p%5Bssn%5D=<T>&x=078051120",
    ],
    [
      "application/xml",
      "a name for context",
      "<a ssn='078051120'><p:ssn xmlns:p='u'>078051120</p:ssn><x>078051120</x></a>",
      "<a ssn='<T>'><p:ssn xmlns:p='u'><T></p:ssn><x>078051120</x></a>",
    ],
    ["text/csv", "a column for context", "ssn,x\n078051120,078051120\n", "ssn,x\n<T>,078051120\n"],
    ["application/json", "a name", `{"${card}":1}`, '{"<T>":1}'],
    ["application/json", "escapes", '{"a":"\\u0034111 1111 1111 1111 y"}', '{"a":"<T>"}'],
    ["application/json", "JSON in a string", '{"a":"{\\"n\\":4111111111111111}"}', '{"a":"{\\"n\\":\\"<T>\\"}"}'],
    ["application/x-ndjson", "a line", `{"a":1}\n["${secret}"]\n`, '{"a":1}\n["<T>"]\n'],
    ["application/x-www-form-urlencoded", "a value", "a=x+4111%201111%201111%201111", "a=x+<T>"],
    ["application/x-www-form-urlencoded", "a name", "4111111111111111=1", "<T>=1"],
    ["application/xml", "text and attributes", `<a b="${secret}">x ${card} y</a>`, '<a b="<T>">x <T> y</a>'],
    ["text/csv", "any cell, the header line too", `a,${secret}\n${card},x\n`, "a,<T>\n<T>,x\n"],
  ];
  test.each(cases)("%s: %s", async (contentType, _, body, shape) => {
    const answer = await protect({ ...rule, token: "sealed" }, contentType, body);
    expect([answer.code, answer.shape]).toEqual([undefined, shape]);
    const restored = await restore(answer.body, contentType);
    if (contentType !== "application/x-www-form-urlencoded") expect(restored).toBe(body);
  });

  test("a match that comments interrupt, or that stands in one, is not guessed at", async () => {
    expect((await protect(rule, "text/xml", `<a><!-- ${card} --></a>`)).code).toBe("value_unwritable");
  });
});

describe("which format", () => {
  test.each([
    [
      "a rule without selectors for it",
      { body: ["$.a"] },
      "application/x-www-form-urlencoded",
      "a=1",
      "content_type_unsupported",
    ],
    ["an unknown type", { fields: ["a"] }, "application/octet-stream", "a", "content_type_unsupported"],
    ["text without detectors", { fields: ["a"] }, "text/plain", "a", "content_type_unsupported"],
  ])("%s is refused", async (_, rule, contentType, body, code) => {
    expect((await protect(rule, contentType, body)).code).toBe(code);
  });

  test("a rule can force it, whatever the content type says", async () => {
    const rule = { format: "json", body: ["$.ssn"] };
    for (const contentType of ["text/plain", "application/x-www-form-urlencoded", "nonsense"]) {
      expect((await protect(rule, contentType, `{"ssn":"${secret}"}`)).shape).toBe('{"ssn":"<T>"}');
    }
    expect((await protect(rule, "text/plain", `ssn=${secret}`)).code).toBe("body_malformed");
  });

  test.each<readonly [string | readonly string[], string]>([
    ["nonsense; charset=iso-8859-1", "charset_unsupported"],
    [["text/plain", "text/plain; charset=utf-16"], "charset_unsupported"],
    ["text/plain; charset=utf-7", "charset_unsupported"],
  ])("but not the charset: %j", async (contentType, code) => {
    const event = makeEvent({ body: '{"ssn":"é"}', headers: { "content-type": contentType } });
    expect((await callEdge(makePolicy([{ format: "json", body: ["$.ssn"] }]), event)).code).toBe(code);
  });

  test.each([
    "application/x-ndjson",
    "application/jsonl",
    "application/json-lines",
    "application/x-jsonl",
    "text/x-ndjson",
  ])("%s is NDJSON", async (contentType) => {
    expect((await protect({ body: ["$.ssn"] }, contentType, '{"ssn":1}\n{"ssn":2}')).shape).toBe(
      '{"ssn":"<T>"}\n{"ssn":"<T>"}',
    );
  });

  test("two rules that force two", async () => {
    // No compiled policy holds two such rules.
    const [one, other] = [
      makePolicy([{ format: "json", fields: ["a"] }]),
      makePolicy([{ format: "xml", fields: ["a"] }]),
    ];
    const policy = { ...one, rules: [...one.rules, ...other.rules] };
    expect((await callEdge(policy, makeEvent({ body: "{}" }))).code).toBe("rule_conflict");
  });
});

describe("names are matched within the budget", () => {
  test.each([
    ["application/x-www-form-urlencoded", "a[b].c=1&".repeat(100)],
    ["text/csv", `${"a,".repeat(300)}b\n`],
    [
      "multipart/form-data; boundary=b",
      `${'--b\r\nContent-Disposition: form-data; name="a[b][c]"\r\n\r\n1\r\n'.repeat(100)}--b--`,
    ],
    ["application/json", `[${'{"a":1},'.repeat(150)}1]`],
    ["text/xml", `<r>${"<a/>".repeat(300)}</r>`],
  ])("%s", async (contentType, body) => {
    const rule = { fields: ["x.y", "*z*"] };
    expect((await protect(rule, contentType, body, { limits: { work: 500 } })).code).toBe("too_complex");
    expect((await protect(rule, contentType, body, { limits: { work: 5_000 } })).code).toBeUndefined();
  });
});

describe("bodies that cannot be read", () => {
  const body = `{"broken": ${secret}`;
  test("pass", async () => {
    const answer = await protect({ body: ["$.a"], unreadable: "pass" }, "application/json", body);
    expect(answer.body).toBe(body);
    expect(JSON.parse(answer.lines[0] ?? "")).toMatchObject({ outcome: "unchanged", code: "body_malformed" });
  });

  test("scan", async () => {
    const rule = { body: ["$.a"], detect: ["us-ssn"], unreadable: "scan" };
    expect((await protect(rule, "application/json", body)).shape).toBe('{"broken": <T>');
    expect((await protect(rule, "application/json", Buffer.from([0xff]))).code).toBe("body_not_utf8");
    const coded = makeEvent({ body, headers: { "content-encoding": "compress" } });
    expect((await callEdge(makePolicy([rule]), coded)).code).toBe("content_coding_unsupported");
  });

  test("scan: what can be decoded, and coded again", async () => {
    const rule = { body: ["$.a"], detect: ["us-ssn"], unreadable: "scan" };
    const { result } = await callEdge(
      makePolicy([rule]),
      makeEvent({ body: gzipSync(body), headers: { "content-encoding": "gzip" } }),
    );
    expect(
      gunzipSync(Buffer.from(Object(result).body.data, "base64"))
        .toString()
        .replace(tokenPattern, "<T>"),
    ).toBe('{"broken": <T>');
  });

  test.each<readonly [string, EventParts, string]>([
    ["a coding that is none", { body, headers: { "content-encoding": "gzip" } }, "content_coding_malformed"],
    ["another charset", { body, headers: { "content-type": "text/plain; charset=utf-16" } }, "charset_unsupported"],
    ["UTF-16 that says nothing", { body: Buffer.from(body, "utf16le") }, "charset_unsupported"],
    [
      "two content types, one of another charset",
      { body, headers: { "content-type": ["text/plain", "text/plain; charset=utf-7"] } },
      "content_type_missing",
    ],
    [
      "a bomb",
      {
        body: gzipSync(Buffer.alloc(6_000_000, " ")),
        headers: { "content-encoding": "gzip", "content-type": "image/png" },
      },
      "decoded_too_large",
    ],
  ])("scan refuses what is no text in UTF-8: %s", async (_, parts, code) => {
    const rule = { body: ["$.a"], detect: ["us-ssn"], unreadable: "scan" };
    expect((await callEdge(makePolicy([rule]), makeEvent(parts))).code).toBe(code);
  });

  test("one rule that refuses outweighs another that does not", async () => {
    const policy = makePolicy([{ body: ["$.a"], unreadable: "pass" }, { body: ["$.b"] }]);
    expect((await callEdge(policy, makeEvent({ body }))).code).toBe("body_malformed");
  });

  test("truncation and markers are refused all the same", async () => {
    const policy = makePolicy([{ body: ["$.a"], unreadable: "pass" }]);
    expect((await callEdge(policy, makeEvent({ body, inputTruncated: true }))).code).toBe("body_truncated");
    expect((await callEdge(policy, makeEvent({ body: "{ #01#" }))).code).toBe("marker_in_input");
  });
});
