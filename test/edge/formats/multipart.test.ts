/** Forms in parts at the edge. */
import { describe, expect, test } from "@jest/globals";
import { openTokens } from "../../support/edge.ts";
import { type Case, protect, restore, secret, testCases, testRefusals } from "../../support/protected-bodies.ts";

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
      "--b-1\r\nContent-Disposition: form-data; name=\"ssn\"; filename*=UTF-8''x.bin\r\n" +
      "Content-Type: image/png\r\n\r\n";
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
});
